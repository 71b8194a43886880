"""How far a potential is from reference data, as ``dp test`` defines it: MAE and RMSE.

Energies: the difference of a frame's total energy, and the same divided by its number of atoms.
Forces: every Cartesian component. Virials, of periodic systems: all nine components, and the same
divided by the number of atoms, and by the volume (stress). Several systems are pooled: each frame,
or component, counts once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dpmd.errors import InputError
from dpmd.potential import Potential
from dpmd.systems import System

QUANTITIES = {
    "energy": "eV",
    "energy/atom": "eV",
    "force": "eV/Å",
    "virial": "eV",
    "virial/atom": "eV",
    "stress": "eV/Å³",
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
    deviations: dict[str, Deviation] = field(default_factory=dict)

    def add(self, quantity: str, differences: np.ndarray | float) -> None:
        """Count the differences of one of ``QUANTITIES``."""
        self.deviations.setdefault(quantity, Deviation()).add(differences)

    def merge(self, other: ModelErrors) -> None:
        """Pool with the errors of another system."""
        self.n_frames += other.n_frames
        for quantity, deviation in other.deviations.items():
            self.deviations.setdefault(quantity, Deviation()).merge(deviation)

    def as_plain(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        result: dict[str, Any] = {"n_frames": self.n_frames}
        for quantity, unit in QUANTITIES.items():
            if quantity in self.deviations:
                one = self.deviations[quantity]
                result[quantity] = {"mae": one.mae, "rmse": one.rmse, "unit": unit}
        return result


def system_errors(potential: Potential, system: System, limit: int | None = None) -> ModelErrors:
    """Errors of ``potential`` over the first ``limit`` frames of ``system`` (all when None).

    Raises:
        InputError: Naming the system and frame that the model cannot take.
    """
    errors = ModelErrors()
    takes_fparam, takes_aparam = potential.n_fparam > 0, potential.n_aparam > 0
    for index, frame in enumerate(system.frames(limit)):
        try:
            result = potential.compute(
                frame.positions,
                frame.types,
                frame.cell,
                fparam=frame.fparam if takes_fparam else None,
                aparam=frame.aparam if takes_aparam else None,
            )
        except InputError as error:
            raise InputError(f"{system.path}, frame {index}: {error}") from error
        errors.n_frames += 1
        n_atoms = max(len(frame.types), 1)
        if frame.energy is not None:
            errors.add("energy", result.energy - frame.energy)
            errors.add("energy/atom", (result.energy - frame.energy) / n_atoms)
        if frame.forces is not None:
            errors.add("force", result.forces - frame.forces)
        if frame.virial is not None and frame.cell is not None:
            volume = abs(float(np.linalg.det(frame.cell)))
            errors.add("virial", result.virial - frame.virial)
            errors.add("virial/atom", (result.virial - frame.virial) / n_atoms)
            errors.add("stress", (result.virial - frame.virial) / volume)
    return errors
