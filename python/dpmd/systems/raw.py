"""The layout ``deepmd/raw``: text files with one line per frame, as dpdata writes them before ``raw_to_set``."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np

from dpmd.errors import InputError
from dpmd.regular_file import open_regular
from dpmd.systems.contents import USED, Contents, FrameSet
from dpmd.systems.npy import read_folder

_TEXTS = ("type", "type_map")


def read_raw(path: Path) -> Contents:
    """A folder with ``type.raw``, ``coord.raw`` and other files, and no ``set.*`` folders."""
    files = {name: path / f"{name}.raw" for name in USED}
    arrays = {name: _read(file) for name, file in files.items() if file.exists()}
    unused = sorted(file.name for file in path.glob("*.raw") if file.stem not in (*USED, *_TEXTS))
    return read_folder(path, [FrameSet(str(path), arrays, ".raw")], unused)


def _read(file: Path) -> np.ndarray:
    """[n_frames, width]"""
    try:
        with warnings.catch_warnings(), open_regular(file) as opened:
            warnings.simplefilter("ignore", UserWarning)  # an empty file: no frames
            return np.loadtxt(opened, ndmin=2)
    except InputError:
        raise
    except (OSError, ValueError) as error:
        raise InputError(f"{file}: must hold one line of numbers per frame: {error}") from error
