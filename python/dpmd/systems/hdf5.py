"""Systems in HDF5 files: groups that hold what a ``deepmd/npy`` folder holds, ``type.raw``, ``set.000/coord.npy``, …"""

from __future__ import annotations

import math
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from dpmd.errors import InputError
from dpmd.regular_file import open_regular, require_regular
from dpmd.shown import shown
from dpmd.systems.contents import USED, Contents, FrameSet, parse_types, require_numbers
from dpmd.systems.hdf5_process import Hdf5Process

# What the arrays of a file may hold: so much, and so much for its size. Cells and energies that are the same in all
# frames shrink a lot, positions hardly.
_BYTES, _BYTES_PER_BYTE = 16 << 20, 20

_SIGNATURE = b"\x89HDF\r\n\x1a\n"


class StoredRows:
    """An array in an HDF5 file, of which a row is read when it is asked for."""

    def __init__(self, process: Hdf5Process, place: str, dtype: str, shape: list[int], name: str) -> None:
        self.dtype, self.shape = np.dtype(dtype), tuple(shape)
        self.ndim, self.size = len(shape), math.prod(shape)
        self._process, self._place, self._name = process, place, name

    def __getitem__(self, index: int) -> np.ndarray:
        """The numbers of a row, flat, as float64.

        Raises:
            InputError: The file is damaged there.
        """
        return self._process.row(self._place, self._name, int(index))


def is_hdf5(path: Path) -> bool:
    """Whether a file begins as HDF5 files do."""
    with open_regular(path) as file:
        return file.read(len(_SIGNATURE)) == _SIGNATURE


def find_groups(path: Path, below: str = "") -> list[str]:
    """The names of groups that are systems, within the group ``below``; sorted, the root's is "".

    Raises:
        InputError: The file cannot be read, has no such group, or no system in it.
    """
    answer = _process(path).ask(str(path), groups=below)
    if answer["found"] is None:
        root = ", ".join(answer["root"]) or "nothing"
        raise InputError(f"{path}: has no group {shown(below)}; at its root: {root[:400]}")
    if not answer["found"]:
        raise InputError(f"{path}#/{below}: no system here or below (a system is a group with a dataset type.raw)")
    return answer["found"]


def read_group(path: Path, name: str) -> Contents:
    """One system; its arrays stay in the file until a frame is asked for."""
    place, process = f"{path}#/{name}", _process(path)
    answer = process.ask(place, system=name, used=USED)
    sets = [_read_set(f"{place}/{key}", arrays, process) for key, arrays in answer["sets"].items()]
    _require_held(path, [array for one in sets for array in one.arrays.values()])
    types = parse_types(answer["types"], f"{place}/type.raw")
    return Contents(place, types, answer["type_map"], not answer["open"], sets, answer["unused"])


def _require_held(path: Path, arrays: list[StoredRows]) -> None:
    """Refuse a file that promises frames without end."""
    declared = sum(array.size * array.dtype.itemsize for array in arrays)
    if declared > _BYTES + _BYTES_PER_BYTE * require_regular(path):
        raise InputError(f"{path}: a system in it has {declared} bytes, far more than a file of this size should hold")


def _process(path: Path) -> Hdf5Process:
    if find_spec("h5py") is None:
        raise InputError(f"{path}: install the package h5py to read it")
    return Hdf5Process.of(path)


def _read_set(place: str, stored: dict[str, Any], process: Hdf5Process) -> FrameSet:
    arrays = {name: StoredRows(process, f"{place}/{name}.npy", *about) for name, about in stored.items()}
    for name, data in arrays.items():
        require_numbers(data, f"{place}/{name}.npy")
    return FrameSet(place, arrays)
