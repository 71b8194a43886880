"""The neighbours that a descriptor sees, in plain NumPy: pairs within the cutoff, their rows, and the slots they fill.

All lengths in Å. An atom has ``sel`` slots for each type of neighbours, or for all types together, or needs none. The
environment row of neighbour j of atom i, with d = r_j - r_i, r = |d| and the protection p, is [ w/(r+p), w d/(r+p)^2 ];
a radial descriptor has its first component only. It is normalised to R = (row - davg_i) / dstd_i, and an empty slot is
a row of zeros before that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dpmd.models.environment import Environment

OVERFLOWS = ("truncate", "keep")
SHARED_SLOTS = ("mixed", "unlimited")  # the values of overflow_order where slots are not by type


@dataclass
class Pairs:
    """Neighbours within the cutoff, sorted by centre, neighbour type, distance."""

    centre: np.ndarray  # [n_pairs]
    neighbour: np.ndarray  # [n_pairs]
    vector: np.ndarray  # [n_pairs, 3] r_neighbour - r_centre

    def select(self, mask: np.ndarray) -> Pairs:
        return Pairs(self.centre[mask], self.neighbour[mask], self.vector[mask])


class Neighbors:
    """The neighbours of all atoms as one descriptor sees them.

    Args:
        excluded: The pairs of types that the term of the model excludes.
        e: The environment of the descriptor.
        positions: [n, 3].
        types: [n]; atoms with a negative type are not there.
        cell: [3, 3], rows; None: open.
        overflow: "truncate" drops the neighbours beyond sel, the farthest ones in the environment's ``overflow_order``;
            "keep" uses them all.
    """

    def __init__(self, excluded: list[tuple[int, int]], e: Environment, positions, types, cell, overflow: str):
        cutoff, smooth, span = cutoffs(e)
        pairs, ignored = find_pairs(positions, types, cell, cutoff), symmetric(excluded)
        if e.overflow_order in SHARED_SLOTS:
            pairs, self.n_overflow = fill_shared_slots(pairs, len(types), e, overflow)
            self.pairs = drop(pairs, types, ignored)
        else:
            pairs = drop(pairs, types, ignored)
            pairs = pairs.select(np.asarray(e.sel)[types[pairs.neighbour]] > 0)
            self.pairs, self.n_real, self.n_overflow = fill_slots(pairs, types, e, overflow)
        self.types = types
        n_components = e.shift.shape[1]
        row, gradient = environment_rows(self.pairs.vector, smooth, span, e.protection)
        centre_type = types[self.pairs.centre]
        scale = e.scale[centre_type]
        self.rows = (row[:, :n_components] - e.shift[centre_type]) / scale  # [n_pairs, components]
        self._gradient = gradient[:, :n_components] / scale[:, :, None]  # by the vector [n_pairs, components, 3]
        zero = np.zeros(len(self.rows), dtype=bool)
        for i, j in symmetric(e.exclude_types):
            zero |= (centre_type == i) & (types[self.pairs.neighbour] == j)
        self.rows[zero], self._gradient[zero] = 0.0, 0.0  # rows of excluded pairs do not depend on the distance

    def between(self, i: int, j: int) -> np.ndarray:
        """The pairs of centre type i and neighbour type j."""
        return np.flatnonzero((self.types[self.pairs.centre] == i) & (self.types[self.pairs.neighbour] == j))

    def by_vector(self, d_rows: np.ndarray) -> np.ndarray:
        """dE/d(vector) [n_pairs, 3] from dE/dR [n_pairs, components]."""
        return np.einsum("pc,pca->pa", d_rows, self._gradient)


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


def symmetric(pairs: list[tuple[int, int]]) -> set[tuple[int, int]]:
    return {order for i, j in pairs for order in ((i, j), (j, i))}


def drop(pairs: Pairs, types: np.ndarray, excluded: set[tuple[int, int]]) -> Pairs:
    keep = np.ones(len(pairs.centre), dtype=bool)
    for i, j in excluded:
        keep &= ~((types[pairs.centre] == i) & (types[pairs.neighbour] == j))
    return pairs.select(keep)


def fill_slots(pairs: Pairs, types: np.ndarray, d: Environment, overflow: str) -> tuple[Pairs, np.ndarray, int]:
    """Apply sel; returns the pairs, the used slots [n_atoms, n_types] and the overflow."""
    n_types, n_found = len(d.sel), len(pairs.centre)
    if overflow == "truncate" and d.overflow_order == "all_types":
        pairs = pairs.select(nearest(pairs, len(types), sum(d.sel)))
    section = pairs.centre * n_types + types[pairs.neighbour]
    inside = _rank(section, len(types) * n_types) < np.asarray(d.sel)[types[pairs.neighbour]]
    n_overflow = n_found - int(inside.sum())
    if overflow == "truncate":
        pairs, section = pairs.select(inside), section[inside]
    counts = np.bincount(section, minlength=len(types) * n_types).reshape(len(types), n_types)
    return pairs, counts, n_overflow


def fill_shared_slots(pairs: Pairs, n_atoms: int, d: Environment, overflow: str) -> tuple[Pairs, int]:
    """Apply the sel of all types together, where there is one; returns the pairs and the overflow."""
    if d.overflow_order == "unlimited":
        return pairs, 0
    near = nearest(pairs, n_atoms, d.sel[0])
    return pairs.select(near) if overflow == "truncate" else pairs, int((~near).sum())


def nearest(pairs: Pairs, n_atoms: int, n: int) -> np.ndarray:
    """Which pairs [n_pairs] are with one of the ``n`` nearest neighbours of an atom."""
    distance = np.linalg.norm(pairs.vector, axis=1)
    by_distance = np.lexsort((pairs.neighbour, distance, pairs.centre))
    near = np.empty(len(distance), dtype=bool)
    near[by_distance] = _rank(pairs.centre[by_distance], n_atoms) < n
    return near


def _rank(group: np.ndarray, n_groups: int) -> np.ndarray:
    """Position of each item within its group; ``group`` is sorted."""
    counts = np.bincount(group, minlength=n_groups)
    first = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(int)
    return np.arange(len(group)) - first[group]
