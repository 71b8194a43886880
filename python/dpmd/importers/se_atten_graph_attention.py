"""The layers of attention in a frozen TensorFlow graph."""

from __future__ import annotations

from typing import Any

import numpy as np

from dpmd.errors import InputError
from dpmd.importers.graph import Graph
from dpmd.importers.tensorflow_scope import DescriptorScope
from dpmd.models.se_atten import TENSORFLOW_NORM_FLOOR, AttentionLayer

_PROJECTIONS = ("c_query", "c_key", "c_value")
_FUSED = "FusedBatchNormV3"  # the normalisation in graphs of older releases


def read_attention(scope: DescriptorScope, settings: dict[str, Any]) -> list[AttentionLayer]:
    """The layers in order. TensorFlow does not scale products of queries and keys."""
    layers: list[AttentionLayer] = []
    while scope.graph.has(f"attention_layer_{len(layers)}{scope.suffix}/c_query/matrix"):
        layers.append(_layer(scope.graph, f"attention_layer_{len(layers)}{scope.suffix}", settings))
    return layers


def _layer(graph: Graph, place: str, settings: dict[str, Any]) -> AttentionLayer:
    norm = _norm_scope(graph, place)
    return AttentionLayer(
        in_weight=np.concatenate([graph.array(f"{place}/{name}/matrix") for name in _PROJECTIONS], axis=1),
        in_bias=np.concatenate([graph.array(f"{place}/{name}/bias").ravel() for name in _PROJECTIONS]),
        out_weight=graph.array(f"{place}/c_out/matrix"),
        out_bias=graph.array(f"{place}/c_out/bias").ravel(),
        norm_scale=graph.array(f"{norm}/gamma").ravel(),
        norm_shift=graph.array(f"{norm}/beta").ravel(),
        norm_epsilon=_epsilon(graph, norm),
        scale=1.0,
        normalize=True,
        norm_floor=TENSORFLOW_NORM_FLOOR,
        dot_directions=bool(settings.get("attn_dotr", True)),
        mask_diagonal=bool(settings.get("attn_mask", False)),
    )


def _norm_scope(graph: Graph, place: str) -> str:
    """The scope of the normalisation, which older releases number."""
    found = [match[1] for match, _ in graph.matching(rf"({place}/layer_normalization(?:_\d+)?)/gamma")]
    if len(found) != 1:
        raise InputError(f"{graph.at(place)}: {len(found)} layer normalisations, expected one")
    return found[0]


def _epsilon(graph: Graph, norm: str) -> float:
    fused = graph.nodes.get(f"{norm}/{_FUSED}")
    return graph.number(f"{norm}/add/y") if fused is None else float(graph.attribute(fused, "epsilon").f)
