"""What a user may specify about a structure file, besides its name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite

from dpmd.errors import InputError


@dataclass(frozen=True)
class ReadOptions:
    """The options; ``read_options`` makes them."""

    format: str | None = None
    """The format of the file, by ASE's name; None: from content and name."""
    types: dict[str, str] = field(default_factory=dict)
    """The model's name of a type, by its name in the file: a label, an element, or the number of a LAMMPS type."""
    cell: tuple[float, ...] | None = None
    """Three edges or nine components of the lattice vectors, Å, for a file without a box."""
    pbc: tuple[bool, bool, bool] | None = None
    """Which directions are periodic, if the file does not say so or is to be overridden."""
    atom_style: str | None = None
    """The atom style of a LAMMPS data file."""
    units: str | None = None
    """The style of units of a LAMMPS file."""
    frame: int | None = None
    """Which frame of several; negative numbers count from the last. None: the last, or all where all are read."""


def read_options(
    format: str | None = None,
    types: Mapping[str, str] | None = None,
    cell: Sequence[float] | None = None,
    pbc: Sequence[bool] | None = None,
    atom_style: str | None = None,
    units: str | None = None,
    frame: int | None = None,
) -> ReadOptions:
    """The options, checked; see the fields of ``ReadOptions``.

    Raises:
        InputError: An option does not fit; the message begins with its name.
    """
    if cell is not None and not _is_box(cell):
        raise InputError(f"cell = {list(cell)} must be three edges, or nine components of the lattice vectors, in Å")
    if pbc is not None and len(pbc) not in (1, 3):
        raise InputError(f"pbc = {list(pbc)} must be one flag or three")
    flags = None if pbc is None else tuple(bool(flag) for flag in pbc) * (3 // len(pbc))
    box = None if cell is None else tuple(float(x) for x in cell)
    return ReadOptions(format, dict(types or {}), box, flags, atom_style, units, frame)


def _is_box(cell: Sequence[float]) -> bool:
    if len(cell) not in (3, 9) or not all(isfinite(x) for x in cell):
        return False
    return any(cell) if len(cell) == 9 else all(x > 0 for x in cell)
