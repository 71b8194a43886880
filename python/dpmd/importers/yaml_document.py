"""YAML from strangers: plain data only, with bounded depth and bounded expansion of aliases."""

from __future__ import annotations

from typing import Any

from dpmd.errors import InputError
from dpmd.foreign import reading
from dpmd.importers.limits import MAX_NESTING

_EXPANSION = 10  # how many times larger aliases may make a document
_SMALL = 100_000  # nodes that are always fine


def yaml_document(content: bytes, place: str) -> Any:
    """Parse ``content``; anything but plain data raises ``InputError``."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    with reading(place, "no DeePMD-kit model: not readable as YAML"):
        _check_events(yaml.parse(content, Loader=loader), place)
        return yaml.load(content, Loader=loader)  # a safe loader either way


def _check_events(events: Any, place: str) -> None:
    """Walk the parser's events, which costs no recursion, before anything is built.

    The composer of libyaml's binding recurses in C and overflows the stack on deep documents.
    """
    from yaml import events as kinds

    anchored: dict[str, int] = {}  # expanded size of every closed anchor
    open_nodes: list[tuple[str | None, int]] = []  # anchor, expanded size so far
    n_events, total = 0, 0
    for event in events:
        n_events += 1
        size = 1
        if isinstance(event, (kinds.SequenceStartEvent, kinds.MappingStartEvent)):
            if len(open_nodes) >= MAX_NESTING:
                line = event.start_mark.line + 1
                raise InputError(f"{place}: line {line}: nested deeper than {MAX_NESTING}")
            open_nodes.append((event.anchor, 1))
            continue
        if isinstance(event, (kinds.SequenceEndEvent, kinds.MappingEndEvent)):
            anchor, size = open_nodes.pop()
            if anchor is not None:
                anchored[anchor] = size
        elif isinstance(event, kinds.AliasEvent):
            if event.anchor not in anchored:
                raise InputError(f"{place}: the alias *{event.anchor} has nothing to stand for")
            size = anchored[event.anchor]
        elif isinstance(event, kinds.ScalarEvent):
            if event.anchor is not None:
                anchored[event.anchor] = 1
        else:
            continue
        if open_nodes:
            anchor, so_far = open_nodes[-1]
            open_nodes[-1] = (anchor, so_far + size)
        total = max(total, size, open_nodes[-1][1] if open_nodes else 0)
        if total > max(_SMALL, _EXPANSION * n_events):
            raise InputError(f"{place}: aliases expand it beyond {total} values")
