"""What other programs' libraries raise over a file, as an ``InputError``: in one place, whatever its class.

A parser signals damage in its own way, and its next release may do so in another: a class of its own, a recursion that
goes too deep, memory that runs out, a panic of native code that is no ``Exception``. Every call of such a library
stands in ``reading``. What the importers stumble over themselves ends in ``import_model``. What a file holds enters
messages as ``shown``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any, NoReturn

from dpmd.errors import Error, InputError

DEFECTS = (NameError, AssertionError)  # what no file can bring about in dpmd's own code: it is to be seen
_NOT_OF_THE_FILE = (KeyboardInterrupt, SystemExit, GeneratorExit, Error)
_LONGEST = 400  # characters of a library's message
_LONGEST_TEXT = 80  # characters, or members, or digits of a value in a message
_MOST_SHOWN = 6
_DEEPEST_SHOWN = 2


@contextmanager
def reading(place: object, complaint: str) -> Iterator[None]:
    """Turn whatever is raised inside into ``InputError``: "place: complaint: what the library said"."""
    try:
        yield
    except BaseException as error:
        fail(place, complaint, error)


def fail(place: object, complaint: str, error: BaseException) -> NoReturn:
    """Raise the ``InputError`` for ``error``; an interrupt, and an error that is dpmd's already, go on as they are."""
    if isinstance(error, _NOT_OF_THE_FILE):
        raise error
    said = " ".join(str(error).split())[:_LONGEST]
    kind = type(error).__name__
    raise InputError(f"{place}: {complaint}: {kind}{said and ': ' + said}") from error


def shown(value: Any, depth: int = 0) -> str:
    """A value of a file as it stands in a message: like ``repr``, but short, and of little cost whatever the value is.

    ``repr`` of a few tuples that hold each other can take minutes, of a long integer it is refused by Python.
    """
    if isinstance(value, (str, bytes)):
        return repr(value[:_LONGEST_TEXT]) + ("…" if len(value) > _LONGEST_TEXT else "")
    if isinstance(value, (bool, float, complex)) or value is None:
        return repr(value)
    if isinstance(value, int):
        return repr(value) if value.bit_length() < 4 * _LONGEST_TEXT else f"an integer of {value.bit_length()} bits"
    if isinstance(value, (list, tuple, set, dict)):
        return _shown_members(value, depth)
    scalar = getattr(value, "item", None)
    if getattr(value, "ndim", None) == 0 and scalar is not None:
        return shown(scalar(), depth + 1) if depth <= _DEEPEST_SHOWN else "…"
    return type(value).__name__


def _shown_members(value: Any, depth: int) -> str:
    opening, closing = "()" if isinstance(value, tuple) else "[]" if isinstance(value, list) else "{}"
    if depth >= _DEEPEST_SHOWN:
        return f"{opening}…{closing}"
    first = list(islice(value.items() if isinstance(value, dict) else value, _MOST_SHOWN))
    if isinstance(value, dict):
        members = [f"{shown(key, depth + 1)}: {shown(item, depth + 1)}" for key, item in first]
    else:
        members = [shown(item, depth + 1) for item in first]
    if len(value) > _MOST_SHOWN:
        members.append(f"… ({len(value)} in all)")
    comma = "," if isinstance(value, tuple) and len(value) == 1 else ""
    return opening + ", ".join(members) + comma + closing
