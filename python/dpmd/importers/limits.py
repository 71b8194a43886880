"""How much a model file may ask for.

A file of a few bytes can declare tensors of any size. Every reader takes what it decodes from one
``Budget`` that grows with the size of the file, so memory stays in proportion to what was stored.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from dpmd.errors import InputError

MAX_FILE_BYTES = 1 << 30
MAX_NESTING = 64  # of mappings and lists in a document
MAX_TYPES = 512  # four times the periodic table; bounds what is done per pair of types

_BASE_BYTES = 64 << 20
_BYTES_PER_FILE_BYTE = 16  # float16 weights widen fourfold; deflated entries need the rest


class Budget:
    """Bytes that one file may still turn into arrays and text (``left``)."""

    def __init__(self, file_bytes: int):
        self.left = _BASE_BYTES + _BYTES_PER_FILE_BYTE * file_bytes

    def take(self, n_bytes: int, place: str) -> None:
        """Account for ``n_bytes``; raise ``InputError`` when the file declares too much."""
        if n_bytes < 0 or n_bytes > self.left:
            raise InputError(
                f"{place} declares {n_bytes} bytes, far more than a file of this size should hold; the file is corrupt"
            )
        self.left -= n_bytes

    def take_array(self, shape: Iterable[int], place: str) -> int:
        """Account for a float64 array of ``shape``; return its number of elements."""
        shape = list(shape)
        if any(not isinstance(n, int) or n < 0 for n in shape):
            raise InputError(f"{place} has the impossible shape {shape}")
        count = math.prod(shape)
        self.take(8 * count, place)
        return count
