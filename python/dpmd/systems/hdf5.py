"""Systems in HDF5 files: groups with the contents of a ``deepmd/npy`` folder: ``type.raw``, ``set.000/coord.npy``, …"""

from __future__ import annotations

import math
import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from dpmd.child_process import Answer, Child
from dpmd.errors import InputError
from dpmd.regular_file import open_regular, require_regular
from dpmd.shown import shown
from dpmd.systems.contents import USED, Contents, FrameSet, parse_types, require_numbers

# The size that the arrays of a file may have: a fixed amount, and a multiple of its size. Cells and energies that are
# the same in all frames compress well, positions hardly.
_BYTES, _BYTES_PER_BYTE = 16 << 20, 20

_CHILD = "dpmd.systems.hdf5_child"
# What a request may take: a fixed amount, and an amount for each megabyte of the file.
_SECONDS, _MEGABYTES_PER_SECOND = 3, 20  # CPU time; the elapsed time may be longer on a busy machine
_REQUEST_BYTES, _REQUEST_BYTES_PER_BYTE = 192 << 20, 4
_BLOCK = 256 << 10  # bytes of rows fetched at once

_SIGNATURE = b"\x89HDF\r\n\x1a\n"


class Hdf5File:
    """A file that the HDF5 library reads in another process.

    On some damaged files the library never returns, or crashes its process; and a chunk of a few bytes can unpack to
    gigabytes. Each request therefore has limits of time and memory that grow with the file's size.
    """

    def __init__(self, path: Path) -> None:
        if find_spec("h5py") is None:
            raise InputError(f"{path}: install the package h5py to read it")
        self.size = require_regular(path)
        self._path, self._version = path.absolute(), _version(path)

    def ask(self, place: str, wanted: str, **about: Any) -> Answer:
        """The result of a function of ``hdf5_child``.

        Raises:
            InputError: The file is damaged or has changed, or the library needs more than a file of its size should
                take.
        """
        require_regular(self._path)
        if _version(self._path) != self._version:
            raise InputError(f"{place}: the file has changed since it was first read")
        task = {"path": str(self._path), "wanted": wanted, **about}
        seconds = _SECONDS + (self.size >> 20) // _MEGABYTES_PER_SECOND
        return Child.only_answer(_CHILD, place, task, _REQUEST_BYTES + _REQUEST_BYTES_PER_BYTE * self.size, seconds)


def _version(path: Path) -> tuple[int, ...]:
    status = os.stat(path)
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


class StoredRows:
    """An array in an HDF5 file, whose rows are read when one of them is needed."""

    def __init__(self, file: Hdf5File, place: str, dtype: str, shape: list[int], name: str) -> None:
        self.dtype, self.shape = np.dtype(dtype), tuple(shape)
        self.ndim, self.size = len(shape), math.prod(shape)
        self._file, self._place, self._name = file, place, name
        self._block = (0, np.zeros((0, 0)))  # the number of the first row in memory, and the rows

    def __getitem__(self, index: int) -> np.ndarray:
        """The numbers of a row, flat, as float64.

        Raises:
            InputError: The file is damaged there.
        """
        first, rows = self._block
        if not first <= index < first + len(rows):
            first, rows = self._block = int(index), self._rows_from(int(index))
        return rows[index - first]

    def _rows_from(self, first: int) -> np.ndarray:
        n_rows = max(1, _BLOCK // max(1, 8 * math.prod(self.shape[1:])))
        end = min(first + n_rows, self.shape[0])
        rows = self._file.ask(self._place, "rows", name=self._name, first=first, end=end)[1]["rows"]
        rows.flags.writeable = False
        return rows


def is_hdf5(path: Path) -> bool:
    """Whether a file begins like an HDF5 file."""
    with open_regular(path) as file:
        return file.read(len(_SIGNATURE)) == _SIGNATURE


def find_groups(path: Path, below: str = "") -> list[str]:
    """The names of groups that are systems, within the group ``below``, sorted; the name of the root is "".

    Raises:
        InputError: The file cannot be read, has no such group, or the group contains no system.
    """
    answer, _ = Hdf5File(path).ask(str(path), "groups", below=below)
    if answer["found"] is None:
        root = ", ".join(answer["root"]) or "nothing"
        raise InputError(f"{path}: has no group {shown(below)}; at its root: {root[:400]}")
    if not answer["found"]:
        raise InputError(f"{path}#/{below}: no system here or below (a system is a group with a dataset type.raw)")
    return answer["found"]


def read_group(path: Path, name: str) -> Contents:
    """One system; its arrays stay in the file until a frame is needed."""
    place, file = f"{path}#/{name}", Hdf5File(path)
    answer, _ = file.ask(place, "system", name=name, used=USED)
    sets = [_read_set(f"{place}/{key}", arrays, file) for key, arrays in answer["sets"].items()]
    _require_held(path, file.size, [array for one in sets for array in one.arrays.values()])
    types = parse_types(answer["types"], f"{place}/type.raw")
    return Contents(place, types, answer["type_map"], not answer["open"], sets, answer["unused"])


def _require_held(path: Path, size: int, arrays: list[StoredRows]) -> None:
    """Refuse a file that declares far too many frames."""
    declared = sum(array.size * array.dtype.itemsize for array in arrays)
    if declared > _BYTES + _BYTES_PER_BYTE * size:
        raise InputError(f"{path}: a system in it has {declared} bytes, far more than a file of this size should hold")


def _read_set(place: str, stored: dict[str, Any], file: Hdf5File) -> FrameSet:
    arrays = {name: StoredRows(file, f"{place}/{name}.npy", *about) for name, about in stored.items()}
    for name, data in arrays.items():
        require_numbers(data, f"{place}/{name}.npy")
    return FrameSet(place, arrays)
