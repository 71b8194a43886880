"""What kind of model a frozen TensorFlow graph is: from its operations and attributes, and its training script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from dpmd.errors import InputError
from dpmd.importers.graph import Graph
from dpmd.importers.kind import Kind, kind_of, modifier_words
from dpmd.importers.tensorflow_scope import scope_suffix

# Operations that make environment rows, newest name first, and the descriptor that each belongs to.
DESCRIPTOR_OPS = {
    "ProdEnvMatA": "se_e2_a",
    "DescrptSeA": "se_e2_a",
    "DescrptNorot": "se_e2_a",
    "ProdEnvMatR": "se_e2_r",
    "DescrptSeR": "se_e2_r",
    "ProdEnvMatAMix": "se_atten",
    "Descrpt": "loc_frame",
    "DescrptSeAMask": "se_a_mask",
    "DescrptSeAEf": "se_a_ef",
    "DescrptSeAEfPara": "se_a_ef",
    "DescrptSeAEfVert": "se_a_ef",
    "ProdEnvMatANvnmdQuantize": "se_e2_a (nvnmd)",
    "ProdEnvMatAMixNvnmdQuantize": "se_atten (nvnmd)",
}

MIXED_OPS = ("ProdEnvMatAMix",)  # those whose slots all types share
_TYPE_NET = "type_embed_net/"
_WITH_TYPE_NET = ("se_e2_a", "se_atten")


def graph_kind(graph: Graph, model: dict[str, Any]) -> Kind:
    """The kind of a graph; ``model`` is the training script's section, empty where there is none.

    The operations are what runs. A script has the finer name: that of a descriptor with a type embedding, say.
    """
    kind = kind_of(model)
    if kind.members:
        return replace(kind, spin=graph.has("spin_attr/ntypes_spin"))
    computed = tuple(_computed_descriptors(graph))
    if computed != ("se_e2_a",) and (kind.descriptors == ("se_e2_a",) or len(computed) != len(kind.descriptors)):
        kind = replace(kind, descriptors=computed)
    output = graph.text("model_attr/model_type")
    return replace(
        kind,
        fitting=output or kind.fitting,
        spin=kind.spin or graph.has("spin_attr/ntypes_spin"),
        beside=tuple(dict.fromkeys((*kind.beside, *_beside(graph)))),
    )


def descriptor_ops(graph: Graph, suffix: str | None = None) -> list[Any]:
    """The operations that make environment rows, one for each descriptor, in no order.

    ``suffix`` is that of a member of a linear combination; None: all of the graph.
    """
    ops = graph.with_op(*DESCRIPTOR_OPS)
    if suffix is None:
        return ops
    return [op for op in ops if scope_suffix(graph, op) == suffix or scope_suffix(graph, op).startswith(f"{suffix}_")]


def computed_descriptor(graph: Graph, op: Any) -> str:
    """The name of the descriptor that an operation makes environment rows for."""
    name = DESCRIPTOR_OPS[op.op]
    if name == "se_e2_a":
        scope = rf"filter_type_(all|\d+){re.escape(scope_suffix(graph, op))}"
        nets = graph.matching(rf"{scope}/matrix_\d+_\d+_\d+")
        tables = graph.matching(rf"{scope}/TabulateFusionSeT(_\d+)?", op="TabulateFusionSeT")
        if any(nets) or any(tables):
            return "se_e3"
    return name


def reader_name(graph: Graph, op: Any) -> str:
    """The name by which the descriptor of an operation is read: one with a type embedding is a case of se_atten."""
    return "se_atten" if has_type_net(graph) else computed_descriptor(graph, op)


def has_type_net(graph: Graph) -> bool:
    """Whether the graph has a type embedding."""
    return any(name.startswith(_TYPE_NET) for name in graph.nodes)


def _computed_descriptors(graph: Graph) -> Iterator[str]:
    ops = descriptor_ops(graph)
    if not ops:
        raise InputError(
            f"{graph.place}: no descriptor operation in the graph (looked for "
            f"{', '.join(DESCRIPTOR_OPS)}); is it a frozen DeePMD-kit model?"
        )
    for op in ops:
        yield computed_descriptor(graph, op)


def _beside(graph: Graph) -> Iterator[str]:
    if has_type_net(graph):
        ops = descriptor_ops(graph)
        if len(ops) > 1:
            yield "a type embedding beside a hybrid"
        elif DESCRIPTOR_OPS[ops[0].op] not in _WITH_TYPE_NET:
            yield "a type embedding"
    modifier = graph.text("modifier_attr/type")
    if modifier:
        yield modifier_words(modifier)
