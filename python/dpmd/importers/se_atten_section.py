"""The descriptor se_atten from DeePMD-kit's model dictionary."""

from __future__ import annotations

import numpy as np

from dpmd.errors import InputError
from dpmd.importers.common import checked_types
from dpmd.importers.kind import refuse
from dpmd.importers.section import Section, check_version
from dpmd.importers.type_embedding import read_type_embedding
from dpmd.importers.typed_networks import read_environment, read_input_mode, read_networks, required
from dpmd.models.se_atten import AttentionLayer, SeAtten

_VERSION = 4  # the highest whose meaning is known
_HIGHEST_DEGREE = 4
_NORM_EPSILON = 1e-5  # DeePMD-kit's default
_STRIPPED = "se_atten_v2"  # the name of a descriptor that is always stripped and smooth


def from_section(section: Section) -> SeAtten:
    """The dense or the graph function, by the key ``lower_input_kind`` that the reader of the file has added."""
    check_version(section, _VERSION)
    if section.flag("attn_mask", False):
        raise refuse(section.at("attn_mask"), "attention without its diagonal, outside a .pb file,")
    is_v2 = section.text("type") == _STRIPPED
    mode = "strip" if is_v2 else read_input_mode(section)
    smooth = is_v2 or section.flag("smooth_type_embedding", True)
    n_types = checked_types(section.integer("ntypes"), section.at("ntypes"))
    is_graph = section.text("lower_input_kind", "nlist") == "graph"
    one_side = section.flag("type_one_side", False)
    network, type_network, type_factors = read_networks(section, mode == "strip", 1 if one_side else 2, n_types)
    embedding = read_type_embedding(section.section("type_embedding"), n_types, section.list("type_map", []))
    return SeAtten(
        environment=read_environment(section, n_types, is_graph),
        type_embedding=embedding,
        type_input=mode,
        type_one_side=one_side,
        network=network,
        type_network=type_network,
        type_factors=type_factors,
        smooth=smooth,
        switch="w",
        axis_neuron=section.integer("axis_neuron"),
        degree_gain=_degree_gain(section),
        empty_slots="none" if is_graph else "first_atom",
        excluded_rows="zero",
        output_type_embedding=section.flag("concat_output_tebd", True),
        attention=_attention(section, smooth),
    )


def _degree_gain(section: Section) -> np.ndarray | None:
    lmax = section.integer("lmax", 1)
    if lmax == 1:
        return None
    if not 1 < lmax <= _HIGHEST_DEGREE:
        raise refuse(section.at("lmax"), f"a degree of {lmax} (known: 1 to {_HIGHEST_DEGREE})")
    variables = section.section("@variables")
    gain = required(variables, "degree_gain_raw").ravel()
    if gain.size != lmax - 1:
        raise InputError(f"{variables.at('degree_gain_raw')} holds {gain.size} gains, lmax = {lmax} needs {lmax - 1}")
    return gain


def _attention(section: Section, smooth: bool) -> list[AttentionLayer]:
    if "attention_layers" not in section:
        return []
    norm_floor = section.number("norm_floor", 0.0)  # PyTorch has one, the dictionary's own program has none
    layers = section.section("attention_layers").sections("attention_layers")
    return [_attention_layer(layer, smooth, norm_floor) for layer in layers if layer is not None]


def _attention_layer(section: Section, smooth: bool, norm_floor: float) -> AttentionLayer:
    inner, norm = section.section("attention_layer"), section.section("attn_layer_norm")
    if inner.integer("num_heads", 1) != 1:
        raise refuse(inner.at("num_heads"), f"attention with {inner.integer('num_heads')} heads")
    if inner.flag("smooth", smooth) != smooth:
        raise refuse(inner.at("smooth"), "attention that is smooth where the type embedding is not")
    in_weight, in_bias = _projection(inner.section("in_proj"))
    out_weight, out_bias = _projection(inner.section("out_proj"))
    n_hidden = inner.number("hidden_dim", out_weight.shape[0])
    default_scale = (n_hidden * inner.number("scaling_factor", 1.0)) ** -0.5
    variables = norm.section("@variables")
    return AttentionLayer(
        in_weight=in_weight,
        in_bias=in_bias,
        out_weight=out_weight,
        out_bias=out_bias,
        norm_scale=required(variables, "w").ravel(),
        norm_shift=required(variables, "b").ravel(),
        norm_epsilon=norm.number("eps", _NORM_EPSILON),
        scale=inner.number("temperature", default_scale),
        normalize=inner.flag("normalize", True),
        norm_floor=norm_floor,
        dot_directions=inner.flag("dotr", True),
        mask_diagonal=False,
    )


def _projection(section: Section) -> tuple[np.ndarray, np.ndarray]:
    """A linear map and its bias."""
    variables = section.section("@variables")
    weight = required(variables, "w")
    if weight.ndim != 2:
        raise InputError(f"{variables.at('w')}: expected a matrix")
    bias = variables.array("b")
    return weight, np.zeros(weight.shape[1]) if bias is None else bias.ravel()
