"""The features of se_e2_a in plain NumPy: slow, clear, values and their derivatives together.

With the environment rows R (``environment_numpy.py``), s = R[0], the embedding nets G and N = normalization,

    A = (1/N) sum_j G_ij(s_j) (x) R_j   [M, 4]
    D = A A_<^T                         [M, axis]

where A_< is the first ``axis`` rows. Every unused slot of a neighbour type adds G(s0) (x) R0 with R0 = -davg/dstd: a
constant times the number of unused slots.
"""

from __future__ import annotations

import numpy as np

from dpmd.models.se_a import SeA
from oracle.environment_numpy import Neighbors, symmetric
from oracle.nets_numpy import value_and_slope


class SeAFeatures:
    """D of every atom as ``values`` [n, M axis], and the way back from it."""

    def __init__(self, d: SeA, neighbors: Neighbors):
        self._d, self._neighbors = d, neighbors
        self._tape = []  # by pair of types: its pairs of atoms, G and dG/ds
        self._matrix = self._contract()
        self.values = np.einsum("nmc,nac->nma", self._matrix, self._matrix[:, : d.axis_neuron])
        self.values = self.values.reshape(len(self._matrix), -1)

    def gradient(self, d_values: np.ndarray) -> np.ndarray:
        """dE/d(vector) [n_pairs, 3] from dE/dD."""
        a, axis = self._matrix, self._d.axis_neuron
        d_product = d_values.reshape(len(a), -1, axis)
        d_matrix = np.einsum("nma,nac->nmc", d_product, a[:, :axis])
        d_matrix[:, :axis] += np.einsum("nma,nmc->nac", d_product, a)
        rows, pairs = self._neighbors.rows, self._neighbors.pairs
        d_rows = np.zeros_like(rows)
        for chosen, g, slope in self._tape:
            d_a = d_matrix[pairs.centre[chosen]] / self._d.environment.normalization
            d_rows[chosen] = np.einsum("pm,pmc->pc", g, d_a)
            d_rows[chosen, 0] += np.einsum("pmc,pc,pm->p", d_a, rows[chosen], slope)
        return self._neighbors.by_vector(d_rows)

    def _contract(self) -> np.ndarray:
        """A [n, M, 4]."""
        e, nets, near = self._d.environment, self._d.embedding, self._neighbors
        matrix = np.zeros((len(near.types), nets.n_channels, 4))
        excluded = symmetric(e.exclude_types)
        for i, j in np.ndindex(len(e.sel), len(e.sel)):
            network = nets.networks[0 if nets.type_one_side else i][j]
            if network is None or ((i, j) in excluded and e.excluded_slots == "drop"):
                continue
            atoms, chosen = np.flatnonzero(near.types == i), near.between(i, j)
            n_empty = np.maximum(e.sel[j] - near.n_real[atoms, j], 0)
            empty = -e.shift[i] / e.scale[i]
            g_empty, _ = value_and_slope(network, empty[:1])
            matrix[atoms] += n_empty[:, None, None] * np.outer(g_empty[0], empty)
            g, slope = value_and_slope(network, near.rows[chosen, 0])
            np.add.at(matrix, near.pairs.centre[chosen], g[:, :, None] * near.rows[chosen, None, :])
            self._tape.append((chosen, g, slope))
        return matrix / e.normalization
