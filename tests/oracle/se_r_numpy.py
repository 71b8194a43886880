"""The features of se_e2_r in plain NumPy: slow, clear, values and their derivatives together.

With s = (w/(r+p) - davg_i) / dstd_i, the only component of an environment row (``environment_numpy.py``), the embedding
nets G and N = normalization,

    D = (1/5) (1/N) sum over slots of G(s)        [M]

G is not 0 at 0, so excluded pairs need a rule, of which there are three: "drop" leaves out the section, "keep" has a
row of 0 for each neighbour in it, "zero" for each of its slots.
"""

from __future__ import annotations

import numpy as np

from dpmd.models.se_r import SeR
from oracle.environment_numpy import Neighbors, symmetric
from oracle.nets_numpy import value_and_slope


class SeRFeatures:
    """D of every atom as ``values`` [n, M], and the way back from it."""

    def __init__(self, d: SeR, neighbors: Neighbors):
        self._d, self._neighbors = d, neighbors
        self._tape = []  # by pair of types: its pairs of atoms and dG/ds
        self._factor = 0.2 / d.environment.normalization
        self.values = self._sum_over_slots() * self._factor

    def gradient(self, d_values: np.ndarray) -> np.ndarray:
        """dE/d(vector) [n_pairs, 3] from dE/dD."""
        near = self._neighbors
        d_rows = np.zeros_like(near.rows)
        for chosen, slope in self._tape:
            d_rows[chosen, 0] = self._factor * (d_values[near.pairs.centre[chosen]] * slope).sum(axis=1)
        return near.by_vector(d_rows)

    def _sum_over_slots(self) -> np.ndarray:
        """[n, M]."""
        e, nets, near = self._d.environment, self._d.embedding, self._neighbors
        total = np.zeros((len(near.types), nets.n_channels))
        excluded = symmetric(e.exclude_types)
        for i, j in np.ndindex(len(e.sel), len(e.sel)):
            network = nets.networks[0 if nets.type_one_side else i][j]
            rule = e.excluded_slots if (i, j) in excluded else ""
            if network is None or rule == "drop":
                continue
            atoms, chosen = np.flatnonzero(near.types == i), near.between(i, j)
            n_empty = np.maximum(e.sel[j] - near.n_real[atoms, j], 0)
            empty = np.zeros(1) if rule == "zero" else -e.shift[i] / e.scale[i]
            total[atoms] += n_empty[:, None] * value_and_slope(network, empty)[0]
            g, slope = value_and_slope(network, near.rows[chosen, 0])
            np.add.at(total, near.pairs.centre[chosen], g)
            self._tape.append((chosen, slope))
        return total
