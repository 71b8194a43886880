"""The features of se_e3_tebd in plain NumPy: slow, clear, atom by atom, over all ordered pairs of neighbours.

With the directions R of the normalised rows of an atom's neighbours and their switches w (``environment_numpy.py``),
theta_jk = R_j . R_k, the type embedding T and the number of slots N,

    G_jk = net([theta_jk, T_j, T_k])                                             concat
    G_jk = net(theta_jk) (1 + t_jk w_j w_k),  t_jk = types([T_j, T_k])           strip; without w_j w_k where not smooth
    D    = 1/N^2 sum over all j, k of theta_jk G_jk, each with itself too        [M]

and the features are [D, T_i]. Empty slots and neighbours of excluded pairs have no direction: theta = 0, and they add
nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dpmd.models.se_t_tebd import SeTTebd
from oracle.environment_numpy import Neighbors, cutoffs, switch
from oracle.nets_numpy import backward, forward, value_and_slope


class SeTTebdFeatures:
    """D of every atom, with its type embedding where that is a feature, as ``values`` [n, features], and the way back
    from them.
    """

    def __init__(self, d: SeTTebd, neighbors: Neighbors):
        self._d, self._neighbors, near = d, neighbors, neighbors.pairs
        _, smooth, span = cutoffs(d.environment)
        self._distance = np.linalg.norm(near.vector, axis=1)
        self._weight, self._weight_slope = switch(self._distance, smooth, span)
        embedding = d.type_embedding if d.output_type_embedding else np.zeros((len(d.type_embedding), 0))
        self.values = np.zeros((len(neighbors.types), d.n_channels + embedding.shape[1]))
        self._atoms: list[tuple[int, np.ndarray, PairsOfAtom]] = []
        for i in np.flatnonzero(neighbors.types >= 0):
            mine = np.flatnonzero(near.centre == i)
            types = neighbors.types[near.neighbour[mine]]
            atom = PairsOfAtom(d, neighbors.rows[mine, 1:], self._weight[mine], types)
            self._atoms.append((i, mine, atom))
            self.values[i] = np.concatenate([atom.values, embedding[neighbors.types[i]]])

    def gradient(self, d_values: np.ndarray) -> np.ndarray:
        """dE/d(vector) [n_pairs, 3] from dE/d(features)."""
        near = self._neighbors
        d_rows, d_weight = np.zeros_like(near.rows), np.zeros(len(near.rows))
        for i, mine, atom in self._atoms:
            d_rows[mine, 1:], d_weight[mine] = atom.gradient(d_values[i, : self._d.n_channels])
        along = d_weight * self._weight_slope / self._distance
        return near.by_vector(d_rows) + along[:, None] * near.pairs.vector


@dataclass
class PairsOfAtom:
    """D of an atom as ``values`` [M], from its n neighbours, and the way back from it."""

    d: SeTTebd
    directions: np.ndarray  # [n, 3]
    weight: np.ndarray  # [n]
    types: np.ndarray  # [n]

    def __post_init__(self):
        n = len(self.types)
        shape = (n, n, self.d.n_channels)
        self.theta = self.directions @ self.directions.T
        first, second = np.repeat(self.types, n), np.tile(self.types, n)
        if self.d.type_input == "concat":
            t = self.d.type_embedding
            inputs = np.concatenate([self.theta.reshape(-1, 1), t[first], t[second]], axis=1)
            g, tape = forward(self.d.network, inputs)
            self.g = g.reshape(shape)
            self.slope = np.stack(
                [backward(self.d.network, tape, np.tile(unit, (n * n, 1)))[:, 0] for unit in np.eye(self.d.n_channels)],
                axis=1,
            ).reshape(shape)
            self.by_weights = np.zeros_like(self.g)
        else:
            plain, slope = (x.reshape(shape) for x in value_and_slope(self.d.network, self.theta.ravel()))
            t = self._type_factors(first, second).reshape(shape)
            both = np.outer(self.weight, self.weight)[:, :, None] if self.d.smooth else 1.0
            self.g, self.slope = plain * (1 + t * both), slope * (1 + t * both)
            self.by_weights = plain * t if self.d.smooth else np.zeros_like(plain)
        self.values = np.einsum("jk,jkm->m", self.theta, self.g) / self.d.environment.normalization**2

    def gradient(self, d_values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """dE/d(directions) [n, 3] and dE/d(weight) [n]."""
        d_values = d_values / self.d.environment.normalization**2
        d_theta = (self.g + self.theta[:, :, None] * self.slope) @ d_values
        d_both = self.theta * (self.by_weights @ d_values)
        return (d_theta + d_theta.T) @ self.directions, (d_both + d_both.T) @ self.weight

    def _type_factors(self, first: np.ndarray, second: np.ndarray) -> np.ndarray:
        if self.d.type_factors is not None:
            return self.d.type_factors[second, first]
        t = self.d.type_embedding
        return forward(self.d.type_network, np.concatenate([t[first], t[second]], axis=1))[0]
