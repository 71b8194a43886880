"""What a model is, from the document of its file, in the order in which it is shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dpmd.models.se_atten_words import described
from dpmd.models.typed_network_words import type_embedding_in_words

_OF_ENVIRONMENT = ("cutoff", "cutoff_smooth", "sel", "exclude_types")
_SHARED_SLOTS = ("mixed", "unlimited")  # the values of overflow_order where sel is not by type
_NETS = {True: "by neighbour type", False: "by pairs of types", None: "for all types"}


def summary(document: dict[str, Any], shapes: dict[str, list[int]]) -> dict[str, Any]:
    """Plain values (lengths in Å) of the document of a model that dpmd runs; ``shapes`` are those of its tensors."""
    terms = document["terms"]
    nets = [term for term in terms if term["kind"] == "net"]
    tables = [term for term in terms if term["kind"] == "pair_table"]
    networks = [net for one in _descriptors(document) for net in _networks(one)]
    types = document["type_map"]
    energies = [_features(term, shapes, types, f"terms.{k}") for k, term in enumerate(terms) if term["kind"] == "net"]
    return {
        "type_map": types,
        **_numbered("descriptor", energies),
        **_numbered("pair_table", [_pair_table(table) for table in tables]),
        **({"kind": _kind(document, len(nets), len(tables))} if len(terms) > 1 or tables else {}),
        "trained_tables": any(net["table"] for net in networks),
        "n_fparam": max((term["fitting"]["n_fparam"] for term in nets), default=0),
        "n_aparam": max((term["fitting"]["n_aparam"] for term in nets), default=0),
        "trained_precision": document["precision"],
        "min_neighbor_distance": document["min_neighbor_distance"],
        "source": document["source"],
    }


def widest_sel(document: dict[str, Any]) -> tuple[float, list[float]]:
    """The largest cutoff, Å, of what a model sees, and the sel by type that belongs to it: the most crowded where
    several have that cutoff. Slots that all types share count for each alike.
    """
    n_types = len(document["type_map"])
    seen = [_sight(one, n_types) for one in _descriptors(document)]
    seen += [(one["cutoff"], _filled_alike(one)) for one in document["terms"] if one["kind"] == "pair_table"]
    return max(seen, key=lambda one: (one[0], sum(one[1])))


def _sight(descriptor: dict[str, Any], n_types: int) -> tuple[float, list[float]]:
    if descriptor["type"] == "loc_frame":
        return descriptor["cutoff"], _frame_sel(descriptor)
    environment = descriptor["environment"]
    sel = environment["sel"]
    shared = environment["overflow_order"] in _SHARED_SLOTS
    return environment["cutoff"], [environment["normalization"] / n_types] * n_types if shared else sel


def _filled_alike(table: dict[str, Any]) -> list[float]:
    """Slots by type, no more of them together than there are of all types."""
    sel = table["sel"]
    return [n * min(1.0, table["slots"] / max(sum(sel), 1)) for n in sel]


def hybrids_in_words(values: dict[str, Any]) -> dict[str, Any]:
    """``summary`` for human readers: a line for each part of a hybrid."""
    return {key: _readable(one) if key.startswith("descriptor") else one for key, one in values.items()}


def _readable(descriptor: dict[str, Any]) -> dict[str, Any]:
    if descriptor["type"] != "hybrid":
        return descriptor
    return {"type": "hybrid"} | {str(k): _in_words(part) for k, part in enumerate(descriptor["list"], 1)}


def _in_words(part: dict[str, Any]) -> str:
    values = dict(part)
    if values["type"] == "loc_frame":
        name, cutoff, sel = (values.pop(key) for key in ("type", "cutoff", "sel"))
        axes = values.pop("axes")
        words = [f"{name} within {cutoff:g} Å", f"sel {' '.join(map(str, sel))}"]
        words += [f"{key} {' '.join(map(str, value))}" for key, value in values.items()]
        return ", ".join(words + [f"axes of {one} {pair}" for one, pair in axes.items()])
    name, cutoff, smooth, sel, excluded, neuron = (values.pop(key) for key in ("type", *_OF_ENVIRONMENT, "neuron"))
    one_side = values.pop("type_one_side", None)
    words = [
        f"{name} within {cutoff:g} Å (smooth from {smooth:g} Å)",
        f"sel {' '.join(map(str, sel)) or 'of any number'}",
        f"nets {'-'.join(map(str, neuron))} {_NETS[one_side]}",
        *(f"{key} {value}" for key, value in values.items()),
    ]
    if excluded:
        words.append(f"without the type pairs {' '.join(f'{i}-{j}' for i, j in excluded)}")
    return ", ".join(words)


def _networks(descriptor: dict[str, Any]) -> list[dict[str, Any]]:
    """The nets of distances."""
    if "network" in descriptor:
        return [descriptor["network"]]
    if descriptor["type"] == "loc_frame":
        return []
    return [net for row in descriptor["embedding"]["networks"] for net in row if net]


def _descriptors(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (one for term in document["terms"] if term["kind"] == "net" for one in term["descriptors"])


def _features(term: dict[str, Any], shapes: dict[str, list[int]], types: list[str], place: str) -> dict[str, Any]:
    """The descriptor of a term; several are a hybrid."""
    found = [_descriptor(one, shapes, types, f"{place}.descriptors.{k}") for k, one in enumerate(term["descriptors"])]
    return found[0] if len(found) == 1 else {"type": "hybrid", "list": found}


def _numbered(name: str, values: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """One value by its name; several with their numbers behind it."""
    if len(values) == 1:
        return {name: values[0]}
    return {f"{name}_{k}": value for k, value in enumerate(values)}


def _kind(document: dict[str, Any], n_nets: int, n_tables: int) -> str:
    """What is made of the terms, in words."""
    blend = document["blend"]
    if n_nets == 0 and n_tables == 1:
        return "a pair table alone"
    if blend["kind"] == "bridge":
        words = (
            f"DP-ZBL: the pair table where the nearest neighbours are closer than {blend['inner']:g} Å, "
            f"the networks beyond {blend['outer']:g} Å"
        )
    else:
        parts = [f"{n} {word}{'s' if n > 1 else ''}" for n, word in ((n_nets, "model"), (n_tables, "pair table")) if n]
        words = f"the sum of {' and '.join(parts)}"
    # DeePMD-kit's NumPy backend ignores biases and exclusions of the members
    return f"{words}, as PyTorch computes it" if document["source"]["format"].startswith("dpmodel") else words


def _descriptor(
    descriptor: dict[str, Any], shapes: dict[str, list[int]], types: list[str], place: str
) -> dict[str, Any]:
    if descriptor["type"] == "loc_frame":
        return _local_frame(descriptor, types)
    if "network" in descriptor:  # one for all types
        words = described(descriptor) if descriptor["type"] == "se_atten" else _three_body_words(descriptor)
        return {
            "type": descriptor["type"],
            **{key: descriptor["environment"][key] for key in _OF_ENVIRONMENT},
            "neuron": _widths(descriptor["network"], shapes, f"{place}.network"),
            **words,
        }
    environment, embedding = descriptor["environment"], descriptor["embedding"]
    own = {key: value for key, value in descriptor.items() if not isinstance(value, dict)}
    return {
        "type": own.pop("type"),
        **{key: environment[key] for key in _OF_ENVIRONMENT},
        **({"type_one_side": embedding["type_one_side"]} if "type_one_side" in embedding else {}),
        "neuron": _first_widths(embedding["networks"], shapes, f"{place}.embedding.networks"),
        **own,
    }


def _three_body_words(descriptor: dict[str, Any]) -> dict[str, Any]:
    return {"type_embedding": type_embedding_in_words(descriptor, "of both neighbours")}


def _first_widths(networks: list[list[Any]], shapes: dict[str, list[int]], place: str) -> list[int]:
    """The widths of the layers of the embedding nets, which are alike; an excluded pair of types may have none."""
    found = ((i, j, net) for i, row in enumerate(networks) for j, net in enumerate(row) if net)
    return next((_widths(net, shapes, f"{place}.{i}.{j}") for i, j, net in found), [])


def _widths(net: dict[str, Any], shapes: dict[str, list[int]], place: str) -> list[int]:
    """The widths of the layers of a net; a table shows only the last."""
    if net["layers"]:
        return [shapes[f"{place}.layers.{k}.weight"][1] for k in range(len(net["layers"]))]
    return [shapes[f"{place}.table.coefficients"][1] // 6]


def _pair_table(table: dict[str, Any]) -> dict[str, Any]:
    return {key: table[key] for key in ("cutoff", "first", "spacing", "sel", "slots", "pair_exclude_types")}


def _local_frame(descriptor: dict[str, Any], type_map: list[str]) -> dict[str, Any]:
    axes = ([f"{type_map[axis['neighbor_type']]} {axis['place'] + 1}" for axis in pair] for pair in descriptor["axes"])
    return {
        "type": descriptor["type"],
        "cutoff": descriptor["cutoff"],
        "sel": _frame_sel(descriptor),
        "sel_full": descriptor["sel_full"],
        "sel_radial": descriptor["sel_radial"],
        "axes": {name: ", ".join(pair) for name, pair in zip(type_map, axes, strict=True)},
    }


def _frame_sel(descriptor: dict[str, Any]) -> list[int]:
    return [a + r for a, r in zip(descriptor["sel_full"], descriptor["sel_radial"], strict=True)]
