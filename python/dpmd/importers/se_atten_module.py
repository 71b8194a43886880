"""The section of se_atten in the model dictionary, from its module in a TorchScript model."""

from __future__ import annotations

from typing import Any

from dpmd.errors import InputError
from dpmd.importers.torch_module import TorchModule, exclusion_mask, module_networks
from dpmd.importers.torch_modules import collection, excluded_pairs
from dpmd.importers.typed_network_parts import tables_of_module, type_embedding_of_module
from dpmd.models.se_atten import TORCH_NORM_FLOOR

_SETTINGS = ("rcut", "rcut_smth", "axis_neuron", "tebd_input_mode", "type_one_side", "attn_mask", "env_protection")


def section_of_module(module: TorchModule) -> dict[str, Any]:
    """The section of DescrptDPA1 and DescrptSeAttenV2."""
    block = module.module("se_atten")
    n_types, sel = block.get("ntypes"), block.get("sel")
    if not isinstance(n_types, int) or not isinstance(sel, list):
        raise InputError(f"{block.place}: ntypes and sel are not a number and a list")
    mask = exclusion_mask(block, "emask")
    section = {
        "type": "dpa1",
        **{name: block.get(name) for name in _SETTINGS},
        "lmax": block.get("lmax"),
        "ntypes": n_types,
        "sel": sel,
        "smooth_type_embedding": block.get("smooth"),
        "concat_output_tebd": module.get("concat_output_tebd"),
        "type_map": module.get("type_map"),
        "exclude_types": [] if mask is None else excluded_pairs(mask, n_types),
        "type_embedding": type_embedding_of_module(module.module("type_embedding").module("embedding")),
        "embeddings": collection(module_networks(block.module("filter_layers")), 0, n_types),
        "attention_layers": {"attention_layers": _attention(block)},
        "norm_floor": TORCH_NORM_FLOOR,
        "@variables": {
            "davg": block.get("mean"),
            "dstd": block.get("stddev"),
            "degree_gain_raw": block.get("adam_degree_gain_raw"),
        },
    }
    if block.optional("filter_layers_strip") is not None:
        section["embeddings_strip"] = collection(module_networks(block.module("filter_layers_strip")), 0, n_types)
    if block.get("tebd_compress"):
        section["compress"] = tables_of_module(block)
    return section


def _attention(block: TorchModule) -> list[dict[str, Any]]:
    layers = block.module("dpa1_attention").module("attention_layers").numbered()
    return [_attention_layer(layer) for layer in layers if layer is not None]


def _attention_layer(layer: TorchModule) -> dict[str, Any]:
    inner, norm = layer.module("attention_layer"), layer.module("attn_layer_norm")
    settings = ("hidden_dim", "num_heads", "scaling_factor", "temperature", "normalize", "dotr", "smooth")
    return {
        "attention_layer": {
            **{name: inner.get(name) for name in settings},
            **{name: _linear(inner.module(name)) for name in ("in_proj", "out_proj")},
        },
        "attn_layer_norm": {"eps": norm.get("eps"), **_linear(norm)},
    }


def _linear(module: TorchModule) -> dict[str, Any]:
    return {"@variables": {"w": module.get("matrix"), "b": module.get("bias")}}
