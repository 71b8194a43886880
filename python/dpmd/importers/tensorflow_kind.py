"""What kind of model a frozen TensorFlow graph is: from its operations and attributes, and its training script."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from dpmd.errors import InputError
from dpmd.importers.graph import Graph
from dpmd.importers.kind import Kind, kind_of, modifier_words
from dpmd.importers.tensorflow_scope import DescriptorScope
from dpmd.shown import shown

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


def descriptor_op(graph: Graph, suffix: str | None = None) -> Any:
    """The only operation that makes environment rows: of the graph, or of the member with a suffix."""
    ops = graph.with_op(*DESCRIPTOR_OPS)
    if suffix is not None:
        ops = [op for op in ops if DescriptorScope(graph, op, [], {}).suffix == suffix]
    if len(ops) != 1:
        raise InputError(f"{graph.place}: {len(ops)} descriptors in a member {shown(suffix)} of a linear combination")
    return ops[0]


def _computed_descriptors(graph: Graph) -> Iterator[str]:
    ops = graph.with_op(*DESCRIPTOR_OPS)
    if not ops:
        raise InputError(
            f"{graph.place}: no descriptor operation in the graph (looked for "
            f"{', '.join(DESCRIPTOR_OPS)}); is it a frozen DeePMD-kit model?"
        )
    three_body = any(graph.matching(r"filter_type_.*/matrix_\d+_\d+_\d+"))
    for op in ops:
        name = DESCRIPTOR_OPS[op.op]
        yield "se_e3" if three_body and name == "se_e2_a" and len(ops) == 1 else name


def _beside(graph: Graph) -> Iterator[str]:
    if any(name.startswith("type_embed_net") for name in graph.nodes):
        yield "a type embedding"
    modifier = graph.text("modifier_attr/type")
    if modifier:
        yield modifier_words(modifier)
