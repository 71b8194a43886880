"""The se_e2_a model in plain NumPy: slow, clear, and the oracle for everything that is fast.

All lengths in Å, energies in eV. One function per step of the model, values and their derivatives
together, the backward pass written by hand. It knows ``.dpmd`` semantics completely: tables,
excluded types, padding, sel overflow, vacuum subtraction, frame and atomic parameters.

The environment row of neighbour j of atom i, with d = r_j - r_i and r = |d|, is

    row = [ w/(r+p), w d/(r+p)^2 ],   R = (row - davg_i) / dstd_i,   s = R[0]

and, with the embedding nets G and N = normalization,

    A = (1/N) sum_j G_ij(s_j) (x) R_j   [M, 4]
    D = A A_<^T                         [M, axis]
    E_i = net_i(D, ...) + shift_i

where A_< is the first ``axis`` rows. Every unused slot of a neighbour type counts as a row of zeros
before the normalisation, so it adds G(s0) (x) R0 with R0 = -davg/dstd: a constant times the number
of unused slots.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dpmd.models.environment import Environment
from dpmd.models.fitting import Fitting
from dpmd.models.nets import EmbeddingNets, Layer, Network, Table
from dpmd.models.spec import ModelSpec
from model_files.parts import descriptor_of, fitting_of
from oracle.activations import activate

OVERFLOWS = ("truncate", "keep")


@dataclass
class Result:
    """Energies in eV, forces in eV/Å, virials in eV; n atoms."""

    energy: float
    atom_energies: np.ndarray  # [n]
    forces: np.ndarray  # [n, 3]
    virial: np.ndarray  # [3, 3]; rows: force component, columns: coordinate
    atom_virials: np.ndarray  # [n, 3, 3]; belongs to the neighbour of each pair
    n_overflow: int  # neighbours beyond sel, over all atoms and types
    s_range: tuple[float, float]  # smallest and largest s that an embedding net saw


@dataclass
class Pairs:
    """Neighbours within the cutoff, sorted by centre, neighbour type, distance."""

    centre: np.ndarray  # [n_pairs]
    neighbour: np.ndarray  # [n_pairs]
    vector: np.ndarray  # [n_pairs, 3] r_neighbour - r_centre

    def select(self, mask: np.ndarray) -> Pairs:
        return Pairs(self.centre[mask], self.neighbour[mask], self.vector[mask])


def evaluate(
    spec: ModelSpec,
    positions: np.ndarray,
    types: np.ndarray,
    cell: np.ndarray | None = None,
    fparam: np.ndarray | None = None,
    aparam: np.ndarray | None = None,
    overflow: str = "truncate",
) -> Result:
    """Evaluate a model for positions [n, 3], types [n] and a cell [3, 3] (rows; None: open).

    ``fparam`` is [n_fparam], ``aparam`` [n, n_aparam]. Atoms with a negative type are not there.
    ``overflow`` says what happens when an atom has more neighbours of a type than sel: "truncate" drops
    the farthest in the model's ``overflow_order``, as DeePMD-kit does; "keep" uses them all.
    """
    if overflow not in OVERFLOWS:
        raise ValueError(f"overflow must be one of {OVERFLOWS}, is {overflow!r}")
    types = np.asarray(types)
    positions = np.asarray(positions, dtype=float)
    descriptor = descriptor_of(spec)
    d, embedding = descriptor.environment, descriptor.embedding
    cutoff, smooth, span = cutoffs(d)
    pairs = find_pairs(positions, types, cell, cutoff)
    pairs = _drop(pairs, types, _symmetric(spec.terms[0].pair_exclude_types))
    pairs = pairs.select(np.asarray(d.sel)[types[pairs.neighbour]] > 0)
    pairs, n_real, n_overflow = _fill_slots(pairs, types, d, overflow)

    row, row_gradient = environment_rows(pairs.vector, smooth, span, d.protection)
    centre_type = types[pairs.centre]
    rows = (row - d.shift[centre_type]) / d.scale[centre_type]
    if d.exclude_types:
        rows, row_gradient = _zero_excluded(d, pairs, types, rows, row_gradient)
    matrix, tape = _contract(d, embedding, pairs, types, rows, n_real)

    energies, d_matrix = _fit(spec, types, matrix, fparam, aparam)
    d_rows = _contract_backward(d, pairs, rows, tape, d_matrix)
    scale = d.scale[centre_type]
    gradient = np.einsum("pc,pca->pa", d_rows / scale, row_gradient)  # dE_i / d(vector) [n_pairs, 3]

    forces = np.zeros_like(positions)
    np.add.at(forces, pairs.centre, gradient)
    np.add.at(forces, pairs.neighbour, -gradient)
    pair_virials = -gradient[:, :, None] * pairs.vector[:, None, :]
    atom_virials = np.zeros((len(types), 3, 3))
    np.add.at(atom_virials, pairs.neighbour, pair_virials)
    s = rows[:, 0] if len(rows) else np.zeros(1)
    return Result(
        energy=float(energies.sum()),
        atom_energies=energies,
        forces=forces,
        virial=pair_virials.sum(axis=0),
        atom_virials=atom_virials,
        n_overflow=n_overflow,
        s_range=(float(s.min()), float(s.max())),
    )


def cutoffs(d: Environment) -> tuple[float, float, float]:
    """rc, rs and rc - rs in the arithmetic of the source."""
    if d.cutoff_arithmetic == "float32":
        cutoff, smooth = np.float32(d.cutoff), np.float32(d.cutoff_smooth)
        return float(cutoff), float(smooth), float(cutoff - smooth)
    return d.cutoff, d.cutoff_smooth, d.cutoff - d.cutoff_smooth


def find_pairs(positions: np.ndarray, types: np.ndarray, cell: np.ndarray | None, cutoff: float) -> Pairs:
    """All ordered pairs closer than the cutoff, over all periodic images, by brute force."""
    real = np.flatnonzero(types >= 0)
    shifts = np.zeros((1, 3))
    if cell is not None:
        cell = np.asarray(cell, dtype=float).reshape(3, 3)
        fractional = positions @ np.linalg.inv(cell)
        positions = (fractional - np.floor(fractional)) @ cell
        heights = 1.0 / np.linalg.norm(np.linalg.inv(cell), axis=0)
        reach = np.ceil(cutoff / heights).astype(int)
        grid = np.meshgrid(*(np.arange(-n, n + 1) for n in reach), indexing="ij")
        shifts = np.stack([g.ravel() for g in grid], axis=1) @ cell
    parts = []
    for shift in shifts:
        vector = positions[real][None, :, :] + shift - positions[real][:, None, :]
        distance2 = np.einsum("ija,ija->ij", vector, vector)
        close = distance2 < cutoff * cutoff
        if not shift.any():
            np.fill_diagonal(close, False)
        i, j = np.nonzero(close)
        parts.append((real[i], real[j], vector[i, j]))
    centre, neighbour, vector = (np.concatenate(part) for part in zip(*parts, strict=True))
    distance = np.linalg.norm(vector, axis=1)
    order = np.lexsort((neighbour, distance, types[neighbour], centre))
    return Pairs(centre[order], neighbour[order], vector[order])


def switch(r: np.ndarray, smooth: float, span: float) -> tuple[np.ndarray, np.ndarray]:
    """w(r) = 1 - 10u^3 + 15u^4 - 6u^5 and dw/dr, with u = (r - smooth) / span clipped to [0, 1]."""
    u = np.clip((r - smooth) / span, 0.0, 1.0)
    return 1 + u**3 * (-10 + u * (15 - 6 * u)), -30 * u**2 * (1 - u) ** 2 / span


def environment_rows(
    vector: np.ndarray, smooth: float, span: float, protection: float
) -> tuple[np.ndarray, np.ndarray]:
    """Rows [n, 4] before normalisation, and their derivatives by the vector [n, 4, 3]."""
    r = np.linalg.norm(vector, axis=1)
    w, dw = switch(r, smooth, span)
    q = r + protection
    radial, d_radial = w / q, dw / q - w / q**2
    angular, d_angular = w / q**2, dw / q**2 - 2 * w / q**3
    unit = vector / r[:, None]
    row = np.concatenate([radial[:, None], angular[:, None] * vector], axis=1)
    gradient = np.empty((len(r), 4, 3))
    gradient[:, 0] = d_radial[:, None] * unit
    gradient[:, 1:] = angular[:, None, None] * np.eye(3)
    gradient[:, 1:] += d_angular[:, None, None] * vector[:, :, None] * unit[:, None, :]
    return row, gradient


def _symmetric(pairs: list[tuple[int, int]]) -> set[tuple[int, int]]:
    return {order for i, j in pairs for order in ((i, j), (j, i))}


def _drop(pairs: Pairs, types: np.ndarray, excluded: set[tuple[int, int]]) -> Pairs:
    keep = np.ones(len(pairs.centre), dtype=bool)
    for i, j in excluded:
        keep &= ~((types[pairs.centre] == i) & (types[pairs.neighbour] == j))
    return pairs.select(keep)


def _fill_slots(pairs: Pairs, types: np.ndarray, d: Environment, overflow: str) -> tuple[Pairs, np.ndarray, int]:
    """Apply sel; returns the pairs, the used slots [n_atoms, n_types] and the overflow."""
    n_types, n_found = len(d.sel), len(pairs.centre)
    if overflow == "truncate" and d.overflow_order == "all_types":
        distance = np.linalg.norm(pairs.vector, axis=1)
        by_distance = np.lexsort((pairs.neighbour, distance, pairs.centre))
        near = np.empty(n_found, dtype=bool)
        near[by_distance] = _rank(pairs.centre[by_distance], len(types)) < sum(d.sel)
        pairs = pairs.select(near)
    section = pairs.centre * n_types + types[pairs.neighbour]
    inside = _rank(section, len(types) * n_types) < np.asarray(d.sel)[types[pairs.neighbour]]
    n_overflow = n_found - int(inside.sum())
    if overflow == "truncate":
        pairs, section = pairs.select(inside), section[inside]
    counts = np.bincount(section, minlength=len(types) * n_types).reshape(len(types), n_types)
    return pairs, counts, n_overflow


def _rank(group: np.ndarray, n_groups: int) -> np.ndarray:
    """Position of each item within its group; ``group`` is sorted."""
    counts = np.bincount(group, minlength=n_groups)
    first = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(int)
    return np.arange(len(group)) - first[group]


def _zero_excluded(
    d: Environment,
    pairs: Pairs,
    types: np.ndarray,
    rows: np.ndarray,
    row_gradient: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Rows of excluded pairs do not contribute."""
    zero = np.zeros(len(rows), dtype=bool)
    for i, j in _symmetric(d.exclude_types):
        zero |= (types[pairs.centre] == i) & (types[pairs.neighbour] == j)
    rows, row_gradient = rows.copy(), row_gradient.copy()
    rows[zero], row_gradient[zero] = 0.0, 0.0
    return rows, row_gradient


