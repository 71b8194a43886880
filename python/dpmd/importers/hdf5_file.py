"""Reads DeePMD-kit's HDF5 files behind a process boundary.

The HDF5 library loops for ever or crashes on some damaged files (an inserted stretch of bytes in a global heap
is enough), and nothing inside the process could stop it. A child process reads the file under limits of memory
and time and hands back plain arrays.
"""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from dpmd.errors import InputError
from dpmd.foreign import reading
from dpmd.importers.common import json_document
from dpmd.importers.limits import MAX_NESTING, Budget

CHILD_SECONDS = 2  # of CPU time beyond the start, and more for a large file; a busy machine stretches it
_BYTES_PER_SECOND = 20 << 20
_STRETCH = 30
_CHILD = Path(__file__).with_name("hdf5_child.py")
# Threads of a linear algebra library would count against the child's memory and have nothing to do.
_ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_CHILD_BYTES = 64 << 20  # beside the interpreter and its modules, before the arrays


def hdf5_document(place: str, content: bytes, budget: Budget) -> Any:
    """The dictionary of the root attribute ``json``, with arrays where it names datasets."""
    from safetensors import deserialize

    raw = _from_child(place, content, budget)
    with reading(place, "reading it gave an unusable answer"):
        metadata = _metadata(raw)
        text = metadata["json"]
        arrays = {f"/{name}": None for name in json_document(metadata["skipped"], place)}
        for name, entry in deserialize(raw):
            arrays[f"/{name}"] = np.frombuffer(entry["data"], "<f8").reshape(entry["shape"])
    budget.take(len(raw), place)
    return _with_arrays(json_document(text, f"{place}: attribute 'json'"), arrays, place)


def _metadata(raw: bytes) -> dict[str, str]:
    """The metadata of a safetensors buffer, which its Python package reads from files only."""
    size = int.from_bytes(raw[:8], "little")
    header = json_document(raw[8 : 8 + size], "header")
    return header["__metadata__"]


def _from_child(place: str, content: bytes, budget: Budget) -> bytes:
    for package in ("h5py", "safetensors"):
        if find_spec(package) is None:
            raise InputError(f"{place}: install the package {package} to read it")
    if not sys.executable:
        raise InputError(f"{place}: no Python interpreter to read it with; convert it to .dpmd first")
    memory = _CHILD_BYTES + 3 * budget.left
    seconds = CHILD_SECONDS + len(content) // _BYTES_PER_SECOND
    numbers = [str(n) for n in (memory, seconds, budget.left)]
    try:
        child = subprocess.run(
            [sys.executable, str(_CHILD), *numbers],
            input=content,
            capture_output=True,
            timeout=_STRETCH * seconds,
            check=False,
            env={**os.environ, **_ONE_THREAD},
        )
    except subprocess.TimeoutExpired:
        raise InputError(f"{place}: reading it did not end; the file is damaged") from None
    except OSError as error:
        raise InputError(f"{place}: no process could be started to read it: {error}") from error
    if child.returncode < 0:
        raise InputError(f"{place}: the HDF5 library failed on it; the file is damaged")
    if child.returncode > 0:
        lines = child.stderr.decode("utf-8", "replace").strip().splitlines()
        reason = lines[-1] if lines else f"status {child.returncode}"
        raise InputError(f"{place}: a damaged HDF5 file or no model in it: {reason}")
    return child.stdout


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
