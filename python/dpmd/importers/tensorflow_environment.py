"""The environment of a descriptor in a frozen TensorFlow graph."""

from __future__ import annotations

import numpy as np

from dpmd.importers.common import row_statistics, shortest_decimal
from dpmd.importers.tensorflow_scope import DescriptorScope
from dpmd.models.environment import Environment


def read_graph_environment(
    scope: DescriptorScope,
    cutoffs: tuple[str, str],
    n_components: int,
    normalization: int,
    excluded: list[tuple[int, int]],
) -> Environment:
    """The environment of a descriptor.

    Args:
        scope: Where the graph keeps it.
        cutoffs: The attributes of the operation that hold the cutoff and the smooth cutoff.
        n_components: Of an environment row.
        normalization: N of 1/N.
        excluded: Pairs of types whose whole section the graph leaves out.
    """
    graph, end, smooth = scope.graph, *cutoffs
    shift, scale, uniform_sel = row_statistics(
        graph.constant(scope.average),
        graph.constant(scope.scale),
        scope.sel,
        n_components,
        graph.at(f"{scope.attributes}/t_avg, t_std"),
        scope.n_types,
    )
    return Environment(
        cutoff=_cutoff(scope, graph.attribute(scope.op, end).f),
        cutoff_smooth=shortest_decimal(graph.attribute(scope.op, smooth).f),
        cutoff_arithmetic="float32",
        sel=uniform_sel,
        normalization=normalization,
        shift=shift,
        scale=scale,
        exclude_types=excluded,
        excluded_slots="drop",
        overflow_order="by_type",
    )


def _cutoff(scope: DescriptorScope, used: float) -> float:
    """The cutoff that single precision rounds to the one in use, as the graph stores it."""
    graph = scope.graph
    for name in (f"{scope.attributes}/rcut", "descrpt_attr/rcut", "t_rcut"):
        if graph.has(name):
            stored = graph.number(name)
            with np.errstate(over="ignore"):  # of a damaged number
                if np.float32(stored) == np.float32(used):
                    return stored
    return shortest_decimal(used)
