"""What a model is, from the document of its file, in the order in which it is shown."""

from __future__ import annotations

from typing import Any

_OF_ENVIRONMENT = ("cutoff", "cutoff_smooth", "sel", "exclude_types")


def summary(document: dict[str, Any]) -> dict[str, Any]:
    """Plain values (lengths in Å) of the document of a model that dpmd runs."""
    (term,) = document["terms"]
    (descriptor,) = term["descriptors"]
    embedding = descriptor.get("embedding", {"networks": []})
    networks = [net for row in embedding["networks"] for net in row if net]
    return {
        "type_map": document["type_map"],
        "descriptor": _local_frame(descriptor, document["type_map"])
        if descriptor["type"] == "loc_frame"
        else _descriptor(descriptor),
        "trained_tables": any(net["table"] for net in networks),
        "n_fparam": term["fitting"]["n_fparam"],
        "n_aparam": term["fitting"]["n_aparam"],
        "trained_precision": document["precision"],
        "min_neighbor_distance": document["min_neighbor_distance"],
        "source": document["source"],
    }


def _descriptor(descriptor: dict[str, Any]) -> dict[str, Any]:
    environment, embedding = descriptor["environment"], descriptor["embedding"]
    own = {key: value for key, value in descriptor.items() if not isinstance(value, dict)}
    return {
        "type": own.pop("type"),
        **{key: environment[key] for key in _OF_ENVIRONMENT},
        "type_one_side": embedding["type_one_side"],
        **own,
    }


def _local_frame(descriptor: dict[str, Any], type_map: list[str]) -> dict[str, Any]:
    full, radial = descriptor["sel_full"], descriptor["sel_radial"]
    axes = ([f"{type_map[axis['neighbor_type']]} {axis['place'] + 1}" for axis in pair] for pair in descriptor["axes"])
    return {
        "type": descriptor["type"],
        "cutoff": descriptor["cutoff"],
        "sel": [a + r for a, r in zip(full, radial, strict=True)],
        "sel_full": full,
        "sel_radial": radial,
        "axes": {name: ", ".join(pair) for name, pair in zip(type_map, axes, strict=True)},
    }
