"""The energy fitting nets of a frozen TensorFlow graph."""

from __future__ import annotations

from typing import Any

import numpy as np

from dpmd.errors import InputError
from dpmd.importers.graph import Graph
from dpmd.importers.kind import refuse
from dpmd.importers.tensorflow_layers import (
    activation_of,
    products,
    read_layer,
    scripted_activation,
)
from dpmd.models.fitting import Fitting
from dpmd.models.nets import Layer, Network

_FINAL = r"final_layer_type_(\d+)(.*)/matrix"


def read_fitting(graph: Graph, model: dict[str, Any], n_types: int, suffix: str | None = None) -> Fitting:
    """One net per type; the energies it adds are those of the fitting section alone.

    ``suffix`` is that of a member of a linear combination.
    """
    _refuse_unsupported(graph, model)
    # the members have the numbers of parameters in common
    common = f"fitting_attr{_suffix(graph) if suffix is None else ''}"
    suffix = _suffix(graph) if suffix is None else suffix
    attributes = f"fitting_attr{suffix}"
    n_fparam = graph.integer(f"{common}/dfparam")
    n_aparam = graph.integer(f"{common}/daparam")
    scopes = [_scopes(graph, model, t, suffix) for t in range(n_types)]
    name = scripted_activation(model, "fitting_net")
    shift = np.zeros(n_types)
    if graph.has(f"{attributes}/t_bias_atom_e"):
        shift += _vector(graph, f"{attributes}/t_bias_atom_e", n_types)
    return Fitting(
        networks=[_network(graph, scopes[t], name) for t in range(n_types)],
        energy_shift=shift + _assigned_energies(graph, n_types),
        subtract_vacuum=[_applied_twice(graph, scopes[t]) for t in range(n_types)],
        n_fparam=n_fparam,
        n_aparam=n_aparam,
        fparam_shift=_statistic(graph, f"{attributes}/t_fparam_avg", n_fparam),
        fparam_scale=_statistic(graph, f"{attributes}/t_fparam_istd", n_fparam),
        aparam_shift=_statistic(graph, f"{attributes}/t_aparam_avg", n_aparam),
        aparam_scale=_statistic(graph, f"{attributes}/t_aparam_istd", n_aparam),
    )


def _refuse_unsupported(graph: Graph, model: dict[str, Any]) -> None:
    section = model.get("fitting_net")
    section = section if isinstance(section, dict) else {}
    # a descriptor may average over neighbours, in the scopes of its embedding nets
    means = [node for node in graph.with_op("Mean") if not node.name.startswith("filter_type_")]
    if section.get("tot_ener_zero") or means:
        raise refuse(graph.place, "a mean energy shifted to zero (tot_ener_zero)")
    masks = [graph.constant(n).any() for _, n in graph.matching(r"fitting_attr.*/aparam_nall")]
    if section.get("use_aparam_as_mask") or any(masks):
        raise refuse(graph.place, "an atomic parameter used as a mask (use_aparam_as_mask)")
    if any(True for _ in graph.matching(r"final_layer/matrix")):
        raise refuse(graph.place, "one fitting net for all types (a type embedding)")


def _suffix(graph: Graph) -> str:
    """What follows the type in the scopes of the fitting nets; empty but for combined models."""
    suffixes = {match[2] for match, _ in graph.matching(_FINAL)}
    if len(suffixes) > 1:
        raise refuse(graph.place, f"a combination of models (fitting nets {sorted(suffixes)})")
    if not suffixes:
        raise InputError(f"{graph.place}: no fitting net (final_layer_type_<t>/matrix) in the graph")
    return suffixes.pop()


def _scopes(graph: Graph, model: dict[str, Any], t: int, suffix: str) -> list[str]:
    """Scopes of the layers of type t in order; shared layers have names in the training script."""
    section = model.get("fitting_net")
    shared = section.get("layer_name") if isinstance(section, dict) else None
    tail = f"_type_{t}{suffix}"
    if isinstance(shared, list) and any(shared):
        plain = [f"layer_{k}" for k in range(len(shared) - 1)] + ["final_layer"]
        heads = [f"share_{a}" if a else b for a, b in zip(shared, plain, strict=True)]
        return [f"{head}_type_{t}" if head[:6] == "share_" else head + tail for head in heads]
    n_hidden = 0
    while graph.has(f"layer_{n_hidden}{tail}/matrix"):
        n_hidden += 1
    return [*(f"layer_{k}{tail}" for k in range(n_hidden)), f"final_layer{tail}"]


def _network(graph: Graph, scopes: list[str], scripted: Any) -> Network:
    layers = []
    for k, scope in enumerate(scopes):
        layer = _layer(graph, scope)
        if k + 1 < len(scopes):
            layer.activation = activation_of(graph, f"{scope}/matrix", scripted)
            n_in, n_out = layer.weight.shape
            # Never in the first layer and never doubling, unlike embedding nets.
            layer.skip = "identity" if k > 0 and n_in == n_out else "none"
        layers.append(layer)
    return Network(layers=layers)


def _layer(graph: Graph, scope: str) -> Layer:
    return read_layer(graph, f"{scope}/matrix", f"{scope}/bias", f"{scope}/idt")


def _applied_twice(graph: Graph, scopes: list[str]) -> bool:
    """Whether the net is also evaluated at a zero descriptor, to be subtracted."""
    n_uses = len(products(graph, f"{scopes[0]}/matrix"))
    if n_uses > 2:
        raise InputError(f"{graph.at(scopes[0])}: the net is applied {n_uses} times, expected 1 or 2")
    return n_uses == 2


def _assigned_energies(graph: Graph, n_types: int) -> np.ndarray:
    """Energies that a graph adds for the types it was told them for (atom_ener) [n_types] eV."""
    energies = np.zeros(n_types)
    for match, node in graph.matching(r"(?:.*/)?atom_(\d+)_ener"):
        t = int(match[1])
        if t >= n_types:
            raise InputError(f"{graph.at(node.name)}: there are only {n_types} types")
        if graph.consumers(node):
            energies[t] += graph.number(node.name)
    return energies


def _statistic(graph: Graph, name: str, size: int) -> np.ndarray | None:
    return _vector(graph, name, size) if size else None


def _vector(graph: Graph, name: str, size: int) -> np.ndarray:
    values = graph.array(name).ravel()
    if values.size != size:
        raise InputError(f"{graph.at(name)} holds {values.size} numbers, expected {size}")
    return values
