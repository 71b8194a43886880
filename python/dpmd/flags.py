"""Words for which directions are periodic."""

from __future__ import annotations

import re

_TRUE, _FALSE = {"t", "true", "1", "y", "yes"}, {"f", "false", "0", "n", "no"}


def parse_flags(text: str) -> tuple[bool, bool, bool] | None:
    """Three flags from words such as "T T F" or "true"; one stands for all. None if the words are not flags."""
    words = re.sub(r"[\[\](),;]", " ", text).lower().split()
    if len(words) == 1 and len(words[0]) == 3 and set(words[0]) <= {"t", "f"}:
        words = list(words[0])
    if len(words) not in (1, 3) or not set(words) <= _TRUE | _FALSE:
        return None
    flags = [word in _TRUE for word in words]
    a, b, c = flags * 3 if len(flags) == 1 else flags
    return a, b, c
