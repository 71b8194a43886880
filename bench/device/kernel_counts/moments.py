"""Moment forms: se_e2_a, DPA-1 without attention (both cuda/local/se_a_moment.cu) and se_e2_r (se_r_moment.cu)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .counts import (
    LANES,
    LINE_BYTES,
    PER_LISTED,
    PER_PAIR_FORCE,
    PER_QUINTIC,
    PER_RADIAL,
    PER_ROW,
    Gather,
    Kernel,
    Part,
    Surroundings,
    missed_share,
    padded,
    rounds,
)


@dataclass(frozen=True)
class Moments:
    """A descriptor made of products of four moments."""

    cutoff: float
    axis: int
    n_basis: int
    """K, the functions."""
    n_products: int
    table_bytes: int
    n_constants: int = 0
    """Features behind the products that are the same for all atoms of a type."""
    shared_slots: int = 0
    """Slots that all types share, 0 where each type has its own."""

    on_rows = False

    @property
    def n_features(self) -> int:
        return self.n_products + self.n_constants

    def count(self, seen: Surroundings) -> Part:
        size, k, f, stride = seen.real_bytes, self.n_basis, self.n_features, padded(self.n_basis)
        n, chunks, moments = seen.n, rounds(seen.listed), 4 * stride * size
        gather = Gather(seen.listed)
        # six coefficients per function and neighbour
        coefficients = 6 * size * n * stride
        missed = coefficients * missed_share(self.table_bytes)
        forward = Kernel(
            "moments forward",
            1,
            nets=PER_QUINTIC * n * LANES * math.ceil(stride / LANES),
            fp64=PER_LISTED * seen.listed + PER_ROW * LANES * chunks,
            memory=4 * seen.listed + moments,
            cache=gather.cache + missed,
            lines=gather.lines + coefficients / LINE_BYTES,
            chain=3 * chunks + n,
        )
        if 0 < self.shared_slots < seen.listed:  # more are listed than there are slots: those inside are counted first
            forward.fp64 += PER_LISTED * seen.listed
            forward.cache += gather.cache
            forward.lines += gather.lines
            forward.chain += 2 * chunks
        features = Kernel(
            "features", 1, nets=8 * f, memory=moments + padded(f) * size, lines=8 * f * size / LINE_BYTES, chain=3
        )
        # each lane has its own neighbour, and so its own interval of the tables: a line per lane and load, two loads
        # for a function, and half of a sector is used
        backward = Kernel(
            "moments backward",
            1,
            nets=(PER_QUINTIC + 18) * k * LANES * chunks + 16 * f,
            fp64=(PER_ROW + PER_PAIR_FORCE) * LANES * chunks,
            memory=4 * seen.listed + moments + padded(f) * size + 24,
            cache=gather.cache + 2 * missed,
            lines=gather.lines + 2 * k * n,
            adds=3 * n + 3,
            chain=chunks * (4 + k * (6 * size / LINE_BYTES + 0.2)) + k / LANES * self.axis * 0.2,
        )
        return Part([forward, features], [backward], moments)


@dataclass(frozen=True)
class RadialMoments:
    """A descriptor made of sums of functions of the distance, which are the features."""

    cutoff: float
    n_basis: int
    table_bytes: int

    on_rows = False

    @property
    def n_features(self) -> int:
        return self.n_basis

    def count(self, seen: Surroundings) -> Part:
        size, k, stride = seen.real_bytes, self.n_basis, padded(self.n_basis)
        n, chunks = seen.n, rounds(seen.listed)
        gather = Gather(seen.listed)
        coefficients = 6 * size * n * stride
        missed = coefficients * missed_share(self.table_bytes)
        # interval and place of a neighbour reach the lanes by two shuffles
        forward = Kernel(
            "moments forward",
            1,
            nets=11 * n * LANES * math.ceil(stride / LANES),
            fp64=PER_LISTED * seen.listed + PER_RADIAL * LANES * chunks,
            memory=4 * seen.listed + padded(k) * size,
            cache=gather.cache + missed,
            lines=gather.lines + coefficients / LINE_BYTES + 2 * n,
            chain=3 * chunks + n,
        )
        backward = Kernel(
            "moments backward",
            1,
            nets=(PER_QUINTIC + 2) * k * LANES * chunks,
            fp64=(PER_RADIAL + PER_PAIR_FORCE) * LANES * chunks,
            memory=4 * seen.listed + padded(k) * size + 24,
            cache=gather.cache + 2 * missed,
            lines=gather.lines + 2 * k * n,
            adds=3 * n + 3,
            chain=chunks * (4 + k * (6 * size / LINE_BYTES + 0.2)),
        )
        return Part([forward], [backward], 0.0)
