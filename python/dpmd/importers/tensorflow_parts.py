"""What descriptors have in common in a frozen TensorFlow graph."""

from __future__ import annotations

from dpmd.importers.tensorflow_embeddings import Embeddings, TableOps, excluded_types
from dpmd.importers.tensorflow_environment import read_graph_environment
from dpmd.importers.tensorflow_scope import DescriptorScope
from dpmd.models.environment import Environment
from dpmd.models.nets import EmbeddingNets


def read_graph_parts(
    scope: DescriptorScope, table_ops: TableOps, cutoffs: tuple[str, str], n_components: int, normalization: int
) -> tuple[Environment, EmbeddingNets, str]:
    """The environment of a descriptor, its embedding nets and the precision of these.

    Args:
        scope: Where the graph keeps them.
        table_ops: The operations that stand for embedding nets in a compressed graph.
        cutoffs: The attributes of the operation that hold the cutoff and the smooth cutoff.
        n_components: Of an environment row.
        normalization: N of 1/N.
    """
    nets = Embeddings(scope, table_ops, n_components)
    excluded = excluded_types(scope, nets)
    embedding = EmbeddingNets(nets.one_side, nets.rows(excluded))
    return read_graph_environment(scope, cutoffs, n_components, normalization, excluded), embedding, nets.precision
