"""The layout ``deepmd/npy``: ``set.*`` folders of arrays. They are mapped, not loaded: a frame is read when needed."""

from __future__ import annotations

import math
import os
from pathlib import Path

import numpy as np

from dpmd.errors import InputError
from dpmd.foreign import reading
from dpmd.lfs_pointer import refuse_lfs_pointer
from dpmd.regular_file import open_regular, read_text
from dpmd.shown import shown
from dpmd.systems.contents import USED, Contents, FrameSet, parse_types, require_numbers

_PAGE = 4096  # bytes; a smaller file is not worth mapping, and an array without elements cannot be mapped


def read_npy(path: Path) -> Contents:
    """A folder with ``type.raw`` and ``set.*`` folders."""
    sets = [_read_set(folder) for folder in set_folders(path)]
    files = {file.name for folder in set_folders(path) for file in folder.glob("*.npy") if file.stem not in USED}
    held = {name for one in sets for name in one.arrays}
    raw = {name for name in USED if name not in held and (path / f"{name}.raw").exists()}  # text without its array
    unused = sorted(files) + sorted(f"{name}.raw" for name in raw)
    return read_folder(path, sets, unused)


def read_folder(path: Path, sets: list[FrameSet], unused: list[str]) -> Contents:
    """The texts of a folder, with arrays that have already been read."""
    types = parse_types(read_text(path / "type.raw"), f"{path / 'type.raw'}")
    names = path / "type_map.raw"
    type_map = read_text(names).split() if names.exists() else None
    return Contents(str(path), types, type_map, not (path / "nopbc").exists(), sets, unused)


def set_folders(path: Path) -> list[Path]:
    """The ``set.*`` folders, sorted."""
    return sorted(folder for folder in path.glob("set.*") if folder.is_dir())


def _read_set(folder: Path) -> FrameSet:
    files = {name: folder / f"{name}.npy" for name in USED}
    return FrameSet(str(folder), {name: _map(file) for name, file in files.items() if file.exists()})


def _map(file: Path) -> np.ndarray:
    size = _check_header(file)
    with reading(file, "not a readable .npy file"):
        array = np.load(file, mmap_mode="r" if size > _PAGE else None, allow_pickle=False)
    require_numbers(array, str(file))
    return array


def _check_header(file: Path) -> int:
    """Check that a file has the size that its header declares: NumPy allocates memory before it reads."""
    with open_regular(file) as opened:
        size = os.fstat(opened.fileno()).st_size
        refuse_lfs_pointer(file)
        with reading(file, "not a readable .npy file"):
            version = np.lib.format.read_magic(opened)
            read_header = (
                np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
            )
            shape, _, dtype = read_header(opened)
        declared = opened.tell() + dtype.itemsize * math.prod(shape)
    if dtype.hasobject or (dtype.kind in "fiu" and declared > size):
        raise InputError(f"{file}: not a readable .npy file: declares {shown(declared)} bytes, has {size}")
    return size
