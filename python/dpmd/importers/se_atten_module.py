"""The section of se_atten in the model dictionary, from its module in a TorchScript model."""

from __future__ import annotations

from typing import Any

from dpmd.importers.torch_module import TorchModule
from dpmd.importers.typed_network_parts import tables_of_module, typed_module
from dpmd.models.se_atten import TORCH_NORM_FLOOR

_SETTINGS = ("axis_neuron", "type_one_side", "attn_mask", "lmax")


def section_of_module(module: TorchModule) -> dict[str, Any]:
    """The section of DescrptDPA1 and DescrptSeAttenV2."""
    block = module.module("se_atten")
    section = typed_module(module, block)
    section |= {
        "type": "dpa1",
        **{name: block.get(name) for name in _SETTINGS},
        "smooth_type_embedding": block.get("smooth"),
        "attention_layers": {"attention_layers": _attention(block)},
        "norm_floor": TORCH_NORM_FLOOR,
    }
    section["@variables"]["degree_gain_raw"] = block.get("adam_degree_gain_raw")
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
