"""A local model in plain NumPy: slow, clear, and the oracle for everything that is fast.

All lengths in Å, energies in eV. Values and their derivatives together, the backward pass written by hand. It knows
``.dpmd`` semantics completely: several terms, several descriptors, tables, excluded types, padding, sel overflow,
vacuum subtraction, frame and atomic parameters. The energy of an atom is the sum over terms of

    E_i = net_i(D, D', ..., parameters) + shift_i

with the features D, D', ... of the descriptors, each of which sees the neighbours in its own environment.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dpmd.models.spec import ModelSpec, NetTerm
from oracle.environment_numpy import OVERFLOWS, Neighbors
from oracle.nets_numpy import backward, forward, parameter_inputs
from oracle.se_a_numpy import SeAFeatures
from oracle.se_atten_numpy import SeAttenFeatures
from oracle.se_r_numpy import SeRFeatures
from oracle.se_t_numpy import SeTFeatures
from oracle.se_t_tebd_numpy import SeTTebdFeatures

FEATURES = {
    "se_e2_a": SeAFeatures,
    "se_e2_r": SeRFeatures,
    "se_e3": SeTFeatures,
    "se_e3_tebd": SeTTebdFeatures,
    "se_atten": SeAttenFeatures,
}


@dataclass
class Result:
    """Energies in eV, forces in eV/Å, virials in eV; n atoms."""

    energy: float
    atom_energies: np.ndarray  # [n]
    forces: np.ndarray  # [n, 3]
    virial: np.ndarray  # [3, 3]; rows: force component, columns: coordinate
    atom_virials: np.ndarray  # [n, 3, 3]; belongs to the neighbour of each pair
    n_overflow: int  # neighbours beyond sel, over all atoms, types and descriptors


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
    types, positions = np.asarray(types), np.asarray(positions, dtype=float)
    n = len(types)
    found = Result(0.0, np.zeros(n), np.zeros((n, 3)), np.zeros((3, 3)), np.zeros((n, 3, 3)), 0)
    for term in spec.terms:
        seen = [
            Neighbors(term.pair_exclude_types, d.environment, positions, types, cell, overflow)
            for d in term.descriptors
        ]
        parts = [FEATURES[d.type](d, near) for d, near in zip(term.descriptors, seen, strict=True)]
        features = np.concatenate([part.values for part in parts], axis=1)
        energies, d_features = _fit(term, types, features, fparam, aparam)
        found.atom_energies += energies
        ends = np.cumsum([part.values.shape[1] for part in parts])[:-1]
        for part, near, d_part in zip(parts, seen, np.split(d_features, ends, axis=1), strict=True):
            _add(found, near, part.gradient(d_part))
    found.energy = float(found.atom_energies.sum())
    return found


def _add(found: Result, near: Neighbors, gradient: np.ndarray) -> None:
    """Adds the forces and virials of dE/d(vector) [n_pairs, 3]."""
    pairs = near.pairs
    np.add.at(found.forces, pairs.centre, gradient)
    np.add.at(found.forces, pairs.neighbour, -gradient)
    pair_virials = -gradient[:, :, None] * pairs.vector[:, None, :]
    np.add.at(found.atom_virials, pairs.neighbour, pair_virials)
    found.virial += pair_virials.sum(axis=0)
    found.n_overflow += near.n_overflow


def _fit(
    term: NetTerm,
    types: np.ndarray,
    features: np.ndarray,
    fparam: np.ndarray | None,
    aparam: np.ndarray | None,
) -> tuple[np.ndarray, np.ndarray]:
    """Atomic energies [n] and dE/dD [n, n_features]."""
    f, n_features = term.fitting, features.shape[1]
    parameters = parameter_inputs(f, len(types), fparam, aparam)
    energies, d_features = np.zeros(len(types)), np.zeros_like(features)
    for t in range(len(f.energy_shift)):
        network, atoms = f.networks[0 if len(f.networks) == 1 else t], np.flatnonzero(types == t)
        if t in term.atom_exclude_types or not len(atoms):
            continue
        inputs = np.concatenate([features[atoms], parameters[atoms]], axis=1)
        output, tape = forward(network, inputs)
        energies[atoms] = output[:, 0] + f.energy_shift[t]
        if f.subtract_vacuum[t]:
            inputs[:, :n_features] = 0.0
            energies[atoms] -= forward(network, inputs)[0][:, 0]
        d_features[atoms] = backward(network, tape, np.ones((len(atoms), 1)))[:, :n_features]
    return energies, d_features
