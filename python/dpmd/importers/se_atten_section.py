"""The descriptor se_atten from DeePMD-kit's model dictionary."""

from __future__ import annotations

import numpy as np

from dpmd.errors import InputError
from dpmd.importers.common import checked_sel, checked_types, pairs, row_statistics, table
from dpmd.importers.dpmodel_networks import read_network
from dpmd.importers.kind import refuse
from dpmd.importers.section import Section, check_version
from dpmd.importers.type_embedding import read_type_embedding
from dpmd.models.environment import Environment
from dpmd.models.nets import Network
from dpmd.models.se_atten import AttentionLayer, SeAtten
from dpmd.shown import shown

_VERSION = 4  # the highest whose meaning is known
_N_COMPONENTS = 4  # of an environment row
_HIGHEST_DEGREE = 4
_NORM_EPSILON = 1e-5  # DeePMD-kit's default
_STRIPPED = "se_atten_v2"  # the name of a descriptor that is always stripped and smooth


def from_section(section: Section) -> SeAtten:
    """The dense or the graph function, by the key ``lower_input_kind`` that the reader of the file has added."""
    check_version(section, _VERSION)
    if section.flag("attn_mask", False):
        raise refuse(section.at("attn_mask"), "attention without its diagonal, outside a .pb file,")
    is_v2 = section.text("type") == _STRIPPED
    mode = "strip" if is_v2 else section.text("tebd_input_mode", "concat")
    if mode not in ("concat", "strip"):
        raise refuse(section.at("tebd_input_mode"), f"a type embedding that enters as {shown(mode)}")
    smooth = is_v2 or section.flag("smooth_type_embedding", True)
    n_types = checked_types(section.integer("ntypes"), section.at("ntypes"))
    is_graph = section.text("lower_input_kind", "nlist") == "graph"
    network, type_network, type_factors = _networks(section, mode == "strip", n_types)
    embedding = read_type_embedding(section.section("type_embedding"), n_types, section.list("type_map", []))
    return SeAtten(
        environment=_environment(section, n_types, is_graph),
        type_embedding=embedding,
        type_input=mode,
        type_one_side=section.flag("type_one_side", False),
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


def _environment(section: Section, n_types: int, is_graph: bool) -> Environment:
    if "env_mat" in section and section.section("env_mat").flag("use_exp_switch", False):
        raise refuse(section.at("env_mat"), "the exponential switch (use_exp_switch)")
    sel = checked_sel(section.integers("sel"), section.at("sel"))
    n_slots = sum(sel)
    variables = section.section("@variables")
    davg, dstd = (_required(variables, name) for name in ("davg", "dstd"))
    place = variables.at("davg, dstd")
    shift, scale, uniform = row_statistics(davg, dstd, [n_slots], _N_COMPONENTS, place, n_types)
    return Environment(
        cutoff=section.number("rcut"),
        cutoff_smooth=section.number("rcut_smth"),
        cutoff_arithmetic="float64",
        sel=[] if is_graph else uniform,
        normalization=n_slots,
        shift=shift,
        scale=scale,
        protection=section.number("env_protection", 0.0),
        exclude_types=pairs(section.list("exclude_types", []), n_types, section.at("exclude_types")),
        excluded_slots="keep",
        overflow_order="unlimited" if is_graph else "mixed",
    )


def _networks(section: Section, is_stripped: bool, n_types: int) -> tuple[Network, Network | None, np.ndarray | None]:
    """The network of distances, and in strip mode that of types, or the values that it was compressed to."""
    compress = section.section("compress") if "compress" in section else None
    if compress is None:
        type_network = _only_network(section.section("embeddings_strip")) if is_stripped else None
        return _only_network(section.section("embeddings")), type_network, None
    if not is_stripped:
        raise InputError(f"{compress.place}: tables, but types enter the embedding net (concat), which has none")
    variables = compress.section("@variables")
    has_table = compress.flag("geo_compress", False)
    network = _table(variables) if has_table else _only_network(section.section("embeddings"))
    return network, None, _type_factors(variables, section.flag("type_one_side", False), n_types, network.n_out)


def _only_network(collection: Section) -> Network:
    found = [net for net in collection.sections("networks") if net is not None]
    if len(found) != 1:
        raise InputError(f"{collection.at('networks')} holds {len(found)} networks, expected one for all types")
    return read_network(found[0])[0]


def _table(variables: Section) -> Network:
    rows, infos = variables.list("compress_data"), variables.list("compress_info")
    if len(rows) != 1 or len(infos) != 1:
        raise InputError(f"{variables.place}: {len(rows)} tables with {len(infos)} descriptions, expected one")
    entry = Section({"data": rows[0], "info": infos[0]}, variables.at("compress_data[0]"), variables.budget)
    coefficients, info = _required(entry, "data"), _required(entry, "info")
    return Network(table=table(coefficients, info.ravel(), entry.place))


def _type_factors(variables: Section, one_side: bool, n_types: int, n_channels: int) -> np.ndarray:
    """Factors by centre (where it counts) and neighbour; the last of each is that of an empty slot."""
    values = _required(variables, "type_embd_data")
    n_rows = n_types + 1
    shape = (1 if one_side else n_rows, n_rows, n_channels)
    if values.size != shape[0] * shape[1] * shape[2]:
        raise InputError(f"{variables.at('type_embd_data')} has shape {values.shape}, its numbers must fill {shape}")
    return values.reshape(shape)


def _degree_gain(section: Section) -> np.ndarray | None:
    lmax = section.integer("lmax", 1)
    if lmax == 1:
        return None
    if not 1 < lmax <= _HIGHEST_DEGREE:
        raise refuse(section.at("lmax"), f"a degree of {lmax} (known: 1 to {_HIGHEST_DEGREE})")
    variables = section.section("@variables")
    gain = _required(variables, "degree_gain_raw").ravel()
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
        norm_scale=_required(variables, "w").ravel(),
        norm_shift=_required(variables, "b").ravel(),
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
    weight = _required(variables, "w")
    if weight.ndim != 2:
        raise InputError(f"{variables.at('w')}: expected a matrix")
    bias = variables.array("b")
    return weight, np.zeros(weight.shape[1]) if bias is None else bias.ravel()


def _required(section: Section, name: str) -> np.ndarray:
    values = section.array(name)
    if values is None:
        raise InputError(f"{section.at(name)} is missing")
    return values
