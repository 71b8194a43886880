"""How much an HDF5 or YAML file may cost: every bound grows with the size of the file.

A file of a few bytes can declare arrays of any size, or name one value a million times. The core has the same bounds
for the other formats (``cpp/src/importers/limits.hpp``).
"""

from __future__ import annotations

from typing import Any

from dpmd.errors import InputError
from dpmd.shown import shown

MAX_NESTING = 64  # of mappings and lists in a document

_BASE_BYTES = 64 << 20
_BYTES_PER_FILE_BYTE = 16  # float16 weights widen fourfold; deflated entries need the rest
_BASE_VALUES = 100_000
_VALUES_PER_BYTE = 4
_CHARACTERS_PER_VALUE = 8


class Budget:
    """Bytes that one file may still turn into arrays and text (``left``)."""

    def __init__(self, file_bytes: int):
        self.left = _BASE_BYTES + _BYTES_PER_FILE_BYTE * file_bytes

    def take(self, n_bytes: int, place: str) -> None:
        """Account for ``n_bytes``; raise ``InputError`` when the file declares too much."""
        if n_bytes < 0 or n_bytes > self.left:
            raise InputError(
                f"{place} declares {shown(n_bytes)} bytes, far more than a file of this size should hold; the file is "
                "corrupt"
            )
        self.left -= n_bytes


def most_values(n_bytes: int) -> int:
    """How many values, shared ones counted wherever they appear, a document of so many bytes may stand for."""
    return _BASE_VALUES + _VALUES_PER_BYTE * n_bytes


def weight(value: Any) -> int:
    """What a scalar counts among the values of a document; long texts count more."""
    return 1 + len(value) // _CHARACTERS_PER_VALUE if isinstance(value, (str, bytes)) else 1
