"""Reads DeePMD-kit's frozen TensorFlow graphs (``.pb``), from version 0.12 to today, compressed or
not.

The graph is what DeePMD-kit runs, so it has the word: shapes, cutoffs, activations and residuals
come from its nodes. The training script inside newer files fills in what a graph does not show
(excluded type pairs, thresholds) and gives the names to use in refusals.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from dpmd.errors import InputError
from dpmd.importers.common import checked_sel, json_document, positive_or_none, source_of, type_names
from dpmd.importers.descriptors import reader_of
from dpmd.importers.graph import Graph
from dpmd.importers.kind import refuse_other_kinds
from dpmd.importers.limits import Budget
from dpmd.importers.tensorflow_fitting import read_fitting
from dpmd.importers.tensorflow_kind import computed_descriptor, descriptor_op, graph_kind
from dpmd.importers.tensorflow_scope import DescriptorScope
from dpmd.models.fitting import Fitting
from dpmd.models.spec import ModelSpec, NetTerm
from dpmd.shown import shown

FORMAT = "tensorflow-graph"

_IGNORED = ("pair_exclude_types", "atom_exclude_types")  # by TensorFlow


def read(path: Path, content: bytes) -> ModelSpec:
    graph = Graph(content, str(path), Budget(len(content)))
    script = _training_script(graph)
    model = script.get("model") if isinstance(script, dict) else None
    model = model if isinstance(model, dict) else {}
    if not graph.nodes:
        raise InputError(f"{graph.place}: the graph has no nodes; the file is empty or corrupt")
    refuse_other_kinds(graph_kind(graph, model), graph.place)
    op = descriptor_op(graph)
    reader = reader_of(computed_descriptor(graph, op))
    sel = checked_sel(reader.graph_sel(graph, op), graph.at(op.name))
    n_types = len(sel)
    if graph.integer("descrpt_attr/ntypes", n_types) != n_types:
        raise InputError(f"{graph.at(op.name)}: its sel {shown(sel)} does not fit the number of types")
    fitting = read_fitting(graph, model, n_types)
    _apply_output_statistics(graph, fitting)
    n_features = fitting.networks[0].n_in - fitting.n_fparam - fitting.n_aparam
    descriptor, precision = reader.from_graph(DescriptorScope(graph, op, sel, model), n_features)
    return ModelSpec(
        type_map=_type_map(graph, model, n_types),
        terms=[NetTerm([descriptor], fitting)],
        precision=precision,
        min_neighbor_distance=_min_neighbor_distance(graph),
        source=source_of(path, content, FORMAT, graph.text("model_attr/model_version") or "0.0"),
        training_script=script,
        notes=list(_notes(model)),
    )


def _notes(model: dict[str, Any]) -> Iterator[str]:
    """What the training script asks for and TensorFlow, which ignores it, has not put into the graph."""
    for key in _IGNORED:
        if model.get(key):
            yield f"{key} = {shown(model[key])} of the training script has no effect, as in DeePMD-kit with TensorFlow"


def _training_script(graph: Graph) -> Any:
    name = "train_attr/training_script"
    text = graph.text(name)
    return json_document(text, graph.at(name)) if text else None


def _type_map(graph: Graph, model: dict[str, Any], n_types: int) -> list[str]:
    names = (graph.text("model_attr/tmap") or "").split()
    if not names:
        scripted = model.get("type_map")
        names = scripted if isinstance(scripted, list) and len(scripted) == n_types else []
    return type_names(names, n_types, graph.at("model_attr/tmap"))


def _apply_output_statistics(graph: Graph, fitting: Fitting) -> None:
    """E = t_out_std · (fitting net) + t_out_bias, by type.

    TensorFlow multiplies by the scale, unlike the PyTorch backend, whose models keep one that is not 1 when they are
    converted. It is linear in the last layer, and is multiplied into it here.
    """
    n_types = len(fitting.networks)
    scale, bias = (_output_statistic(graph, name, n_types) for name in ("t_out_std", "t_out_bias"))
    if scale is not None and (scale != 1.0).any():
        for network, factor in zip(fitting.networks, scale, strict=True):
            last = network.layers[-1]
            last.weight = last.weight * factor
            last.bias = None if last.bias is None else last.bias * factor
        fitting.energy_shift *= scale
    if bias is not None:
        fitting.energy_shift += bias


def _output_statistic(graph: Graph, name: str, n_types: int) -> np.ndarray | None:
    """[n_types]; releases disagree on its scope."""
    found = [graph.constant(node) for _, node in graph.matching(rf"(.*/)?{name}")]
    if not found:
        return None
    if found[0].size != n_types or any(not np.array_equal(found[0], other) for other in found):
        raise InputError(f"{graph.place}: {name} must be one set of {n_types} numbers")
    return found[0].ravel()


def _min_neighbor_distance(graph: Graph) -> float | None:
    name = "train_attr/min_nbor_dist"
    return positive_or_none(graph.number(name)) if graph.has(name) else None
