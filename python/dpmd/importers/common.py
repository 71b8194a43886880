"""Rules that every DeePMD-kit format shares."""

from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path
from typing import Any

import numpy as np

from dpmd.errors import InputError
from dpmd.foreign import reading
from dpmd.importers.limits import MAX_TYPES
from dpmd.importers.section import as_number
from dpmd.model_spec import Source, Table

SUPPORTED = "dpmd runs se_e2_a descriptors with energy fitting nets"

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


def refuse(place: str, what: str, remedy: str = "") -> InputError:
    """The error for a model that DeePMD-kit knows and dpmd does not run."""
    return InputError(f"{place}: {what} is not supported; {SUPPORTED}{remedy and '; ' + remedy}")


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
    raise refuse(place, f"the activation {name!r}")


def skip_by_width(n_in: int, n_out: int) -> str:
    """The residual rule of embedding nets: by the widths alone."""
    return "identity" if n_out == n_in else "double" if n_out == 2 * n_in else "none"


def checked_sel(sel: list[int], place: str) -> list[int]:
    """Slots per neighbour type, after a look whether they can be."""
    if not 1 <= len(sel) <= MAX_TYPES or min(sel) < 0 or sum(sel) == 0 or sum(sel) >= 2**31:
        raise InputError(f"{place}: {str(sel)[:80]} are not the slots of 1 to {MAX_TYPES} types")
    return sel


def pairs(value: Any, n_types: int, place: str) -> list[tuple[int, int]]:
    """Unordered type pairs, each once, sorted."""
    found = set()
    for pair in value:
        if not isinstance(pair, (list, tuple)) or len(pair) != 2:
            raise InputError(f"{place}: {pair!r} is not a pair of types")
        if not all(isinstance(t, int) and 0 <= t < n_types for t in pair):
            raise InputError(f"{place}: {pair!r} names a type outside 0..{n_types - 1}")
        found.add((min(pair), max(pair)))
    return sorted(found)


def row_statistics(values: np.ndarray, sel: list[int], place: str) -> np.ndarray:
    """davg or dstd [n_types, slots, 4] reduced to [n_types, 4].

    DeePMD-kit stores them per slot; they are the same for all slots of a centre type, and dpmd
    relies on it.
    """
    n_types, n_slots = len(sel), sum(sel)
    if values.shape not in ((n_types, n_slots, 4), (n_types, 4 * n_slots)):
        raise InputError(
            f"{place} has shape {values.shape}; {n_types} types with sel {sel} need {(n_types, n_slots, 4)}"
        )
    slots = values.reshape(n_types, n_slots, 4)
    if not (slots == slots[:, :1]).all():
        raise refuse(place, "a shift or scale that differs between the slots of one type")
    return np.ascontiguousarray(slots[:, 0])


def table(coefficients: np.ndarray, info: np.ndarray, place: str) -> Table:
    """A compression table and its six numbers.

    They are lower, upper, max, stride0, stride1 and a check frequency. Single-precision numbers are
    read as the short decimals they were made from (0.01, not 0.00999999978).
    """
    if info.shape != (6,):
        raise InputError(f"{place}: table info has shape {info.shape}, must hold 6 numbers")
    if not np.isfinite(info[:5]).all():
        raise InputError(f"{place}: table info {info[:5]} holds a number that is not finite")
    lower, upper, end, stride0, stride1 = (shortest_decimal(x) for x in info[:5])
    return Table(coefficients, lower, upper, end, stride0, stride1, TABLE_EXTRAPOLATION)


def shortest_decimal(value: float) -> float:
    """A number that float32 holds exactly, as the shortest decimal that rounds to it."""
    with np.errstate(over="ignore"):
        single = np.float32(value)
    return float(str(single)) if float(single) == float(value) else float(value)


def type_names(names: list[Any], n_types: int, place: str) -> list[str]:
    """The type map; X0, X1, … where the source has none."""
    if not names:
        return [f"X{t}" for t in range(n_types)]
    if len(names) != n_types or not all(isinstance(name, str) for name in names):
        raise InputError(f"{place}: type map {names} does not name {n_types} types")
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
        return json.loads(text, parse_float=_finite_or_text, parse_constant=str)


def source_of(path: Path, content: bytes, name: str, version: Any) -> Source:
    digest = hashlib.sha256(content).hexdigest()
    return Source(format=name, file=path.name, sha256=digest, version=str(version))


def _finite_or_text(text: str) -> float | str:
    number = float(text)
    return number if math.isfinite(number) else text
