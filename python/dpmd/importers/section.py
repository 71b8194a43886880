"""Typed access to a mapping that came from a file; every complaint names the place."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from dpmd.errors import InputError
from dpmd.importers.kind import refuse
from dpmd.importers.limits import MAX_NESTING, Budget
from dpmd.shown import shown

_MISSING: Any = object()
_ARRAY_TYPES = ("float64", "float32", "float16", "int64", "int32", "bool")


class Section:
    """A mapping, where it stands in the file, and the file's budget."""

    def __init__(self, value: Any, place: str, budget: Budget):
        if not isinstance(value, dict):
            raise InputError(f"{place}: expected a mapping, found {_kind(value)}")
        self.value = value
        self.place = place
        self.budget = budget

    def __contains__(self, key: str) -> bool:
        return self.value.get(key) is not None

    def at(self, key: str) -> str:
        return f"{self.place}.{key}"

    def get(self, key: str, default: Any = _MISSING) -> Any:
        """The raw value; a missing or null one gives ``default``."""
        value = self.value.get(key)
        if value is not None:
            return value
        if default is _MISSING:
            raise InputError(f"{self.at(key)} is missing")
        return default

    def section(self, key: str) -> Section:
        return Section(self.get(key), self.at(key), self.budget)

    def sections(self, key: str) -> Iterator[Section | None]:
        """The mappings in a list; None where the list holds null."""
        for k, item in enumerate(self.list(key)):
            place = f"{self.at(key)}[{k}]"
            yield None if item is None else Section(item, place, self.budget)

    def list(self, key: str, default: Any = _MISSING) -> list[Any]:
        value = self.get(key, default)
        if not isinstance(value, (list, tuple)):
            raise InputError(f"{self.at(key)}: expected a list, found {_kind(value)}")
        return list(value)

    def text(self, key: str, default: Any = _MISSING) -> str:
        value = self.get(key, default)
        if not isinstance(value, str):
            raise InputError(f"{self.at(key)}: expected text, found {_kind(value)}")
        return value

    def flag(self, key: str, default: Any = _MISSING) -> bool:
        value = _scalar(self.get(key, default))
        if not isinstance(value, (bool, np.bool_)):
            raise InputError(f"{self.at(key)}: expected true or false, found {_kind(value)}")
        return bool(value)

    def integer(self, key: str, default: Any = _MISSING) -> int:
        return as_integer(self.get(key, default), self.at(key))

    def number(self, key: str, default: Any = _MISSING) -> float:
        return as_number(self.get(key, default), self.at(key))

    def integers(self, key: str, default: Any = _MISSING) -> list[int]:
        return [as_integer(v, f"{self.at(key)}[{k}]") for k, v in enumerate(self.list(key, default))]

    def array(self, key: str) -> np.ndarray | None:
        """A float64 array, or None where the file holds null or nothing."""
        value = self.get(key, None)
        return None if value is None else as_array(value, self.at(key), self.budget)


def check_version(section: Section, highest: int) -> None:
    """Raise ``InputError`` for a version of a part of the model dictionary beyond those whose meaning is known."""
    version = section.integer("@version", 1)
    if not 1 <= version <= highest:
        name = section.get("@class", "this part")
        raise refuse(section.place, f"version {version} of {name} (known: 1 to {highest})")


def _scalar(value: Any) -> Any:
    """What an array without dimensions holds, tagged or not; anything else as it is."""
    if isinstance(value, dict) and value.get("@class") == "np.ndarray":
        value = value.get("value")
    return value.item() if isinstance(value, np.ndarray) and value.ndim == 0 else value


def as_integer(value: Any, place: str) -> int:
    value = _scalar(value)
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool) and abs(value) < 2**31:
        return int(value)
    raise InputError(f"{place}: expected an integer, found {_kind(value)}")


def as_number(value: Any, place: str) -> float:
    """A finite number; text such as YAML's ``1e-05`` counts when it reads as one."""
    value = _scalar(value)
    try:
        if isinstance(value, bool):
            raise ValueError
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise InputError(f"{place}: expected a number, found {_kind(value)}") from None
    if not math.isfinite(number):
        raise InputError(f"{place}: {number} is not a finite number")
    return number


def as_array(value: Any, place: str, budget: Budget) -> np.ndarray:
    """A float64 array from an array, a tagged ``np.ndarray`` mapping, or nested lists."""
    if isinstance(value, np.ndarray):
        return np.ascontiguousarray(value, dtype=np.float64)
    if isinstance(value, dict):
        dtype = value.get("dtype", "float64")
        if dtype not in _ARRAY_TYPES or "value" not in value:
            raise InputError(f"{place}: an array of type {shown(dtype)} cannot be read")
        return as_array(value["value"], place, budget)
    if isinstance(value, (int, float)):  # an array without dimensions
        return np.array(as_number(value, place))
    if not isinstance(value, (list, tuple)):
        raise InputError(f"{place}: expected an array, found {_kind(value)}")
    budget.take(8 * count_leaves(value, place), place)
    try:
        return np.array(value, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(f"{place}: not an array of numbers: {error}") from None


def count_leaves(value: Any, place: str) -> int:
    """Leaves of nested lists, shared lists counted once per appearance; bounds the depth."""
    counts: dict[int, int] = {}

    def count(item: Any, depth: int) -> int:
        if not isinstance(item, (list, tuple)):
            return 1
        if depth > MAX_NESTING:
            raise InputError(f"{place}: lists nested deeper than {MAX_NESTING}")
        if id(item) not in counts:
            counts[id(item)] = 1 + sum(count(inner, depth + 1) for inner in item)
        return counts[id(item)]

    return count(value, 0)


def _kind(value: Any) -> str:
    if value is None or isinstance(value, (bool, int, float)):
        return shown(value)
    if isinstance(value, str):
        return f"the text {shown(value)}"
    return type(value).__name__
