"""Atoms that do not move, from the user's argument or ASE's ``FixAtoms``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dpmd.arguments import as_plain
from dpmd.errors import InputError

if TYPE_CHECKING:
    from ase import Atoms


def fixed_atoms(fixed: Any, atoms: Atoms | None, n: int) -> np.ndarray:
    """Indices of the fixed atoms for the core, which checks their range.

    Args:
        fixed: Indices, or a mask [n] that is true for them; None: those that ``atoms`` has under ``FixAtoms``.
        atoms: ASE's object, which may have constraints.
        n: Number of atoms.

    Returns:
        [n_fixed] int32.

    Raises:
        InputError: ``fixed`` is neither indices nor a mask, or ``atoms`` has a constraint other than ``FixAtoms``.
    """
    constrained = np.zeros(n, dtype=bool) if atoms is None else constrained_atoms(atoms)
    if fixed is None:
        return _indices(constrained)
    array = as_plain(fixed, "fixed")
    if array.dtype == bool:
        if array.shape != (n,):
            raise InputError(f"fixed is a mask of shape {array.shape}; ({n},) is needed, one flag per atom")
        return _indices(array)
    if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
        raise InputError(
            f"fixed must be a list of atom indices or a mask of {n} flags, not {array.dtype} of shape {array.shape}"
        )
    if array.size and not (int(array.min()) >= -(2**31) and int(array.max()) < 2**31):
        raise InputError("fixed: indices must fit 32-bit integers")
    return np.ascontiguousarray(array, dtype=np.int32)


def constrained_atoms(atoms: Atoms, source: str = "atoms") -> np.ndarray:
    """[n] flags of the atoms that ASE's constraints hold in place.

    Raises:
        InputError: A constraint, which is named, does anything but fix atoms along all directions.
    """
    mask = np.zeros(len(atoms), dtype=bool)
    for constraint in atoms.constraints:
        if not _fixes_whole_atoms(constraint):
            raise InputError(
                f"{source}: the constraint {type(constraint).__name__} is not supported: dpmd can only fix atoms "
                "along all directions (FixAtoms); remove it, or fix the atoms completely"
            )
        try:
            mask[constraint.index] = True
        except IndexError as error:
            raise InputError(
                f"{source}: the constraint {constraint} does not fit {len(atoms)} atoms: {error}"
            ) from error
    return mask


def _fixes_whole_atoms(constraint: Any) -> bool:
    """Whether it is FixAtoms, or fixes atoms along all three directions."""
    from ase.constraints import FixAtoms, FixCartesian, FixScaled

    if isinstance(constraint, FixAtoms):
        return True
    return isinstance(constraint, (FixCartesian, FixScaled)) and bool(np.all(constraint.mask))


def _indices(mask: np.ndarray) -> np.ndarray:
    return np.flatnonzero(mask).astype(np.int32)
