"""The contents of a system, however it is stored: the common result of the readers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from dpmd.errors import InputError

# Arrays that dpmd uses, by the names of their files without suffix; one row per frame.
USED = ("coord", "box", "energy", "force", "virial", "atom_ener", "real_atom_types", "fparam", "aparam")


@dataclass(frozen=True)
class FrameSet:
    """Arrays with one row per frame, by the names in ``USED``: NumPy's, mapped files, or datasets of an HDF5 file."""

    place: str  # for messages
    arrays: dict[str, Any]
    suffix: str = ".npy"  # of the array's files

    def file(self, name: str) -> str:
        """The file of an array, or what represents it."""
        return f"{self.place}/{name}{self.suffix}"


@dataclass(frozen=True)
class Contents:
    """One system as it is stored; only the texts have been checked."""

    place: str
    types: np.ndarray  # [n] int64
    type_map: list[str] | None  # None: there is no type_map.raw
    periodic: bool
    sets: list[FrameSet]
    unused: list[str]  # names of data files that dpmd does not use, each once


def parse_types(text: str | Iterable[str], place: str) -> np.ndarray:
    """[n] the type numbers from the text of type.raw, or from its words."""
    words = text.split() if isinstance(text, str) else text
    try:
        types = np.array([int(word) for word in words], dtype=np.int64)
    except (ValueError, OverflowError) as error:
        raise InputError(f"{place}: must hold one type number per atom: {error}") from error
    if not types.size:
        raise InputError(f"{place}: is empty")
    if types.min() < 0:
        raise InputError(f"{place}: type {types.min()} is negative")
    return types


def require_numbers(array: Any, file: str) -> None:
    """Refuse anything but real numbers in rows."""
    if array.dtype.kind not in "fiu" or array.ndim == 0:
        raise InputError(f"{file}: must hold rows of numbers, has {array.dtype} of shape {array.shape}")
