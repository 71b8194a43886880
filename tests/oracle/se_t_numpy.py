"""The features of se_e3 in plain NumPy: slow, clear, values and their derivatives together.

With the directions R of the normalised rows of an atom's neighbours (``environment_numpy.py``), theta_jk = R_j . R_k, a
net N_ab for each unordered pair of neighbour types and n = pair_normalization,

    D = sum over types a <= b of 1/(n_a n_b) sum over j in a, k in b of theta_jk N_ab(theta_jk)        [M]

Empty slots and neighbours of excluded pairs have no direction: theta = 0, and they add nothing.
"""

from __future__ import annotations

import numpy as np

from dpmd.models.se_t import SeT
from oracle.environment_numpy import Neighbors
from oracle.nets_numpy import value_and_slope


class SeTFeatures:
    """D of every atom as ``values`` [n, M], and the way back from it."""

    def __init__(self, d: SeT, neighbors: Neighbors):
        self._neighbors = neighbors
        # by atom and pair of types: the atom, the pairs of atoms of either type, and dD/dtheta [n_a, n_b, M]
        self._tape: list[tuple[int, np.ndarray, np.ndarray, np.ndarray]] = []
        self.values = np.zeros((len(neighbors.types), d.embedding.n_channels))
        directions, n = neighbors.rows[:, 1:], d.pair_normalization
        for atom in np.flatnonzero(neighbors.types >= 0):
            sections = self._sections(atom, len(n))
            for a, b in zip(*np.triu_indices(len(n)), strict=True):
                network, one, other = d.embedding.at(a, b), sections[a], sections[b]
                if network is None or not len(one) or not len(other):
                    continue
                theta = directions[one] @ directions[other].T
                g, slope = (part.reshape(*theta.shape, -1) for part in value_and_slope(network, theta.ravel()))
                factor = 1.0 / (n[a] * n[b])
                self.values[atom] += factor * np.einsum("jk,jkm->m", theta, g)
                self._tape.append((atom, one, other, factor * (g + theta[:, :, None] * slope)))

    def gradient(self, d_values: np.ndarray) -> np.ndarray:
        """dE/d(vector) [n_pairs, 3] from dE/dD."""
        near = self._neighbors
        directions, d_rows = near.rows[:, 1:], np.zeros_like(near.rows)
        for atom, one, other, slope in self._tape:
            d_theta = slope @ d_values[atom]
            d_rows[one, 1:] += d_theta @ directions[other]
            d_rows[other, 1:] += d_theta.T @ directions[one]
        return near.by_vector(d_rows)

    def _sections(self, atom: int, n_types: int) -> list[np.ndarray]:
        """The pairs of an atom by neighbour type."""
        near = self._neighbors
        mine = near.pairs.centre == atom
        return [np.flatnonzero(mine & (near.types[near.pairs.neighbour] == t)) for t in range(n_types)]
