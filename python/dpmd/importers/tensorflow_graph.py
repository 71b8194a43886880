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

from dpmd.errors import InputError
from dpmd.importers.common import json_document, positive_or_none, source_of, type_names
from dpmd.importers.graph import Graph
from dpmd.importers.kind import refuse_other_kinds
from dpmd.importers.limits import Budget
from dpmd.importers.tensorflow_kind import graph_kind
from dpmd.importers.tensorflow_terms import read_terms
from dpmd.models.spec import ModelSpec
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
    read_ones = read_terms(graph, model)
    return ModelSpec(
        type_map=_type_map(graph, model, read_ones.n_types),
        terms=read_ones.terms,
        precision=read_ones.precision,
        blend=read_ones.blend,
        min_neighbor_distance=_min_neighbor_distance(graph),
        source=source_of(path, content, FORMAT, graph.text("model_attr/model_version") or "0.0"),
        training_script=script,
        notes=list(_notes(model)),
    )


def _notes(model: dict[str, Any]) -> Iterator[str]:
    """What the training script asks for and TensorFlow, which ignores it, has not put into the graph."""
    members = model.get("models")
    for one in (model, *(members if isinstance(members, list) else [])):
        for key in _IGNORED:
            if isinstance(one, dict) and one.get(key):
                value = f"{key} = {shown(one[key])}"
                yield f"{value} of the training script has no effect, as in DeePMD-kit with TensorFlow"


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


def _min_neighbor_distance(graph: Graph) -> float | None:
    name = "train_attr/min_nbor_dist"
    return positive_or_none(graph.number(name)) if graph.has(name) else None
