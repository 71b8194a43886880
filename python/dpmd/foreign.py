"""Turns whatever other programs' libraries raise while they read a file into an ``InputError``, in one place.

Every parser signals damage in its own way, and its next release may do so differently: by its own class, a recursion
that goes too deep, memory that runs out, or a panic of native code that is not an ``Exception``. Every call of such a
library is wrapped in ``reading``. Errors of the importers themselves are handled in ``import_model``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from dpmd.errors import Error, InputError

DEFECTS = (NameError, AssertionError)  # no file can cause these in dpmd's own code, so they must be seen
_NOT_OF_THE_FILE = (KeyboardInterrupt, SystemExit, GeneratorExit, Error)
_LONGEST = 400  # the longest part of a library's message, characters


@contextmanager
def reading(place: object, complaint: str) -> Iterator[None]:
    """Turn whatever is raised inside into ``InputError``: "place: complaint: what the library said"."""
    try:
        yield
    except BaseException as error:
        fail(place, complaint, error)


def fail(place: object, complaint: str, error: BaseException) -> NoReturn:
    """Raise the ``InputError`` for ``error``; interrupts and errors of dpmd itself are passed on unchanged."""
    if isinstance(error, _NOT_OF_THE_FILE):
        raise error
    said = " ".join(str(error).split())[:_LONGEST]
    kind = type(error).__name__
    raise InputError(f"{place}: {complaint}: {kind}{said and ': ' + said}") from error
