"""The se_e3 model in plain NumPy: slow, clear, energies only.

With the directions R of the normalised rows of an atom's neighbours and theta_jk = R_j . R_k,

    D_i = sum over types a <= b of 1/(n_a n_b) sum over j in a, k in b of theta_jk N_ab(theta_jk)        [M]
    E_i = net_i(D_i, ...) + shift_i

Empty slots and neighbours of excluded pairs have no direction: theta = 0, and they add nothing.
"""

from __future__ import annotations

import numpy as np

from dpmd.models.se_t import SeT
from dpmd.models.spec import ModelSpec
from model_files.parts import descriptor_of, fitting_of
from oracle.se_a_numpy import cutoffs, environment_rows, find_pairs, forward, parameter_inputs, value_and_slope


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
    rows = environment_rows(pairs.vector, smooth, span, d.environment.protection)[0][:, 1:]
    ignored = {order for i, j in (*spec.pair_exclude_types, *d.environment.exclude_types) for order in ((i, j), (j, i))}
    tails = parameter_inputs(f, len(types), fparam, aparam)
    energies = np.zeros(len(types))
    for atom, i in enumerate(types):
        if i in spec.atom_exclude_types:
            continue
        sections = []
        for j, sel in enumerate(d.environment.sel):
            seen = (pairs.centre == atom) & (types[pairs.neighbour] == j) & ((i, j) not in ignored)
            assert seen.sum() <= sel
            sections.append(rows[seen] / d.environment.scale[i, 1:])
        features = _features(d, sections)
        energies[atom] = _energy(f.networks[i], features, tails[atom]) + f.energy_shift[i]
        if f.subtract_vacuum[i]:
            energies[atom] -= _energy(f.networks[i], 0 * features, tails[atom])
    return energies


def _features(d: SeT, sections: list[np.ndarray]) -> np.ndarray:
    """[M] of an atom from the directions [n, 3] of its neighbours of each type."""
    total = np.zeros(d.embedding.n_channels)
    for a, rows in enumerate(sections):
        for b, others in enumerate(sections[a:], a):
            network = d.embedding.at(a, b)
            if network is None or not len(rows) or not len(others):
                continue
            theta = (rows @ others.T).ravel()
            values = theta @ value_and_slope(network, theta)[0]
            total += values / (d.pair_normalization[a] * d.pair_normalization[b])
    return total


def _energy(network, features: np.ndarray, tail: np.ndarray) -> float:
    return forward(network, np.concatenate([features, tail])[None])[0].item()
