"""A frame as it is in its file, before its kinds of atoms are matched with the types of a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Kind:
    """Atoms that have the same name in a file."""

    name: str
    """Their name in the file: an element, a label, or the number of a LAMMPS type."""
    label: str | None = None
    """An element or a label; None if the file has only numbers."""
    mass: float | None = None
    """Atomic mass units; None if the file gives no mass, or several."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names by which a user may refer to it."""
        return (self.name,) if self.label in (None, self.name) else (self.name, self.label)

    def __str__(self) -> str:
        said = [] if self.label in (None, self.name) else [f"label {self.label}"]
        said += [] if self.mass is None else [f"mass {self.mass:g}"]
        return self.name + (f" ({', '.join(said)})" if said else "")


@dataclass
class FileFrame:
    """The result of the readers of files. Lengths in Å, velocities in Å/fs, energies in eV; n atoms."""

    kinds: list[Kind]
    kind_of_atom: np.ndarray  # [n] indices into kinds
    positions: np.ndarray  # [n, 3]
    cell: np.ndarray | None = None  # [3, 3], rows are lattice vectors; None: the file has none
    pbc: tuple[bool, bool, bool] | None = None  # None: the file does not say
    velocities: np.ndarray | None = None  # [n, 3]
    masses: np.ndarray | None = None  # [n] atomic mass units
    fixed: np.ndarray | None = None  # [n] flags: atoms that do not move
    fparam: np.ndarray | None = None  # [n_fparam] frame parameters
    aparam: np.ndarray | None = None  # [n, n_aparam] atomic parameters
    step: int | None = None
    time: float | None = None  # fs
    energy: float | None = None
    forces: np.ndarray | None = None  # [n, 3] eV/Å
    virial: np.ndarray | None = None  # [3, 3]
    remarks: list[str] = field(default_factory=list)
    """What was assumed where the file does not say."""
    unused: list[str] = field(default_factory=list)
    """What the file contains and dpmd does not use."""
    hindrances: list[str] = field(default_factory=list)
    """Why these atoms cannot move as the file says; this does not affect energies and forces."""
    other_names: set[str] = field(default_factory=set)
    """Names of kinds that the file declares but that have no atoms."""


def kinds_of_labels(labels: Sequence[str], masses: np.ndarray | None = None) -> tuple[list[Kind], np.ndarray]:
    """The kinds of atoms from the label of each atom, in the order of their appearance, and the kind of each atom.

    A label that is a number does not name an element.
    """
    index: dict[str, int] = {}
    of_atom = np.array([index.setdefault(label, len(index)) for label in labels], dtype=np.int32)
    found: list[set[float]] = [set() for _ in index]
    if masses is not None:
        for k, mass in zip(of_atom.tolist(), masses.tolist(), strict=True):
            found[k].add(mass)
    kinds = [
        Kind(label, None if label.lstrip("+-").isdigit() else label, one.pop() if len(one) == 1 else None)
        for label, one in zip(index, found, strict=True)
    ]
    return kinds, of_atom
