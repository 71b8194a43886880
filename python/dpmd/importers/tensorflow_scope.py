"""Where a frozen TensorFlow graph keeps the parts of a descriptor."""

from __future__ import annotations

import re
from typing import Any

from dpmd.importers.graph import Graph

_AVERAGE_INPUT, _STD_INPUT = 5, 6  # of every operation that makes environment rows


class DescriptorScope:
    """The names of one descriptor in a graph.

    Args:
        graph: The graph.
        op: The operation that makes the environment rows.
        sel: Slots by neighbour type.
        model: The section ``model`` of the training script, empty where there is none.
    """

    def __init__(self, graph: Graph, op: Any, sel: list[int], model: dict[str, Any]):
        self.graph, self.op, self.sel, self.model = graph, op, sel, model
        self.average, self.scale = graph.input(op, _AVERAGE_INPUT), graph.input(op, _STD_INPUT)
        self.attributes = _attributes(graph, op)
        self.suffix = scope_suffix(graph, op)
        old = any(name.startswith("DS_layer_type_") for name in graph.nodes)
        self._head = "DS_layer_type_" if old else "filter_type_"  # in release 0.12, and since 1.0
        self.filters = rf"{self._head}(all|\d+){re.escape(self.suffix)}"
        """The scopes of the embedding nets, as a pattern with the centre type."""

    def filter(self, owner: str) -> str:
        """The scope of the embedding nets of a centre type, or of ``"all"``."""
        return f"{self._head}{owner}{self.suffix}"


def scope_suffix(graph: Graph, op: Any) -> str:
    """What the scopes of a descriptor end with: empty but for one of several."""
    return _attributes(graph, op).removeprefix("descrpt_attr")


def _attributes(graph: Graph, op: Any) -> str:
    return graph.input(op, _AVERAGE_INPUT).name.rpartition("/")[0]
