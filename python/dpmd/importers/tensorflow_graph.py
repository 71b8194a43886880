"""Reads DeePMD-kit's frozen TensorFlow graphs (``.pb``), from version 0.12 to today, compressed or
not.

The graph is what DeePMD-kit runs, so it has the word: shapes, cutoffs, activations and residuals
come from its nodes. The training script inside newer files fills in what a graph does not show
(excluded type pairs, thresholds) and gives the names to use in refusals.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from dpmd.errors import InputError
from dpmd.importers.common import (
    json_document,
    positive_or_none,
    refuse,
    source_of,
    type_names,
)
from dpmd.importers.graph import Graph
from dpmd.importers.limits import Budget
from dpmd.importers.tensorflow_descriptor import read_descriptor
from dpmd.importers.tensorflow_fitting import read_fitting
from dpmd.model_spec import DescriptorSpec, FittingSpec, ModelSpec

FORMAT = "tensorflow-graph"


def read(path: Path, content: bytes) -> ModelSpec:
    graph = Graph(content, str(path), Budget(len(content)))
    script = _training_script(graph)
    model = script.get("model") if isinstance(script, dict) else None
    model = model if isinstance(model, dict) else {}
    _refuse_unsupported(graph, model)
    descriptor, precision = read_descriptor(graph, model)
    n_types = len(descriptor.sel)
    fitting = read_fitting(graph, model, n_types)
    fitting.energy_shift += _output_bias(graph, n_types)
    descriptor.axis_neuron = _axis_neuron(graph, descriptor, fitting)
    return ModelSpec(
        type_map=_type_map(graph, model, n_types),
        descriptor=descriptor,
        fitting=fitting,
        precision=precision,
        min_neighbor_distance=_min_neighbor_distance(graph),
        source=source_of(path, content, FORMAT, graph.text("model_attr/model_version") or "0.0"),
        training_script=script,
    )


def _training_script(graph: Graph) -> Any:
    name = "train_attr/training_script"
    text = graph.text(name)
    return json_document(text, graph.at(name)) if text else None


def _refuse_unsupported(graph: Graph, model: dict[str, Any]) -> None:
    if not graph.nodes:
        raise InputError(f"{graph.place}: the graph has no nodes; the file is empty or corrupt")
    model_type = graph.text("model_attr/model_type")
    if model_type not in (None, "ener"):
        raise refuse(graph.place, f"the model type {model_type!r}")
    if graph.has("spin_attr/ntypes_spin") or model.get("spin"):
        raise refuse(graph.place, "spin")
    if model.get("type_embedding") or any(n.startswith("type_embed_net") for n in graph.nodes):
        raise refuse(graph.place, "a type embedding")
    if graph.has("model_attr/t_tab_info") or graph.has("t_tab_info") or model.get("use_srtab"):
        raise refuse(graph.place, "a short-range table (use_srtab)")
    modifier = graph.text("modifier_attr/type") or (model.get("modifier") or {}).get("type")
    if modifier:
        raise refuse(graph.place, f"the modifier {modifier!r}")
    for key in ("pair_exclude_types", "atom_exclude_types"):
        if model.get(key):
            raise refuse(graph.place, f"{key} in a TensorFlow model")


def _axis_neuron(graph: Graph, descriptor: DescriptorSpec, fitting: FittingSpec) -> int:
    """The descriptor's second dimension, from what the fitting nets take."""
    width = next((n.n_out for row in descriptor.networks for n in row if n is not None), 0)
    n_descriptor = fitting.networks[0].n_in - fitting.n_fparam - fitting.n_aparam
    if width <= 0 or n_descriptor <= 0 or n_descriptor % width:
        raise InputError(
            f"{graph.place}: a fitting net with {fitting.networks[0].n_in} inputs, of which "
            f"{fitting.n_fparam + fitting.n_aparam} are parameters, does not fit embedding nets "
            f"of width {width}"
        )
    return n_descriptor // width


def _type_map(graph: Graph, model: dict[str, Any], n_types: int) -> list[str]:
    names = (graph.text("model_attr/tmap") or "").split()
    if not names:
        scripted = model.get("type_map")
        names = scripted if isinstance(scripted, list) and len(scripted) == n_types else []
    return type_names(names, n_types, graph.at("model_attr/tmap"))


def _output_bias(graph: Graph, n_types: int) -> np.ndarray:
    """The bias of the output statistics [n_types] eV; releases disagree on its scope."""
    for _, node in graph.matching(r"(.*/)?t_out_std"):
        if (graph.constant(node) != 1.0).any():
            raise refuse(graph.at(node.name), "an output scale (out_std) other than 1")
    biases = [graph.constant(node) for _, node in graph.matching(r"(.*/)?t_out_bias")]
    if not biases:
        return np.zeros(n_types)
    first = biases[0]
    if first.size != n_types or any(not np.array_equal(first, other) for other in biases):
        raise InputError(f"{graph.place}: t_out_bias must be one set of {n_types} numbers")
    return first.ravel()


def _min_neighbor_distance(graph: Graph) -> float | None:
    name = "train_attr/min_nbor_dist"
    return positive_or_none(graph.number(name)) if graph.has(name) else None
