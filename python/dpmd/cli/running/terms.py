"""Errors of the engine in terms of the input file: the key that sets the argument they are about."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dpmd.errors import InputError

# Arguments of Potential and Simulation that appear in their messages, and the keys that set them.
_KEYS = {
    "fparam": "model.fparam",
    "aparam": "model.aparam",
    "masses": "model.masses",
    "overflow": "model.overflow",
    "precision": "model.precision",
    "compress": "model.compress",
    "tolerance": "model.tolerance",
    "head": "model.head",
    "zero_momentum": None,
}


@contextmanager
def in_terms_of(source: Path) -> Iterator[None]:
    """Adds the keys of the input file to an InputError, for the arguments that it names."""
    try:
        yield
    except InputError as error:
        raise InputError(with_keys(str(error), source)) from error


def with_keys(message: str, source: Path) -> str:
    """The message with the keys that it refers to, in parentheses."""
    if source.name in message:  # it refers to the input file already
        return message
    named = [name for name in _KEYS if re.search(rf"\b{name}\b", message)]
    hints = [f"{_KEYS[name]} in {source}" for name in named if _KEYS[name]]
    hints += [f"{name} cannot be set in input files" for name in named if not _KEYS[name]]
    return f"{message} ({', '.join(hints)})" if hints else message
