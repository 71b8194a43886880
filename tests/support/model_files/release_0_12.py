"""Turns a present-day graph into one of DeePMD-kit 0.12: other scopes, attributes at the root, a factor for 1/N."""

from __future__ import annotations

import struct
from typing import Any

_RENAMED = (("filter_type_", "DS_layer_type_"), ("descrpt_attr/t_", "t_"), ("descrpt_attr/rcut", "t_rcut"))
_DOUBLE = 2


def as_release_0_12(graph: Any) -> None:
    """Change a GraphDef message in place. ``dp convert-from 0.12`` takes the result as one of its own."""
    kept = [node for node in graph.node if not node.name.startswith(("model_attr/t", "model_attr/m", "train_attr"))]
    kept = [node for node in kept if node.name.rpartition("/")[2] not in ("sel", "original_sel", "ntypes", "ndescrpt")]
    for node in kept:
        node.name = _renamed(node.name)
        node.input[:] = [_renamed(name) for name in node.input if not name.startswith("^")]
        if node.op == "ProdEnvMatA":
            node.op = "DescrptNorot"
        if node.name.startswith("DS_layer_type_") and node.name.endswith("/mul/y"):
            _invert(node.attr["value"].tensor)
    del graph.node[:]
    graph.node.extend(kept)


def _renamed(name: str) -> str:
    for old, new in _RENAMED:
        name = name.replace(old, new)
    return name.replace("/truediv", "/mul") if name.startswith("DS_layer_type_") else name


def _invert(tensor: Any) -> None:
    """Replaces N by 1/N."""
    assert tensor.dtype == _DOUBLE
    n = tensor.double_val[0] if tensor.double_val else struct.unpack("<d", tensor.tensor_content)[0]
    tensor.ClearField("double_val")
    tensor.tensor_content = struct.pack("<d", 1.0 / n)
