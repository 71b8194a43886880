"""DPA-1 on rows (cuda/local/se_atten.cu) with layers of attention between the neighbours of an atom (attention.cu)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .counts import (
    LANES,
    LINE_BYTES,
    PER_EXPONENTIAL,
    PER_PAIR_FORCE,
    PER_ROW,
    Gather,
    Kernel,
    Part,
    Surroundings,
    padded,
    rounds,
)
from .rows import embed_rows, embedding_bytes, n_scratch_rows, pack_rows, scatter_rows

# A block takes so many rows of an atom at a time, one for each tile of lanes, while the others pass by in chunks of 32.
QUERIES = 8
# Operations of a value that goes to shared memory (whole numbers are divided to find its place), and of a pair besides
# its products.
_PER_STAGED, _PER_PAIR = 50, 30


@dataclass(frozen=True)
class AttentionOnRows:
    """DPA-1 with its nets as trained."""

    cutoff: float
    sel: int
    widths: tuple[int, ...]
    axis: int
    type_width: int
    n_layers: int
    hidden: int
    is_strip: bool = False
    """Types are factors of the network's outputs; else they are inputs of it."""

    on_rows = True

    @property
    def n_features(self) -> int:
        return self.widths[-1] * self.axis + self.type_width

    @property
    def n_inputs(self) -> int:
        """Of the embedding network."""
        return 1 if self.is_strip else 1 + 2 * self.type_width

    def count(self, seen: Surroundings) -> Part:
        forward = [pack_rows(seen), self._prepare_rows(seen), *self._embedding(seen)]
        backward = [self._finish_rows(seen), scatter_rows(seen, beside=True)]
        for _ in range(self.n_layers):
            forward += [self._attend(seen), *self._layers_forward(seen)]
            backward += [*self._attend_backward(seen), *self._layers_backward(seen)]
        return Part([*forward, self._moments(seen)], [self._gradients(seen), *backward], self._scratch(seen))

    def _prepare_rows(self, seen: Surroundings) -> Kernel:
        """One thread per row: switch, direction, and inputs of the network, of which each lane writes its own lines."""
        n, size, gather = seen.n, seen.real_bytes, Gather(seen.n)
        inputs = 0 if self.is_strip else padded(self.n_inputs)
        return Kernel(
            "descriptor",
            1,
            fp64=PER_ROW * n,
            memory=n * (8 + (3 + 9 + inputs) * size),
            cache=gather.cache,
            lines=gather.lines + n * inputs,
            chain=6,
        )

    def _finish_rows(self, seen: Surroundings) -> Kernel:
        n, size, gather = seen.n, seen.real_bytes, Gather(seen.n)
        return Kernel(
            "descriptor",
            1,
            fp64=(PER_ROW + PER_PAIR_FORCE) * n,
            memory=n * (8 + 16 * size + 24),
            cache=gather.cache,
            lines=gather.lines,
            chain=6,
        )

    def _embedding(self, seen: Surroundings) -> list[Kernel]:
        """The network of all types, forwards and backwards, and its factors or the gradient of its first input."""
        n, size, width = seen.n, seen.real_bytes, padded(self.widths[-1])
        kernels = embed_rows(seen, self.widths, 1, self.n_inputs)
        if self.is_strip:
            kernels.append(Kernel("embedding", 2, nets=8 * n * width, memory=5 * n * width * size, chain=10))
        else:
            kernels.append(Kernel("embedding", 1, memory=n * (32 + size), lines=n, chain=1))
        return kernels

    def _moments(self, seen: Surroundings) -> Kernel:
        """Moments, a thread for each of their four rows and channel, and features."""
        n, size, stride = seen.n, seen.real_bytes, padded(self.widths[-1])
        loads = 4 * n * stride / LANES
        return Kernel(
            "descriptor",
            2,
            nets=8 * n * stride + 12 * self.n_features,
            memory=n * (stride + 4) * size + 4 * stride * size + padded(self.n_features) * size,
            cache=3 * n * stride * size,  # g once more for each further row of moments
            lines=loads * (LANES * size / LINE_BYTES + 1) + 8 * self.n_features * size / LINE_BYTES,
            chain=n + 10,
        )

    def _gradients(self, seen: Surroundings) -> Kernel:
        """The gradients of moments, of channels and of rows."""
        n, size, stride = seen.n, seen.real_bytes, padded(self.widths[-1])
        real_lines = LANES * size / LINE_BYTES
        loads = n * stride / LANES
        return Kernel(
            "descriptor",
            3,
            nets=16 * n * stride + 16 * self.n_features,
            memory=n * (2 * stride + 8) * size + 4 * stride * size + padded(self.n_features) * size,
            cache=2 * n * 4 * stride * size,
            # two loads for each moment row and channel; its sum over lanes
            lines=loads * 4 * (2 * real_lines + 2 * real_lines)
            + 20 * n * real_lines
            # each lane reads axis gradients of its own channel
            + 4 * self.n_features * real_lines * self.axis / LANES * 2,
            chain=self.widths[-1] + 20,
        )

    def _passes(self, seen: Surroundings) -> float:
        """Rows of an atom times chunks of 32 others that pass by."""
        return QUERIES * math.ceil(seen.n / QUERIES) * rounds(seen.n)

    def _pass_kernel(self, seen: Surroundings, group: str, flop: float, lines: float, staged: float) -> Kernel:
        """A kernel that lets all rows of an atom pass by, from its sums for one row and chunk of 32: operations of a
        pair, lines, and rows that the block brings to shared memory for each of the chunk."""
        h, size, passes = self.hidden, seen.real_bytes, self._passes(seen)
        values = staged * LANES * h / QUERIES
        return Kernel(
            group,
            1,
            nets=passes * (LANES * (flop + _PER_PAIR) + _PER_STAGED * values),
            memory=seen.n * 4 * padded(h) * size,
            cache=passes * values * size,
            lines=passes * (lines + 2 * values * size / LINE_BYTES),
            chain=passes / QUERIES * (2 * staged + 4),
        )

    def _attend(self, seen: Surroundings) -> Kernel:
        """Logits: keys from shared memory, the query for all lanes. Values: from shared memory, weights by shuffles."""
        h, real_lines = self.hidden, LANES * seen.real_bytes / LINE_BYTES
        flop, lines = 4 * h + 2 * PER_EXPONENTIAL, h * (real_lines + 1) + 2 * h * real_lines
        return self._pass_kernel(seen, "attention forward", flop, lines, 2)

    def _attend_backward(self, seen: Surroundings) -> list[Kernel]:
        """Each row as query, then as key: two products from shared memory, and one or two weighted sums."""
        h, real_lines = self.hidden, LANES * seen.real_bytes / LINE_BYTES
        product, weighted_sum = h * (real_lines + 1), 2 * h * real_lines
        group, flop = "attention backward", 6 * h + PER_EXPONENTIAL
        return [
            self._pass_kernel(seen, group, flop, 2 * product + weighted_sum, 2),
            self._pass_kernel(seen, group, flop + 2 * h, 2 * product + 2 * weighted_sum, 3),
        ]

    def _layers_forward(self, seen: Surroundings) -> list[Kernel]:
        """Query, key and value; the output; norms of the former and of the layer. A layer also writes its slopes."""
        n, size, m, heads = seen.n, seen.real_bytes, self.widths[-1], padded(self.hidden)
        return [
            self._product(seen, m, 3 * self.hidden, n * (padded(m) + 6 * heads) * size),
            self._product(seen, self.hidden, m, n * (heads + 2 * padded(m)) * size),
            Kernel("attention layers", 1, nets=12 * n * heads, memory=6 * n * heads * size, chain=8),
            Kernel("attention layers", 1, nets=12 * n * m, memory=4 * n * padded(m) * size, chain=12),
        ]

    def _layers_backward(self, seen: Surroundings) -> list[Kernel]:
        """The same, with the sums of the softmax, the addition of both ways, and slopes of one that are written first
        for all rows that there is room for."""
        n, size, m, heads = seen.n, seen.real_bytes, self.widths[-1], padded(self.hidden)
        room, small = n_scratch_rows(seen, self.sel), "attention layers"
        return [
            self._product(seen, m, self.hidden, n * (2 * padded(m) + heads) * size),
            self._product(seen, 3 * self.hidden, m, n * (6 * heads + padded(m)) * size),
            Kernel(small, 1, nets=12 * n * m, memory=3 * n * padded(m) * size, chain=8),
            Kernel(small, 2, memory=room * (padded(m) + 3 * heads) * size),
            Kernel(small, 1, nets=4 * n * heads, memory=2 * n * heads * size, chain=6),
            Kernel(small, 1, nets=12 * n * heads, memory=9 * n * heads * size, chain=8),
            Kernel(small, 1, nets=n * m, memory=3 * n * padded(m) * size, chain=1),
        ]

    @staticmethod
    def _product(seen: Surroundings, n_in: int, n_out: int, memory: float) -> Kernel:
        return Kernel("attention layers", 1, gemm=2.0 * seen.n * n_in * n_out, memory=memory, chain=1.5 * n_in / 16)

    def _scratch(self, seen: Surroundings) -> float:
        size, stride, heads = seen.real_bytes, padded(self.widths[-1]), padded(self.hidden)
        tape = 3 * heads + 3 + heads + 2 + stride + 1
        shared = max(3 * heads, stride) + 3 * heads + heads + 1 + stride
        inputs = stride if self.is_strip else padded(self.n_inputs)
        per_row = embedding_bytes(self.widths, size) + 8 * size + 8 + (inputs + 9) * size + 24
        per_row += (self.n_layers * tape + (shared if self.n_layers else 0)) * size
        return n_scratch_rows(seen, self.sel) * per_row + 2 * 4 * stride * size
