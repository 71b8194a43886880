"""What descriptors with a type embedding have in common in the dictionary that DeePMD-kit's backends exchange."""

from __future__ import annotations

from typing import Any

import numpy as np

from dpmd.errors import InputError
from dpmd.models.environment import Environment
from dpmd.models.nets import Layer, Network
from dpmd.models.network_tree import network_tree


def check_typed_network(type_factors: np.ndarray | None, environment: Environment) -> None:
    """Raise ``InputError`` unless the dictionary can represent the factors of types and the slots."""
    if type_factors is not None:
        raise InputError("the model has tables in place of its nets of types; use the file from before compression")
    if environment.sel != [environment.normalization]:
        raise InputError(
            f"sums are divided by {environment.normalization} and not by the number of slots, {sum(environment.sel)}"
        )


def type_embedding_tree(embedding: np.ndarray, type_map: list[str], precision: str) -> dict[str, Any]:
    """A net of one layer that has the values of the embedding; a residual that widths ask for is taken off first."""
    values = embedding[:-1].copy()
    n_types, width = values.shape
    skip = "none"
    if width in (n_types, 2 * n_types):
        skip = "identity" if width == n_types else "double"
        values -= np.tile(np.eye(n_types), (1, width // n_types))
    network = Network(layers=[Layer(values, skip=skip)])
    return {
        "@class": "TypeEmbedNet",
        "@version": 2,
        "ntypes": n_types,
        "neuron": [width],
        "resnet_dt": False,
        "precision": precision,
        "activation_function": "Linear",
        "trainable": True,
        "padding": True,
        "use_econf_tebd": False,
        "use_tebd_bias": False,
        "type_map": list(type_map),
        "embedding": {**network_tree(network, "EmbeddingNetwork", precision), "bias": False},
    }
