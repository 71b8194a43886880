"""Networks in the dictionary that DeePMD-kit's backends exchange."""

from __future__ import annotations

from typing import Any

from dpmd.errors import InputError
from dpmd.models.nets import Layer, Network


def shape_of(network: Network, hidden: list[Layer]) -> dict[str, Any]:
    """The entries that describe a net as a whole."""
    if network.table is not None:
        raise InputError("the model has tables in place of its embedding nets; use the file from before compression")
    return {
        "neuron": [layer.weight.shape[1] for layer in hidden],
        "activation_function": hidden[0].activation if hidden else "linear",
        "resnet_dt": any(layer.timestep is not None for layer in hidden),
    }


def network_collection(
    networks: list[Network | None], n_keys: int, n_types: int, kind: str, precision: str
) -> dict[str, Any]:
    return {
        "@class": "NetworkCollection",
        "@version": 1,
        "ndim": n_keys,
        "ntypes": n_types,
        "network_type": {"EmbeddingNetwork": "embedding_network", "FittingNetwork": "fitting_network"}[kind],
        "networks": [None if net is None else network_tree(net, kind, precision) for net in networks],
    }


def network_tree(network: Network, kind: str, precision: str) -> dict[str, Any]:
    """A net; ``kind`` is its class there."""
    is_fitting = kind == "FittingNetwork"
    hidden = network.layers[:-1] if is_fitting else network.layers
    return {
        "@class": kind,
        "@version": 1 if is_fitting else 2,
        "in_dim": network.n_in,
        **({"out_dim": 1, "bias_out": network.layers[-1].bias is not None} if is_fitting else {"bias": True}),
        **shape_of(network, hidden),
        "precision": precision,
        "layers": [_layer(layer, precision) for layer in network.layers],
    }


def _layer(layer: Layer, precision: str) -> dict[str, Any]:
    return {
        "@class": "Layer",
        "@version": 2,
        "bias": layer.bias is not None,
        "use_timestep": layer.timestep is not None,
        "activation_function": layer.activation,
        "resnet": layer.skip != "none",
        "precision": precision,
        "trainable": True,
        "@variables": {
            "w": layer.weight.copy(),
            "b": None if layer.bias is None else layer.bias.copy(),
            "idt": None if layer.timestep is None else layer.timestep.copy(),
        },
    }
