"""How far a potential is from reference data, as ``dp test`` defines it: MAE and RMSE.

Energies: the difference of a frame's total energy, and the same divided by its number of atoms.
Forces: every Cartesian component. Virials, of periodic systems: all nine components, and the same
divided by the number of atoms, and by the volume (stress). Energies of atoms are compared on request.
Several systems are pooled: each frame, component or atom counts once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dpmd.errors import InputError
from dpmd.potential import Result
from dpmd.systems import Frame

QUANTITIES = {
    "energy": "eV",
    "energy/atom": "eV",
    "force": "eV/Å",
    "virial": "eV",
    "virial/atom": "eV",
    "stress": "eV/Å³",
    "atomic energy": "eV",
}


@dataclass
class Deviation:
    """Sums over the differences between model and reference of one quantity."""

    count: int = 0
    absolute: float = 0.0
    squared: float = 0.0

    def add(self, differences: np.ndarray | float) -> None:
        """Count each number of ``differences``."""
        values = np.asarray(differences, dtype=np.float64)
        self.count += values.size
        self.absolute += float(np.abs(values).sum())
        self.squared += float(np.square(values).sum())

    def merge(self, other: Deviation) -> None:
        """Add the sums of another data set."""
        self.count += other.count
        self.absolute += other.absolute
        self.squared += other.squared

    @property
    def mae(self) -> float:
        """Mean absolute error."""
        return self.absolute / self.count

    @property
    def rmse(self) -> float:
        """Root of the mean squared error."""
        return float(np.sqrt(self.squared / self.count))


@dataclass
class ModelErrors:
    """Deviations by quantity; a quantity without reference data is absent."""

    n_frames: int = 0
    atoms: tuple[int, int] | None = None
    """The smallest and the largest number of atoms in a frame."""
    deviations: dict[str, Deviation] = field(default_factory=dict)
    n_without: Counter[str] = field(default_factory=Counter)
    """The number of frames without a reference, by kind."""
    n_not_compared: Counter[str] = field(default_factory=Counter)
    """The number of frames with a reference that is not compared, by kind."""

    def add_frame(self, frame: Frame, result: Result, atomic: bool = False) -> None:
        """Count the differences of a frame for all reference data that it has.

        Args:
            frame: The frame with the reference.
            result: The result of the model.
            atomic: Also count the energies of atoms, which frame and result must then have.

        Raises:
            InputError: The frame has no energies of atoms.
        """
        self._count(1, (frame.n_atoms, frame.n_atoms))
        n_atoms = max(frame.n_atoms, 1)
        known = {"energy": frame.energy, "force": frame.forces, "virial": frame.virial}
        self.n_without.update(name for name, value in known.items() if value is None)
        if frame.energy is not None:
            self.add("energy", result.energy - frame.energy)
            self.add("energy/atom", (result.energy - frame.energy) / n_atoms)
        if frame.forces is not None:
            self.add("force", result.forces - frame.forces)
        if frame.virial is not None and frame.volume is None:
            self.n_not_compared["virial of a frame that is not periodic"] += 1
        elif frame.virial is not None:
            self.add("virial", result.virial - frame.virial)
            self.add("virial/atom", (result.virial - frame.virial) / n_atoms)
            self.add("stress", (result.virial - frame.virial) / frame.volume)
        if atomic:
            if frame.atom_energies is None:
                raise InputError("has no energies of atoms (atom_ener.npy), which --atomic asks for")
            self.add("atomic energy", result.atom_energies - frame.atom_energies)
        elif frame.atom_energies is not None:
            self.n_not_compared["energies of atoms, which --atomic compares"] += 1

    def gaps(self) -> Iterator[str]:
        """Lines about references that only some frames have, or that are not compared."""
        for name, n in self.n_without.items():
            if n < self.n_frames:
                yield f"{n} of {self.n_frames} frames have no reference {name}"
        for name, n in self.n_not_compared.items():
            yield f"not compared in {n} of {self.n_frames} frames: {name}"

    def add(self, quantity: str, differences: np.ndarray | float) -> None:
        """Count the differences of one of ``QUANTITIES``."""
        if np.size(differences):  # a frame may hold virtual atoms only
            self.deviations.setdefault(quantity, Deviation()).add(differences)

    def merge(self, other: ModelErrors) -> None:
        """Pool with the errors of another system."""
        self._count(other.n_frames, other.atoms)
        self.n_without += other.n_without
        self.n_not_compared += other.n_not_compared
        for quantity, deviation in other.deviations.items():
            self.deviations.setdefault(quantity, Deviation()).merge(deviation)

    def _count(self, n_frames: int, atoms: tuple[int, int] | None) -> None:
        self.n_frames += n_frames
        if atoms is not None and self.atoms is not None:
            atoms = (min(atoms[0], self.atoms[0]), max(atoms[1], self.atoms[1]))
        self.atoms = atoms or self.atoms

    def as_plain(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        fewest, most = self.atoms or (0, 0)
        result: dict[str, Any] = {"n_frames": self.n_frames, "n_atoms": most if fewest == most else [fewest, most]}
        for quantity, unit in QUANTITIES.items():
            if quantity in self.deviations:
                one = self.deviations[quantity]
                result[quantity] = {"mae": one.mae, "rmse": one.rmse, "unit": unit}
        return result
