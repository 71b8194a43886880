"""The nets of distances and of types in a frozen TensorFlow graph with a type embedding."""

from __future__ import annotations

from typing import Any

from dpmd.errors import InputError
from dpmd.importers.tensorflow_layers import read_layers, read_table, scripted_activation
from dpmd.importers.tensorflow_scope import DescriptorScope
from dpmd.models.nets import Network

_TABLE_OPS = ("TabulateFusionSeAtten", "TabulateFusionSeA")
_ONE_SIDE, _TWO_SIDE = "_one_side_ebd", "_two_side_ebd"


def main_network(scope: DescriptorScope) -> tuple[Network, str]:
    """The net that all types share, or the table in place of it, and its precision."""
    graph, place = scope.graph, scope.filter("all")
    tables = [node for op in _TABLE_OPS for _, node in graph.matching(rf"{place}/{op}(?:_\d+)?", op=op)]
    if tables:
        return read_table(graph, tables[0])
    layers, precision = read_layers(graph, place, "", scripted_activation(scope.model, "descriptor"))
    if not layers:
        raise InputError(f"{graph.place}: no embedding matrices and no compression table for all types")
    return Network(layers=layers), precision


class StrippedFactors:
    """The factors of types where these do not enter the net of distances: a net of their own."""

    def __init__(self, scope: DescriptorScope, width: int):
        graph, place = scope.graph, scope.filter("all")
        name = scripted_activation(scope.model, "descriptor")
        found: dict[bool, list[Any]] = {}
        for one_side, tail in ((True, _ONE_SIDE), (False, _TWO_SIDE)):
            layers, _ = read_layers(graph, place, tail, name)
            if layers:
                found[one_side] = layers
        if len(found) > 1:
            raise InputError(f"{graph.place}: nets for the types of one atom and of two")
        self.are_there = bool(found)
        self.one_side = next(iter(found), False)
        self.network = Network(layers=next(iter(found.values()))) if found else None
        self.values = None
        if self.network and self.network.n_in != (width if self.one_side else 2 * width):
            raise InputError(f"{graph.place}: the net of types takes {self.network.n_in} numbers, a type has {width}")
