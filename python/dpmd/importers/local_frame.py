"""The descriptor loc_frame, which only TensorFlow graphs hold.

The operation that computes it has the slots and the axes as attributes. An axis of an atom is six integers in
``axis_rule``, three for each of its two: 0 for a neighbour that is seen with all components or 1 for one behind these,
its type, and its place among both.
"""

from __future__ import annotations

from typing import Any

from dpmd.errors import InputError
from dpmd.importers.common import shortest_decimal
from dpmd.importers.descriptor_reader import DescriptorReader
from dpmd.importers.graph import Graph
from dpmd.importers.kind import refuse
from dpmd.importers.section import Section
from dpmd.importers.tensorflow_scope import DescriptorScope
from dpmd.models.local_frame import Axis, LocalFrame
from dpmd.shown import shown

_COMPONENTS = 4  # of a slot that shows all
_PER_TYPE = 6  # integers of axis_rule


def _integers(graph: Graph, op: Any, key: str) -> list[int]:
    return [int(n) for n in graph.attribute(op, key).list.i]


def _graph_sel(graph: Graph, op: Any) -> list[int]:
    full, radial = (_integers(graph, op, key) for key in ("sel_a", "sel_r"))
    if len(full) != len(radial) or min(full + radial, default=0) < 0:
        raise InputError(f"{graph.at(op.name)}: sel_a {shown(full)} and sel_r {shown(radial)} are not slots by type")
    return [a + r for a, r in zip(full, radial, strict=True)]


def _axes(graph: Graph, op: Any, sel_full: list[int]) -> list[list[Axis]]:
    """[n_types][2]; integers behind those of all types have no effect."""
    rule, n_types = _integers(graph, op, "axis_rule"), len(sel_full)
    if len(rule) < _PER_TYPE * n_types:
        raise InputError(f"{graph.at(op.name)}: axis_rule {shown(rule)} has fewer than 6 integers for each type")
    out = []
    for start in range(0, _PER_TYPE * n_types, 3):
        axis = rule[start : start + 3]
        behind, neighbor_type, place = axis
        if behind not in (0, 1) or not 0 <= neighbor_type < n_types or place < 0:
            raise InputError(f"{graph.at(op.name)}: axis_rule {shown(rule)} names no neighbour in {axis}")
        out.append(Axis(neighbor_type, place + behind * sel_full[neighbor_type]))
    return [out[k : k + 2] for k in range(0, len(out), 2)]


def _from_graph(scope: DescriptorScope, n_features: int) -> tuple[LocalFrame, str]:
    graph, op = scope.graph, scope.op
    sel_full, sel_radial = (_integers(graph, op, key) for key in ("sel_a", "sel_r"))
    expected = _COMPONENTS * sum(sel_full) + sum(sel_radial)
    if n_features != expected:
        raise InputError(f"{graph.at(op.name)}: its slots give {expected} features, the fitting nets take {n_features}")
    shape = (len(sel_full), n_features)
    statistics = [graph.constant(node) for node in (scope.average, scope.scale)]
    for values in statistics:
        if values.shape != shape:
            raise InputError(f"{graph.at(scope.attributes)}/t_avg, t_std have shape {values.shape}, expected {shape}")
    shift, scale = statistics
    frame = LocalFrame(
        cutoff=shortest_decimal(graph.attribute(op, "rcut_r").f),
        sel_full=sel_full,
        sel_radial=sel_radial,
        axes=_axes(graph, op, sel_full),
        shift=shift,
        scale=scale,
    )
    return frame, graph.precision(scope.average.name)


def _from_section(section: Section) -> LocalFrame:
    raise refuse(section.place, "the descriptor loc_frame (local frames) outside a TensorFlow graph")


LOCAL_FRAME = DescriptorReader(
    name="loc_frame",
    from_section=_from_section,
    graph_sel=_graph_sel,
    from_graph=_from_graph,
    torch_class="",
)
