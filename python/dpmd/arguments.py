"""Converts user arguments for the core; anything invalid is an InputError that names the argument and its value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from numbers import Integral, Real
from os import PathLike, fspath
from typing import Any

import numpy as np

from dpmd.errors import InputError
from dpmd.flags import parse_flags
from dpmd.shown import is_plain, shown

MOST_STEPS = 2**53  # up to here a step is exact in every file: many readers read every number as a double


def as_count(value: Any, name: str, at_least: int = -(2**63), at_most: int = 2**63 - 1) -> int:
    """A whole number, which may be written as a float (1e6)."""
    number = _scalar(value)
    if not isinstance(number, Integral) and not (isinstance(number, Real) and isfinite(number) and number % 1 == 0):
        raise InputError(f"{name} = {shown(value)} must be a whole number")
    count = int(number)
    if count < at_least or count > at_most:
        limits = f"{at_least} or more" if count < at_least else f"{at_most} or less"
        raise InputError(f"{name} = {shown(count)} must be {limits}")
    return count


def as_interval(value: Any, name: str = "every") -> int:
    """The number of steps between two events; the core requires one or more, and its message names the event."""
    return as_count(value, name, at_most=MOST_STEPS)


def as_number(value: Any, name: str) -> float:
    """A real number, neither a flag nor text."""
    number = _scalar(value)
    if not isinstance(number, Real):
        raise InputError(f"{name} = {shown(value)} must be a number")
    try:
        return float(number)
    except OverflowError:
        raise InputError(f"{name} = {shown(value)} is too large for a floating-point number") from None


def _scalar(value: Any) -> Any:
    """``value`` if it may be a number; an array without axes counts as its value, a flag does not count as a number."""
    plain = value[()] if isinstance(value, np.ndarray) and value.ndim == 0 else value
    return None if isinstance(plain, (bool, np.bool_)) else plain


def as_positive(value: Any, name: str, unit: str) -> float:
    """A finite number above zero."""
    number = as_number(value, name)
    if not 0 < number < np.inf:
        raise InputError(f"{name} = {number:g} {unit} must be a positive number")
    return number


def as_flag(value: Any, name: str) -> bool:
    """True or False; 1 and 0 are accepted."""
    if isinstance(value, (bool, int, np.bool_, np.integer)) and value in (0, 1):
        return bool(value)
    raise InputError(f"{name} = {shown(value)} must be True or False")


def as_text(value: Any, name: str) -> str:
    """Text without control characters, in UTF-8."""
    if not isinstance(value, str) or not is_plain(value):
        raise InputError(f"{name} = {shown(value)} must be text, without control characters")
    return value


def as_path(value: Any, name: str) -> str:
    """The name of a file."""
    if not isinstance(value, (str, PathLike)):
        raise InputError(f"{name} = {shown(value)} must be the name of a file")
    path = fspath(value)
    if not isinstance(path, str) or not is_plain(path):
        raise InputError(f"{name} = {shown(path)} must be text in UTF-8 without control characters")
    return path


def as_items(values: Any, name: str, what: str) -> Iterator[Any]:
    """A sequence of things; text and mappings do not count as sequences."""
    try:
        if not isinstance(values, (str, bytes, Mapping)):
            return iter(values)
    except TypeError:
        pass
    raise InputError(f"{name} = {shown(values)} must be a list of {what}")


def as_atoms(atoms: Any, name: str) -> Any:
    """ASE ``Atoms``."""
    if not (hasattr(atoms, "get_positions") and hasattr(atoms, "pbc")):
        raise InputError(f"{name} = {shown(atoms)} must be ASE Atoms")
    return atoms


def as_plain(values: Any, name: str) -> np.ndarray:
    """An array without a mask: masked numbers are missing and must not be used as numbers."""
    parts = values if isinstance(values, (list, tuple)) else (values,)
    if any(isinstance(part, np.ma.MaskedArray) and np.ma.is_masked(part) for part in parts):
        raise InputError(f"{name} has masked values, which cannot be computed with; fill or remove them")
    try:
        return np.asarray(values)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name} must be an array: {error}") from error


def as_floats(values: Any, name: str) -> np.ndarray:
    """A C-contiguous float64 array; complex numbers and text are refused."""
    array = as_plain(values, name)
    try:
        if array.dtype.kind not in "fiu" and array.size:
            raise TypeError(f"dtype {array.dtype}")
        return np.ascontiguousarray(array, dtype=np.float64).reshape(array.shape)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name} must be an array of real numbers: {error}") from error


def as_vectors(values: Any, n: int, name: str) -> np.ndarray:
    """[n, 3] float64, one row per atom, from an array of that shape or the same numbers in a single row."""
    array = as_floats(values, name)
    if array.shape not in ((n, 3), (3 * n,)):
        hint = ": transpose it" if array.shape == (3, n) else ""
        raise InputError(f"{name} has shape {array.shape}, but there are {n} types; ({n}, 3) is needed{hint}")
    return array.reshape(n, 3)


def as_frame_parameters(values: Any) -> np.ndarray | None:
    """[n_fparam] float64, or None."""
    if values is None:
        return None
    array = as_floats(values, "fparam")
    if array.ndim > 1 and array.size != array.shape[-1]:
        raise InputError(f"fparam has shape {array.shape}; one row of numbers is needed for a frame")
    return array.reshape(-1)


def as_atomic_parameters(values: Any, n: int) -> np.ndarray | None:
    """[n * n_aparam] float64, atom after atom, or None."""
    if values is None:
        return None
    array = as_floats(values, "aparam")
    if array.ndim > 2 or (array.ndim == 2 and array.shape[0] != n):
        raise InputError(f"aparam has shape {array.shape}; one row for each of {n} atoms is needed")
    return array.reshape(-1)


def as_type_array(types: Any, type_map: Sequence[str]) -> np.ndarray:
    """int32 type indices in the shape of ``types``, from whole numbers or names; the core checks their range."""
    array = as_plain(types, "types")
    if array.dtype == np.int32 or array.size == 0:
        return np.ascontiguousarray(array, dtype=np.int32).reshape(array.shape)
    if array.dtype == object:
        array = as_plain(array.tolist(), "types")
    if array.dtype.kind in "US":
        return _named(array, type_map)
    if array.dtype.kind not in "iufO":
        raise InputError(f"types must be whole numbers or names, not {array.dtype}")
    try:
        with np.errstate(invalid="ignore"):
            fits = np.asarray((array % 1 == 0) & (array >= -(2**31)) & (array < 2**31), dtype=bool)
    except TypeError as error:
        raise InputError(f"types must be whole numbers or names: {error}") from error
    if not fits.all():
        first = tuple(np.argwhere(~fits)[0].tolist())
        place = ", ".join(map(str, first))
        raise InputError(
            f"types[{place}] = {shown(array.item(first))} is not a type of this model, which has 0 to "
            f"{len(type_map) - 1} (and -1 for a virtual atom)"
        )
    return np.ascontiguousarray(array, dtype=np.int32).reshape(array.shape)


def as_types(types: Any, type_map: Sequence[str]) -> np.ndarray:
    """[n] int32 type indices from whole numbers or names."""
    return as_type_array(types, type_map).reshape(-1)


def _named(names: np.ndarray, type_map: Sequence[str]) -> np.ndarray:
    """The index of each name in the type map."""
    known = {name: index for index, name in enumerate(type_map)}
    try:
        return np.array([known[str(name)] for name in names.flat], dtype=np.int32).reshape(names.shape)
    except KeyError as error:
        raise InputError(f"type {error.args[0]!r} is not in the model's type map {list(type_map)}") from None


def as_cell(cell: Any) -> np.ndarray | None:
    """[3, 3] float64 with lattice vectors as rows, from [3, 3], [9] or [3]; None stays None."""
    if cell is None:
        return None
    array = as_floats(cell, "cell")
    if array.size == 9:
        return array.reshape(3, 3)
    if array.shape == (3,):
        return np.diag(array)
    raise InputError(f"cell must have shape (3, 3), (9,) or (3,), not {array.shape}")


def _word(value: Any) -> str:
    return value if isinstance(value, str) else shown(value)


def as_pbc(pbc: Any, cell: np.ndarray | None) -> list[bool]:
    """Three flags from one or three, as truth values or as text (``"T T F"``); None: periodic where there is a cell."""
    if pbc is None:
        return [cell is not None] * 3
    given = pbc if isinstance(pbc, str) else " ".join(map(_word, as_plain(pbc, "pbc").reshape(-1).tolist()))
    flags = parse_flags(given)
    if flags is None:
        raise InputError(f"pbc = {shown(pbc)} must be one flag or three, each true or false")
    if cell is None and any(flags):
        raise InputError("pbc is true but there is no cell; give the cell, or pbc=False")
    return list(flags)
