"""What works on rows, one per neighbour: rows, embedding nets, forces (cuda/local/rows.cu, embedding.cu, scatter.cu),
and se_e2_a with its nets as trained (se_a.cu)."""

from __future__ import annotations

from dataclasses import dataclass

from .counts import (
    LANES,
    PER_ACTIVATION,
    PER_LISTED,
    PER_PAIR_FORCE,
    PER_ROW,
    Gather,
    Kernel,
    Part,
    Surroundings,
    padded,
    rounds,
)


def pack_rows(seen: Surroundings) -> Kernel:
    """Counting, sums of the counts, and filling."""
    size, chunks, gather = seen.real_bytes, rounds(seen.listed), Gather(seen.listed)
    return Kernel(
        "rows",
        3,
        fp64=2 * PER_LISTED * seen.listed + PER_ROW * LANES * chunks,
        memory=4 * seen.listed + seen.n * (8 + 4 * size),
        cache=2 * gather.cache,
        lines=2 * gather.lines,
        chain=3 * chunks + 40,
    )


def scatter_rows(seen: Surroundings, beside: bool = False) -> Kernel:
    """From the gradients of rows to forces; `beside`: these come with gradients of the differences of positions."""
    n, size, gather = seen.n, seen.real_bytes, Gather(seen.n)
    return Kernel(
        "forces",
        1,
        fp64=(PER_ROW + PER_PAIR_FORCE) * n,
        memory=n * (4 + 5 * size + (24 if beside else 0)),
        cache=gather.cache,
        lines=gather.lines,
        adds=3 * n + 3,
        chain=5 * rounds(n),
    )


def embed_rows(seen: Surroundings, widths: tuple[int, ...], n_nets: int, n_in: int = 1) -> list[Kernel]:
    """The layers forwards and backwards, once for each net that a centre type has."""
    size, n, kernels, before = seen.real_bytes, seen.n, [], n_in
    for layer, n_out in enumerate(widths):
        flop = 4.0 * n * before * n_out
        is_product = layer > 0 or n_in > 1
        kernels.append(
            Kernel(
                "embedding",
                2 * n_nets,
                nets=n * PER_ACTIVATION * n_out + (0 if is_product else flop),
                narrow=flop if is_product else 0,
                memory=n * (2 * padded(before) + 4 * padded(n_out)) * size,
                lines=0 if is_product else 2 * n * n_out,  # backwards each lane has its own row
                chain=(1.5 * (before + n_out) / 16 if is_product else n_out) * n_nets,
            )
        )
        before = n_out
    return kernels


def embedding_bytes(widths: tuple[int, ...], size: int) -> float:
    """Scratch of a row: output and gradient, slopes and outputs of layers, two gradients on their way, the input's."""
    last = padded(widths[-1])
    return (2 * last + 2 * sum(padded(w) for w in widths) - last + 2 * last + 1) * size


def n_scratch_rows(seen: Surroundings, sel: int) -> float:
    """Rows that an atom of a tile has room for, which the longest list decides."""
    return min(1.15 * seen.listed, sel)


@dataclass(frozen=True)
class MomentsOnRows:
    """se_e2_a with its embedding nets as trained."""

    cutoff: float
    sel: int
    widths: tuple[int, ...]
    axis: int

    on_rows = True

    @property
    def n_features(self) -> int:
        return self.widths[-1] * self.axis

    def count(self, seen: Surroundings) -> Part:
        size, m, n = seen.real_bytes, self.widths[-1], seen.n
        stride = padded(m)
        moments = 4 * stride * size
        descriptor = Kernel(
            "descriptor",
            5,
            nets=n * m * (8 + 8 + 8) + 24 * self.n_features,
            # g is read twice, dg written; moments and their gradients stay in the cache
            memory=n * (3 * stride * size + 4 * 4 * size) + 2 * moments + 2 * self.n_features * size,
            cache=n * stride * 4 * size,
            lines=n * m,  # of the kernel in which each lane has its own row
            chain=n + m + 20,
        )
        embedding = embed_rows(seen, self.widths, seen.n_types)
        per_row = embedding_bytes(self.widths, size) + 8 * size + 8  # a row and its gradient; neighbour and owner
        scratch = n_scratch_rows(seen, self.sel) * per_row + 2 * moments
        return Part([pack_rows(seen), *embedding, descriptor], [scatter_rows(seen)], scratch)
