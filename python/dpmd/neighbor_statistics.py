"""How many neighbours atoms have and how close they come, for the ``sel`` of a training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from dpmd.errors import InputError
from dpmd.potential import neighbor_list
from dpmd.systems import Frame


class NeighborStatistics:
    """The extremes over all atoms of the frames added.

    Args:
        type_map: Names of the types.
        cutoff: Å.
        mixed: Count neighbours of all types together, as models with one embedding for all types do.
    """

    def __init__(self, type_map: Sequence[str], cutoff: float, mixed: bool = False) -> None:
        if not 0 < cutoff < np.inf:
            raise InputError(f"cutoff = {cutoff} must be a positive number of Å")
        self._n_columns, self._mixed = 1 if mixed else len(type_map), mixed
        self.type_map, self.cutoff = list(type_map), cutoff
        self.n_frames = 0
        self.max_size = np.zeros(self._n_columns, dtype=np.int64)
        """[n_types], or [1] when ``mixed``: the largest number of neighbours of a type that an atom has."""
        self.min_distance = np.inf
        """The smallest distance of two atoms within the cutoff, Å; inf if there are none."""

    def add(self, frame: Frame) -> None:
        """Count a frame.

        Raises:
            InputError: Two atoms are at the same place.
        """
        self.n_frames += 1
        i, j, _, distances = neighbor_list(frame.positions, frame.cell, self.cutoff, frame.pbc)
        if not i.size:
            return
        nearest = int(np.argmin(distances))
        if distances[nearest] == 0:
            raise InputError(f"atoms {i[nearest]} and {j[nearest]} are at the same place; remove one of them")
        column = 0 if self._mixed else frame.types[j].astype(np.int64)
        counts = np.bincount(i * self._n_columns + column, minlength=frame.n_atoms * self._n_columns)
        self.max_size = np.maximum(self.max_size, counts.reshape(-1, self._n_columns).max(axis=0))
        self.min_distance = min(self.min_distance, float(distances[nearest]))

    @property
    def suggested_sel(self) -> list[int]:
        """A tenth more than was found, rounded up to multiples of 4, as ``"sel": "auto"`` chooses it."""
        return [4 * int(np.ceil(np.round(1.1 * n, 9) / 4)) for n in self.max_size]

    def as_plain(self) -> dict[str, Any]:
        """Plain values, for JSON; the smallest distance is None where no two atoms are within the cutoff."""
        return {
            "n_frames": self.n_frames,
            "type_map": self.type_map,
            "cutoff": self.cutoff,
            "min_nbor_dist": self.min_distance if self.min_distance < np.inf else None,
            "max_nbor_size": self.max_size.tolist(),
            "suggested_sel": self.suggested_sel,
        }
