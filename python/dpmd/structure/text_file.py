"""Text files as lines, and the pieces of them that readers have in common."""

from __future__ import annotations

import bz2
import gzip
import lzma
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NoReturn

import numpy as np

from dpmd.errors import InputError

_OPENERS = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}


def open_lines(path: Path) -> Iterator[str]:
    """The lines of a file, compressed ones unpacked, without ends of lines and without a byte order mark.

    Raises:
        InputError: The file cannot be read.
    """
    try:
        with _OPENERS.get(path.suffix.lower(), open)(path, "rt", encoding="utf-8-sig", errors="replace") as file:
            for line in file:
                yield line.rstrip("\r\n")
    except (OSError, EOFError, lzma.LZMAError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{path}: cannot be read: {reason}") from error


def plain_name(path: Path) -> str:
    """The name without the suffix of a compressed file, in lower case."""
    name = path.name.lower()
    return next((name[: -len(suffix)] for suffix in _OPENERS if name.endswith(suffix)), name)


class Place:
    """Where in a file something stands, for messages."""

    def __init__(self, path: Path, what: str = "") -> None:
        self.path, self.what = path, what

    def __str__(self) -> str:
        return f"{self.path}{', ' if self.what else ''}{self.what}"

    def wrong(self, problem: str) -> NoReturn:
        """Raise InputError."""
        raise InputError(f"{self}: {problem}")


def table(rows: Sequence[str], n_columns: int | None, place: Place) -> list[tuple[str, ...]]:
    """The columns of lines of words, all with the same number of them.

    Args:
        rows: The lines.
        n_columns: How many words each must have; None: as many as the first.
        place: For messages.
    """
    words = [row.split() for row in rows]
    expected = len(words[0]) if n_columns is None else n_columns
    for number, row in enumerate(words):
        if len(row) != expected:
            place.wrong(f"row {number + 1} has {len(row)} columns, expected {expected}: {rows[number].strip()!r}")
    return list(zip(*words, strict=True))


def floats(columns: Sequence[Sequence[str]], what: str, place: Place) -> np.ndarray:
    """[n, n_columns] finite numbers; one column gives [n]."""
    try:
        array = np.array(columns, dtype=np.float64)
    except ValueError as error:
        place.wrong(f"{what}: {error}")
    if not np.isfinite(array).all():
        place.wrong(f"{what} of row {int(np.argwhere(~np.isfinite(array))[0][-1]) + 1} is not finite")
    return array[0] if len(columns) == 1 else np.ascontiguousarray(array.T)


def integers(column: Sequence[str], what: str, place: Place) -> np.ndarray:
    """[n] whole numbers."""
    try:
        return np.array(column).astype(np.int64)
    except (ValueError, OverflowError) as error:
        place.wrong(f"{what}: {error}")
