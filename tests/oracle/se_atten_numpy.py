"""The features of se_atten (DPA-1) in plain NumPy: slow, clear, atom by atom, with every slot a row of its own.

Lengths in Å. It knows ``.dpmd`` semantics completely: the dense, the graph and TensorFlow's function, types that enter
by concat or strip, attention, higher degrees and exclusions. The rows of one atom are

    R_j = (row - davg) / dstd,  s_j = R_j[0]              (environment_numpy.py)
    G_j = net([s_j, T_j, T_i])                            concat
    G_j = net(s_j) (1 + t_j w_j),  t_j = types([T_j, T_i])    strip; without w_j where it is not smooth
    G   = attention(G), layer after layer                 (attention_numpy.py)
    A   = (1/N) sum_j G_j (x) [R_j, higher degrees]
    D   = A diag(omega) A_<^T

and the features are [D, T_i]. An empty slot is a row like the others, with its place in the sums.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dpmd.models.se_atten import SeAtten
from oracle.attention_numpy import attend, attend_backward
from oracle.environment_numpy import Neighbors, cutoffs, environment_rows, switch
from oracle.harmonics import harmonics
from oracle.nets_numpy import backward, forward, value_and_slope


@dataclass
class Slots:
    """The m rows of one atom: its neighbours, and what stands in the slots without any."""

    pair: np.ndarray  # [m] which of all pairs it is, -1 where there is no neighbour
    vector: np.ndarray  # [m, 3] to the neighbour
    type: np.ndarray  # [m]
    rows: np.ndarray  # [m, 4] after shift and scale
    row_slope: np.ndarray  # [m, 4, 3] by the vector
    weight: np.ndarray  # [m] the switch of strip and attention
    weight_slope: np.ndarray  # [m, 3]
    is_seen: np.ndarray  # [m] a neighbour that is not excluded

    def select(self, mask: np.ndarray) -> Slots:
        return Slots(**{name: values[mask] for name, values in vars(self).items()})

    def join(self, other: Slots) -> Slots:
        mine, theirs = vars(self), vars(other)
        return Slots(**{name: np.concatenate([mine[name], theirs[name]]) for name in mine})


class SeAttenFeatures:
    """D of every atom, with its type embedding where that is a feature, as ``values`` [n, features], and the way back
    from them.
    """

    def __init__(self, d: SeAtten, neighbors: Neighbors):
        factors, types = type_factors(d), neighbors.types
        self._n_pairs, self._n_products = len(neighbors.pairs.centre), d.n_channels * d.axis_neuron
        embedding = d.type_embedding if d.output_type_embedding else np.zeros((len(d.type_embedding), 0))
        self.values = np.zeros((len(types), self._n_products + embedding.shape[1]))
        self._atoms = {}
        for i in np.flatnonzero(types >= 0):
            self._atoms[i] = AtomFeatures(d, factors, types[i], slots_of(d, neighbors, i))
            self.values[i] = np.concatenate([self._atoms[i].values.ravel(), embedding[types[i]]])

    def gradient(self, d_values: np.ndarray) -> np.ndarray:
        """dE/d(vector) [n_pairs, 3] from dE/d(features)."""
        found = np.zeros((self._n_pairs, 3))
        for i, atom in self._atoms.items():
            real = atom.slots.pair >= 0
            found[atom.slots.pair[real]] = atom.gradient(d_values[i, : self._n_products])[real]
        return found


# Slots --------------------------------------------------------------------------------------------


def slots_of(d: SeAtten, neighbors: Neighbors, atom: int) -> Slots:
    """All rows of an atom."""
    types, centre = neighbors.types, neighbors.types[atom]
    mine = np.flatnonzero(neighbors.pairs.centre == atom)
    near = types[neighbors.pairs.neighbour[mine]]
    slots = neighbour_slots(d, centre, mine, near, neighbors.pairs.vector[mine])
    if d.environment.overflow_order == "unlimited":
        return slots.select(slots.is_seen)
    if d.environment.overflow_order == "mixed":
        padding = types[0] if d.empty_slots == "first_atom" else d.n_types
        return slots.join(empty_slots(d, centre, d.environment.sel[0] - len(mine), padding))
    for t, n_slots in enumerate(d.environment.sel):
        if is_excluded(d, centre, t):
            slots = slots.select(slots.type != t)
        else:
            padding = t if d.empty_slots == "section" else d.n_types
            slots = slots.join(empty_slots(d, centre, n_slots - np.count_nonzero(near == t), padding))
    return slots


def neighbour_slots(d: SeAtten, centre: int, pairs: np.ndarray, types: np.ndarray, vectors: np.ndarray) -> Slots:
    e = d.environment
    _, smooth, span = cutoffs(e)
    row, slope = environment_rows(vectors, smooth, span, e.protection)
    r = np.linalg.norm(vectors, axis=1)
    weight, weight_slope = switch(r, smooth, span)
    weight_slope = weight_slope[:, None] * vectors / r[:, None]
    if d.switch == "cubic":
        rest = 1 - e.cutoff_smooth * row[:, 0]
        inside = (rest > 0) & (rest < 1)
        weight = np.clip(1 - rest**3, 0.0, 1.0)
        weight_slope = np.where(inside, 3 * rest**2 * e.cutoff_smooth, 0.0)[:, None] * slope[:, 0]
    seen = np.array([not is_excluded(d, centre, t) for t in types], bool)
    rows, slope = (row - e.shift[centre]) / e.scale[centre], slope / e.scale[centre][:, None]
    rows[~seen] = e.shift[centre, 0] if d.excluded_rows == "shift" else 0.0
    slope[~seen], weight[~seen], weight_slope[~seen] = 0.0, 0.0, 0.0
    return Slots(pairs, vectors, types, rows, slope, weight, weight_slope, seen)


def empty_slots(d: SeAtten, centre: int, n: int, type_: int) -> Slots:
    n, e = max(n, 0), d.environment
    return Slots(
        pair=np.full(n, -1),
        vector=np.zeros((n, 3)),
        type=np.full(n, type_),
        rows=np.tile(-e.shift[centre] / e.scale[centre], (n, 1)),
        row_slope=np.zeros((n, 4, 3)),
        weight=np.zeros(n),
        weight_slope=np.zeros((n, 3)),
        is_seen=np.zeros(n, bool),
    )


def is_excluded(d: SeAtten, i: int, j: int) -> bool:
    return (min(i, j), max(i, j)) in d.environment.exclude_types


# Features -----------------------------------------------------------------------------------------


class AtomFeatures:
    """D of an atom of type ``centre`` with these slots, as ``values`` [M, axis], and the way back from it."""

    def __init__(self, d: SeAtten, factors: np.ndarray | None, centre: int, slots: Slots):
        self._d, self.slots = d, slots
        self._g, self._tape = embed(d, factors, centre, slots)
        self._channels, self._attention_tapes = self._g, []
        for layer in d.attention:
            self._channels, tape = attend(layer, d.smooth, self._channels, slots.rows, slots.weight, slots.is_seen)
            self._attention_tapes.append(tape)
        self._rows, self._slope, self._omega = moment_rows(d, centre, slots)
        self._matrix = self._channels.T @ self._rows / d.environment.normalization  # [M, components]
        self.values = (self._matrix * self._omega) @ self._matrix[: d.axis_neuron].T

    def gradient(self, d_values: np.ndarray) -> np.ndarray:
        """dE/d(vector) of its slots [m, 3] from dE/dD."""
        d, slots, a = self._d, self.slots, self._matrix
        d_values = d_values.reshape(self.values.shape)
        d_a = (d_values @ a[: d.axis_neuron]) * self._omega
        d_a[: d.axis_neuron] += (d_values.T @ a) * self._omega
        d_a /= d.environment.normalization
        d_channels, d_rows = self._rows @ d_a.T, self._channels @ d_a
        d_weight = np.zeros(len(d_rows))
        gradient = np.einsum("mc,mca->ma", d_rows[:, 4:], self._slope[:, 4:])
        d_rows = d_rows[:, :4]
        for layer, tape in zip(reversed(d.attention), reversed(self._attention_tapes), strict=True):
            d_channels, by_rows, by_weight = attend_backward(layer, d.smooth, tape, d_channels)
            d_rows = d_rows + by_rows
            d_weight = d_weight + by_weight
        by_s, by_weight = embed_backward(d, slots, self._g, self._tape, d_channels)
        d_rows[:, 0] += by_s
        gradient += np.einsum("mc,mca->ma", d_rows, slots.row_slope)
        return gradient + (d_weight + by_weight)[:, None] * slots.weight_slope


def moment_rows(d: SeAtten, centre: int, slots: Slots) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The rows of A's sum [m, c], their slopes [m, c, 3], and what the degrees are multiplied by [c]."""
    if d.degree_gain is None:
        return slots.rows, slots.row_slope, np.ones(4)
    lmax, e = 1 + len(d.degree_gain), d.environment
    _, smooth, span = cutoffs(e)
    seen = np.flatnonzero(slots.is_seen)
    v = slots.vector[seen]
    r = np.linalg.norm(v, axis=1)
    q, direction = r + e.protection, v / r[:, None]
    w, dw = switch(r, smooth, span)
    radial, d_radial = w / q, dw / q - w / q**2
    u = v / q[:, None]
    d_u = np.eye(3) / q[:, None, None] - v[:, :, None] * direction[:, None, :] / (q**2)[:, None, None]
    y, dy = harmonics(u, lmax)
    by_u = np.einsum("mku,mua->mka", dy, d_u)
    values = np.zeros((len(slots.rows), y.shape[1]))
    slopes = np.zeros((len(slots.rows), y.shape[1], 3))
    values[seen] = radial[:, None] * y
    slopes[seen] = d_radial[:, None, None] * y[:, :, None] * direction[:, None, :] + radial[:, None, None] * by_u
    scale = e.scale[centre, 0]
    omega = [np.ones(4), *(np.full(2 * k + 5, gain**2) for k, gain in enumerate(d.degree_gain))]
    rows = np.concatenate([slots.rows, values / scale], axis=1)
    return rows, np.concatenate([slots.row_slope, slopes / scale], axis=1), np.concatenate(omega)


