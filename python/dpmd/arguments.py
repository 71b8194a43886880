"""User arguments to the arrays that the core takes; whatever does not fit is an InputError naming the argument."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from dpmd.errors import InputError


def as_floats(values: Any, name: str) -> np.ndarray:
    """A C-contiguous float64 array; complex numbers and text are refused."""
    try:
        array = np.asarray(values)
        if array.dtype.kind not in "fiu" and array.size:
            raise TypeError(f"dtype {array.dtype}")
        return np.ascontiguousarray(array, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name} must be an array of real numbers: {error}") from error


def as_types(types: Any, type_map: Sequence[str]) -> np.ndarray:
    """[n] int32 type indices from indices or names; the core checks their range."""
    array = np.asarray(types).reshape(-1)
    if array.dtype.kind in "US" or (array.dtype == object and array.size):
        known = {name: index for index, name in enumerate(type_map)}
        try:
            return np.array([known[str(name)] for name in array], dtype=np.int32)
        except KeyError as error:
            raise InputError(f"type {error.args[0]!r} is not in the model's type map {list(type_map)}") from None
    if array.dtype.kind not in "iu" and array.size:
        raise InputError(f"types must be integers or names, not {array.dtype}")
    if array.size and not (int(array.min()) >= -(2**31) and int(array.max()) < 2**31):
        raise InputError("types must fit 32-bit integers")
    return np.ascontiguousarray(array, dtype=np.int32)


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


def as_pbc(pbc: Any, cell: np.ndarray | None) -> list[bool]:
    """Three flags; None means periodic exactly when there is a cell."""
    if pbc is None:
        return [cell is not None] * 3
    flags = np.asarray(pbc).astype(bool).reshape(-1)
    if flags.size not in (1, 3):
        raise InputError(f"pbc must be one flag or three, not {flags.size}")
    flags = np.broadcast_to(flags, 3)
    if cell is None and flags.any():
        raise InputError("pbc is true but there is no cell; give the cell, or pbc=False")
    return [bool(flag) for flag in flags]


def as_frame(
    type_map: Sequence[str], positions: Any, types: Any, cell: Any, pbc: Any, fparam: Any, aparam: Any
) -> dict[str, Any]:
    """The arguments of a compute as the core takes them; ``positions`` may be an ASE ``Atoms``."""
    if hasattr(positions, "get_positions"):
        atoms = positions
        if types is None:
            types = atoms.get_chemical_symbols()
        if cell is None:
            cell = np.asarray(atoms.cell)
            pbc = atoms.pbc if pbc is None else pbc
        positions = atoms.get_positions()
    x = as_floats(positions, "positions")
    if types is None:
        raise InputError("types is missing: one type index or element symbol per atom")
    t = as_types(types, type_map)
    if x.size != 3 * t.size:
        raise InputError(f"positions has shape {x.shape}, but there are {t.size} types")
    box = as_cell(cell)
    return {
        "positions": x.reshape(-1, 3),
        "types": t,
        "cell": box,
        "pbc": as_pbc(pbc, box),
        "fparam": None if fparam is None else as_floats(fparam, "fparam").reshape(-1),
        "aparam": None if aparam is None else as_floats(aparam, "aparam").reshape(-1),
    }
