"""Values and names as messages and files show them: whatever they are, on one line and not too long."""

from __future__ import annotations

import re
from reprlib import Repr
from typing import Any

_LONGEST = 200
_repr = Repr()
_repr.maxlevel = 3
_repr.maxstring = _repr.maxlong = _repr.maxother = _LONGEST
_repr.maxlist = _repr.maxtuple = _repr.maxdict = _repr.maxset = _repr.maxarray = 20

# Line breaks and other control characters, and what is no character: bytes of a name that are not UTF-8.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_NO_WORD = re.compile(r"[\s\"\\,]")


def shown(value: Any) -> str:
    """``repr`` of a value, cut where it is long: whole numbers with any number of digits, lists within lists."""
    try:
        text = _repr.repr(value)
    except Exception:  # a repr of the user's own, or a number with more digits than Python writes
        return f"({type(value).__name__} that cannot be shown)"
    return text if len(text) <= 2 * _LONGEST else f"{text[: 2 * _LONGEST]}..."


def plain(text: str) -> str:
    """The text with escapes for line breaks and other control characters."""
    return _CONTROL.sub(lambda found: ascii(found[0])[1:-1], text)


def one_line(text: str) -> str:
    """The lines of a text behind each other."""
    return plain(" ".join(line.strip() for line in text.splitlines()))


def is_plain(text: str) -> bool:
    """Whether a text stays on its line, and is UTF-8 where it is written."""
    return not _CONTROL.search(text)


def is_word(name: str) -> bool:
    """Whether a name can stand in a column of any table: it has no blanks, and nothing that is quoted or separates."""
    return name != "" and is_plain(name) and not _NO_WORD.search(name)
