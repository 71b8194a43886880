"""Text files as lines, and what their readers have in common."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from dpmd.errors import InputError
from dpmd.regular_file import open_regular, require_regular
from dpmd.shown import shown

_OPENERS: dict[str, Any] = {".gz": gzip.GzipFile, ".bz2": bz2.BZ2File, ".xz": lzma.LZMAFile}
# A compressed file may unpack to this many bytes plus this many times its size; files of numbers shrink to a third.
_UNPACKED_BYTES, _UNPACKED_TIMES = 8 << 20, 10
_LONG_ROW, _LONGEST_WORD = 256, 256  # characters
_SHOWN = 60  # the most characters of a file that are shown in a message


def open_lines(path: Path) -> Iterator[str]:
    """The lines of a file, which is unpacked if it is compressed, without line ends and byte order mark.

    Raises:
        InputError: The file cannot be read, is not a regular file, or unpacks to far more than its size allows.
    """
    try:
        with open_regular(path) as raw, io.TextIOWrapper(_unpacked(path, raw), "utf-8-sig", "replace") as file:
            for line in file:
                yield line.rstrip("\r\n")
    except (OSError, EOFError, lzma.LZMAError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{path}: cannot be read: {reason}") from error


def _unpacked(path: Path, raw: Any) -> Any:
    opener = _OPENERS.get(path.suffix.lower())
    if opener is None:
        return raw
    source = opener(fileobj=raw) if opener is gzip.GzipFile else opener(raw)
    return io.BufferedReader(_Bounded(path, source), 1 << 16)


class _Bounded(io.RawIOBase):
    """The contents of a compressed file, up to the limit for its size."""

    def __init__(self, path: Path, source: Any) -> None:
        self._path, self._source = path, source
        self._left = _UNPACKED_BYTES + _UNPACKED_TIMES * require_regular(path)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        n = self._source.readinto(buffer)
        self._left -= n
        if self._left < 0:
            raise InputError(
                f"{self._path}: unpacks to more than {_UNPACKED_TIMES} times its size; if it should, unpack it first"
            )
        return n


def plain_name(path: Path) -> str:
    """The name in lower case, without the suffix of a compressed file."""
    name = path.name.lower()
    return next((name[: -len(suffix)] for suffix in _OPENERS if name.endswith(suffix)), name)


def listed(names: Iterable[str], most: int = 20) -> str:
    """Names separated by commas; if there are many, the first ones and how many more there are."""
    names = list(names)
    more = [] if len(names) <= most else [f"and {len(names) - most} more"]
    return ", ".join([name if len(name) <= _SHOWN else name[:_SHOWN] + "…" for name in islice(names, most)] + more)


class Place:
    """A place in a file, for messages."""

    def __init__(self, path: Path, what: str = "") -> None:
        self.path, self.what = path, what

    def __str__(self) -> str:
        return f"{self.path}{', ' if self.what else ''}{self.what}"

    def wrong(self, problem: str) -> NoReturn:
        """Raise InputError."""
        raise InputError(f"{self}: {problem}")


def table(rows: Sequence[str], n_columns: int | None, place: Place) -> list[tuple[str, ...]]:
    """The columns of lines that all have the same number of words.

    Args:
        rows: The lines.
        n_columns: The number of words that each must have; None: as many as the first.
        place: For messages.
    """
    words = [row.split() for row in rows]
    expected = len(words[0]) if n_columns is None else n_columns
    for number, row in enumerate(words):
        if len(row) != expected:
            place.wrong(f"row {number + 1} has {len(row)} columns, expected {expected}: {shown(rows[number].strip())}")
        # an array of words takes the space of the longest word in every row
        if len(rows[number]) > _LONG_ROW and len(longest := max(row, key=len)) > _LONGEST_WORD:
            place.wrong(f"row {number + 1} has a word of {len(longest)} characters: {shown(longest)}")
    return list(zip(*words, strict=True))


def floats(columns: Sequence[Sequence[str]], what: str, place: Place) -> np.ndarray:
    """[n, n_columns] finite numbers; one column gives [n]."""
    try:
        array = np.array(columns, dtype=np.float64)
    except ValueError as error:
        place.wrong(f"{what}: {str(error)[:200]}")
    if not np.isfinite(array).all():
        place.wrong(f"{what} of row {int(np.argwhere(~np.isfinite(array))[0][-1]) + 1} is not finite")
    return array[0] if len(columns) == 1 else np.ascontiguousarray(array.T)


def integers(column: Sequence[str], what: str, place: Place) -> np.ndarray:
    """[n] whole numbers."""
    try:
        return np.array(column).astype(np.int64)
    except (ValueError, OverflowError) as error:
        place.wrong(f"{what}: {str(error)[:200]}")


def whole_number(text: str) -> int | None:
    """The whole number in a text, with every digit, if 64 bits hold it; 1e3 is one too. None for any other text."""
    if re.fullmatch(r"[-+]?[0-9]{1,19}", text):
        number = int(text)
        return number if -(2**63) <= number < 2**63 else None
    try:
        value = float(text)
    except ValueError:
        return None
    return int(value) if abs(value) <= 2**53 and value % 1 == 0 else None
