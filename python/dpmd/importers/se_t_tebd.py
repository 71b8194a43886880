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
from dpmd.importers.torch_module import TorchModule
from dpmd.importers.type_embedding import read_type_embedding
from dpmd.importers.typed_network_parts import input_mode, tables_of_module, typed_checkpoint, typed_module
from dpmd.importers.typed_networks import read_environment, read_input_mode, read_networks
from dpmd.models.se_t_tebd import SeTTebd

_VERSION = 2  # the highest whose meaning is known
_BLOCK = "se_ttebd"  # what holds its parts in PyTorch


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
    section = typed_module(module, block) | {"type": SE_T_TEBD.name, "smooth": module.get("smooth")}
    if block.get("compress"):
        section["compress"] = tables_of_module(block) | {"geo_compress": True}
    return section


def _section_of_checkpoint(
    weights: CheckpointWeights, params: Section, prefix: str, type_map: list[str]
) -> dict[str, Any]:
    section = typed_checkpoint(weights, params, prefix, f"{prefix}.{_BLOCK}", input_mode(params), type_map)
    return section | {"type": SE_T_TEBD.name, "smooth": params.flag("smooth", True)}


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
