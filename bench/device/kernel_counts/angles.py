"""se_e3 in tables (cuda/local/se_t_tables.cu): functions of the angle between two neighbours, summed over all pairs."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .counts import LANES, LINE_BYTES, PER_LISTED, Gather, Kernel, Part, Surroundings, missed_share, padded, rounds
from .rows import pack_rows, scatter_rows

GROUP, POWERS = 8, 8
# Operations of a pair besides its functions: its number becomes two rows (whole numbers are divided), the product of
# their directions, its place in the tables (a quotient).
_PER_NUMBER, _PER_THETA, _PER_PLACE = 50, 6, 40


@dataclass(frozen=True)
class Angles:
    """se_e3 with a table for each pair of neighbour types."""

    cutoff: float
    sel: int
    channels: int
    table_bytes: int

    on_rows = False

    @property
    def n_features(self) -> int:
        return self.channels

    def count(self, seen: Surroundings) -> Part:
        size, n, stride = seen.real_bytes, seen.n, padded(self.channels)
        n_pairs = n * (n + 1) / 2
        # lanes take pairs of two types in turn, so that the last round of each is half empty
        lane_pairs = n_pairs + LANES / 2 * seen.n_types * (seen.n_types + 1) / 2
        # a lane has its own pair, and so its own interval: a line for each coefficient, which are loaded one by one
        coefficients = POWERS * stride
        missed = coefficients * size * missed_share(self.table_bytes)
        groups, too_close = math.ceil(self.channels / GROUP), Gather(n)
        rows_bytes = n * (4 + 3 * size)
        forward = Kernel(
            "angles forward",
            1,
            nets=lane_pairs * (groups * (_PER_NUMBER + _PER_THETA + _PER_PLACE) + 16 * stride),
            fp64=2 * PER_LISTED * n,
            memory=rows_bytes + padded(self.channels) * size,
            cache=n_pairs * missed + too_close.cache,
            lines=n_pairs * (coefficients + groups * 12 / LANES) + too_close.lines,
            chain=groups * rounds(lane_pairs) * (2 + POWERS * GROUP * size / LINE_BYTES),
        )
        # a thread per row goes through all rows of its atom, itself included
        backward = Kernel(
            "angles backward",
            1,
            nets=n**2 * (_PER_THETA + _PER_PLACE + 28 * self.channels + 8),
            memory=rows_bytes + n * 4 * size + padded(self.channels) * size,
            cache=n**2 * missed,
            lines=n**2 * (coefficients + (12 + self.channels) / LANES),
            chain=n * (2 + coefficients * size / LINE_BYTES),
        )
        scratch = self.sel * (8 + 4 * size + 4 * size)
        return Part([pack_rows(seen), forward], [backward, scatter_rows(seen)], scratch)
