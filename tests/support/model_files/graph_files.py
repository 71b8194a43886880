"""Writes a model dictionary as a frozen TensorFlow graph, without TensorFlow.

Where an importer looks, the graph has the same nodes as DeePMD-kit's: constants, the operations that use them, and the
edges between those. It does not compute anything.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np

from model_files.toy_model import parts_of
from support.graph_messages import graph_class

_DTYPES = {"float32": 1, "float64": 2, "int32": 3, "int64": 9, "bool": 10, "float16": 19}
_ACTIVATION_OPS = {
    "tanh": "Tanh",
    "gelu": "GeluCustom",
    "relu": "Relu",
    "relu6": "Relu6",
    "softplus": "Softplus",
    "sigmoid": "Sigmoid",
}
# What makes rows, what looks tables up in their place, and how often that takes the rows.
_TABLE_OPS = {"se_e2_a": ("ProdEnvMatA", "TabulateFusionSeA", 2), "se_e2_r": ("ProdEnvMatR", "TabulateFusionSeR", 1)}


class GraphWriter:
    """Adds nodes to a GraphDef."""

    def __init__(self):
        self.graph = graph_class()()

    def node(self, name: str, op: str, *inputs: str) -> Any:
        return self.graph.node.add(name=name, op=op, input=inputs)

    def const(self, name: str, value: Any, dtype: str | None = None) -> str:
        """A constant as raw bytes; returns the name of its reader."""
        array = np.asarray(value, dtype=dtype)
        tensor = self._tensor(name, array.shape, _DTYPES[array.dtype.name])
        tensor.tensor_content = array.tobytes()
        self.node(f"{name}/read", "Identity", name)
        return f"{name}/read"

    def splat(self, name: str, shape: list[int], value: float) -> None:
        self._tensor(name, shape, _DTYPES["float64"]).double_val.append(value)

    def bfloat16(self, name: str, array: np.ndarray) -> None:
        tensor = self._tensor(name, array.shape, 14)
        bits = np.asarray(array, dtype=np.float32).view(np.uint32) >> 16
        tensor.half_val.extend(int(b) for b in bits.ravel())

    def text(self, name: str, value: str) -> None:
        self._tensor(name, (), 7).string_val.append(value.encode())

    def replace(self, name: str) -> None:
        """Remove a node, to put another in its place."""
        index = [node.name for node in self.graph.node].index(name)
        del self.graph.node[index]

    def _tensor(self, name: str, shape: Any, dtype: int) -> Any:
        tensor = self.node(name, "Const").attr["value"].tensor
        tensor.dtype = dtype
        for size in shape:
            tensor.tensor_shape.dim.add(size=int(size))
        return tensor

    def layer(self, scope: str, names: tuple[str, str, str], layer: dict[str, Any], n_uses: int = 1) -> None:
        """A layer and the operations after it; names are those of matrix, bias and idt."""
        v = layer["@variables"]
        matrix = self.const(f"{scope}/{names[0]}", v["w"])
        bias = self.const(f"{scope}/{names[1]}", v["b"])
        if v["idt"] is not None:
            self.const(f"{scope}/{names[2]}", v["idt"])
        for use in range(n_uses):
            place = f"{scope}{f'_{use}' if use else ''}/{names[0]}"
            self.node(f"{place}_MatMul", "MatMul", "input", matrix)
            self.node(f"{place}_BiasAdd", "BiasAdd", f"{place}_MatMul", bias)
            activation = layer["activation_function"].lower()
            if activation == "silu":
                self.node(f"{place}_Sigmoid", "Sigmoid", f"{place}_BiasAdd")
                self.node(f"{place}_mul", "Mul", f"{place}_BiasAdd", f"{place}_Sigmoid")
            elif activation.startswith(("silut", "custom_silu")):
                self.node(f"{place}_Select", "Select", f"{place}_BiasAdd")
            elif activation == "gelu_tf":
                self.node(f"{place}_Pow", "Pow", f"{place}_BiasAdd")
                self.node(f"{place}_mul", "Mul", f"{place}_BiasAdd")
                self.const(f"{place}_cubic", 0.044715, "float32")
                self.node(f"{place}_Cast", "Cast", f"{place}_cubic/read")
                self.node(f"{place}_mul_1", "Mul", f"{place}_Cast", f"{place}_Pow")
            elif activation in _ACTIVATION_OPS:
                self.node(f"{place}_act", _ACTIVATION_OPS[activation], f"{place}_BiasAdd")
            else:
                self.node(f"{place}_Reshape", "Reshape", f"{place}_BiasAdd")


def graph_of(model: dict[str, Any], script: bool = True, suffixes: Sequence[str] | None = None) -> GraphWriter:
    """A graph as frozen by current releases; ``suffixes`` are those of the parts of a hybrid, by default _0, _1, …"""
    g = GraphWriter()
    parts, n_types = parts_of(model["descriptor"]), len(model["type_map"])
    g.node("input", "Placeholder")
    g.text("model_attr/model_type", "ener")
    g.text("model_attr/model_version", "1.1")
    g.text("model_attr/tmap", " ".join(model["type_map"]))
    for name in ("out_bias", "out_std"):
        g.const(f"model_attr/model_attr/t_{name}", model["@variables"][name])
    if script:
        g.text("train_attr/training_script", json.dumps({"model": training_script(model)}))
    g.const("descrpt_attr/rcut", max(part["rcut"] for part in parts))
    g.const("descrpt_attr/ntypes", n_types, "int32")
    if suffixes is None:
        suffixes = [f"_{k}" for k in range(len(parts))] if model["descriptor"]["type"] == "hybrid" else [""]
    joined = [_add_descriptor(g, part, n_types, suffix) for part, suffix in zip(parts, suffixes, strict=True)]
    if len(parts) > 1:
        g.const("concat/axis", 1, "int32")
        g.node("concat", "ConcatV2", *joined, "concat/axis")
    _add_fitting(g, model["fitting"], n_types)
    return g


def training_script(model: dict[str, Any]) -> dict[str, Any]:
    keys = ("type", "exclude_types", "activation_function")
    parts = [{key: part[key] for key in keys} for part in parts_of(model["descriptor"])]
    return {
        "type_map": model["type_map"],
        "descriptor": {"type": "hybrid", "list": parts} if model["descriptor"]["type"] == "hybrid" else parts[0],
        "fitting_net": {"activation_function": model["fitting"]["activation_function"]},
    }


def write_pb(path: Path, graph: GraphWriter) -> Path:
    path.write_bytes(graph.graph.SerializeToString())
    return path


def _add_descriptor(g: GraphWriter, descriptor: dict[str, Any], n_types: int, suffix: str) -> str:
    """Adds a descriptor, with its suffix if it is a part of a hybrid; returns the node that has its features."""
    rows = _add_environment(g, descriptor, n_types, suffix)
    sel, networks, one_side = descriptor["sel"], descriptor["embeddings"]["networks"], descriptor["type_one_side"]
    excluded = {tuple(order) for p in descriptor["exclude_types"] for order in (p, p[::-1])}
    for i in range(1 if one_side else n_types):
        scope = f"filter_type_{'all' if one_side else i}{suffix}"
        for j in range(n_types):
            if not one_side and (i, j) in excluded:
                continue
            k = j if one_side else i + n_types * j
            if "compress" in descriptor:
                _add_table(g, scope, j, k, descriptor, rows)
            else:
                for n, layer in enumerate(networks[k]["layers"], start=1):
                    g.layer(scope, (f"matrix_{n}_{j}", f"bias_{n}_{j}", f"idt_{n}_{j}"), layer)
        if descriptor["type"] == "se_e2_a":
            g.const(f"{scope}/truediv/y", float(sum(sel)))
        else:
            g.node(f"{scope}/Mean", "Mean", "input")
            g.node(f"{scope}/mul_5", "Mul", f"{scope}/Mean", g.const(f"{scope}/mul_5/y", 0.2))
    width = networks[0]["layers"][-1]["@variables"]["w"].shape[1]
    g.const(f"features{suffix}/shape", [-1, width * descriptor.get("axis_neuron", 1)], "int32")
    g.node(f"features{suffix}", "Reshape", rows, f"features{suffix}/shape")
    return f"features{suffix}"


def _add_environment(g: GraphWriter, descriptor: dict[str, Any], n_types: int, suffix: str) -> str:
    """Adds the operation that makes environment rows; returns its name."""
    sel, v = descriptor["sel"], descriptor["@variables"]
    attributes = f"descrpt_attr{suffix}"
    g.const(f"{attributes}/sel", sel, "int32")
    g.const(f"{attributes}/original_sel", sel, "int32")
    average = g.const(f"{attributes}/t_avg", v["davg"].reshape(n_types, -1))
    scale = g.const(f"{attributes}/t_std", v["dstd"].reshape(n_types, -1))
    kind = _TABLE_OPS[descriptor["type"]][0]
    op = g.node(f"{kind}{suffix}", kind, *["input"] * 5, average, scale)
    if descriptor["type"] == "se_e2_a":
        op.attr["rcut_a"].f = -1.0
        op.attr["rcut_r"].f = descriptor["rcut"]
        op.attr["rcut_r_smth"].f = descriptor["rcut_smth"]
        op.attr["sel_a"].list.i.extend(sel)
        op.attr["sel_r"].list.i.extend([0] * n_types)
    else:
        op.attr["rcut"].f = descriptor["rcut"]
        op.attr["rcut_smth"].f = descriptor["rcut_smth"]
        op.attr["sel"].list.i.extend(sel)
    return op.name


def _add_table(g: GraphWriter, scope: str, j: int, k: int, descriptor: dict[str, Any], op_of_rows: str) -> None:
    """A table, found through the slice of rows that it is applied to."""
    sel, variables = descriptor["sel"], descriptor["compress"]["@variables"]
    n_components = descriptor["@variables"]["davg"].shape[2]
    start = list(accumulate(sel, initial=0))[j]
    _, look_up, n_uses = _TABLE_OPS[descriptor["type"]]
    place = f"{scope}/{look_up}" + (f"_{j}" if j else "")
    rows = f"{scope}/Slice_{j}"
    g.const(f"{rows}/begin", [0, n_components * start], "int32")
    g.const(f"{rows}/size", [-1, n_components * sel[j]], "int32")
    g.node(rows, "Slice", op_of_rows, f"{rows}/begin", f"{rows}/size")
    g.node(f"{rows}/Reshape", "Reshape", rows)
    table = variables["compress_data"][k]
    g.const(f"{scope}/Const_{k}", table)
    g.const(f"{place}/table_info", variables["compress_info"][k])
    op = g.node(place, look_up, f"{scope}/Const_{k}", f"{place}/table_info", *[f"{rows}/Reshape"] * n_uses)
    op.attr["last_layer_size"].i = table.shape[1] // 6


def _add_fitting(g: GraphWriter, fitting: dict[str, Any], n_types: int) -> None:
    v = fitting["@variables"]
    g.const("fitting_attr/dfparam", fitting["numb_fparam"], "int32")
    g.const("fitting_attr/daparam", fitting["numb_aparam"], "int32")
    g.const("fitting_attr/t_bias_atom_e", v["bias_atom_e"].ravel())
    for name in ("fparam", "aparam"):
        if v[f"{name}_avg"] is not None:
            g.const(f"fitting_attr/t_{name}_avg", v[f"{name}_avg"])
            g.const(f"fitting_attr/t_{name}_istd", v[f"{name}_inv_std"])
    assigned = fitting["atom_ener"] or []
    for t in range(n_types):
        layers = fitting["nets"]["networks"][t]["layers"]
        n_uses = 1
        if t < len(assigned) and assigned[t] is not None:
            n_uses = 2
            g.const(f"fitting_attr/atom_{t}_ener", assigned[t])
            g.node(f"add_energy_{t}", "AddV2", "input", f"fitting_attr/atom_{t}_ener")
        for k, layer in enumerate(layers):
            scope = f"layer_{k}_type_{t}" if k < len(layers) - 1 else f"final_layer_type_{t}"
            g.layer(scope, ("matrix", "bias", "idt"), layer, n_uses)
