"""TOML tables to dataclasses: every key is checked.

An error names file, table, key, value and what is allowed.
"""

from __future__ import annotations

import difflib
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import MISSING, Field, field, fields
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from dpmd.errors import InputError
from dpmd.shown import is_plain, shown

Table = TypeVar("Table")


def option(
    doc: str,
    *,
    default: Any = MISSING,
    unit: str = "",
    choices: tuple[str, ...] = (),
    above: float | None = None,
    at_least: float | None = None,
    at_most: float | None = None,
) -> Any:
    """A dataclass field that a TOML key fills; without ``default`` the key is required.

    Args:
        doc: One line for the user.
        unit: Unit of the value, for messages and documentation.
        choices: The only values allowed.
        above: The value, or each of its numbers, must be larger.
        at_least: The value, or each of its numbers, must not be smaller.
        at_most: ... and not larger.
    """
    metadata = {
        "doc": doc,
        "unit": unit,
        "choices": choices,
        "above": above,
        "at_least": at_least,
        "at_most": at_most,
    }
    return field(default=default, metadata=metadata)


def nearest(name: str, known: list[str]) -> str:
    """A half-sentence with the nearest of ``known``, whatever their case, or with all of them."""
    close = closest(name, known)
    return f'did you mean "{close}"?' if close else "valid here: " + ", ".join(known)


def closest(name: str, known: Sequence[str]) -> str | None:
    """The one of ``known`` that is meant by ``name``, which has another case or a few other letters; None when there is
    none, or two are as near."""
    by_lower = {one.lower(): one for one in known}
    found = difflib.get_close_matches(name.lower(), list(by_lower), n=2, cutoff=0.5)
    likeness = [difflib.SequenceMatcher(None, one, name.lower()).ratio() for one in found]
    is_clear = len(found) == 1 or (len(found) == 2 and likeness[0] > likeness[1])
    return by_lower[found[0]] if is_clear else None


