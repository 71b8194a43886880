"""se_atten in the dictionary that DeePMD-kit's backends exchange.

The dictionary does not say which of DPA-1's functions is meant. Programs that read it as a file compute the dense one,
so only that is written.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dpmd.errors import InputError
from dpmd.models.descriptor_tree import statistics_tree, switch_tree
from dpmd.models.nets import Layer, Network
from dpmd.models.network_tree import network_collection, network_tree, shape_of
from dpmd.models.se_atten import DENSE, AttentionLayer, SeAtten
from dpmd.models.typed_network_tree import check_typed_network, type_embedding_tree

_VERSION, _VERSION_WITH_DEGREES = 2, 4


def se_atten_tree(d: SeAtten, type_map: list[str], precision: str) -> dict[str, Any]:
    """The section of the descriptor; ``InputError`` where the dictionary cannot represent it."""
    if d.function != DENSE:
        raise InputError(
            f"the model is the {d.function} function of DPA-1, which DeePMD-kit's dictionary does not name: what reads "
            'it computes the dense one; where that is meant, load the model with dpa1_function="dense"'
        )
    check_typed_network(d.type_factors, d.environment)
    e, n_types, n_slots = d.environment, d.n_types, d.environment.normalization
    lmax = 1 if d.degree_gain is None else 1 + d.degree_gain.size
    n_hidden = d.attention[0].out_weight.shape[0] if d.attention else 0
    section = {
        "@class": "Descriptor",
        "type": "dpa1",
        "@version": _VERSION if lmax == 1 else _VERSION_WITH_DEGREES,
        "rcut": e.cutoff,
        "rcut_smth": e.cutoff_smooth,
        "sel": list(e.sel),
        "ntypes": n_types,
        **shape_of(d.network, d.network.layers),
        "axis_neuron": d.axis_neuron,
        "tebd_dim": d.type_embedding.shape[1],
        "tebd_input_mode": d.type_input,
        "set_davg_zero": False,
        "attn": n_hidden,
        "attn_layer": len(d.attention),
        "attn_dotr": all(layer.dot_directions for layer in d.attention),
        "attn_mask": False,
        "scaling_factor": 1.0,
        "normalize": all(layer.normalize for layer in d.attention),
        "temperature": d.attention[0].scale if d.attention else None,
        "trainable_ln": True,
        "ln_eps": d.attention[0].norm_epsilon if d.attention else None,
        "smooth_type_embedding": d.smooth,
        "type_one_side": d.type_one_side,
        "concat_output_tebd": d.output_type_embedding,
        "use_econf_tebd": False,
        "use_tebd_bias": False,
        "type_map": list(type_map),
        "precision": precision,
        "embeddings": network_collection([d.network], 0, n_types, "EmbeddingNetwork", precision),
        "attention_layers": _attention(d, n_hidden, precision),
        "env_mat": switch_tree(e),
        "type_embedding": type_embedding_tree(d.type_embedding, type_map, precision),
        "exclude_types": [list(pair) for pair in e.exclude_types],
        "env_protection": e.protection,
        "@variables": statistics_tree(e, n_slots),
        "trainable": True,
        "spin": None,
    }
    if d.type_network is not None:
        section["embeddings_strip"] = network_collection([d.type_network], 0, n_types, "EmbeddingNetwork", precision)
    if d.degree_gain is not None:
        section["lmax"] = lmax
        section["@variables"]["degree_gain_raw"] = d.degree_gain.copy()
    return section


def _attention(d: SeAtten, n_hidden: int, precision: str) -> dict[str, Any]:
    common = {
        "nnei": d.environment.normalization,
        "embed_dim": d.n_channels,
        "hidden_dim": n_hidden,
        "do_mask": False,
        "scaling_factor": 1.0,
        "precision": precision,
    }
    return {
        "@class": "NeighborGatedAttention",
        "@version": 1,
        "layer_num": len(d.attention),
        **common,
        "dotr": all(layer.dot_directions for layer in d.attention),
        "normalize": all(layer.normalize for layer in d.attention),
        "temperature": d.attention[0].scale if d.attention else None,
        "trainable_ln": True,
        "ln_eps": d.attention[0].norm_epsilon if d.attention else None,
        "attention_layers": [_attention_layer(layer, d.smooth, common) for layer in d.attention],
    }


def _attention_layer(layer: AttentionLayer, smooth: bool, common: dict[str, Any]) -> dict[str, Any]:
    precision = common["precision"]
    settings = {
        **common,
        "dotr": layer.dot_directions,
        "normalize": layer.normalize,
        "temperature": layer.scale,
    }
    return {
        **settings,
        "trainable_ln": True,
        "ln_eps": layer.norm_epsilon,
        "attention_layer": {
            **settings,
            "num_heads": 1,
            "bias": True,
            "smooth": smooth,
            "in_proj": _projection(layer.in_weight, layer.in_bias, precision),
            "out_proj": _projection(layer.out_weight, layer.out_bias, precision),
        },
        "attn_layer_norm": {
            "@class": "LayerNorm",
            "@version": 1,
            "eps": layer.norm_epsilon,
            "trainable": True,
            "precision": precision,
            "@variables": {"w": layer.norm_scale.copy(), "b": layer.norm_shift.copy()},
        },
    }


def _projection(weight: np.ndarray, bias: np.ndarray, precision: str) -> dict[str, Any]:
    (tree,) = network_tree(Network(layers=[Layer(weight, bias)]), "EmbeddingNetwork", precision)["layers"]
    return tree
