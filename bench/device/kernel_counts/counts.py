"""What a count is: a kernel, a tile of atoms, and the quantities that several kernels share."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

LANES = 32
LINE_BYTES, FIRST_LEVEL_BYTES = 128, 128 << 10
ROW_MULTIPLE = 8  # rows of arrays are padded to a multiple of this

# Operations in double: difference and square of a listed pair; radial functions, normalised row and their roots and
# quotients, or the first of its components alone; gradient, rounding, virial.
PER_LISTED, PER_ROW, PER_RADIAL, PER_PAIR_FORCE = 8, 120, 100, 60
# Operations of an activation, of an exponential, and of a quintic polynomial with its derivative.
PER_ACTIVATION, PER_EXPONENTIAL, PER_QUINTIC = 30, 20, 18


@dataclass
class Kernel:
    """The counts of a kernel, per atom unless noted otherwise."""

    group: str
    launches: float
    """Per tile of atoms."""
    nets: float = 0.0
    """Operations in the precision of the nets outside of matrix products."""
    gemm: float = 0.0
    """Operations of matrix products in the precision of the nets; `narrow` ones have about ten columns."""
    narrow: float = 0.0
    fp64: float = 0.0
    """Operations in double, whatever the precision of the nets."""
    memory: float = 0.0
    """Bytes between the device's memory and its processor."""
    cache: float = 0.0
    """Bytes from the second-level cache."""
    lines: float = 0.0
    """Cache lines that loads of 32 lanes touch; the first-level cache serves them one after the other. Shared memory is
    the same memory: 32 lanes that read 128 bytes of it side by side count as one line, and so does a shuffle."""
    adds: float = 0.0
    """Atomic additions."""
    chain: float = 0.0
    """Dependent loads per launch, each of which waits for the one before, along an atom's list or the depth of a
    product."""


@dataclass(frozen=True)
class Gather:
    """The neighbours of an atom as a kernel reads them."""

    n: float
    """Neighbours that it reads."""

    # sectors of 32 bytes that position and type touch, and lines of the four loads
    _BYTES, _LINES = 1.6 * 32 + 32, 4

    @property
    def cache(self) -> float:
        return self._BYTES * self.n

    @property
    def lines(self) -> float:
        return self._LINES * self.n


@dataclass(frozen=True)
class Surroundings:
    """What a descriptor sees of an atom of a large system."""

    n_types: int
    n: float
    """Neighbours inside the descriptor's cutoff."""
    listed: float
    """Neighbours in the list, which reaches as far as the longest cutoff and the skin."""
    real_bytes: int
    """Bytes of a real number in the nets: 8 for double, 4 for mix32."""


@dataclass(frozen=True)
class Part:
    """The kernels of one descriptor and its share of a tile's scratch memory."""

    forward: Sequence[Kernel]
    """Before the fitting net."""
    backward: Sequence[Kernel]
    """Behind it."""
    scratch: float
    """Bytes per atom."""


def padded(n: int) -> int:
    """The padded length of a row of n values."""
    return -(-n // ROW_MULTIPLE) * ROW_MULTIPLE


def rounds(n: float) -> int:
    """How often a tile of lanes reads 32 of n."""
    return math.ceil(n / LANES)


def missed_share(table_bytes: int) -> float:
    """The share of a table's coefficients that is not in the first-level cache: half of them for large tables."""
    return 0.5 if table_bytes > FIRST_LEVEL_BYTES else 0.0
