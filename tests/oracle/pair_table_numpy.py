"""Pair tables and DP-ZBL in NumPy, slowly and clearly: the energies of atoms."""

from __future__ import annotations

import numpy as np

from dpmd.models.pair_table import Bridge, PairTable
from oracle.environment_numpy import find_pairs


def table_energies(table: PairTable, positions: np.ndarray, types: np.ndarray, cell: np.ndarray | None) -> np.ndarray:
    """Half the potentials of all pairs of an atom [n] eV, and its shift."""
    n_types = len(table.sel)
    coefficients = table.coefficients.reshape(n_types, n_types, -1, 4)
    pairs = find_pairs(positions, types, cell, table.cutoff)
    energies = np.array(table.energy_shift, dtype=float)[types]
    for i, j, r in zip(pairs.centre, pairs.neighbour, np.linalg.norm(pairs.vector, axis=1), strict=True):
        place = (r - table.first) / table.spacing
        k = int(place)
        if k < coefficients.shape[2]:
            energies[i] += np.polyval(coefficients[types[i], types[j], k], place - k) / 2
    return energies


def weights(
    bridge: Bridge, table: PairTable, positions: np.ndarray, types: np.ndarray, cell: np.ndarray | None
) -> np.ndarray:
    """The weight of the table [n]."""
    pairs = find_pairs(positions, types, cell, table.cutoff)
    r = np.linalg.norm(pairs.vector, axis=1)
    x = np.exp(-r / bridge.softness)
    n = len(types)
    total = np.bincount(pairs.centre, x, n)
    sigma = np.bincount(pairs.centre, r * x, n) / np.maximum(total, max(bridge.least_sum, 1e-300))
    u = np.clip((sigma - bridge.inner) / (bridge.outer - bridge.inner), 0.0, 1.0)
    return np.where(total > 0, 1 - 10 * u**3 + 15 * u**4 - 6 * u**5, 0.0)
