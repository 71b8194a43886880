"""The descriptor se_e3 in every format of DeePMD-kit, where it is also called se_at, se_t and se_a_3be.

It has a net for each unordered pair of neighbour types, and divides a sum over pairs of neighbours by the slots of both
types. Neighbours of an excluded pair have no direction and add nothing, so that no rule is needed for them.
"""

from __future__ import annotations

from typing import Any

from dpmd.errors import InputError
from dpmd.importers.descriptor_reader import DescriptorReader
from dpmd.importers.dpmodel_descriptor import read_collection, read_environment
from dpmd.importers.graph import Graph
from dpmd.importers.section import Section
from dpmd.importers.tensorflow_environment import read_graph_environment
from dpmd.importers.tensorflow_pair_nets import TensorflowPairNets
from dpmd.importers.tensorflow_scope import DescriptorScope
from dpmd.models.nets import Network, PairNets
from dpmd.models.se_t import SeT

_N_COMPONENTS = 4  # of an environment row
_CUTOFFS = ("rcut_r", "rcut_r_smth")


def _from_section(section: Section) -> SeT:
    environment = read_environment(section, _N_COMPONENTS)
    sel = section.integers("sel")
    found = read_collection(section, 2, len(sel), symmetric_tables=True)
    if len(found) != len(sel) ** 2:
        raise InputError(f"{section.place}: {len(found)} embedding nets, expected {len(sel) ** 2}")
    return SeT(environment, _by_pairs(sel, lambda a, b: found[a + len(sel) * b], section.place), sel)


def _graph_sel(graph: Graph, op: Any) -> list[int]:
    return [int(n) for n in graph.attribute(op, "sel_a").list.i]


def _from_graph(scope: DescriptorScope, _n_features: int) -> tuple[SeT, str]:
    nets = TensorflowPairNets(scope)
    embedding = _by_pairs(scope.sel, nets.network, scope.graph.place)
    nets.check_factors()
    environment = read_graph_environment(scope, _CUTOFFS, _N_COMPONENTS, sum(scope.sel), nets.excluded_types())
    return SeT(environment, embedding, list(scope.sel)), nets.precision


def _by_pairs(sel: list[int], network_of: Any, place: str) -> PairNets:
    """The nets that ``network_of(a, b)`` gives for a <= b; types without slots have none."""
    types = range(len(sel))
    rows: list[list[Network | None]] = []
    for a in types:
        rows.append([network_of(a, b) if sel[a] and sel[b] else None for b in types[a:]])
        lost = [(a, b) for b, net in zip(types[a:], rows[-1], strict=True) if net is None and sel[a] and sel[b]]
        if lost:
            raise InputError(f"{place}: no embedding net for the type pairs {lost}")
    return PairNets(rows)


SE_T = DescriptorReader(
    name="se_e3",
    from_section=_from_section,
    graph_sel=_graph_sel,
    from_graph=_from_graph,
    torch_class="DescrptSeT",
    torch_block="seat",
)
