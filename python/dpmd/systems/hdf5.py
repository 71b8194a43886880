"""Systems in HDF5 files: groups that hold what a ``deepmd/npy`` folder holds, ``type.raw``, ``set.000/coord.npy``, …"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from dpmd.errors import InputError
from dpmd.systems.contents import USED, Contents, FrameSet, parse_types, require_numbers

_SIGNATURE = b"\x89HDF\r\n\x1a\n"


def is_hdf5(path: Path) -> bool:
    """Whether a file begins as HDF5 files do."""
    try:
        with path.open("rb") as file:
            return file.read(len(_SIGNATURE)) == _SIGNATURE
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error


def find_groups(path: Path, below: str = "") -> list[str]:
    """The names of groups that are systems, within the group ``below``; sorted, the root's is "".

    Raises:
        InputError: The file cannot be read, has no such group, or no system in it.
    """
    import h5py

    found = []

    def look(name: str, item: Any) -> None:
        if isinstance(item, h5py.Group) and "type.raw" in item:
            found.append(f"{below}/{name}".strip("/"))

    with readable(str(path)), h5py.File(path, "r") as file:
        group = file.get(below) if below else file
        if not isinstance(group, h5py.Group):
            raise InputError(f"{path}: has no group {below!r}; at its root: {', '.join(file) or 'nothing'}")
        if "type.raw" in group:
            found.append(below)
        group.visititems(look)
    if not found:
        raise InputError(f"{path}#/{below}: no system here or below (a system is a group with a dataset type.raw)")
    return sorted(found)


def read_group(path: Path, name: str) -> Contents:
    """One system; its arrays stay in the file until a frame is asked for."""
    import h5py

    place = f"{path}#/{name}"
    with readable(place):
        file = h5py.File(path, "r")
        group = file[name] if name else file
        folders = {key: item for key, item in group.items() if key.startswith("set.") and isinstance(item, h5py.Group)}
        sets = [_read_set(f"{place}/{key}", folders[key]) for key in sorted(folders)]
        unused = {item for folder in folders.values() for item in folder if item.removesuffix(".npy") not in USED}
        types = parse_types(_words(group["type.raw"]), f"{place}/type.raw")
        type_map = _words(group["type_map.raw"]) if "type_map.raw" in group else None
        is_open = "nopbc" in group and bool(np.all(group["nopbc"][()]))
    return Contents(place, types, type_map, not is_open, sets, sorted(unused))


@contextmanager
def readable(place: str) -> Iterator[None]:
    """What HDF5 says of a damaged file, in many ways, is an ``InputError``."""
    try:
        yield
    except InputError:
        raise
    except (OSError, RuntimeError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise InputError(f"{place}: a damaged HDF5 file: {error}") from error


def _read_set(place: str, folder: Any) -> FrameSet:
    arrays = {name: folder[f"{name}.npy"] for name in USED if f"{name}.npy" in folder}
    for name, data in arrays.items():
        require_numbers(data, f"{place}/{name}.npy")
    return FrameSet(place, arrays)


def _words(data: Any) -> list[str]:
    """A dataset of numbers or texts as words."""
    words = [word.decode("utf-8", "replace") if isinstance(word, bytes) else str(word) for word in np.ravel(data[()])]
    return " ".join(words).split()
