"""The se_e2_a descriptor of a frozen TensorFlow graph."""

from __future__ import annotations

import re
from itertools import accumulate
from typing import Any

import numpy as np

from dpmd.errors import InputError
from dpmd.importers.common import (
    checked_sel,
    pairs,
    row_statistics,
    shortest_decimal,
    skip_by_width,
    table,
)
from dpmd.importers.graph import Graph
from dpmd.importers.kind import refuse
from dpmd.importers.tensorflow_kind import DESCRIPTOR_OPS, descriptor_op
from dpmd.importers.tensorflow_layers import activation_of, read_layer, scripted_activation
from dpmd.model_spec import DescriptorSpec, Network, Table

_TABLE_OPS = ("TabulateFusionSeA", "TabulateFusion")
_AVERAGE_INPUT, _STD_INPUT = 5, 6
_MAX_HOPS = 8


def read_descriptor(graph: Graph, model: dict[str, Any]) -> tuple[DescriptorSpec, str]:
    """The descriptor and the precision of its nets.

    ``axis_neuron`` is left at 0: in a graph only the fitting net shows it.
    """
    op = descriptor_op(graph)
    sel = [int(n) for n in graph.attribute(op, "sel_a").list.i]
    checked_sel(sel, graph.at(op.name))
    if sum(graph.attribute(op, "sel_r").list.i):
        raise refuse(graph.at(op.name), "a radial part (sel_r) beside the angular one")
    n_types = len(sel)
    if graph.integer("descrpt_attr/ntypes", n_types) != n_types:
        raise InputError(f"{graph.at(op.name)}: sel_a {sel} does not fit the number of types")
    average, scale = graph.input(op, _AVERAGE_INPUT), graph.input(op, _STD_INPUT)
    scope, _, _ = average.name.rpartition("/")
    suffix = scope.removeprefix("descrpt_attr")
    nets = _Embeddings(graph, suffix, sel, scripted_activation(model, "descriptor"))
    excluded = _excluded_types(graph, model, nets)
    networks = nets.rows(excluded)
    davg, dstd, uniform_sel = row_statistics(
        graph.constant(average), graph.constant(scale), sel, graph.at(f"{scope}/t_avg, t_std")
    )
    return DescriptorSpec(
        cutoff=_cutoff(graph, op, scope),
        cutoff_smooth=shortest_decimal(graph.attribute(op, "rcut_r_smth").f),
        cutoff_arithmetic="float32",
        sel=uniform_sel,
        normalization=_normalization(graph, scope, suffix, sel),
        axis_neuron=0,
        type_one_side=nets.one_side,
        networks=networks,
        davg=davg,
        dstd=dstd,
        exclude_types=excluded,
        excluded_padding="drop",
        overflow_order="by_type",
    ), nets.precision


def _scope_head(graph: Graph) -> str:
    """What stands before the centre type in the scopes of the embedding nets: since release 1.0, and in 0.12."""
    old = any(name.startswith("DS_layer_type_") for name in graph.nodes)
    return "DS_layer_type_" if old else "filter_type_"


def _cutoff(graph: Graph, op: Any, scope: str) -> float:
    used = graph.attribute(op, "rcut_r").f
    for name in (f"{scope}/rcut", "descrpt_attr/rcut", "t_rcut"):
        if graph.has(name):
            stored = graph.number(name)
            with np.errstate(over="ignore"):  # of a damaged number
                if np.float32(stored) == np.float32(used):
                    return stored
    return shortest_decimal(used)


def _normalization(graph: Graph, scope: str, suffix: str, sel: list[int]) -> int:
    """N of 1/N: the sum of the original sel, which is also a constant of the contraction."""
    filters = rf"{_scope_head(graph)}(all|\d+){re.escape(suffix)}"
    divisors = {_count(graph.number(n.name)) for _, n in graph.matching(f"{filters}/truediv/y")}
    if not divisors:
        factors = [graph.number(n.name) for _, n in graph.matching(f"{filters}/mul/y")]
        divisors = {_count(1.0 / factor) for factor in factors if factor > 0.0}
    divisors.discard(None)
    stored = f"{scope}/original_sel"
    if graph.has(stored):
        divisors.add(sum(graph.integers(stored)))
    if len(divisors) > 1:
        raise InputError(f"{graph.place}: the graph normalises by {sorted(divisors)}, one expected")
    return divisors.pop() if divisors else sum(sel)


def _count(value: float) -> int | None:
    """The whole number that ``value`` is in single precision; None where it is not one."""
    whole = round(value)
    return whole if whole > 0 and abs(value - whole) < 1e-5 * whole else None


def _excluded_types(graph: Graph, model: dict[str, Any], nets: _Embeddings) -> list[tuple[int, int]]:
    """Pairs whose whole section the graph leaves out."""
    section = model.get("descriptor")
    if isinstance(section, dict):
        if section.get("type") == "hybrid":
            section = section["list"][0]
        place = f"{graph.place}: training script"
        return pairs(section.get("exclude_types") or [], len(nets.sel), place)
    if nets.one_side:
        if nets.masked():
            raise refuse(graph.place, "a mask of excluded types without a training script")
        return []
    found = {(min(i, j), max(i, j)) for i, j in nets.missing()}
    lopsided = [(i, j) for i, j in found if nets.has(i, j) or nets.has(j, i)]
    if lopsided:
        raise InputError(f"{graph.place}: no embedding net for one order of the types {lopsided}")
    return sorted(found)


