"""The nets of distances and of types in a frozen TensorFlow graph with a type embedding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from dpmd.errors import InputError
from dpmd.importers.tensorflow_layers import read_layers, read_table, scripted_activation
from dpmd.importers.tensorflow_scope import DescriptorScope
from dpmd.models.nets import Network

_TABLE_OPS = ("TabulateFusionSeAtten", "TabulateFusionSeA")
_FACTORS_INPUT = 4  # the place of the factors of types among the inputs of the first of these
_TAILS = {"_one_side_ebd": True, "_two_side_ebd": False}
_MAX_HOPS = 8


@dataclass(eq=False)
class Factors:
    """The factors of types that do not enter the net of distances: a net, or the values that it was compressed to."""

    one_side: bool
    network: Network | None = None
    values: np.ndarray | None = None


def main_network(scope: DescriptorScope) -> tuple[Network, str]:
    """The net that all types share, or the table in place of it, and its precision."""
    graph, op = scope.graph, _table_op(scope)
    if op is not None:
        return read_table(graph, op)
    name = scripted_activation(scope.section)
    layers, precision = read_layers(graph, scope.filter("all"), "", name)
    if not layers:
        raise InputError(f"{graph.place}: no embedding matrices and no compression table for all types")
    return Network(layers=layers), precision


def read_factors(scope: DescriptorScope, width: int) -> Factors | None:
    """The factors of types, each of which has ``width`` numbers; None where types enter the net of distances."""
    graph, op = scope.graph, _table_op(scope)
    name = scripted_activation(scope.section)
    found = []
    for tail, one_side in _TAILS.items():
        layers, _ = read_layers(graph, scope.filter("all"), tail, name)
        if layers:
            found.append(Factors(one_side, Network(layers=layers)))
    if op is not None and len(op.input) > _FACTORS_INPUT:
        found.append(_compressed(scope, op))
    if len(found) > 1:
        raise InputError(f"{graph.place}: {len(found)} sets of factors for types, expected one")
    network = found[0].network if found else None
    if network and network.n_in != (width if found[0].one_side else 2 * width):
        raise InputError(f"{graph.place}: the net of types takes {network.n_in} numbers, and a type has {width}")
    return found[0] if found else None


def _table_op(scope: DescriptorScope) -> Any:
    graph, place = scope.graph, scope.filter("all")
    ops = [node for op in _TABLE_OPS for _, node in graph.matching(rf"{place}/{op}(?:_\d+)?", op=op)]
    if len(ops) > 1:
        raise InputError(f"{graph.place}: {len(ops)} compression tables for all types, expected one")
    return ops[0] if ops else None


def _compressed(scope: DescriptorScope, op: Any) -> Factors:
    """The values for all types, or all pairs of types, that the graph looks the factors up in."""
    graph, n_rows = scope.graph, scope.n_types + 1
    node = graph.input(op, _FACTORS_INPUT)
    for _ in range(_MAX_HOPS):
        if node.op == "Const" or not node.input:
            break
        node = graph.input(node, 0)  # a product with the switch, and the look-up
    values = graph.constant(node)
    one_side = values.shape[:1] == (n_rows,)
    if values.ndim != 2 or (not one_side and values.shape[0] != n_rows**2):
        raise InputError(f"{graph.at(node.name)} has shape {values.shape}, expected {n_rows} or {n_rows**2} rows")
    return Factors(one_side, values=values.reshape(1 if one_side else n_rows, n_rows, -1))
