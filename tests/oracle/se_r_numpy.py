"""The se_e2_r model in plain NumPy, slot by slot as DeePMD-kit's padded lists have it: slow, clear, energies only.

An atom has ``sel`` slots for each type of neighbours. The row of neighbour j of atom i at the distance r is
s = (w/(r+p) - davg_i) / dstd_i; an empty slot is a row of zeros before the normalisation. With the embedding nets G,

    D_i = (1/5) (1/N) sum over slots of G(s)        [M]
    E_i = net_i(D_i, ...) + shift_i

G is not 0 at 0, so excluded pairs need a rule; ``_section`` has the three that there are.
"""

from __future__ import annotations

import numpy as np

from dpmd.models.se_r import SeR
from dpmd.models.spec import ModelSpec
from model_files.parts import descriptor_of, fitting_of
from oracle.se_a_numpy import cutoffs, find_pairs, forward, parameter_inputs, switch, value_and_slope


def atom_energies(
    spec: ModelSpec,
    positions: np.ndarray,
    types: np.ndarray,
    cell: np.ndarray | None = None,
    fparam: np.ndarray | None = None,
    aparam: np.ndarray | None = None,
) -> np.ndarray:
    """[n] eV for positions [n, 3] in Å, types [n] and a cell [3, 3] (rows; None: open)."""
    d, f = descriptor_of(spec), fitting_of(spec)
    cutoff, smooth, span = cutoffs(d.environment)
    pairs = find_pairs(positions, types, cell, cutoff)
    r = np.linalg.norm(pairs.vector, axis=1)
    rows = switch(r, smooth, span)[0] / (r + d.environment.protection)
    ignored = {order for i, j in spec.terms[0].pair_exclude_types for order in ((i, j), (j, i))}
    tails = parameter_inputs(f, len(types), fparam, aparam)
    energies = np.zeros(len(types))
    for a, i in enumerate(types):
        features = np.zeros(d.embedding.n_channels)
        for j in range(spec.n_types):
            seen = (pairs.centre == a) & (types[pairs.neighbour] == j) & ((i, j) not in ignored)
            features += _section(d, i, j, rows[seen])
        features *= 0.2 / d.environment.normalization
        if i not in spec.terms[0].atom_exclude_types:
            energies[a] = _energy(f.networks[i], features, tails[a]) + f.energy_shift[i]
            if f.subtract_vacuum[i]:
                energies[a] -= _energy(f.networks[i], 0 * features, tails[a])
    return energies


def _section(d: SeR, i: int, j: int, rows: np.ndarray) -> np.ndarray:
    """The sum of the nets [M] over the slots of centre type i for neighbours of type j."""
    e, network = d.environment, d.embedding.networks[0 if d.embedding.type_one_side else i][j]
    excluded = (min(i, j), max(i, j)) in e.exclude_types
    if network is None or e.sel[j] == 0 or (excluded and e.excluded_slots == "drop"):
        return np.zeros(d.embedding.n_channels)
    assert len(rows) <= e.sel[j]
    slots = np.concatenate([rows, np.zeros(e.sel[j] - len(rows))])
    slots = (slots - e.shift[i, 0]) / e.scale[i, 0]
    if excluded:
        slots[: len(rows) if e.excluded_slots == "keep" else None] = 0.0
    return value_and_slope(network, slots)[0].sum(axis=0)


def _energy(network, features: np.ndarray, tail: np.ndarray) -> float:
    return forward(network, np.concatenate([features, tail])[None])[0].item()