def _contract(
    d: Environment, nets: EmbeddingNets, pairs: Pairs, types: np.ndarray, rows: np.ndarray, n_real: np.ndarray
) -> tuple[np.ndarray, list]:
    """A [n_atoms, M, 4], and per type pair what the backward pass needs."""
    n_types = len(d.sel)
    matrix = np.zeros((len(types), nets.n_channels, 4))
    excluded = _symmetric(d.exclude_types)
    tape = []
    for i in range(n_types):
        for j in range(n_types):
            network = nets.networks[0 if nets.type_one_side else i][j]
            if network is None or ((i, j) in excluded and d.excluded_slots == "drop"):
                continue
            atoms = np.flatnonzero(types == i)
            n_pad = np.maximum(d.sel[j] - n_real[atoms, j], 0)
            empty = -d.shift[i] / d.scale[i]
            g_empty, _ = value_and_slope(network, empty[:1])
            matrix[atoms] += n_pad[:, None, None] * np.outer(g_empty[0], empty)
            chosen = np.flatnonzero((types[pairs.centre] == i) & (types[pairs.neighbour] == j))
            g, slope = value_and_slope(network, rows[chosen, 0])
            np.add.at(matrix, pairs.centre[chosen], g[:, :, None] * rows[chosen, None, :])
            tape.append((chosen, g, slope))
    return matrix / d.normalization, tape


