"""What a model is, from the document of its file, in the order in which it is shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_OF_ENVIRONMENT = ("cutoff", "cutoff_smooth", "sel", "exclude_types")


def summary(document: dict[str, Any], shapes: dict[str, list[int]]) -> dict[str, Any]:
    """Plain values (lengths in Å) of the document of a model that dpmd runs; ``shapes`` are those of its tensors."""
    terms = document["terms"]
    networks = [net for one in _descriptors(document) for row in one["embedding"]["networks"] for net in row if net]
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


def widest_sel(document: dict[str, Any]) -> tuple[float, list[int]]:
    """The largest cutoff, Å, of a model's descriptors, and the sel that belongs to it."""
    environment = max((one["environment"] for one in _descriptors(document)), key=lambda e: e["cutoff"])
    return environment["cutoff"], environment["sel"]


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
    name, cutoff, smooth, sel, excluded, neuron, one_side = (
        values.pop(key) for key in ("type", *_OF_ENVIRONMENT, "neuron", "type_one_side")
    )
    words = [
        f"{name} within {cutoff:g} Å (smooth from {smooth:g} Å)",
        f"sel {' '.join(map(str, sel))}",
        f"nets {'-'.join(map(str, neuron))} by {'neighbour type' if one_side else 'pairs of types'}",
        *(f"{key} {value}" for key, value in values.items()),
    ]
    if excluded:
        words.append(f"without the type pairs {' '.join(f'{i}-{j}' for i, j in excluded)}")
    return ", ".join(words)


def _descriptors(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (one for term in document["terms"] for one in term["descriptors"])


def _features(term: dict[str, Any], shapes: dict[str, list[int]], place: str) -> dict[str, Any]:
    """The descriptor of a term; several are a hybrid."""
    found = [_descriptor(one, shapes, f"{place}.descriptors.{k}") for k, one in enumerate(term["descriptors"])]
    return found[0] if len(found) == 1 else {"type": "hybrid", "list": found}


def _descriptor(descriptor: dict[str, Any], shapes: dict[str, list[int]], place: str) -> dict[str, Any]:
    environment, embedding = descriptor["environment"], descriptor["embedding"]
    own = {key: value for key, value in descriptor.items() if not isinstance(value, dict)}
    return {
        "type": own.pop("type"),
        **{key: environment[key] for key in _OF_ENVIRONMENT},
        "type_one_side": embedding["type_one_side"],
        "neuron": _widths(embedding["networks"], shapes, f"{place}.embedding.networks"),
        **own,
    }


def _widths(networks: list[list[Any]], shapes: dict[str, list[int]], place: str) -> list[int]:
    """The widths of the layers of an embedding net; a table shows only the last."""
    for i, row in enumerate(networks):
        for j, net in enumerate(row):
            if net and net["layers"]:
                return [shapes[f"{place}.{i}.{j}.layers.{k}.weight"][1] for k in range(len(net["layers"]))]
            if net:
                return [shapes[f"{place}.{i}.{j}.table.coefficients"][1] // 6]
    return []
