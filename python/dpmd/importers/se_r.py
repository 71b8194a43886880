"""The descriptor se_e2_r in every format of DeePMD-kit.

Its features are the mean of the embedding nets over all slots, times 1/5. Where TensorFlow has nets by pairs of types,
it leaves excluded pairs out. Everywhere else an excluded neighbour is seen as a row of 0, and its net is not 0 there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dpmd.errors import InputError
from dpmd.importers.descriptor_reader import DescriptorReader
from dpmd.importers.dpmodel_descriptor import read_embedding, read_environment
from dpmd.importers.graph import Graph
from dpmd.importers.section import Section
from dpmd.importers.tensorflow_embeddings import TableOps
from dpmd.importers.tensorflow_parts import read_graph_parts
from dpmd.importers.tensorflow_scope import DescriptorScope
from dpmd.models.se_r import SeR

_N_COMPONENTS = 1  # of an environment row
_TABLE_OPS = TableOps(("TabulateFusionSeR",), rows_input=2)
_CUTOFFS = ("rcut", "rcut_smth")
_FACTOR = 0.2
_ROUNDING = 1e-5  # of a factor in single precision


def _from_section(section: Section) -> SeR:
    environment = read_environment(section, _N_COMPONENTS)
    return SeR(environment, read_embedding(section, environment))


def _graph_sel(graph: Graph, op: Any) -> list[int]:
    return [int(n) for n in graph.attribute(op, "sel").list.i]


def _from_graph(scope: DescriptorScope, _n_features: int) -> tuple[SeR, str]:
    parts = read_graph_parts(scope, _TABLE_OPS, _CUTOFFS, _N_COMPONENTS, _normalization(scope))
    environment, embedding, precision = parts
    if embedding.type_one_side:
        environment.excluded_slots = "zero"
    return SeR(environment, embedding), precision


def _normalization(scope: DescriptorScope) -> int:
    """N of 1/N: the slots that the mean is over, unless the factor behind it leads back to another number of them."""
    graph, n_slots = scope.graph, sum(scope.sel)
    means = (node for _, node in graph.matching(rf"{scope.filters}/Mean(_\d+)?", op="Mean"))
    factors = {factor for mean in means for factor in _factors(graph, mean)}
    counts = [_FACTOR * n_slots / factor for factor in factors if factor > 0.0]
    n = round(counts[0]) if len(counts) == 1 else 0
    if n < 1 or abs(counts[0] - n) > _ROUNDING * n:
        raise InputError(
            f"{graph.place}: the mean over neighbours is multiplied by {sorted(factors)}, expected one factor, 1/5"
        )
    return n


def _factors(graph: Graph, mean: Any) -> Iterator[float]:
    """The constants that a node is multiplied by."""
    for product in graph.consumers(mean):
        if product.op == "Mul":
            inputs = (graph.input(product, k) for k in range(len(product.input)))
            yield from (graph.number(node.name) for node in inputs if node.op == "Const")


SE_R = DescriptorReader(
    name="se_e2_r",
    from_section=_from_section,
    graph_sel=_graph_sel,
    from_graph=_from_graph,
    torch_class="DescrptSeR",
)
