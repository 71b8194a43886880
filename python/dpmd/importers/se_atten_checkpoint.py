"""The section of se_atten in the model dictionary, from the tensors and settings of a checkpoint."""

from __future__ import annotations

from typing import Any

from dpmd.importers.checkpoint_weights import CheckpointWeights
from dpmd.importers.section import Section
from dpmd.importers.typed_network_parts import input_mode, typed_checkpoint
from dpmd.models.se_atten import TORCH_NORM_FLOOR

# DeePMD-kit's defaults of the settings, by their types.
_INTEGERS = {"axis_neuron": 4, "lmax": 1}
_FLAGS = {"type_one_side": False, "attn_mask": False}
_NORM_EPSILON = 1e-5


def section_of_checkpoint(
    weights: CheckpointWeights, params: Section, prefix: str, type_map: list[str]
) -> dict[str, Any]:
    """The section of the descriptor whose tensors begin with ``prefix``."""
    block = f"{prefix}.se_atten"
    is_v2 = params.text("type") == "se_atten_v2"
    smooth = is_v2 or params.flag("smooth_type_embedding", False)
    section = typed_checkpoint(weights, params, prefix, block, input_mode(params, is_v2), type_map)
    section |= {
        "type": "dpa1",
        **{name: params.integer(name, value) for name, value in _INTEGERS.items()},
        **{name: params.flag(name, value) for name, value in _FLAGS.items()},
        "smooth_type_embedding": smooth,
        "spin": params.get("spin", None),
        "attention_layers": {"attention_layers": _attention(weights, params, block, smooth)},
        "norm_floor": 0.0 if weights.is_exportable else TORCH_NORM_FLOOR,
    }
    section["@variables"]["degree_gain_raw"] = weights.array(
        f"{block}.adam_degree_gain_raw", f"{block}.degree_gain_raw"
    )
    return section


def _attention(weights: CheckpointWeights, params: Section, block: str, smooth: bool) -> list[dict[str, Any]]:
    layers: list[dict[str, Any]] = []
    while weights.holds(f"{block}.dpa1_attention.attention_layers.{len(layers)}"):
        place = f"{block}.dpa1_attention.attention_layers.{len(layers)}"
        inner = {name: _linear(weights, f"{place}.attention_layer.{name}") for name in ("in_proj", "out_proj")}
        settings = {
            "scaling_factor": params.number("scaling_factor", 1.0),
            "temperature": params.get("temperature", None),
            "normalize": params.flag("normalize", True),
            "dotr": params.flag("attn_dotr", True),
            "smooth": smooth,
        }
        norm = {"eps": params.number("ln_eps", _NORM_EPSILON), **_linear(weights, f"{place}.attn_layer_norm")}
        layers.append({"attention_layer": {**settings, **inner}, "attn_layer_norm": norm})
    return layers


def _linear(weights: CheckpointWeights, place: str) -> dict[str, Any]:
    dialect = weights.dialect
    arrays = {"w": weights.array(f"{place}.{dialect.weight}"), "b": weights.array(f"{place}.{dialect.bias}")}
    return {"@variables": arrays}
