"""What a model is, from the document of its file, in the order in which it is shown."""

from __future__ import annotations

from typing import Any

_OF_ENVIRONMENT = ("cutoff", "cutoff_smooth", "sel", "exclude_types")


def summary(document: dict[str, Any]) -> dict[str, Any]:
    """Plain values (lengths in Å) of the document of a model that dpmd runs."""
    nets = [term for term in document["terms"] if term["kind"] == "net"]
    tables = [term for term in document["terms"] if term["kind"] == "pair_table"]
    networks = [
        net
        for term in nets
        for one in term["descriptors"]
        for row in one["embedding"]["networks"]
        for net in row
        if net
    ]
    return {
        "type_map": document["type_map"],
        **_numbered("descriptor", [_descriptor(one) for term in nets for one in term["descriptors"]]),
        **_numbered("pair_table", [_pair_table(table) for table in tables]),
        **({"kind": _kind(document, len(nets), len(tables))} if len(document["terms"]) > 1 or tables else {}),
        "trained_tables": any(net["table"] for net in networks),
        "n_fparam": max((term["fitting"]["n_fparam"] for term in nets), default=0),
        "n_aparam": max((term["fitting"]["n_aparam"] for term in nets), default=0),
        "trained_precision": document["precision"],
        "min_neighbor_distance": document["min_neighbor_distance"],
        "source": document["source"],
    }


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


def _descriptor(descriptor: dict[str, Any]) -> dict[str, Any]:
    environment, embedding = descriptor["environment"], descriptor["embedding"]
    own = {key: value for key, value in descriptor.items() if not isinstance(value, dict)}
    return {
        "type": own.pop("type"),
        **{key: environment[key] for key in _OF_ENVIRONMENT},
        "type_one_side": embedding["type_one_side"],
        **own,
    }


def _pair_table(table: dict[str, Any]) -> dict[str, Any]:
    return {key: table[key] for key in ("cutoff", "first", "spacing", "sel", "slots", "pair_exclude_types")}
