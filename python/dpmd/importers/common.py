"""Rules that every DeePMD-kit format shares."""

from __future__ import annotations

import hashlib
import json
import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from dpmd.errors import InputError
from dpmd.foreign import reading
from dpmd.importers.kind import refuse
from dpmd.importers.limits import MAX_TYPES, check_values
from dpmd.importers.section import as_number
from dpmd.models.file import storable
from dpmd.models.nets import Table
from dpmd.models.spec import Source
from dpmd.shown import shown

# Outside a table DeePMD-kit 3.2.0 continues value and slope; earlier releases returned the value at
# its end, with a force that is zero and a jump in energy.
TABLE_EXTRAPOLATION = "linear"

_PLAIN_ACTIVATIONS = {
    "none": "linear",
    "linear": "linear",
    "gelu_tf": "gelu",
    **{name: name for name in ("tanh", "gelu", "relu", "relu6", "softplus", "sigmoid", "silu")},
}
_SILUT_NAMES = ("silut", "custom_silu")
_SILUT_THRESHOLD = 3.0


def activation(name: Any, place: str) -> str:
    """DeePMD-kit's name of an activation, in the spelling of the ``.dpmd`` format."""
    text = "none" if name is None else name
    if isinstance(text, str):
        head, _, threshold = text.lower().partition(":")
        if head in _SILUT_NAMES:
            number = as_number(threshold or _SILUT_THRESHOLD, f"{place}: threshold of silut")
            return f"silut:{number}"
        if not threshold and head in _PLAIN_ACTIVATIONS:
            return _PLAIN_ACTIVATIONS[head]
    raise refuse(place, f"the activation {shown(name)}")


def skip_by_width(n_in: int, n_out: int) -> str:
    """The residual rule of embedding nets: by the widths alone."""
    return "identity" if n_out == n_in else "double" if n_out == 2 * n_in else "none"


def checked_sel(sel: list[int], place: str) -> list[int]:
    """Slots per neighbour type, after a look whether they can be."""
    if not 1 <= len(sel) <= MAX_TYPES or min(sel) < 0 or sum(sel) == 0 or sum(sel) >= 2**31:
        raise InputError(f"{place}: {shown(sel)} are not the slots of 1 to {MAX_TYPES} types")
    return sel


def checked_types(n_types: int, place: str) -> int:
    """A number of types, after a look whether it can be."""
    if not 1 <= n_types <= MAX_TYPES:
        raise InputError(f"{place}: {shown(n_types)} is not a number of 1 to {MAX_TYPES} types")
    return n_types


def pairs(value: Any, n_types: int, place: str) -> list[tuple[int, int]]:
    """Unordered type pairs, each once, sorted."""
    found = set()
    for pair in value:
        if not isinstance(pair, (list, tuple)) or len(pair) != 2:
            raise InputError(f"{place}: {shown(pair)} is not a pair of types")
        if not all(isinstance(t, int) and 0 <= t < n_types for t in pair):
            raise InputError(f"{place}: {shown(pair)} names a type outside 0..{n_types - 1}")
        found.add((min(pair), max(pair)))
    return sorted(found)


def row_statistics(
    davg: np.ndarray, dstd: np.ndarray, sel: list[int], n_components: int, place: str, n_types: int | None = None
) -> tuple[np.ndarray, np.ndarray, list[int]]:
    """davg and dstd [n_types, slots, components] reduced to [n_types, components] each, and the slots of each type
    that share them. Where all types together have slots, ``sel`` is one number and ``n_types`` must be given.

    DeePMD-kit stores them per slot; all slots of a centre type have the same, and dpmd relies on it. Where a graph was
    trained on with a larger sel, the slots that were added at the end of a type's section hold other scales. They are
    not used: with davg = 0, the only case in which DeePMD-kit takes another sel, an empty slot adds nothing. An atom
    that needs them has too many neighbours.
    """
    shape = (len(sel) if n_types is None else n_types, sum(sel), n_components)
    rows = np.stack([_by_slot(values, shape, sel, place) for values in (davg, dstd)])
    first = rows[:, :, :1]
    alike = (rows == first).all(axis=(0, 1, 3))
    starts = np.cumsum([0, *sel])
    uniform = [_leading(alike[start:end]) for start, end in pairwise(starts)]
    lost = any(count == 0 < slots for count, slots in zip(uniform, sel, strict=True))
    if lost or (uniform != sel and rows[0].any()):
        raise refuse(place, "a shift or scale that differs between the slots of one type")
    return np.ascontiguousarray(rows[0, :, 0]), np.ascontiguousarray(rows[1, :, 0]), uniform


def _by_slot(values: np.ndarray, shape: tuple[int, int, int], sel: list[int], place: str) -> np.ndarray:
    if values.shape not in (shape, (shape[0], shape[1] * shape[2])):
        raise InputError(f"{place} has shape {values.shape}; {shape[0]} types with sel {shown(sel)} need {shape}")
    return values.reshape(shape)


def _leading(flags: np.ndarray) -> int:
    """How many are true before the first that is not."""
    return flags.size if flags.all() else int(flags.argmin())


def table(coefficients: np.ndarray, info: np.ndarray, place: str, symmetric: bool = False) -> Table:
    """A compression table and its six numbers.

    They are lower, upper, max, stride0, stride1 and a check frequency. Single-precision numbers are
    read as the short decimals they were made from (0.01, not 0.00999999978). A symmetric table has coarse steps from
    -max to lower too.
    """
    if info.shape != (6,):
        raise InputError(f"{place}: table info has shape {info.shape}, must hold 6 numbers")
    if not np.isfinite(info[:5]).all():
        raise InputError(f"{place}: table info {info[:5]} holds a number that is not finite")
    lower, upper, end, stride0, stride1 = (shortest_decimal(x) for x in info[:5])
    return Table(coefficients, -end if symmetric else lower, lower, upper, end, stride0, stride1, TABLE_EXTRAPOLATION)


def shortest_decimal(value: float) -> float:
    """A number that float32 holds exactly, as the shortest decimal that rounds to it."""
    with np.errstate(over="ignore"):
        single = np.float32(value)
    return float(str(single)) if float(single) == float(value) else float(value)


def sized(values: np.ndarray, size: int, place: str) -> np.ndarray:
    """``values`` as a vector of ``size`` numbers."""
    if values.size != size:
        raise InputError(f"{place} holds {values.size} numbers, expected {size}")
    return values.ravel()


def type_names(names: list[Any], n_types: int, place: str) -> list[str]:
    """The type map; X0, X1, … where the source has none."""
    if not names:
        return [f"X{t}" for t in range(n_types)]
    if len(names) != n_types or not all(isinstance(name, str) for name in names):
        raise InputError(f"{place}: type map {shown(names)} does not name {n_types} types")
    return list(names)


def positive_or_none(value: Any) -> float | None:
    """A training statistic where it is a usable number."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) and number > 0 else None


def json_document(text: str | bytes, place: str) -> Any:
    """Parse JSON; numbers beyond double precision's range stay text."""
    with reading(place, "not readable as JSON"):
        document = json.loads(text, parse_float=_finite_or_text, parse_constant=str)
    check_values(document, len(text), place)
    return document


def source_of(path: Path, content: bytes, name: str, version: Any) -> Source:
    digest = hashlib.sha256(content).hexdigest()
    return Source(format=name, file=storable(path.name), sha256=digest, version=storable(str(version)))


def _finite_or_text(text: str) -> float | str:
    number = float(text)
    return number if math.isfinite(number) else text
