"""Single layers of a frozen TensorFlow graph."""

from __future__ import annotations

from typing import Any

import numpy as np

from dpmd.errors import InputError
from dpmd.importers.common import activation, skip_by_width, table
from dpmd.importers.graph import Graph
from dpmd.importers.kind import refuse
from dpmd.models.nets import Layer, Network

_ACTIVATION_OPS = {
    "Tanh": "tanh",
    "Gelu": "gelu",
    "GeluCustom": "gelu",
    "Relu": "relu",
    "Relu6": "relu6",
    "Softplus": "softplus",
    "Sigmoid": "sigmoid",
}
_BIAS_OPS = ("BiasAdd", "Add", "AddV2")
_PASSIVE_OPS = ("Reshape", "Shape", "ShapeN")
_GELU_TF_OPS = {"Pow", "Mul", "Add", "AddV2"}  # gelu_tf is spelled out as a polynomial and a tanh
_GELU_CUBICS = {0.044715: "gelu", float(np.float32(0.044715)): "gelu_single"}


def read_layer(graph: Graph, matrix: str, bias: str, timestep: str) -> Layer:
    """Weights of a layer; version 1 stores vectors as one-row matrices."""
    weight = graph.array(matrix)
    if weight.ndim != 2:
        raise InputError(f"{graph.at(matrix)} has shape {weight.shape}, expected a matrix")
    return Layer(
        weight=weight,
        bias=graph.array(bias).ravel() if graph.has(bias) else None,
        timestep=graph.array(timestep).ravel() if graph.has(timestep) else None,
    )


def read_layers(graph: Graph, scope: str, tail: str, scripted: Any) -> tuple[list[Layer], str]:
    """The layers matrix_1, matrix_2, … of a net that has residuals by its widths, and their precision.

    Args:
        graph: The graph.
        scope: Where the net is.
        tail: What follows the number of a layer in the names of its weights.
        scripted: As for ``activation_of``.
    """
    layers: list[Layer] = []
    precision = "float64"
    while graph.has(f"{scope}/matrix_{len(layers) + 1}{tail}"):
        names = [f"{scope}/{part}_{len(layers) + 1}{tail}" for part in ("matrix", "bias", "idt")]
        layer = read_layer(graph, *names)
        layer.skip = skip_by_width(*layer.weight.shape)
        layer.activation = activation_of(graph, names[0], scripted, layer.bias is not None)
        precision = graph.precision(names[0])
        layers.append(layer)
    return layers, precision


def read_table(graph: Graph, op: Any) -> tuple[Network, str]:
    """The compression table that an operation looks up, and its precision."""
    rows, info = graph.input(op, 0), graph.input(op, 1)
    coefficients = graph.constant(rows)
    width = graph.attribute(op, "last_layer_size").i
    if coefficients.ndim != 2 or coefficients.shape[1] != 6 * width:
        raise InputError(
            f"{graph.at(rows.name)}: a table of shape {coefficients.shape} does not hold "
            f"six coefficients for each of {width} channels"
        )
    found = table(coefficients, graph.constant(info).ravel(), graph.at(info.name))
    return Network(table=found), graph.precision(rows.name)


def products(graph: Graph, matrix: str) -> list[Any]:
    """The matrix products that use a weight; a layer that is applied twice has two."""
    return [node for node in _readers(graph, graph.nodes[matrix]) if node.op == "MatMul"]


def activation_of(graph: Graph, matrix: str, scripted: Any, has_bias: bool = True) -> str:
    """The activation behind a weight, read off the operations after its bias, if it has one, is added.

    ``scripted`` is the training script's name, for the operations that do not tell (None: no
    script).
    """
    place = graph.at(matrix)
    found = products(graph, matrix)
    totals = [node for product in found for node in _readers(graph, product) if node.op in _BIAS_OPS]
    if not has_bias:
        totals = found
    if not totals:
        raise InputError(f"{place}: the graph does not use this weight as a layer")
    name = _applied(graph, totals[0])
    if name is None and scripted is None:
        raise refuse(place, "the operation after this layer")
    return activation(scripted, place) if name is None else name


def scripted_activation(section: Any) -> Any:
    """``activation_function`` of a section of the training script, where there is one."""
    return section.get("activation_function") if isinstance(section, dict) else None


def _applied(graph: Graph, total: Any) -> str | None:
    """The activation applied to ``total``; None where its operations are not a known one."""
    ops = {n.op for n in _readers(graph, total) if not n.op.endswith("Grad")}
    ops -= set(_PASSIVE_OPS)
    if not ops:
        return "linear"
    if ops == {"Sigmoid", "Mul"}:
        return "silu"
    if "Pow" in ops and ops <= _GELU_TF_OPS:
        return _gelu_of(graph, total)
    return _ACTIVATION_OPS.get(ops.pop()) if len(ops) == 1 else None


def _gelu_of(graph: Graph, total: Any) -> str | None:
    """gelu by the coefficient of its cube, which current releases round to single precision before they widen it."""
    cubes = [node for node in _readers(graph, total) if node.op == "Pow"]
    for product in (node for cube in cubes for node in graph.consumers(cube) if node.op == "Mul"):
        for factor in (graph.input(product, k) for k in range(len(product.input))):
            source = graph.input(factor, 0) if factor.op == "Cast" else factor
            if source.op == "Const":
                cubic = graph.number(source.name)
                if cubic not in _GELU_CUBICS:
                    raise refuse(graph.at(source.name), f"a gelu with {cubic} before its cube")
                return _GELU_CUBICS[cubic]
    return None


def _readers(graph: Graph, node: Any) -> list[Any]:
    """Consumers, with a change of precision seen through."""
    found = []
    for reader in graph.consumers(node):
        found += graph.consumers(reader) if reader.op == "Cast" else [reader]
    return found
