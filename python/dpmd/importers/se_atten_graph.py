"""TensorFlow's function of se_atten, and its se_e2_a with a type embedding, from a frozen graph.

A type embedding and one net for all types are what both have. se_atten has slots for all types together, se_e2_a a
section of slots for each type.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from dpmd.errors import InputError
from dpmd.importers.common import pairs
from dpmd.importers.electron_configurations import configuration_rows
from dpmd.importers.graph import Graph
from dpmd.importers.kind import refuse
from dpmd.importers.se_atten_graph_attention import read_attention
from dpmd.importers.se_atten_graph_networks import main_network, read_factors
from dpmd.importers.tensorflow_environment import read_graph_environment
from dpmd.importers.tensorflow_kind import MIXED_OPS
from dpmd.importers.tensorflow_layers import read_layers
from dpmd.importers.tensorflow_normalization import normalization_of
from dpmd.importers.tensorflow_scope import DescriptorScope
from dpmd.importers.type_embedding import folded
from dpmd.models.environment import Environment
from dpmd.models.nets import Network
from dpmd.models.se_atten import SeAtten

_N_COMPONENTS = 4  # of an environment row
_CUTOFFS = ("rcut_r", "rcut_r_smth")
_TYPE_NET = "type_embed_net"


def graph_sel(graph: Graph, op: Any) -> list[int]:
    """Slots of all types together, or by type."""
    return [int(n) for n in graph.attribute(op, "sel_a").list.i]


def from_graph(scope: DescriptorScope, n_features: int) -> tuple[SeAtten, str]:
    """The descriptor and the precision of its nets."""
    is_mixed = scope.op.op in MIXED_OPS
    settings = scope.section
    if not settings:
        raise refuse(scope.graph.place, "one embedding net for all types without the training script and its options")
    excluded = pairs(settings.get("exclude_types") or [], scope.n_types, f"{scope.graph.place}: training script")
    types = _type_embedding(scope)
    width = types.shape[1]
    network, precision = main_network(scope)
    factors = read_factors(scope, width)
    smooth = is_mixed and (settings.get("type") == "se_atten_v2" or bool(settings.get("smooth_type_embedding", False)))
    environment = _environment(scope, excluded, is_mixed)
    has_shift = bool(environment.shift.any())
    return SeAtten(
        environment=environment,
        type_embedding=types,
        type_input="strip" if factors else "concat",
        type_one_side=factors.one_side if factors else _one_side(scope, network, width),
        network=network,
        type_network=factors.network if factors else None,
        type_factors=factors.values if factors else None,
        smooth=smooth,
        switch="cubic",
        axis_neuron=_axis_neuron(scope, network.n_out, n_features - width),
        degree_gain=None,
        empty_slots="padding" if is_mixed or factors else "section",
        excluded_rows="shift" if is_mixed and smooth and excluded and has_shift else "zero",
        output_type_embedding=True,
        attention=read_attention(scope, settings) if is_mixed else [],
    ), precision


def _environment(scope: DescriptorScope, excluded: list[tuple[int, int]], is_mixed: bool) -> Environment:
    normalization = _mixed_normalization(scope) if is_mixed else normalization_of(scope)
    found = read_graph_environment(scope, _CUTOFFS, _N_COMPONENTS, normalization, excluded)
    return replace(found, excluded_slots="keep", overflow_order="mixed") if is_mixed else found


def _mixed_normalization(scope: DescriptorScope) -> int:
    stored = f"{scope.attributes}/original_sel"
    return sum(scope.graph.integers(stored)) if scope.graph.has(stored) else sum(scope.sel)


def _type_embedding(scope: DescriptorScope) -> np.ndarray:
    graph, section = scope.graph, scope.model.get("type_embedding")
    section = section if isinstance(section, dict) else {}
    layers, _ = read_layers(graph, _TYPE_NET, "", section.get("activation_function"))
    inputs = np.eye(scope.n_types)
    if section.get("use_econf_tebd") or (scope.section or {}).get("use_econf_tebd"):
        inputs = configuration_rows((graph.text("model_attr/tmap") or "").split(), f"{graph.place}: model_attr/tmap")
    return folded(Network(layers=layers), inputs, graph.at(_TYPE_NET))


def _one_side(scope: DescriptorScope, network: Network, width: int) -> bool:
    """Whether the net takes the type of the neighbour alone, by the number of its inputs."""
    counts = {1 + width: True, 1 + 2 * width: False}
    if network.n_in not in counts:
        raise InputError(
            f"{scope.graph.place}: an embedding net of {network.n_in} inputs does not take a distance and the types of "
            f"one or two atoms, each {width} numbers"
        )
    return counts[network.n_in]


def _axis_neuron(scope: DescriptorScope, width: int, n_features: int) -> int:
    if width <= 0 or n_features <= 0 or n_features % width:
        raise InputError(
            f"{scope.graph.place}: a fitting net for {n_features} features besides the type does not fit an embedding "
            f"net of width {width}"
        )
    return n_features // width