class _Embeddings:
    """The embedding nets of a graph, by centre and neighbour type."""

    def __init__(self, graph: Graph, suffix: str, sel: list[int], activation: Any):
        self.graph, self.sel = graph, sel
        self._activation = activation
        self.precision = "float64"
        self._head = _scope_head(graph)
        self._scope = rf"{self._head}(all|\d+){re.escape(suffix)}"
        self._suffix = suffix
        self._tables = self._find_tables()
        owners = {match[1] for match, _ in graph.matching(rf"{self._scope}/matrix_1_\d+")}
        owners |= {owner for owner, _ in self._tables}
        if not owners:
            raise InputError(f"{graph.place}: no embedding matrices and no compression tables")
        if "all" in owners and len(owners) > 1:
            raise InputError(f"{graph.place}: embedding nets both shared and by centre: {owners}")
        self.one_side = "all" in owners

    def rows(self, excluded: list[tuple[int, int]]) -> list[list[Network | None]]:
        if self.one_side:
            return [[self._network("all", j) for j in range(len(self.sel))]]
        dropped = {(i, j) for pair in excluded for i, j in (pair, pair[::-1])}
        lost = [pair for pair in self.missing() if pair not in dropped]
        if lost:
            raise InputError(f"{self.graph.place}: no embedding net for the type pairs {lost}")
        types = range(len(self.sel))
        return [[None if (i, j) in dropped else self._network(str(i), j) for j in types] for i in types]

    def has(self, centre: int, neighbour: int) -> bool:
        owner = "all" if self.one_side else str(centre)
        name = f"{self._head}{owner}{self._suffix}/matrix_1_{neighbour}"
        return (owner, neighbour) in self._tables or self.graph.has(name)

    def missing(self) -> list[tuple[int, int]]:
        """Pairs that have slots but no net."""
        types = range(len(self.sel))
        return [(i, j) for i in types for j in types if self.sel[j] and not self.has(i, j)]

    def masked(self) -> bool:
        """Whether the rows are multiplied by something on their way into the nets."""
        for _, node in self.graph.matching(rf"{self._scope}/Slice(_\d+)?", op="Slice"):
            for _ in range(_MAX_HOPS):
                if not node.input or node.op in DESCRIPTOR_OPS:
                    break
                node = self.graph.input(node, 0)
                if node.op == "Mul":
                    return True
        return False

    def _network(self, owner: str, neighbour: int) -> Network | None:
        if (owner, neighbour) in self._tables:
            return Network(table=self._table(self._tables[owner, neighbour]))
        scope = f"{self._head}{owner}{self._suffix}"
        layers = []
        while self.graph.has(f"{scope}/matrix_{len(layers) + 1}_{neighbour}"):
            tail = f"_{len(layers) + 1}_{neighbour}"
            names = [f"{scope}/{part}{tail}" for part in ("matrix", "bias", "idt")]
            layer = read_layer(self.graph, *names)
            layer.skip = skip_by_width(*layer.weight.shape)
            layer.activation = activation_of(self.graph, names[0], self._activation)
            self.precision = self.graph.precision(names[0])
            layers.append(layer)
        if not layers and self.one_side and self.sel[neighbour]:
            raise InputError(f"{self.graph.place}: no embedding net for neighbour type {neighbour}")
        return Network(layers=layers) if layers else None

    def _find_tables(self) -> dict[tuple[str, int], Any]:
        found = {}
        for op in _TABLE_OPS:
            pattern = rf"{self._scope}/{op}(_\d+)?"
            for match, node in self.graph.matching(pattern, op=op):
                key = (match[1], self._section_of(node))
                if key in found:
                    raise InputError(f"{self.graph.at(node.name)}: a second table for {key}")
                found[key] = node
        return found

    def _section_of(self, node: Any) -> int:
        """The neighbour type of a table: the section of the rows that it is applied to."""
        rows = self.graph.input(node, 3)
        for _ in range(_MAX_HOPS):
            if rows.op == "Slice":
                begin = self.graph.constant(self.graph.input(rows, 1)).ravel()
                size = self.graph.constant(self.graph.input(rows, 2)).ravel()
                starts = accumulate(self.sel, initial=0)
                for j, (start, count) in enumerate(zip(starts, self.sel, strict=False)):
                    if begin[-1] == 4 * start and size[-1] == 4 * count:
                        return j
                break
            if not rows.input:
                break
            rows = self.graph.input(rows, 0)
        raise InputError(f"{self.graph.at(node.name)}: cannot tell which neighbours it is for")

    def _table(self, node: Any) -> Table:
        rows, info = self.graph.input(node, 0), self.graph.input(node, 1)
        self.precision = self.graph.precision(rows.name)
        coefficients = self.graph.constant(rows)
        width = self.graph.attribute(node, "last_layer_size").i
        if coefficients.ndim != 2 or coefficients.shape[1] != 6 * width:
            raise InputError(
                f"{self.graph.at(rows.name)}: a table of shape {coefficients.shape} does not hold "
                f"six coefficients for each of {width} channels"
            )
        return table(coefficients, self.graph.constant(info).ravel(), self.graph.at(info.name))
