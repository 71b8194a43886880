"""The descriptors of a frozen TensorFlow graph, in the order of their features.

A hybrid has an operation for the environment rows of each part. What the parts make of them is joined by one
concatenation, whose inputs give the order, and the number of features that each part has.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dpmd.errors import InputError
from dpmd.importers.common import checked_sel
from dpmd.importers.descriptors import reader_of
from dpmd.importers.graph import Graph
from dpmd.importers.kind import descriptor_name, descriptor_parts
from dpmd.importers.tensorflow_kind import computed_descriptor, descriptor_ops, reader_name
from dpmd.importers.tensorflow_scope import DescriptorScope
from dpmd.models.spec import Descriptor

_PRECISIONS = ("float64", "float32")  # widest first


def read_descriptors(
    graph: Graph, model: dict[str, Any], n_features: int, suffix: str | None = None
) -> tuple[list[Descriptor], str]:
    """The descriptors and the widest precision of their nets.

    Args:
        graph: The graph.
        model: The section ``model`` of the training script, empty where there is none.
        n_features: The number of features that the fitting nets take.
        suffix: That of a member of a linear combination.
    """
    parts = list(_parts(graph, n_features, suffix))
    sections = _sections(model.get("descriptor"), len(parts))
    found = [_read(graph, *part, model, section) for part, section in zip(parts, sections, strict=True)]
    descriptors, precisions = zip(*found, strict=True)
    return list(descriptors), next((one for one in _PRECISIONS if one in precisions), precisions[0])


def read_sel(graph: Graph, op: Any) -> list[int]:
    """The slots by neighbour type of the operation that makes a descriptor's environment rows."""
    return checked_sel(reader_of(reader_name(graph, op)).graph_sel(graph, op), graph.at(op.name))


def _read(
    graph: Graph, op: Any, n_features: int, model: dict[str, Any], section: dict[str, Any] | None
) -> tuple[Descriptor, str]:
    name = computed_descriptor(graph, op)
    scripted = section.get("type") if section else None
    if isinstance(scripted, str) and descriptor_name(scripted).removesuffix("_v2") != descriptor_name(name):
        raise InputError(
            f"{graph.at(op.name)} belongs to {name}; the training script has {scripted!r:.80} in this place"
        )
    scope = DescriptorScope(graph, op, read_sel(graph, op), model, section)
    return reader_of(reader_name(graph, op)).from_graph(scope, n_features)


def _sections(script: Any, n_parts: int) -> list[dict[str, Any] | None]:
    """The sections of the parts in the training script; none where it does not list them."""
    found = descriptor_parts(script) if isinstance(script, dict) else []
    return found if len(found) == n_parts else [None] * n_parts


def _parts(graph: Graph, n_features: int, suffix: str | None) -> Iterator[tuple[Any, int]]:
    """The operation and the number of features of each part, in the order of the features."""
    ops = descriptor_ops(graph, suffix)
    if len(ops) == 1:
        yield ops[0], n_features
        return
    behind = [_behind(graph, op) for op in ops]
    for join in graph.with_op("ConcatV2"):
        if len(join.input) != len(ops) + 1:  # the axis is the last input
            continue
        joined = [graph.input(join, k) for k in range(len(ops))]
        origins = [[op for op, names in zip(ops, behind, strict=True) if one.name in names] for one in joined]
        if all(len(origin) == 1 for origin in origins) and len({origin[0].name for origin in origins}) == len(ops):
            yield from ((origin[0], _width(graph, one)) for origin, one in zip(origins, joined, strict=True))
            return
    raise InputError(f"{graph.place}: no concatenation joins what {' and '.join(op.name[:80] for op in ops)} lead to")


def _behind(graph: Graph, op: Any) -> set[str]:
    """The names of all nodes that depend on an operation."""
    found, open_nodes = set(), [op]
    while open_nodes:
        for node in graph.consumers(open_nodes.pop()):
            if node.name not in found:
                found.add(node.name)
                open_nodes.append(node)
    return found


def _width(graph: Graph, node: Any) -> int:
    """The number of features of a part: the last number of the shape that it is brought into."""
    if node.op == "Reshape":
        shape = graph.input(node, 1)
        if shape.op == "Pack" and shape.input:
            shape = graph.input(shape, len(shape.input) - 1)
        if shape.op == "Const":
            sizes = graph.integers(shape.name)
            if sizes and sizes[-1] > 0:
                return sizes[-1]
    raise InputError(f"{graph.at(node.name)}: cannot tell how many features this part of a hybrid has")
