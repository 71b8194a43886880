"""YAML from strangers: plain data, built from the parser's events under bounds of depth, size and time.

PyYAML's own constructor makes numbers to the base of 60, dates and merged mappings out of text, in times that grow with
the square of its length and more; DeePMD-kit writes none of these.
"""

from __future__ import annotations

import re
from typing import Any

from dpmd.errors import InputError
from dpmd.foreign import reading
from dpmd.importers.limits import MAX_NESTING, most_values, weight
from dpmd.shown import shown

_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"), True),
    **dict.fromkeys(("false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
_LONGEST_NUMBER = 400  # characters; float64 needs 24, and integers beyond it are no model's
_INTEGER = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?")
_TEXT_TAG = "tag:yaml.org,2002:str"
_DIRECTIVE = re.compile(rb"^%", re.MULTILINE)
_MOST_DIRECTIVES = 8  # the parser compares each with all before it


def yaml_document(content: bytes, place: str) -> Any:
    """Parse ``content``; anything but plain data raises ``InputError``."""
    import yaml

    if len(_DIRECTIVE.findall(content)) > _MOST_DIRECTIVES:
        raise InputError(f"{place}: no DeePMD-kit model: more than {_MOST_DIRECTIVES} lines begin with %")
    builder = _Builder(place, most_values(len(content)))
    with reading(place, "no DeePMD-kit model: not readable as YAML"):
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        for event in yaml.parse(content, Loader=loader):
            builder.take(event)
    return builder.document


class _Open:
    """A container that the parser is in; ``size`` counts what it stands for with its aliases expanded."""

    def __init__(self, value: list[Any] | dict[str, Any], anchor: str | None):
        self.value, self.anchor, self.size = value, anchor, 1
        self._key: str | None = None

    def add(self, item: Any, size: int) -> bool:
        """False where a key is no text."""
        self.size += size
        if isinstance(self.value, list):
            self.value.append(item)
        elif self._key is not None:
            self.value[self._key] = item
            self._key = None
        elif isinstance(item, str):
            self._key = item
        else:
            return False
        return True

    def expects_key(self) -> bool:
        return isinstance(self.value, dict) and self._key is None


class _Builder:
    """Takes events in their order; ``document`` is what they describe."""

    def __init__(self, place: str, most: int):
        self.document: Any = None
        self._place, self._most = place, most
        self._open: list[_Open] = []
        self._anchored: dict[str, tuple[Any, int]] = {}  # value and size of what is whole
        self._n_documents = 0

    def take(self, event: Any) -> None:
        handler = _HANDLERS.get(type(event).__name__)
        if handler is not None:
            handler(self, event)

    def _document(self, event: Any) -> None:
        self._n_documents += 1
        if self._n_documents > 1:
            raise self._error(event, "a second document begins")

    def _scalar(self, event: Any) -> None:
        is_key = bool(self._open) and self._open[-1].expects_key()
        self._refuse_tag(event)
        plain = event.implicit[0] and event.tag is None and not is_key
        value = self._plain(event) if plain else event.value
        self._put(event, value, weight(event.value), event.anchor)

    def _alias(self, event: Any) -> None:
        if event.anchor not in self._anchored:
            raise InputError(f"{self._place}: the alias *{event.anchor} has nothing to stand for")
        self._put(event, *self._anchored[event.anchor], None)

    def _sequence(self, event: Any) -> None:
        self._enter(event, [])

    def _mapping(self, event: Any) -> None:
        self._enter(event, {})

    def _end(self, event: Any) -> None:
        closed = self._open.pop()
        self._put(event, closed.value, closed.size, closed.anchor)

    def _enter(self, event: Any, value: list[Any] | dict[str, Any]) -> None:
        self._refuse_tag(event)
        if len(self._open) >= MAX_NESTING:
            raise self._error(event, f"nested deeper than {MAX_NESTING}")
        self._open.append(_Open(value, event.anchor))

    def _put(self, event: Any, value: Any, size: int, anchor: str | None) -> None:
        if anchor is not None:
            self._anchored[anchor] = (value, size)
        if not self._open:
            self.document = value
            return
        parent = self._open[-1]
        if not parent.add(value, size):
            raise self._error(event, f"{shown(value)} is the key of a mapping; keys must be text")
        if parent.size > self._most:
            raise InputError(f"{self._place}: aliases expand it beyond {self._most} values")

    def _plain(self, event: Any) -> Any:
        """What text without quotes means."""
        text = event.value
        if text in _WORDS:
            return _WORDS[text]
        if len(text) > _LONGEST_NUMBER:
            if _FLOAT.fullmatch(text):
                raise self._error(event, f"a number of {len(text)} characters")
            return text
        if _INTEGER.fullmatch(text):
            return int(text)
        return float(text) if _FLOAT.fullmatch(text) else text

    def _refuse_tag(self, event: Any) -> None:
        if event.tag not in (None, "!", _TEXT_TAG):
            raise self._error(event, f"not readable as YAML of plain data: it is tagged {shown(event.tag)}")

    def _error(self, event: Any, complaint: str) -> InputError:
        return InputError(f"{self._place}: line {event.start_mark.line + 1}: {complaint}")


_HANDLERS = {
    "DocumentStartEvent": _Builder._document,
    "ScalarEvent": _Builder._scalar,
    "AliasEvent": _Builder._alias,
    "SequenceStartEvent": _Builder._sequence,
    "SequenceEndEvent": _Builder._end,
    "MappingStartEvent": _Builder._mapping,
    "MappingEndEvent": _Builder._end,
}
