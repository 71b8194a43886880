"""The descriptor se_e3_tebd in every format of DeePMD-kit; TensorFlow has none.

One network serves all types. Neighbours of an excluded pair and empty slots have no direction and add nothing.
"""

from __future__ import annotations

from typing import Any

from dpmd.errors import InputError
from dpmd.importers.checkpoint_weights import CheckpointWeights
from dpmd.importers.common import checked_types
from dpmd.importers.descriptor_reader import DescriptorReader
from dpmd.importers.graph import Graph
from dpmd.importers.kind import refuse
from dpmd.importers.section import Section, check_version
from dpmd.importers.tensorflow_scope import DescriptorScope
from dpmd.importers.torch_module import TorchModule, exclusion_mask, module_networks
from dpmd.importers.torch_modules import collection, excluded_pairs
from dpmd.importers.type_embedding import read_type_embedding
from dpmd.importers.typed_network_parts import (
    input_mode,
    tables_of_module,
    type_embedding_of_checkpoint,
    type_embedding_of_module,
)
from dpmd.importers.typed_networks import read_environment, read_input_mode, read_networks
from dpmd.models.se_t_tebd import SeTTebd

_VERSION = 2  # the highest whose meaning is known
_BLOCK = "se_ttebd"  # what holds its parts in PyTorch
_SETTINGS = ("rcut", "rcut_smth", "tebd_input_mode", "env_protection")
# DeePMD-kit's defaults of the settings of a checkpoint.
_NUMBERS = {"rcut": 6.0, "rcut_smth": 0.5, "env_protection": 0.0}
_FLAGS = {"smooth": True, "concat_output_tebd": True}
_ACTIVATION = "tanh"


def _from_section(section: Section) -> SeTTebd:
    check_version(section, _VERSION)
    mode, n_types = read_input_mode(section), checked_types(section.integer("ntypes"), section.at("ntypes"))
    network, type_network, type_factors = read_networks(section, mode == "strip", 2, n_types, three_body=True)
    return SeTTebd(
        environment=read_environment(section, n_types),
        type_embedding=read_type_embedding(section.section("type_embedding"), n_types, section.list("type_map", [])),
        type_input=mode,
        network=network,
        type_network=type_network,
        # there the type of the first neighbour counts the rows
        type_factors=None if type_factors is None else type_factors.transpose(1, 0, 2).copy(),
        smooth=section.flag("smooth", True),
        output_type_embedding=section.flag("concat_output_tebd", True),
    )


def _section_of_module(module: TorchModule) -> dict[str, Any]:
    block = module.module(_BLOCK)
    n_types, sel, mask = block.get("ntypes"), block.get("sel"), exclusion_mask(block, "emask")
    if not isinstance(n_types, int) or not isinstance(sel, list):
        raise InputError(f"{block.place}: ntypes and sel are not a number and a list")
    section = {
        "type": SE_T_TEBD.name,
        **{name: block.get(name) for name in _SETTINGS},
        "ntypes": n_types,
        "sel": sel,
        "smooth": module.get("smooth"),
        "concat_output_tebd": module.get("concat_output_tebd"),
        "type_map": module.get("type_map"),
        "exclude_types": [] if mask is None else excluded_pairs(mask, n_types),
        "type_embedding": type_embedding_of_module(module.module("type_embedding").module("embedding")),
        "embeddings": collection(module_networks(block.module("filter_layers")), 0, n_types),
        "@variables": {"davg": block.get("mean"), "dstd": block.get("stddev")},
    }
    if block.optional("filter_layers_strip") is not None:
        section["embeddings_strip"] = collection(module_networks(block.module("filter_layers_strip")), 0, n_types)
    if block.get("compress"):
        section["compress"] = tables_of_module(block) | {"geo_compress": True}
    return section


def _section_of_checkpoint(
    weights: CheckpointWeights, params: Section, prefix: str, type_map: list[str]
) -> dict[str, Any]:
    block = f"{prefix}.{_BLOCK}"
    davg, dstd = weights.array(f"{block}.mean"), weights.array(f"{block}.stddev")
    if davg is None or davg.ndim != 3:
        raise InputError(f"{params.place}: the checkpoint has no tensor {block}.mean [types, slots, 4]")
    n_types, n_slots = davg.shape[:2]
    mode, mask = input_mode(params), weights.array(f"{block}.emask.type_mask")
    collections = f"{block}.{weights.dialect.embeddings}"
    activation = params.get("activation_function", _ACTIVATION)
    section = {
        "type": SE_T_TEBD.name,
        **{name: params.number(name, value) for name, value in _NUMBERS.items()},
        **{name: params.flag(name, value) for name, value in _FLAGS.items()},
        "ntypes": n_types,
        "sel": [n_slots],
        "tebd_input_mode": mode,
        "type_map": type_map,
        "exclude_types": params.list("exclude_types", []) if mask is None else excluded_pairs(mask, n_types),
        "type_embedding": type_embedding_of_checkpoint(weights, params, prefix),
        "embeddings": collection(weights.networks(collections, activation), 0, n_types),
        "@variables": {"davg": davg, "dstd": dstd},
    }
    if mode == "strip":
        networks = weights.networks(f"{collections}_strip", activation)
        section["embeddings_strip"] = collection(networks, 0, n_types)
    return section


def _no_graph(graph: Graph) -> InputError:
    return refuse(graph.place, f"{SE_T_TEBD.name} in a TensorFlow graph")


def _graph_sel(graph: Graph, _op: Any) -> list[int]:
    raise _no_graph(graph)


def _from_graph(scope: DescriptorScope, _n_features: int) -> tuple[SeTTebd, str]:
    raise _no_graph(scope.graph)


SE_T_TEBD = DescriptorReader(
    name="se_e3_tebd",
    from_section=_from_section,
    graph_sel=_graph_sel,
    from_graph=_from_graph,
    torch_class="DescrptSeTTebd",
    torch_block=_BLOCK,
    module_section=_section_of_module,
    checkpoint_section=_section_of_checkpoint,
)
