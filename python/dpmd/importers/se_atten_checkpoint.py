"""The section of se_atten in the model dictionary, from the tensors and settings of a checkpoint."""

from __future__ import annotations

from typing import Any

from dpmd.errors import InputError
from dpmd.importers.checkpoint_weights import CheckpointWeights
from dpmd.importers.section import Section
from dpmd.importers.torch_modules import collection, excluded_pairs
from dpmd.importers.typed_network_parts import input_mode, type_embedding_of_checkpoint
from dpmd.models.se_atten import TORCH_NORM_FLOOR

# DeePMD-kit's defaults of the settings, by their types.
_NUMBERS = {"rcut": 6.0, "rcut_smth": 0.5, "env_protection": 0.0}
_INTEGERS = {"axis_neuron": 4, "lmax": 1}
_FLAGS = {"type_one_side": False, "concat_output_tebd": True, "attn_mask": False}
_NORM_EPSILON = 1e-5
_ACTIVATION = "tanh"
_STRIP_COLLECTION = "_strip"  # behind the name of the collection of embedding nets


def section_of_checkpoint(
    weights: CheckpointWeights, params: Section, prefix: str, type_map: list[str]
) -> dict[str, Any]:
    """The section of the descriptor whose tensors begin with ``prefix``."""
    block = f"{prefix}.se_atten"
    davg, dstd = weights.array(f"{block}.mean"), weights.array(f"{block}.stddev")
    if davg is None or davg.ndim != 3:
        raise InputError(f"{params.place}: the checkpoint has no tensor {block}.mean [types, slots, 4]")
    n_types, n_slots = davg.shape[:2]
    is_v2 = params.text("type") == "se_atten_v2"
    mode = input_mode(params, is_v2)
    smooth = is_v2 or params.flag("smooth_type_embedding", False)
    mask = weights.array(f"{block}.emask.type_mask")
    collections = f"{block}.{weights.dialect.embeddings}"
    activation = params.get("activation_function", _ACTIVATION)
    section = {
        "type": "dpa1",
        **{name: params.number(name, value) for name, value in _NUMBERS.items()},
        **{name: params.integer(name, value) for name, value in _INTEGERS.items()},
        **{name: params.flag(name, value) for name, value in _FLAGS.items()},
        "ntypes": n_types,
        "sel": [n_slots],
        "tebd_input_mode": mode,
        "smooth_type_embedding": smooth,
        "spin": params.get("spin", None),
        "type_map": type_map,
        "exclude_types": params.list("exclude_types", []) if mask is None else excluded_pairs(mask, n_types),
        "type_embedding": type_embedding_of_checkpoint(weights, params, prefix),
        "embeddings": collection(weights.networks(collections, activation), 0, n_types),
        "attention_layers": {"attention_layers": _attention(weights, params, block, smooth)},
        "norm_floor": 0.0 if weights.is_exportable else TORCH_NORM_FLOOR,
        "@variables": {
            "davg": davg,
            "dstd": dstd,
            "degree_gain_raw": weights.array(f"{block}.adam_degree_gain_raw", f"{block}.degree_gain_raw"),
        },
    }
    if mode == "strip":
        networks = weights.networks(f"{collections}{_STRIP_COLLECTION}", activation)
        section["embeddings_strip"] = collection(networks, 0, n_types)
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
