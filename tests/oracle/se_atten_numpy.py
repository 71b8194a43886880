"""The se_atten model (DPA-1) in plain NumPy: slow, clear, atom by atom, with every slot a row of its own.

Lengths in Å, energies in eV. It knows ``.dpmd`` semantics completely: the dense, the graph and TensorFlow's function,
types that enter by concat or strip, attention, higher degrees, exclusions and overflow. The rows of one atom are

    R_j = (row - davg) / dstd,  s_j = R_j[0]              (se_a_numpy.py)
    G_j = net([s_j, T_j, T_i])                            concat
    G_j = net(s_j) (1 + t_j w_j),  t_j = types([T_j, T_i])    strip; without w_j where it is not smooth
    G   = attention(G), layer after layer                 (attention_numpy.py)
    A   = (1/N) sum_j G_j (x) [R_j, higher degrees]
    D   = A diag(omega) A_<^T

and the fitting net takes [D, T_i, parameters]. An empty slot is a row like the others, with its place in the sums.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dpmd.models.environment import Environment
from dpmd.models.se_atten import SeAtten
from dpmd.models.spec import ModelSpec
from model_files.parts import descriptor_of, fitting_of
from oracle.attention_numpy import attend, attend_backward
from oracle.harmonics import harmonics
from oracle.se_a_numpy import (
    Result,
    backward,
    cutoffs,
    environment_rows,
    find_pairs,
    forward,
    parameter_inputs,
    switch,
    value_and_slope,
)


@dataclass
class Slots:
    """The m rows of one atom: its neighbours, and what stands in the slots without any."""

    atom: np.ndarray  # [m] the neighbour, -1 where there is none
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


def evaluate(
    spec: ModelSpec,
    positions: np.ndarray,
    types: np.ndarray,
    cell: np.ndarray | None = None,
    fparam: np.ndarray | None = None,
    aparam: np.ndarray | None = None,
) -> Result:
    """Evaluate a model for positions [n, 3], types [n] and a cell [3, 3] (rows; None: open).

    ``fparam`` is [n_fparam], ``aparam`` [n, n_aparam]. Neighbours beyond sel are left out, the farthest first.
    """
    positions, types = np.asarray(positions, dtype=float), np.asarray(types)
    d, fitting = descriptor_of(spec), fitting_of(spec)
    pairs = find_pairs(positions, types, cell, cutoffs(d.environment)[0])
    tails = parameter_inputs(fitting, len(types), fparam, aparam)
    factors = type_factors(d)
    energies, forces = np.zeros(len(types)), np.zeros_like(positions)
    atom_virials = np.zeros((len(types), 3, 3))
    n_overflow, s_seen = 0, [0.0]
    for i in range(len(types)):
        if types[i] < 0 or types[i] in spec.atom_exclude_types:
            continue
        mine = np.flatnonzero(pairs.centre == i)
        mine = mine[np.argsort(np.linalg.norm(pairs.vector[mine], axis=1), kind="stable")]
        neighbours, n_left_out = nearest(d.environment, types[pairs.neighbour[mine]], mine)
        n_overflow += n_left_out
        neighbours = neighbours[allowed(spec, types[i], types[pairs.neighbour[neighbours]])]
        slots = slots_of(d, types, types[i], pairs.neighbour[neighbours], pairs.vector[neighbours])
        energies[i], gradient = energy_of_atom(spec, factors, int(types[i]), slots, tails[i])
        real = slots.atom >= 0
        forces[i] += gradient[real].sum(axis=0)
        np.add.at(forces, slots.atom[real], -gradient[real])
        np.add.at(atom_virials, slots.atom[real], -gradient[real][:, :, None] * slots.vector[real][:, None, :])
        s_seen.extend(slots.rows[:, 0])
    return Result(
        energy=float(energies.sum()),
        atom_energies=energies,
        forces=forces,
        virial=atom_virials.sum(axis=0),
        atom_virials=atom_virials,
        n_overflow=n_overflow,
        s_range=(float(min(s_seen)), float(max(s_seen))),
    )


# Slots --------------------------------------------------------------------------------------------


def nearest(e: Environment, neighbour_types: np.ndarray, pairs: np.ndarray) -> tuple[np.ndarray, int]:
    """The pairs of one atom, nearest first, that find a slot, and how many do not."""
    if e.overflow_order == "unlimited":
        return pairs, 0
    if e.overflow_order == "mixed":
        kept = pairs[: e.sel[0]]
    else:
        rank = np.array([np.count_nonzero(neighbour_types[:k] == t) for k, t in enumerate(neighbour_types)], int)
        kept = pairs[rank < np.asarray(e.sel)[neighbour_types]]
    return kept, len(pairs) - len(kept)


def allowed(spec: ModelSpec, centre: int, neighbours: np.ndarray) -> np.ndarray:
    """Which neighbours the model as a whole sees; the slots of others become empty."""
    return np.array([(min(centre, t), max(centre, t)) not in spec.pair_exclude_types for t in neighbours], bool)


def slots_of(d: SeAtten, types: np.ndarray, centre: int, atoms: np.ndarray, vectors: np.ndarray) -> Slots:
    """All rows of an atom of type ``centre``."""
    slots = neighbour_slots(d, centre, atoms, types[atoms], vectors)
    if d.environment.overflow_order == "unlimited":
        return slots.select(slots.is_seen)
    if d.environment.overflow_order == "mixed":
        padding = types[0] if d.empty_slots == "first_atom" else d.n_types
        empty = empty_slots(d, centre, d.environment.sel[0] - len(atoms), padding)
        return slots.join(empty)
    for t, n_slots in enumerate(d.environment.sel):
        if is_excluded(d, centre, t):
            slots = slots.select(slots.type != t)
        else:
            padding = t if d.empty_slots == "section" else d.n_types
            slots = slots.join(empty_slots(d, centre, n_slots - np.count_nonzero(types[atoms] == t), padding))
    return slots


def neighbour_slots(d: SeAtten, centre: int, atoms: np.ndarray, types: np.ndarray, vectors: np.ndarray) -> Slots:
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
    return Slots(atoms, vectors, types, rows, slope, weight, weight_slope, seen)


def empty_slots(d: SeAtten, centre: int, n: int, type_: int) -> Slots:
    n, e = max(n, 0), d.environment
    return Slots(
        atom=np.full(n, -1),
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


# Energy -------------------------------------------------------------------------------------------


def energy_of_atom(
    spec: ModelSpec, factors: np.ndarray | None, centre: int, slots: Slots, tail: np.ndarray
) -> tuple[float, np.ndarray]:
    """The energy of an atom of type ``centre``, and its gradient by the vectors of its slots [m, 3]."""
    d, f = descriptor_of(spec), fitting_of(spec)
    g, tape = embed(d, factors, centre, slots)
    channels, attention_tapes = g, []
    for layer in d.attention:
        channels, tape_of_layer = attend(layer, d.smooth, channels, slots.rows, slots.weight, slots.is_seen)
        attention_tapes.append(tape_of_layer)
    rows, slope, omega = moment_rows(d, centre, slots)
    a = channels.T @ rows / d.environment.normalization  # [M, components]
    features = (a * omega) @ a[: d.axis_neuron].T

    embedding = d.type_embedding[centre] if d.output_type_embedding else np.zeros(0)
    inputs = np.concatenate([features.ravel(), embedding, tail])[None]
    net = f.networks[0 if len(f.networks) == 1 else centre]
    output, net_tape = forward(net, inputs)
    energy = output.item() + f.energy_shift[centre]
    if f.subtract_vacuum[centre]:
        inputs[:, : features.size + embedding.size] = 0.0
        energy -= forward(net, inputs)[0].item()

    d_features = backward(net, net_tape, np.ones((1, 1)))[0, : features.size].reshape(features.shape)
    d_a = (d_features @ a[: d.axis_neuron]) * omega
    d_a[: d.axis_neuron] += (d_features.T @ a) * omega
    d_a /= d.environment.normalization
    d_channels, d_rows = rows @ d_a.T, channels @ d_a
    d_weight = np.zeros(len(rows))
    gradient = np.einsum("mc,mca->ma", d_rows[:, 4:], slope[:, 4:])
    d_rows = d_rows[:, :4]
    for layer, tape_of_layer in zip(reversed(d.attention), reversed(attention_tapes), strict=True):
        d_channels, by_rows, by_weight = attend_backward(layer, d.smooth, tape_of_layer, d_channels)
        d_rows = d_rows + by_rows
        d_weight = d_weight + by_weight
    by_s, by_weight = embed_backward(d, slots, g, tape, d_channels)
    d_rows[:, 0] += by_s
    gradient += np.einsum("mc,mca->ma", d_rows, slots.row_slope)
    return energy, gradient + (d_weight + by_weight)[:, None] * slots.weight_slope


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
