"""The results of a model for one frame or a batch of frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Description", "Result"]


@dataclass(frozen=True)
class Result:
    """Energies, forces and virials, with DeePMD-kit's signs and layout.

    The shapes below are for one frame; those of a batch have an additional first axis, [n_frames].
    """

    energy: float | np.ndarray
    """Total energy, eV; a number for one frame."""
    forces: np.ndarray
    """[n, 3] eV/Å."""
    virial: np.ndarray
    """[3, 3] eV, the sum over atoms of ``F_i ⊗ r_i``; the stress is ``-virial / volume``."""
    atom_energies: np.ndarray | None = None
    """[n] eV, when ``atomic=True``."""
    atom_virials: np.ndarray | None = None
    """[n, 3, 3] eV, when ``atomic=True``; the term of a pair is assigned to the neighbour."""

    @classmethod
    def of(cls, computed: tuple[Any, ...], atomic: bool) -> Result:
        """Make a result from the arrays of the core."""
        energy, forces, virial, atom_energies, atom_virials = computed
        return cls(energy, forces, virial, atom_energies if atomic else None, atom_virials)

    @classmethod
    def of_frames(cls, results: Sequence[Result], n_atoms: int, atomic: bool) -> Result:
        """A batch of frames with as many atoms each; there may be no frame."""

        def batch(name: str, *shape: int) -> np.ndarray:
            return np.array([getattr(one, name) for one in results], dtype=np.float64).reshape(len(results), *shape)

        return cls(
            batch("energy"),
            batch("forces", n_atoms, 3),
            batch("virial", 3, 3),
            batch("atom_energies", n_atoms) if atomic else None,
            batch("atom_virials", n_atoms, 3, 3) if atomic else None,
        )


@dataclass(frozen=True)
class Description:
    """What the nets compute for each atom on the way to its energy; zeros for virtual atoms.

    The shapes below are for one frame; those of a batch have an additional first axis, [n_frames].
    """

    descriptors: np.ndarray
    """[n, n_descriptor]: for se_e2_a the matrix of channels x axis neurons, row by row."""
    hidden: np.ndarray
    """[n, n_hidden] last hidden layer of the fitting nets, padded with zeros if nets differ in width."""

    @classmethod
    def of_frames(cls, frames: Sequence[Description], n_atoms: int) -> Description:
        """A batch of frames with as many atoms each."""

        def batch(name: str) -> np.ndarray:
            arrays = [getattr(one, name) for one in frames]
            return np.stack(arrays) if arrays else np.zeros((0, n_atoms, 0))

        return cls(batch("descriptors"), batch("hidden"))
