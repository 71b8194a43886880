"""A frozen TensorFlow graph: constants by name and edges in both directions."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np

from dpmd.errors import InputError
from dpmd.foreign import reading
from dpmd.importers.graph_messages import graph_class
from dpmd.importers.limits import Budget
from dpmd.shown import shown

_STRING = 7
_BFLOAT16 = 14
# TensorFlow's dtype number: (numpy type on disk, field that holds single values)
_DTYPES = {
    1: ("<f4", "float_val"),
    2: ("<f8", "double_val"),
    3: ("<i4", "int_val"),
    9: ("<i8", "int64_val"),
    10: ("?", "bool_val"),
    _BFLOAT16: ("<u2", "half_val"),
    19: ("<f2", "half_val"),
}
_PRECISIONS = {1: "float32", 2: "float64", _BFLOAT16: "bfloat16", 19: "float16"}
_MAX_HOPS = 16
_LONGEST_NAME = 200  # characters of a node's name in messages


class Graph:
    """Nodes of a GraphDef. Gradient nodes are left out: they repeat the forward pass."""

    def __init__(self, content: bytes, place: str, budget: Budget):
        kind = graph_class()
        with reading(place, "not a readable TensorFlow graph, truncated or corrupt"):
            message = kind.FromString(content)
        self.place = place
        self.budget = budget
        self.nodes = {n.name: n for n in message.node if not n.name.startswith("gradients")}
        self._consumers: dict[str, dict[str, Any]] = defaultdict(dict)
        for node in self.nodes.values():
            for name in node.input:
                self._consumers[_node_name(name)][node.name] = node

    def at(self, name: str) -> str:
        return f"{self.place}: node {name[:_LONGEST_NAME]}"

    def has(self, name: str) -> bool:
        return name in self.nodes

    def matching(self, pattern: str, op: str = "Const") -> Iterator[tuple[re.Match[str], Any]]:
        """Nodes of one kind whose whole name matches."""
        compiled = re.compile(pattern)
        for name, node in self.nodes.items():
            if node.op == op and (match := compiled.fullmatch(name)):
                yield match, node

    def with_op(self, *ops: str) -> list[Any]:
        return [node for node in self.nodes.values() if node.op in ops]

    def input(self, node: Any, k: int) -> Any:
        """The node that feeds input k, seen through Identity."""
        if k >= len(node.input):
            raise InputError(f"{self.at(node.name)} has {len(node.input)} inputs, needs {k + 1}")
        name = _node_name(node.input[k])
        for _ in range(_MAX_HOPS):
            found = self.nodes.get(name)
            if found is None:
                raise InputError(f"{self.at(node.name)}: its input {shown(name)} is not in the graph")
            if found.op != "Identity" or not found.input:
                return found
            name = _node_name(found.input[0])
        raise InputError(f"{self.at(node.name)}: its input {k} has no end")

    def consumers(self, node: Any) -> list[Any]:
        """The nodes that read this one, each once, seen through Identity."""
        found, open_nodes, seen = [], [node], set()
        while open_nodes:
            readers = self._consumers.get(open_nodes.pop().name, {})
            self.budget.work(1 + len(readers), self.at(node.name))
            for reader in readers.values():
                if reader.op != "Identity":
                    found.append(reader)
                elif reader.name not in seen:
                    seen.add(reader.name)
                    open_nodes.append(reader)
        return found

    def attribute(self, node: Any, key: str) -> Any:
        if key not in node.attr:
            raise InputError(f"{self.at(node.name)} ({node.op[:_LONGEST_NAME]}) has no attribute {key!r}")
        return node.attr[key]

    def array(self, name: str) -> np.ndarray:
        """A constant as float64, whatever it is stored as."""
        return self.constant(self._node(name))

    def constant(self, node: Any) -> np.ndarray:
        place = self.at(node.name)
        if node.op != "Const" or "value" not in node.attr:
            raise InputError(f"{place} is {node.op[:_LONGEST_NAME]}, expected a constant; is the graph frozen?")
        tensor = node.attr["value"].tensor
        if tensor.dtype not in _DTYPES:
            raise InputError(f"{place}: constants of TensorFlow dtype {tensor.dtype} are not read")
        shape = [dim.size for dim in tensor.tensor_shape.dim]
        count = self.budget.take_array(shape, place)
        dtype, field = _DTYPES[tensor.dtype]
        raw = tensor.tensor_content
        if raw:
            if len(raw) != count * np.dtype(dtype).itemsize:
                raise InputError(f"{place} has shape {shown(shape)} but {len(raw)} bytes of {dtype}")
            values = np.frombuffer(raw, dtype)
        else:
            values = _filled(list(getattr(tensor, field)), dtype, count, place)
        if tensor.dtype == _BFLOAT16:
            values = (values.astype(np.uint32) << 16).view(np.float32)
        return np.array(values, dtype=np.float64).reshape(shape)

    def integers(self, name: str) -> list[int]:
        """A constant of integers, as a flat list."""
        values = self.array(name).ravel()
        if not np.isfinite(values).all() or (values != np.rint(values)).any():
            raise InputError(f"{self.at(name)} holds {values[:8]}, expected integers")
        return [int(v) for v in values]

    def number(self, name: str) -> float:
        values = self.array(name).ravel()
        if values.size != 1 or not np.isfinite(values[0]):
            raise InputError(f"{self.at(name)} must be one finite number")
        return float(values[0])

    def integer(self, name: str, default: int = 0) -> int:
        if not self.has(name):
            return default
        values = self.integers(name)
        if len(values) != 1:
            raise InputError(f"{self.at(name)} must be one integer, holds {len(values)}")
        return values[0]

    def text(self, name: str) -> str | None:
        """A text constant, or None where there is no such node."""
        if not self.has(name):
            return None
        node = self._node(name)
        tensor = node.attr["value"].tensor
        if node.op != "Const" or tensor.dtype != _STRING or len(tensor.string_val) > 1:
            raise InputError(f"{self.at(name)} is not one text")
        try:
            return tensor.string_val[0].decode("utf-8") if tensor.string_val else ""
        except UnicodeDecodeError:
            raise InputError(f"{self.at(name)} is not UTF-8 text") from None

    def precision(self, name: str) -> str:
        """The stored precision of a constant."""
        return _PRECISIONS.get(self._node(name).attr["value"].tensor.dtype, "float64")

    def _node(self, name: str) -> Any:
        node = self.nodes.get(name)
        if node is None:
            raise InputError(f"{self.place}: the graph has no node {shown(name)}")
        return node


def _node_name(edge: str) -> str:
    """``name:k`` (output k) and ``^name`` (control) without their marks."""
    return edge.removeprefix("^").partition(":")[0]


def _filled(values: list[Any], dtype: str, count: int, place: str) -> np.ndarray:
    """Values that are stored one by one; the last one repeats to the end, none means zeros."""
    if len(values) > count:
        raise InputError(f"{place} has room for {count} values, holds {len(values)}")
    stored = np.dtype("<u2") if dtype == "<f2" else np.dtype(dtype)
    try:
        filled = np.full(count, values[-1] if values else 0, dtype=stored)
        filled[: len(values)] = values
    except OverflowError as error:
        raise InputError(f"{place}: {error}") from None
    return filled.view("<f2") if dtype == "<f2" else filled
