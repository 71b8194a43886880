"""The energy fitting nets of a frozen TensorFlow graph."""

from __future__ import annotations

from dataclasses import replace
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
_DESCRIPTOR_SCOPES = ("filter_type_", "attention_layer_")
_MIXED_FINAL = r"final_layer(?!_type_)(.*)/matrix"  # of one net for all types


def read_fitting(graph: Graph, model: dict[str, Any], n_types: int, suffix: str | None = None) -> Fitting:
    """One net per type, or one for all; the energies it adds are those of the fitting section alone.

    ``suffix`` is that of a member of a linear combination.
    """
    _refuse_unsupported(graph, model)
    if suffix is None:
        is_mixed, suffix = _suffix(graph)
        common = f"fitting_attr{suffix}"
    else:
        is_mixed, common = graph.has(f"final_layer{suffix}/matrix"), "fitting_attr"  # members have parameters in common
    attributes = f"fitting_attr{suffix}"
    n_fparam = graph.integer(f"{common}/dfparam")
    n_aparam = graph.integer(f"{common}/daparam")
    owners = [""] if is_mixed else [f"_type_{t}" for t in range(n_types)]
    scopes = [_scopes(graph, model, owner, suffix) for owner in owners]
    name = scripted_activation(model.get("fitting_net"))
    shift = np.zeros(n_types)
    if graph.has(f"{attributes}/t_bias_atom_e"):
        shift += _vector(graph, f"{attributes}/t_bias_atom_e", n_types)
    return Fitting(
        networks=[_network(graph, one, name) for one in scopes],
        energy_shift=shift + _assigned_energies(graph, n_types),
        subtract_vacuum=[_applied_twice(graph, one) for one in scopes] * (n_types // len(scopes)),
        n_fparam=n_fparam,
        n_aparam=n_aparam,
        fparam_shift=_statistic(graph, f"{attributes}/t_fparam_avg", n_fparam),
        fparam_scale=_statistic(graph, f"{attributes}/t_fparam_istd", n_fparam),
        aparam_shift=_statistic(graph, f"{attributes}/t_aparam_avg", n_aparam),
        aparam_scale=_statistic(graph, f"{attributes}/t_aparam_istd", n_aparam),
    )


def with_types_folded(fitting: Fitting, type_embedding: np.ndarray, n_features: int) -> Fitting:
    """A net for each type in place of nets that take the type behind ``n_features`` others.

    TensorFlow subtracts the value of the net at a descriptor of zeros (atom_ener) but leaves the type there.
    """
    n_types = fitting.energy_shift.size
    networks = fitting.networks * (n_types // len(fitting.networks))
    pairs = zip(networks, type_embedding[:n_types], strict=True)
    return replace(fitting, networks=[_with_type_folded(*pair, n_features) for pair in pairs])


def _with_type_folded(network: Network, values: np.ndarray, n_features: int) -> Network:
    """The net for the type with the embedding ``values``, which go into its first bias."""
    first, *others = network.layers
    end = n_features + values.size
    bias = (0.0 if first.bias is None else first.bias) + values @ first.weight[n_features:end]
    weight = np.delete(first.weight, np.s_[n_features:end], axis=0)
    return Network(layers=[replace(first, weight=weight, bias=bias), *others])


def _refuse_unsupported(graph: Graph, model: dict[str, Any]) -> None:
    section = model.get("fitting_net")
    section = section if isinstance(section, dict) else {}
    # a descriptor may average, in the scopes of its embedding nets and of its attention
    means = [node for node in graph.with_op("Mean") if not node.name.startswith(_DESCRIPTOR_SCOPES)]
    if section.get("tot_ener_zero") or means:
        raise refuse(graph.place, "a mean energy shifted to zero (tot_ener_zero)")
    masks = [graph.constant(n).any() for _, n in graph.matching(r"fitting_attr.*/aparam_nall")]
    if section.get("use_aparam_as_mask") or any(masks):
        raise refuse(graph.place, "an atomic parameter used as a mask (use_aparam_as_mask)")


def _suffix(graph: Graph) -> tuple[bool, str]:
    """Whether one net serves all types, and what ends the scopes of fitting nets: nothing but in combined models."""
    by_type = {match[2] for match, _ in graph.matching(_FINAL)}
    mixed = {match[1] for match, _ in graph.matching(_MIXED_FINAL)}
    if len(by_type) + len(mixed) > 1:
        raise refuse(graph.place, f"a combination of models (fitting nets {sorted(by_type | mixed)})")
    if not by_type | mixed:
        raise InputError(
            f"{graph.place}: no fitting net (final_layer_type_<t>/matrix or final_layer/matrix) in the graph"
        )
    return bool(mixed), (by_type or mixed).pop()


def _scopes(graph: Graph, model: dict[str, Any], owner: str, suffix: str) -> list[str]:
    """Scopes of the layers of a net in order; shared layers have names in the training script."""
    section = model.get("fitting_net")
    shared = section.get("layer_name") if isinstance(section, dict) else None
    tail = owner + suffix
    if isinstance(shared, list) and any(shared):
        plain = [f"layer_{k}" for k in range(len(shared) - 1)] + ["final_layer"]
        heads = [f"share_{a}" if a else b for a, b in zip(shared, plain, strict=True)]
        return [head + (owner if head[:6] == "share_" else tail) for head in heads]
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
