"""The heads of a multi-task checkpoint: several models in one file, each with the settings of its own."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from dpmd.errors import InputError
from dpmd.importers.kind import kind_of, refuse
from dpmd.shown import shown

DEFAULT = "Default"  # the name of the only model of a checkpoint, and of the head that is taken unless another is named
_MOST_SHOWN = 32
_SHARED = ("type_map", "descriptor", "fitting_net")  # settings that several heads may have by a name


def chosen_head(params: Mapping[str, Any], head: str | None, place: Path) -> tuple[str, dict[str, Any], list[str]]:
    """The model to read from a checkpoint.

    Args:
        params: The settings, of one model or with a ``model_dict``.
        head: The name of a head or one of its aliases, or None.
        place: The file.

    Returns:
        The name of the head, its settings, and what a user should know of the choice.

    Raises:
        InputError: No head has this name; or none is named, and there are several and none is the default; or there are
            no heads.
    """
    heads = params.get("model_dict")
    if heads is None:
        if head is not None:
            raise only_one_model(place, head, "checkpoint of one model")
        return DEFAULT, dict(params), []
    if not _are_heads(heads):
        raise InputError(f"{place}: its model_dict does not hold the settings of heads; the file is corrupt")
    name = _only_or_default(heads, place) if head is None else _named(heads, head, place)
    others = [one for one in heads if one != name]
    notes = [f"the head {shown(name)} of a multi-task checkpoint; others: {_listed(others)}"] if others else []
    return name, _with_shared(heads[name], params.get("shared_dict")), notes


def _are_heads(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and bool(value)
        and all(isinstance(name, str) and isinstance(settings, dict) for name, settings in value.items())
    )


def only_one_model(place: Path, head: str, what: str) -> InputError:
    """The error for a head of a file that has none."""
    return InputError(
        f"{place}: head {shown(head)}: only a multi-task checkpoint (.pt) has heads, and this is a {what}; leave the "
        "head out"
    )


def _only_or_default(heads: Mapping[str, Any], place: Path) -> str:
    names = _by_name(heads)
    if len(heads) == 1 or DEFAULT in names:
        return names.get(DEFAULT) or next(iter(heads))
    refused = {kind_of(one).unsupported() for one in heads.values()}
    if "" not in refused:
        raise refuse(str(place), f"{', '.join(sorted(refused))}, in every head ({_listed(heads)}),")
    raise InputError(
        f"{place}: a multi-task checkpoint with the heads {_listed(heads)}; choose one with --head NAME, or with head= "
        "in Python"
    )


def _named(heads: Mapping[str, Any], head: str, place: Path) -> str:
    names = _by_name(heads)
    if head not in names:
        aliases = [name for name in names if name not in heads]
        also = f", also called {_listed(aliases)}" if aliases else ""
        raise InputError(f"{place}: no head {shown(head)} in it; its heads are {_listed(heads)}{also}")
    return names[head]


def _by_name(heads: Mapping[str, Any]) -> dict[str, str]:
    """The heads by all their names; a head's own name counts before the alias of another."""
    aliases = {alias: name for name, settings in heads.items() for alias in _texts(settings.get("model_branch_alias"))}
    return aliases | {name: name for name in heads}


def _texts(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _listed(names: Any) -> str:
    shortened = ", ".join(shown(name) for name in islice(names, _MOST_SHOWN))
    return f"{shortened}, …" if len(names) > _MOST_SHOWN else shortened


def _with_shared(settings: dict[str, Any], shared: Any) -> dict[str, Any]:
    """The settings of a head, with what it shares with others, which may stand there by its name."""
    found = dict(settings)
    for key in _SHARED:
        name = found.get(key)
        if isinstance(name, str) and isinstance(shared, dict):
            found[key] = shared.get(name.partition(":")[0], name)
    return found
