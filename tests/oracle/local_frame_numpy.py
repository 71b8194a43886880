"""Local frames in plain NumPy: slow, clear, energies only.

The neighbours of an atom, of each type by distance, fill its slots: the nearest show all components, those behind them
1/r alone. In the frame e1, e2, e3 that two of them span, a neighbour at d, r = |d|, shows

    [1/r, d.e3/r^2, d.e1/r^2, d.e2/r^2]

and an empty slot zeros. Every number is normalised on its own, and they are the features.
"""

from __future__ import annotations

import numpy as np

from dpmd.models.local_frame import Axis, LocalFrame
from dpmd.models.spec import ModelSpec
from model_files.parts import descriptor_of, fitting_of
from oracle.environment_numpy import find_pairs
from oracle.nets_numpy import forward, parameter_inputs

_AGAINST = 1e-4  # a cosine so little above -1 is that of opposite directions


def atom_energies(
    spec: ModelSpec, positions: np.ndarray, types: np.ndarray, cell: np.ndarray | None = None
) -> np.ndarray:
    """[n] eV for positions [n, 3] in Å, types [n] and a cell [3, 3] (rows; None: open)."""
    d, f = descriptor_of(spec), fitting_of(spec)
    pairs = find_pairs(positions, types, cell, d.cutoff)
    tails = parameter_inputs(f, len(types), None, None)
    energies = np.zeros(len(types))
    for a, i in enumerate(types):
        own = pairs.select(pairs.centre == a)
        vectors = [own.vector[types[own.neighbour] == j] for j in range(spec.n_types)]
        inputs = np.concatenate([features(d, i, vectors), tails[a]])
        energies[a] = forward(f.networks[0 if len(f.networks) == 1 else i], inputs[None])[0].item() + f.energy_shift[i]
    return energies


def features(d: LocalFrame, center: int, vectors: list[np.ndarray]) -> np.ndarray:
    """[n_features] of an atom whose neighbours of each type are at ``vectors`` [n, 3], the nearest first."""
    axes = frame(*d.axes[center], vectors)
    full, radial = [], []
    for near, n_full, n_radial in zip(vectors, d.sel_full, d.sel_radial, strict=True):
        near = near[: n_full + n_radial]
        inverse = 1 / np.linalg.norm(near, axis=1)
        slots = np.zeros((n_full + n_radial, 4))
        slots[: len(near), 0] = inverse
        slots[: len(near), 1:] = near @ axes.T * inverse[:, None] ** 2
        full.append(slots[:n_full].ravel())
        radial.append(slots[n_full:, 0])
    return (np.concatenate(full + radial) - d.shift[center]) / d.scale[center]


def frame(first: Axis, second: Axis, vectors: list[np.ndarray]) -> np.ndarray:
    """e3, e1 and e2 [3, 3]. A second axis against the first leaves its place to the neighbour behind it."""
    e1 = unit(vectors[first.neighbor_type][first.place])
    w = vectors[second.neighbor_type][second.place]
    if unit(w) @ e1 < _AGAINST - 1:
        w = vectors[second.neighbor_type][second.place + 1]
    e2 = unit(w - (w @ e1) * e1)
    return np.stack([np.cross(e1, e2), e1, e2])


def unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)