def whole_number(value: Any) -> int:
    """A whole number, also one written as 1e6; ValueError for anything else, and for what no 64 bits hold."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not is_number or (isinstance(value, float) and not value.is_integer()):
        raise ValueError("must be a whole number")
    if not -(2**63) <= value < 2**63:
        raise ValueError("must be a whole number of at most 63 bits")
    return int(value)


def describe_schema(schema: dict[str, type]) -> str:
    """The tables and their keys, one line each: meaning, unit, choices, and default or "required"."""
    lines = []
    for name, cls in schema.items():
        lines += ["", f"[{name}]"]
        for item in fields(cls):
            default = "required" if item.default is MISSING else _default_text(item.default)
            lines.append(f"{item.name:<20}{_describe(item)}{default and f' ({default})'}")
    return "\n".join(lines[1:])


class TableReader:
    """Reads the tables of one TOML document.

    Args:
        document: The parsed TOML.
        source: The TOML file; relative paths in it resolve against its folder.
        schema: Dataclass of each table, by table name.
    """

    def __init__(self, document: dict[str, Any], source: Path, schema: dict[str, type]) -> None:
        self._document = document
        self._source = source
        self._schema = schema
        for name, value in document.items():
            if name not in schema:
                raise InputError(f"{source}: unknown table [{shown(name)[1:-1]}]; {self._table_hint(name)}")
            if not isinstance(value, dict):
                raise InputError(f"{source}: {name} must be a table [{name}], is {shown(value)}")
            for key in value:
                if key not in _keys(schema[name]):
                    hint = self._key_hint(key, _keys(schema[name]))
                    raise InputError(f"{source}: [{name}] has no key {shown(key)}; {hint}")

    def read(self, name: str) -> Any:
        """The table ``name`` as an instance of its dataclass."""
        cls = self._schema[name]
        table = self._document.get(name, {})
        known = {item.name: item for item in fields(cls)}
        hints = get_type_hints(cls)
        values = {}
        for key, item in known.items():
            if key in table:
                values[key] = self._value(table[key], hints[key], item, f"{name}.{key}")
            elif item.default is MISSING:
                raise InputError(f"{self._source}: {name}.{key} is missing: {_describe(item)}")
        return cls(**values)

    def _table_hint(self, name: str) -> str:
        owners = [f"[{t}]" for t, cls in self._schema.items() if name.lower() in _keys(cls)]
        if owners:
            return f"{name.lower()} is a key of {owners[0]}"
        return nearest(name, list(self._schema))

    def _key_hint(self, key: str, known: list[str]) -> str:
        """The nearest key of this table, or the table that has the key."""
        owners = [f"[{t}]" for t, cls in self._schema.items() if key.lower() in _keys(cls)]
        if owners and key.lower() not in known:
            return f"{key.lower()} belongs to {' or '.join(owners)}"
        return nearest(key, known)

    def _value(self, value: Any, hint: Any, item: Field, place: str) -> Any:
        try:
            converted = self._convert(value, hint)
            _check_range(converted, item)
        except ValueError as error:
            raise InputError(
                f"{self._source}: {place} = {shown(value)}: {error}; {place} is {_describe(item)}"
            ) from None
        return converted

    def _convert(self, value: Any, hint: Any) -> Any:
        """``value`` as the annotated type; ValueError says what was expected."""
        if get_origin(hint) in (Union, UnionType):  # X | None: TOML has no null, so X
            hint = next(part for part in get_args(hint) if part is not NoneType)
        if get_origin(hint) is tuple:
            return self._convert_tuple(value, get_args(hint))
        if get_origin(hint) is dict:
            named = _expect(value, isinstance(value, dict) and value != {}, "a value for each name, as { X = 1.0 }")
            _expect(named, all(map(is_plain, named)), "given for names without control characters")
            return {key: self._convert(item, get_args(hint)[1]) for key, item in named.items()}
        if hint is bool:
            return _expect(value, isinstance(value, bool), "true or false")
        if hint is int:
            return whole_number(value)
        if hint is float:
            number = isinstance(value, (int, float)) and not isinstance(value, bool)
            return float(_expect(value, number and abs(value) <= sys.float_info.max, "a finite number"))
        text = _expect(value, isinstance(value, str) and value != "", "a text in quotes")
        _expect(text, is_plain(text), "a text without control characters")
        return self._path(text) if hint is Path else text

    def _path(self, text: str) -> Path:
        try:
            return self._source.parent / Path(text).expanduser()
        except RuntimeError as error:
            raise ValueError(f"has no home folder to stand for: {error}") from None

    def _convert_tuple(self, value: Any, parts: tuple[Any, ...]) -> tuple[Any, ...]:
        if len(parts) == 2 and parts[1] is Ellipsis:  # any number; one alone needs no brackets
            items = value if isinstance(value, list) else [value]
            return tuple(self._convert(item, parts[0]) for item in items)
        listed = isinstance(value, list) and len(value) == len(parts)
        _expect(value, listed, f"a list of {len(parts)} values")
        return tuple(self._convert(item, part) for item, part in zip(value, parts, strict=True))


def _default_text(value: Any) -> str:
    """A default as one would write it in TOML; empty for None, whose meaning the key's text tells."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return "default [" + ", ".join(json.dumps(item) for item in value) + "]"
    return f"default {json.dumps(value)}"


def _keys(cls: type) -> list[str]:
    return [item.name for item in fields(cls)]


def _expect(value: Any, condition: bool, wanted: str) -> Any:
    if not condition:
        raise ValueError(f"must be {wanted}")
    return value


def _each(value: Any) -> Iterable[Any]:
    """The values that a limit applies to."""
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, tuple) else (value,)


def _check_range(value: Any, item: Field) -> None:
    limits = item.metadata
    for one in _each(value):
        if limits["choices"] and one not in limits["choices"]:
            meant = closest(one, limits["choices"])
            raise ValueError(f'not known; did you mean "{meant}"?' if meant else "not known")
        if limits["above"] is not None and not one > limits["above"]:
            raise ValueError(f"must be above {limits['above']:g}")
        if limits["at_least"] is not None and not one >= limits["at_least"]:
            raise ValueError(f"must be at least {limits['at_least']:g}")
        if limits["at_most"] is not None and not one <= limits["at_most"]:
            raise ValueError(f"must be at most {limits['at_most']}")


def _describe(item: Field) -> str:
    parts = [item.metadata["doc"]]
    if item.metadata["unit"]:
        parts.append(f"in {item.metadata['unit']}")
    if item.metadata["choices"]:
        parts.append("one of " + ", ".join(f'"{choice}"' for choice in item.metadata["choices"]))
    return ", ".join(parts)