# Embedding ----------------------------------------------------------------------------------------


def type_factors(d: SeAtten) -> np.ndarray | None:
    """The factors of types in strip mode [centre or 1, neighbour, M]."""
    if d.type_input == "concat" or d.type_factors is not None:
        return d.type_factors
    n = len(d.type_embedding)
    neighbour = np.tile(d.type_embedding, (1 if d.type_one_side else n, 1))
    centre = np.repeat(d.type_embedding, n, axis=0)
    inputs = neighbour if d.type_one_side else np.concatenate([neighbour, centre], axis=1)
    return forward(d.type_network, inputs)[0].reshape(-1, n, d.n_channels)


def embed(d: SeAtten, factors: np.ndarray | None, centre: int, slots: Slots) -> tuple[np.ndarray, tuple]:
    """G [m, M], and what the backward pass needs."""
    if factors is None:
        sides = [slots.rows[:, :1], d.type_embedding[slots.type]]
        if not d.type_one_side:
            sides.append(np.tile(d.type_embedding[centre], (len(slots.rows), 1)))
        return forward(d.network, np.concatenate(sides, axis=1))
    g, slope = value_and_slope(d.network, slots.rows[:, 0])
    t = factors[0 if d.type_one_side else centre, slots.type]
    factor = 1 + (t * slots.weight[:, None] if d.smooth else t)
    return g * factor, (g, slope, t, factor)


def embed_backward(d: SeAtten, slots: Slots, g: np.ndarray, tape, d_g: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The gradients by s and by the weight [m] from that by G [m, M]."""
    if d.type_input == "concat":
        return backward(d.network, tape, d_g)[:, 0], np.zeros(len(g))
    plain, slope, t, factor = tape
    by_weight = (d_g * plain * t).sum(axis=1) if d.smooth else np.zeros(len(g))
    return (d_g * factor * slope).sum(axis=1), by_weight
