"""What other programs' libraries raise over a file, as an ``InputError``: in one place, whatever its class.

A parser signals damage in its own way, and its next release may do so in another: a class of its own, a recursion that
goes too deep, memory that runs out, a panic of native code that is no ``Exception``. Every call of such a library
stands in ``reading``. What the importers stumble over themselves ends in ``import_model``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from dpmd.errors import Error, InputError

DEFECTS = (NameError, AssertionError)  # what no file can bring about in dpmd's own code: it is to be seen
_NOT_OF_THE_FILE = (KeyboardInterrupt, SystemExit, GeneratorExit, Error)
_LONGEST = 400  # characters of a library's message


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
