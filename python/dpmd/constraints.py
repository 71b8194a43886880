"""Which atoms ASE's constraints hold in place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dpmd.errors import InputError

if TYPE_CHECKING:
    from ase import Atoms


def fixed_atoms(atoms: Atoms, source: str = "atoms") -> np.ndarray | None:
    """[n] flags of the atoms that do not move, or None when all do.

    Raises:
        InputError: There is a constraint other than atoms that are fixed along all directions.
    """
    fixed = np.zeros(len(atoms), dtype=bool)
    for constraint in atoms.constraints:
        if not _fixes_whole_atoms(constraint):
            raise InputError(
                f"{source}: the constraint {type(constraint).__name__} is not one that dpmd keeps: those are atoms "
                "fixed along all directions (FixAtoms); remove it, or fix the atoms wholly"
            )
        fixed[constraint.index if hasattr(constraint, "index") else constraint.a] = True
    return fixed if fixed.any() else None


def _fixes_whole_atoms(constraint: Any) -> bool:
    """FixAtoms, and what fixes atoms along each of three directions."""
    from ase.constraints import FixAtoms, FixCartesian, FixScaled

    if isinstance(constraint, FixAtoms):
        return True
    return isinstance(constraint, (FixCartesian, FixScaled)) and bool(np.all(constraint.mask))