def _contract_backward(d: Environment, pairs: Pairs, rows: np.ndarray, tape: list, d_matrix: np.ndarray) -> np.ndarray:
    """dE/dR [n_pairs, 4] from dE/dA [n_atoms, M, 4]."""
    d_rows = np.zeros_like(rows)
    for chosen, g, slope in tape:
        d_a = d_matrix[pairs.centre[chosen]] / d.normalization
        d_rows[chosen] = np.einsum("pm,pmc->pc", g, d_a)
        d_rows[chosen, 0] += np.einsum("pmc,pc,pm->p", d_a, rows[chosen], slope)
    return d_rows


def _fit(
    spec: ModelSpec,
    types: np.ndarray,
    matrix: np.ndarray,
    fparam: np.ndarray | None,
    aparam: np.ndarray | None,
) -> tuple[np.ndarray, np.ndarray]:
    """Atomic energies [n] and dE/dA [n, M, 4]."""
    axis, f = descriptor_of(spec).axis_neuron, fitting_of(spec)
    width = matrix.shape[1]
    parameters = parameter_inputs(f, len(types), fparam, aparam)
    energies = np.zeros(len(types))
    d_matrix = np.zeros_like(matrix)
    for t, network in enumerate(f.networks):
        atoms = np.flatnonzero(types == t)
        if t in spec.terms[0].atom_exclude_types or not len(atoms):
            continue
        a = matrix[atoms]
        descriptor = np.einsum("nmc,nac->nma", a, a[:, :axis]).reshape(len(atoms), -1)
        inputs = np.concatenate([descriptor, parameters[atoms]], axis=1)
        output, layer_tape = forward(network, inputs)
        energies[atoms] = output[:, 0] + f.energy_shift[t]
        if f.subtract_vacuum[t]:
            inputs[:, : descriptor.shape[1]] = 0.0
            energies[atoms] -= forward(network, inputs)[0][:, 0]
        d_inputs = backward(network, layer_tape, np.ones((len(atoms), 1)))
        d_descriptor = d_inputs[:, : width * axis].reshape(len(atoms), width, axis)
        d_matrix[atoms] = np.einsum("nma,nac->nmc", d_descriptor, a[:, :axis])
        d_matrix[atoms, :axis] += np.einsum("nma,nmc->nac", d_descriptor, a)
    return energies, d_matrix


