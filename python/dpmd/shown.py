"""Values and names as shown in messages and files: always on one line and not too long."""

from __future__ import annotations

import os
import re
from itertools import islice
from typing import Any

_LONGEST = 200  # the longest text, in characters or digits of a whole number
_MOST_BITS = 8192  # the largest whole number whose digits are counted; Python may refuse more
_MOST_MEMBERS = 6
_DEEPEST = 3

# Line breaks and other control characters, and bytes of a name that are not UTF-8.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def shown(value: Any) -> str:
    """A value for a message: like ``repr``, but short, and cheap whatever the value is.

    ``repr`` of a few nested tuples can take minutes, Python refuses it for a long integer, and for a user's own object
    it may do anything.
    """
    text = _shown(value, 0)
    return text if len(text) <= 2 * _LONGEST else f"{text[: 2 * _LONGEST]}…"


def _shown(value: Any, depth: int) -> str:
    if getattr(value, "ndim", None) == 0 and hasattr(value, "item"):  # a NumPy number
        value = value.item()
    if isinstance(value, (str, bytes)):
        return repr(value[:_LONGEST]) + ("…" if len(value) > _LONGEST else "")
    if value is None or isinstance(value, (bool, float, complex)):
        return repr(value)
    if isinstance(value, int):
        return _shown_integer(value)
    if isinstance(value, os.PathLike):
        return _shown(os.fspath(value), depth)
    if isinstance(value, (list, tuple, set, frozenset, dict)):
        return _shown_members(value, depth)
    return f"({type(value).__name__})"


def _shown_integer(value: int) -> str:
    if value.bit_length() > _MOST_BITS:
        return f"an integer of {value.bit_length()} bits"
    digits = repr(value)
    return digits if len(digits) <= _LONGEST else f"{digits[: _LONGEST // 2]}…{digits[-_LONGEST // 2 :]}"


def _shown_members(value: Any, depth: int) -> str:
    opening, closing = "()" if isinstance(value, tuple) else "[]" if isinstance(value, list) else "{}"
    if depth >= _DEEPEST:
        return f"{opening}…{closing}"
    first = list(islice(value.items() if isinstance(value, dict) else value, _MOST_MEMBERS))
    if isinstance(value, dict):
        members = [f"{_shown(key, depth + 1)}: {_shown(item, depth + 1)}" for key, item in first]
    else:
        members = [_shown(item, depth + 1) for item in first]
    if len(value) > _MOST_MEMBERS:
        members.append(f"… ({len(value)} in all)")
    comma = "," if isinstance(value, tuple) and len(value) == 1 else ""
    return opening + ", ".join(members) + comma + closing


def plain(text: str) -> str:
    """The text with escapes for line breaks and other control characters."""
    return _CONTROL.sub(lambda found: ascii(found[0])[1:-1], text)


def one_line(text: str) -> str:
    """The lines of a text joined into one."""
    return plain(" ".join(line.strip() for line in text.splitlines()))


def is_plain(text: str) -> bool:
    """Whether a text has no line breaks and can be written as UTF-8."""
    return not _CONTROL.search(text)
