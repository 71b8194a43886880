"""TensorFlow's GraphDef as protobuf messages, built at run time.

Only the fields that a model importer reads are declared; protobuf skips the others. Field numbers
are those of TensorFlow's public .proto files (graph, node_def, attr_value, tensor, tensor_shape).
"""

from __future__ import annotations

from functools import cache
from typing import Any

_PACKAGE = "dpmd.graph"
_SCALARS = {"double": 1, "float": 2, "int64": 3, "int32": 5, "bool": 8, "string": 9, "bytes": 12}
_MESSAGE = 11
_OPTIONAL, _REPEATED = 1, 3

# message: (field name, number, type, repeated)
_MESSAGES: dict[str, list[tuple[str, int, str, bool]]] = {
    "Dim": [("size", 1, "int64", False)],
    "Shape": [("dim", 2, "Dim", True)],
    "Tensor": [
        ("dtype", 1, "int32", False),
        ("tensor_shape", 2, "Shape", False),
        ("tensor_content", 4, "bytes", False),
        ("float_val", 5, "float", True),
        ("double_val", 6, "double", True),
        ("int_val", 7, "int32", True),
        ("string_val", 8, "bytes", True),
        ("int64_val", 10, "int64", True),
        ("bool_val", 11, "bool", True),
        ("half_val", 13, "int32", True),
    ],
    "List": [("s", 2, "bytes", True), ("i", 3, "int64", True), ("f", 4, "float", True)],
    "Attr": [
        ("list", 1, "List", False),
        ("s", 2, "bytes", False),
        ("i", 3, "int64", False),
        ("f", 4, "float", False),
        ("b", 5, "bool", False),
        ("type", 6, "int32", False),
        ("tensor", 8, "Tensor", False),
    ],
    "Node": [
        ("name", 1, "string", False),
        ("op", 2, "string", False),
        ("input", 3, "string", True),
    ],
    "Graph": [("node", 1, "Node", True)],
}


@cache
def graph_class() -> Any:
    """The message class for a whole graph."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    file = descriptor_pb2.FileDescriptorProto(name="dpmd_graph.proto", package=_PACKAGE, syntax="proto3")
    for message_name, fields in _MESSAGES.items():
        message = file.message_type.add(name=message_name)
        for name, number, kind, repeated in fields:
            field = message.field.add(name=name, number=number, label=_REPEATED if repeated else _OPTIONAL)
            if kind in _SCALARS:
                field.type = _SCALARS[kind]
            else:
                field.type, field.type_name = _MESSAGE, f".{_PACKAGE}.{kind}"
        if message_name == "Node":
            _add_attribute_map(message)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.Graph"))


def _add_attribute_map(node: Any) -> None:
    """``map<string, Attr> attr = 5``, which protobuf spells as a repeated entry message."""
    entry = node.nested_type.add(name="AttrEntry")
    entry.options.map_entry = True
    entry.field.add(name="key", number=1, label=_OPTIONAL, type=_SCALARS["string"])
    entry.field.add(name="value", number=2, label=_OPTIONAL, type=_MESSAGE, type_name=f".{_PACKAGE}.Attr")
    node.field.add(
        name="attr",
        number=5,
        label=_REPEATED,
        type=_MESSAGE,
        type_name=f".{_PACKAGE}.Node.AttrEntry",
    )