def parameter_inputs(f: Fitting, n_atoms: int, fparam: np.ndarray | None, aparam: np.ndarray | None) -> np.ndarray:
    """The constant tail of the fitting input [n_atoms, n_fparam + n_aparam + n_case]."""
    if fparam is None:
        fparam = f.default_fparam if f.default_fparam is not None else np.zeros(0)
    frame = _normalised(np.asarray(fparam, dtype=float).reshape(f.n_fparam), f.fparam_shift, f.fparam_scale)
    atomic = np.zeros(0) if aparam is None else np.asarray(aparam, dtype=float)
    atomic = _normalised(atomic.reshape(n_atoms, f.n_aparam), f.aparam_shift, f.aparam_scale)
    case = np.zeros(0) if f.case_embedding is None else f.case_embedding
    tail = np.broadcast_to(case, (n_atoms, case.size))
    return np.concatenate([np.broadcast_to(frame, (n_atoms, f.n_fparam)), atomic, tail], axis=1)


def _normalised(values: np.ndarray, shift: np.ndarray | None, scale: np.ndarray | None) -> np.ndarray:
    return values if shift is None else (values - shift) * scale


def value_and_slope(network: Network, s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """An embedding net at s [n]: values [n, M] and dG/ds [n, M]."""
    if network.table is not None:
        return look_up(network.table, s)
    x, slope = s[:, None], np.ones((len(s), 1))
    for layer in network.layers:
        x, local = _apply(layer, x)
        slope = _push(layer, local, slope)
    return x, slope


def forward(network: Network, x: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
    """Values [n, n_out] and per layer the derivative of its activation times its time step."""
    tape = []
    for layer in network.layers:
        x, local = _apply(layer, x)
        tape.append(local)
    return x, tape


def backward(network: Network, tape: list[np.ndarray], gradient: np.ndarray) -> np.ndarray:
    """Gradient by the inputs [n, n_in] from the gradient by the outputs [n, n_out]."""
    for layer, local in zip(reversed(network.layers), reversed(tape), strict=True):
        n_in = layer.weight.shape[0]
        through = (gradient * local) @ layer.weight.T
        if layer.skip == "identity":
            through = through + gradient
        elif layer.skip == "double":
            through = through + gradient[:, :n_in] + gradient[:, n_in:]
        gradient = through
    return gradient


def _apply(layer: Layer, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    z = x @ layer.weight
    if layer.bias is not None:
        z = z + layer.bias
    y, local = activate(layer.activation, z)
    if layer.timestep is not None:
        y, local = y * layer.timestep, local * layer.timestep
    return y + _skip(layer, x), local


def _push(layer: Layer, local: np.ndarray, slope: np.ndarray) -> np.ndarray:
    return local * (slope @ layer.weight) + _skip(layer, slope)


def _skip(layer: Layer, x: np.ndarray) -> np.ndarray | float:
    if layer.skip == "identity":
        return x
    return np.concatenate([x, x], axis=1) if layer.skip == "double" else 0.0


def look_up(table: Table, s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A table at s [n]: values [n, M] and derivatives [n, M]."""
    n_fine = int((table.upper - table.lower) / table.stride0)
    n_rows = n_fine + int((table.max - table.upper) / table.stride1)
    fine = s < table.upper
    start = np.where(fine, table.lower, table.upper)
    stride = np.where(fine, table.stride0, table.stride1)
    inside = np.clip(s, table.lower, table.max)
    row = np.where(fine, 0, n_fine) + ((inside - start) / stride).astype(int)
    row = np.clip(row, 0, n_rows - 1)
    step = row - np.where(fine, 0, n_fine)
    offset = inside - (start + step * stride)
    outside = (s < table.lower) | (s >= table.max)
    c = table.coefficients.reshape(len(table.coefficients), -1, 6)[row]
    if table.extrapolation == "clamp":
        offset = np.where(outside, 0.0, offset)
    x = offset[:, None]
    value = c[..., 5]
    slope = np.zeros_like(value)
    for k in range(4, -1, -1):
        slope = slope * x + value
        value = value * x + c[..., k]
    if table.extrapolation == "clamp":
        slope[outside] = 0.0
    else:
        value = value + slope * (s - inside)[:, None]
    return value, slope
