"""The descriptor se_e2_a in every format of DeePMD-kit."""

from __future__ import annotations

from typing import Any

from dpmd.errors import InputError
from dpmd.importers.descriptor_reader import DescriptorReader
from dpmd.importers.dpmodel_descriptor import read_embedding, read_environment
from dpmd.importers.graph import Graph
from dpmd.importers.kind import refuse
from dpmd.importers.section import Section
from dpmd.importers.tensorflow_embeddings import TableOps
from dpmd.importers.tensorflow_normalization import normalization_of
from dpmd.importers.tensorflow_parts import read_graph_parts
from dpmd.importers.tensorflow_scope import DescriptorScope
from dpmd.models.se_a import SeA

_N_COMPONENTS = 4  # of an environment row
_TABLE_OPS = TableOps(("TabulateFusionSeA", "TabulateFusion"), rows_input=3)
_CUTOFFS = ("rcut_r", "rcut_r_smth")


def _from_section(section: Section) -> SeA:
    environment = read_environment(section, _N_COMPONENTS)
    return SeA(environment, read_embedding(section, environment), section.integer("axis_neuron"))


def _graph_sel(graph: Graph, op: Any) -> list[int]:
    if sum(graph.attribute(op, "sel_r").list.i):
        raise refuse(graph.at(op.name), "a radial part (sel_r) beside the angular one")
    return [int(n) for n in graph.attribute(op, "sel_a").list.i]


def _from_graph(scope: DescriptorScope, n_features: int) -> tuple[SeA, str]:
    parts = read_graph_parts(scope, _TABLE_OPS, _CUTOFFS, _N_COMPONENTS, normalization_of(scope))
    environment, embedding, precision = parts
    return SeA(environment, embedding, _axis_neuron(scope, embedding.n_channels, n_features)), precision


def _axis_neuron(scope: DescriptorScope, width: int, n_features: int) -> int:
    """The second dimension of the features: in a graph only the fitting nets show it."""
    if width <= 0 or n_features <= 0 or n_features % width:
        raise InputError(
            f"{scope.graph.place}: fitting nets for {n_features} features do not fit embedding nets of width {width}"
        )
    return n_features // width


SE_A = DescriptorReader(
    name="se_e2_a",
    from_section=_from_section,
    graph_sel=_graph_sel,
    from_graph=_from_graph,
    torch_class="DescrptSeA",
    torch_block="sea",
    torch_settings={"axis_neuron": 4},
)
