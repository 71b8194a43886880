"""Reads DeePMD-kit's HDF5 files behind a process boundary.

The HDF5 library loops for ever or crashes on some damaged files (an inserted stretch of bytes in a global heap
is enough), and nothing inside the process could stop it. A child process reads the file under limits of memory
and time and hands back plain arrays.
"""

from __future__ import annotations

import json
import math
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from dpmd.child_process import Child
from dpmd.errors import InputError
from dpmd.foreign import reading
from dpmd.importers.limits import MAX_NESTING, Budget

CHILD_SECONDS = 2  # of CPU time, and more for a large file; a busy machine stretches it
_BYTES_PER_SECOND = 20 << 20
_CHILD = "dpmd.importers.hdf5_child"
_CHILD_BYTES = 64 << 20  # beside the interpreter and its modules, before the arrays


def hdf5_document(path: Path, n_bytes: int, budget: Budget) -> Any:
    """The dictionary of the root attribute ``json``, with arrays where it names datasets.

    Args:
        path: The file.
        n_bytes: Its size.
        budget: What it may decode to.

    Raises:
        InputError: The file is damaged, no model, or declares too much.
    """
    if find_spec("h5py") is None:
        raise InputError(f"{path}: install the package h5py to read it")
    task = {"path": str(path.absolute()), "n_bytes": budget.left}
    memory, seconds = _CHILD_BYTES + 3 * budget.left, CHILD_SECONDS + n_bytes // _BYTES_PER_SECOND
    found, stored = Child.only_answer(_CHILD, path, task, memory, seconds)
    budget.take(len(found["json"]) + sum(array.nbytes for array in stored.values()), str(path))
    arrays = {f"/{name}": stored.get(name) for name in (*stored, *found["skipped"])}
    return _with_arrays(_json(found["json"], f"{path}: attribute 'json'"), arrays, str(path))


def _json(text: str, place: str) -> Any:
    """Parse JSON; numbers beyond double precision's range stay text."""
    with reading(place, "not readable as JSON"):
        return json.loads(text, parse_float=_finite_or_text, parse_constant=str)


def _finite_or_text(text: str) -> float | str:
    number = float(text)
    return number if math.isfinite(number) else text


def _with_arrays(document: Any, arrays: dict[str, np.ndarray | None], place: str) -> Any:
    """``document`` with the dataset names under every ``@variables`` replaced by arrays."""

    def load(value: Any, where: str) -> Any:
        if isinstance(value, list):
            return [load(item, f"{where}[{k}]") for k, item in enumerate(value)]
        if isinstance(value, str) and value.startswith("/"):
            if value not in arrays:
                raise InputError(f"{where}: the file has no dataset {value}")
            return arrays[value]
        return value

    def walk(value: Any, where: str, depth: int) -> Any:
        if depth > MAX_NESTING:
            raise InputError(f"{where}: nested deeper than {MAX_NESTING}")
        if isinstance(value, list):
            return [walk(item, f"{where}[{k}]", depth + 1) for k, item in enumerate(value)]
        if not isinstance(value, dict):
            return value
        out = {}
        for key, item in value.items():
            here = f"{where}.{key}"
            if key == "@variables" and isinstance(item, dict):
                out[key] = {name: load(v, f"{here}.{name}") for name, v in item.items()}
            else:
                out[key] = walk(item, here, depth + 1)
        return out

    return walk(document, place, 0)
