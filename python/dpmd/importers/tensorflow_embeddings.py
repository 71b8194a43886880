"""The embedding nets of a frozen TensorFlow graph."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from dpmd.errors import InputError
from dpmd.importers.common import pairs
from dpmd.importers.kind import refuse
from dpmd.importers.tensorflow_kind import DESCRIPTOR_OPS
from dpmd.importers.tensorflow_layers import read_layers, read_table, scripted_activation
from dpmd.importers.tensorflow_scope import DescriptorScope
from dpmd.models.nets import Network

_MAX_HOPS = 8


def excluded_types(scope: DescriptorScope, nets: Embeddings) -> list[tuple[int, int]]:
    """Pairs whose whole section the graph leaves out."""
    graph, section = scope.graph, scope.section
    if section is not None:
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


@dataclass(frozen=True)
class TableOps:
    """The operations that look a descriptor's compression tables up."""

    names: tuple[str, ...]
    rows_input: int  # the place of the environment rows among their inputs


class Embeddings:
    """The embedding nets of a graph, by centre and neighbour type.

    Args:
        scope: Where the graph keeps the descriptor.
        table_ops: What looks up tables in place of nets.
        n_components: The components of an environment row.
    """

    def __init__(self, scope: DescriptorScope, table_ops: TableOps, n_components: int):
        graph = scope.graph
        self.graph, self.sel = graph, scope.sel
        self._activation = scripted_activation(scope.section)
        self.precision = "float64"
        self._scope = scope
        self._n_components = n_components
        self._tables = self._find_tables(table_ops)
        owners = {match[1] for match, _ in graph.matching(rf"{self._scope.filters}/matrix_1_\d+")}
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
        name = f"{self._scope.filter(owner)}/matrix_1_{neighbour}"
        return (owner, neighbour) in self._tables or self.graph.has(name)

    def missing(self) -> list[tuple[int, int]]:
        """Pairs that have slots but no net."""
        types = range(len(self.sel))
        return [(i, j) for i in types for j in types if self.sel[j] and not self.has(i, j)]

    def masked(self) -> bool:
        """Whether the rows are multiplied by something on their way into the nets."""
        for _, node in self.graph.matching(rf"{self._scope.filters}/Slice(_\d+)?", op="Slice"):
            for _ in range(_MAX_HOPS):
                if not node.input or node.op in DESCRIPTOR_OPS:
                    break
                node = self.graph.input(node, 0)
                if node.op == "Mul":
                    return True
        return False

    def _network(self, owner: str, neighbour: int) -> Network | None:
        if (owner, neighbour) in self._tables:
            network, self.precision = read_table(self.graph, self._tables[owner, neighbour])
            return network
        layers, precision = read_layers(self.graph, self._scope.filter(owner), f"_{neighbour}", self._activation)
        self.precision = precision if layers else self.precision
        if not layers and self.one_side and self.sel[neighbour]:
            raise InputError(f"{self.graph.place}: no embedding net for neighbour type {neighbour}")
        return Network(layers=layers) if layers else None

    def _find_tables(self, table_ops: TableOps) -> dict[tuple[str, int], Any]:
        found = {}
        for op in table_ops.names:
            pattern = rf"{self._scope.filters}/{op}(_\d+)?"
            for match, node in self.graph.matching(pattern, op=op):
                key = (match[1], self._section_of(node, table_ops.rows_input))
                if key in found:
                    raise InputError(f"{self.graph.at(node.name)}: a second table for {key}")
                found[key] = node
        return found

    def _section_of(self, node: Any, rows_input: int) -> int:
        """The neighbour type of a table: the section of the rows that it is applied to."""
        rows = self.graph.input(node, rows_input)
        for _ in range(_MAX_HOPS):
            if rows.op == "Slice":
                begin = self.graph.constant(self.graph.input(rows, 1)).ravel()
                size = self.graph.constant(self.graph.input(rows, 2)).ravel()
                starts = accumulate(self.sel, initial=0)
                for j, (start, count) in enumerate(zip(starts, self.sel, strict=False)):
                    if begin[-1] == self._n_components * start and size[-1] == self._n_components * count:
                        return j
                break
            if not rows.input:
                break
            rows = self.graph.input(rows, 0)
        raise InputError(f"{self.graph.at(node.name)}: cannot tell which neighbours it is for")
