"""What a model is, from the document of its file, in the order in which it is shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dpmd.models.se_atten_words import described

_OF_ENVIRONMENT = ("cutoff", "cutoff_smooth", "sel", "exclude_types")
_SHARED_SLOTS = ("mixed", "unlimited")  # the values of overflow_order where sel is not by type
_NETS = {True: "by neighbour type", False: "by pairs of types", None: "for all types"}


def summary(document: dict[str, Any], shapes: dict[str, list[int]]) -> dict[str, Any]:
    """Plain values (lengths in Å) of the document of a model that dpmd runs; ``shapes`` are those of its tensors."""
    terms = document["terms"]
    networks = [net for one in _descriptors(document) for net in _networks(one)]
    places = [f"terms.{k}" for k in range(len(terms))]
    energies = [_features(term, shapes, place) for term, place in zip(terms, places, strict=True)]
    return {
        "type_map": document["type_map"],
        **({"descriptor": energies[0]} if len(energies) == 1 else {"terms": energies}),
        "trained_tables": any(net["table"] for net in networks),
        "n_fparam": max(term["fitting"]["n_fparam"] for term in terms),
        "n_aparam": max(term["fitting"]["n_aparam"] for term in terms),
        "trained_precision": document["precision"],
        "min_neighbor_distance": document["min_neighbor_distance"],
        "source": document["source"],
    }


def widest_sel(document: dict[str, Any]) -> tuple[float, list[float]]:
    """The largest cutoff, Å, of a model's descriptors, and the sel by type that belongs to it. Slots that all types
    share count for each alike.
    """
    environment = max((one["environment"] for one in _descriptors(document)), key=lambda e: e["cutoff"])
    n_types, sel = len(document["type_map"]), environment["sel"]
    shared = environment["overflow_order"] in _SHARED_SLOTS
    return environment["cutoff"], [environment["normalization"] / n_types] * n_types if shared else sel


def hybrids_in_words(values: dict[str, Any]) -> dict[str, Any]:
    """``summary`` for human readers: the terms of a sum by their numbers, and a line for each part of a hybrid."""
    if "terms" in values:
        return values | {"terms": {str(k): _readable(one) for k, one in enumerate(values["terms"], 1)}}
    return values | {"descriptor": _readable(values["descriptor"])}


def _readable(descriptor: dict[str, Any]) -> dict[str, Any]:
    if descriptor["type"] != "hybrid":
        return descriptor
    return {"type": "hybrid"} | {str(k): _in_words(part) for k, part in enumerate(descriptor["list"], 1)}


def _in_words(part: dict[str, Any]) -> str:
    values = dict(part)
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
    if descriptor["type"] == "se_atten":
        return [descriptor["network"]]
    return [net for row in descriptor["embedding"]["networks"] for net in row if net]


def _descriptors(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (one for term in document["terms"] for one in term["descriptors"])


def _features(term: dict[str, Any], shapes: dict[str, list[int]], place: str) -> dict[str, Any]:
    """The descriptor of a term; several are a hybrid."""
    found = [_descriptor(one, shapes, f"{place}.descriptors.{k}") for k, one in enumerate(term["descriptors"])]
    return found[0] if len(found) == 1 else {"type": "hybrid", "list": found}


def _descriptor(descriptor: dict[str, Any], shapes: dict[str, list[int]], place: str) -> dict[str, Any]:
    if descriptor["type"] == "se_atten":
        return {
            "type": descriptor["type"],
            **{key: descriptor["environment"][key] for key in _OF_ENVIRONMENT},
            "neuron": _widths(descriptor["network"], shapes, f"{place}.network"),
            **described(descriptor),
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


def _first_widths(networks: list[list[Any]], shapes: dict[str, list[int]], place: str) -> list[int]:
    """The widths of the layers of the embedding nets, which are alike; an excluded pair of types may have none."""
    found = ((i, j, net) for i, row in enumerate(networks) for j, net in enumerate(row) if net)
    return next((_widths(net, shapes, f"{place}.{i}.{j}") for i, j, net in found), [])


def _widths(net: dict[str, Any], shapes: dict[str, list[int]], place: str) -> list[int]:
    """The widths of the layers of a net; a table shows only the last."""
    if net["layers"]:
        return [shapes[f"{place}.layers.{k}.weight"][1] for k in range(len(net["layers"]))]
    return [shapes[f"{place}.table.coefficients"][1] // 6]
