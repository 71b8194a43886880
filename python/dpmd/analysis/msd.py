"""Mean squared displacements, averaged over atoms and over all starting times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dpmd.arguments import as_atoms, as_flag, as_items
from dpmd.errors import InputError

if TYPE_CHECKING:
    from ase import Atoms


@dataclass(frozen=True)
class MeanSquaredDisplacement:
    """<|r(t + lag) - r(t)|^2> of one species."""

    species: str
    lag: np.ndarray  # [n_lags] in frames, from 0
    msd: np.ndarray  # [n_lags] Å^2


def mean_squared_displacement(frames: Sequence[Atoms], remove_drift: bool = True) -> list[MeanSquaredDisplacement]:
    """The mean squared displacement of every species for lags up to half the trajectory.

    Positions may be wrapped into the cell or not: between two frames an atom is assumed to have moved
    to the nearest image, so it must move less than half the cell from frame to frame. Atoms under
    ``FixAtoms`` are left out; if there are any, they hold the system in place, and there is no drift.

    Args:
        frames: ASE atoms, the same ones in each frame, at equal times.
        remove_drift: Remove the motion of the centre of mass, unless atoms are fixed.

    Raises:
        InputError: There are fewer than two frames, the atoms change, or none is free.
    """
    frames = [as_atoms(one, f"frames[{k}]") for k, one in enumerate(as_items(frames, "frames", "ASE Atoms"))]
    if len(frames) < 2:
        raise InputError(f"a displacement needs two frames, but there are {len(frames)}")
    first = frames[0]
    if any(not np.array_equal(atoms.numbers, first.numbers) for atoms in frames):
        raise InputError("a displacement needs the same atoms in every frame")
    path = unwrapped(
        np.array([atoms.positions for atoms in frames]),
        np.array([np.asarray(atoms.cell) for atoms in frames]),
        first.pbc,
    )
    free = _free(first)
    if not free.any():
        raise InputError("a displacement needs atoms that are not fixed")
    if as_flag(remove_drift, "remove_drift") and free.all():
        weights = first.get_masses() / first.get_masses().sum()
        path -= np.einsum("fnc,n->fc", path, weights)[:, None, :]
    path = path[:, free]
    symbols = np.array(first.get_chemical_symbols())[free]
    lag = np.arange((len(path) + 1) // 2 + 1)
    return [
        MeanSquaredDisplacement(name, lag, _all_origins(path[:, symbols == name])[: lag.size])
        for name in dict.fromkeys(symbols.tolist())
    ]


def _free(atoms: Atoms) -> np.ndarray:
    """[n] flags of the atoms that are not under FixAtoms."""
    from ase.constraints import FixAtoms

    free = np.ones(len(atoms), dtype=bool)
    for constraint in atoms.constraints:
        if isinstance(constraint, FixAtoms):
            free[constraint.index] = False
    return free


def unwrapped(positions: np.ndarray, cells: np.ndarray, pbc: np.ndarray) -> np.ndarray:
    """Continuous paths [n_frames, n, 3] that begin at the origin, Å.

    Each step goes to the nearest image in fractional coordinates of its own cell, so that a cell
    that changes does not count as motion.
    """
    path = np.zeros(np.shape(positions), dtype=np.float64)
    if not np.any(pbc):
        return np.asarray(positions, dtype=np.float64) - positions[0]
    for k in range(1, len(path)):
        before = np.linalg.solve(_complete(cells[k - 1], pbc).T, positions[k - 1].T).T
        cell = _complete(cells[k], pbc)
        step = np.linalg.solve(cell.T, positions[k].T).T - before
        step -= np.where(pbc, np.round(step), 0.0)
        path[k] = path[k - 1] + step @ cell
    return path


def _complete(cell: np.ndarray, pbc: np.ndarray) -> np.ndarray:
    """The cell, with unit vectors for the directions that are not periodic."""
    from ase.geometry import complete_cell

    return complete_cell(np.where(np.reshape(pbc, (3, 1)), cell, 0.0))


def _all_origins(path: np.ndarray) -> np.ndarray:
    """[n_frames] mean over atoms and origins, through the autocorrelation by FFT.

    sum_t |r(t+m) - r(t)|^2 = sum_t (|r(t+m)|^2 + |r(t)|^2) - 2 sum_t r(t+m) . r(t)
    """
    n_frames, n_atoms, _ = path.shape
    correlation = np.zeros(n_frames)
    for component in np.moveaxis(path, 2, 0):  # one at a time, to limit memory
        transform = np.fft.rfft(component, 2 * n_frames, axis=0)
        power = np.sum(transform.real**2 + transform.imag**2, axis=1)
        correlation += np.fft.irfft(power, 2 * n_frames)[:n_frames]
    squares = np.concatenate([[0.0], np.cumsum(np.sum(path**2, axis=(1, 2)))])
    lag = np.arange(n_frames)
    sums = squares[n_frames - lag] + (squares[n_frames] - squares[lag]) - 2 * correlation
    return np.maximum(sums, 0.0) / ((n_frames - lag) * n_atoms)
