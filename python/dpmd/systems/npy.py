"""The layout ``deepmd/npy``: ``set.*`` folders of arrays. They are mapped, not loaded: a frame is read when asked."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np

from dpmd.errors import InputError
from dpmd.lfs_pointer import refuse_lfs_pointer
from dpmd.systems.contents import USED, Contents, FrameSet, parse_types, require_numbers

_PAGE = 4096  # bytes; a smaller file is not worth a map, and an array without elements cannot have one


def read_npy(path: Path) -> Contents:
    """A folder with ``type.raw`` and ``set.*`` folders."""
    sets = [_read_set(folder) for folder in set_folders(path)]
    files = {file.name for folder in set_folders(path) for file in folder.glob("*.npy") if file.stem not in USED}
    held = {name for one in sets for name in one.arrays}
    raw = {name for name in USED if name not in held and (path / f"{name}.raw").exists()}  # text without its array
    unused = sorted(files) + sorted(f"{name}.raw" for name in raw)
    return read_folder(path, sets, unused)


def read_folder(path: Path, sets: list[FrameSet], unused: list[str]) -> Contents:
    """A folder's texts, with arrays that are read already."""
    types = parse_types(_text(path / "type.raw"), f"{path / 'type.raw'}")
    names = path / "type_map.raw"
    type_map = _text(names).split() if names.exists() else None
    return Contents(str(path), types, type_map, not (path / "nopbc").exists(), sets, unused)


def set_folders(path: Path) -> list[Path]:
    """The ``set.*`` folders, sorted."""
    return sorted(folder for folder in path.glob("set.*") if folder.is_dir())


def _read_set(folder: Path) -> FrameSet:
    files = {name: folder / f"{name}.npy" for name in USED}
    return FrameSet(str(folder), {name: _map(file) for name, file in files.items() if file.exists()})


def _map(file: Path) -> np.ndarray:
    array = _load(file, "r" if file.stat().st_size > _PAGE else None)
    require_numbers(array, str(file))
    return array


def _load(file: Path, mode: Literal["r"] | None) -> np.ndarray:
    try:
        return np.load(file, mmap_mode=mode, allow_pickle=False)
    # Whatever trips NumPy's parser of headers is the file's fault.
    except Exception as error:
        refuse_lfs_pointer(file)
        raise InputError(f"{file}: not a readable .npy file: {type(error).__name__}: {error}") from error


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: cannot be read: {error}") from error
