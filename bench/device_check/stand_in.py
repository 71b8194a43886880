"""A model with random weights, as networks are before training: the cost of a trained one of the same shape."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Shape:
    """The shape of a model with one type and the descriptor ``se_e2_a``."""

    name: str
    cutoff: float
    cutoff_smooth: float
    sel: int
    embedding: tuple[int, ...]
    axis: int
    fitting: tuple[int, ...]
    min_neighbor_distance: float


COPPER = Shape("Cu", 8.0, 2.0, 512, (32, 64, 128), 16, (240, 240, 240), 2.0)
"""The copper of the 2020 Gordon Bell run."""


def random_model(shape: Shape, distances: np.ndarray, n_atoms: int, scale: float = 1.0, seed: int = 1) -> bytes:
    """A ``.dpmd`` file.

    Args:
        shape: What it looks like.
        distances: [n_pairs] Å of all neighbours of a structure, from which the shift and scale of rows are taken.
        n_atoms: The number of atoms of that structure.
        scale: A factor for all energies.
        seed: The seed of the weights.
    """
    random = np.random.default_rng(seed)
    tensors: dict[str, np.ndarray] = {}
    embedding = _network(random, tensors, "embedding.0.0", 1, shape.embedding, timesteps=False)
    width = shape.embedding[-1] * shape.axis
    fitting = _network(random, tensors, "fitting.0", width, shape.fitting, timesteps=True)
    last = f"fitting.0.{len(shape.fitting)}"
    tensors[f"{last}.w"] = scale * random.normal(0, (shape.fitting[-1] + 1) ** -0.5, (shape.fitting[-1], 1))
    tensors[f"{last}.b"] = np.zeros(1)
    fitting["layers"].append({"activation": "linear", "skip": "none", "timestep": False, "bias": True})
    tensors["descriptor.davg"], tensors["descriptor.dstd"] = _statistics(shape, distances, n_atoms)
    tensors["fitting.energy_shift"] = np.zeros(1)
    for name in ("fparam_avg", "fparam_inv_std", "aparam_avg", "aparam_inv_std"):
        tensors[f"fitting.{name}"] = np.zeros(0)
    return _safetensors(_document(shape, embedding, fitting), tensors)


def _network(
    random: np.random.Generator,
    tensors: dict[str, np.ndarray],
    place: str,
    n_in: int,
    widths: tuple[int, ...],
    timesteps: bool,
) -> dict[str, Any]:
    """Hidden layers with the weights that DeePMD-kit starts training from, and their document."""
    layers = []
    for k, n_out in enumerate(widths):
        skip = {n_in: "identity", 2 * n_in: "double"}.get(n_out, "none") if k > 0 else "none"
        timestep = timesteps and skip != "none"
        tensors[f"{place}.{k}.w"] = random.normal(0, (n_in + n_out) ** -0.5, (n_in, n_out))
        tensors[f"{place}.{k}.b"] = random.normal(0, 1, n_out)
        if timestep:
            tensors[f"{place}.{k}.idt"] = random.normal(0.1, 0.001, n_out)
        layers.append({"activation": "tanh", "skip": skip, "timestep": timestep, "bias": True})
        n_in = n_out
    return {"layers": layers}


def _statistics(shape: Shape, distances: np.ndarray, n_atoms: int) -> tuple[np.ndarray, np.ndarray]:
    """[1, 4] mean and deviation of the rows' radial and angular parts, over all slots of ``sel``."""
    u = np.clip((distances - shape.cutoff_smooth) / (shape.cutoff - shape.cutoff_smooth), 0, 1)
    s = (1 + u**3 * (-6 * u**2 + 15 * u - 10)) / distances
    n_slots = n_atoms * shape.sel
    mean, square = s.sum() / n_slots, (s**2).sum() / n_slots
    radial, angular = np.sqrt(square - mean**2), np.sqrt(square / 3)
    return np.array([[mean, 0, 0, 0]]), np.array([[radial, angular, angular, angular]])


def _document(shape: Shape, embedding: dict[str, Any], fitting: dict[str, Any]) -> dict[str, Any]:
    descriptor = {
        "type": "se_e2_a",
        "cutoff": shape.cutoff,
        "cutoff_smooth": shape.cutoff_smooth,
        "cutoff_arithmetic": "float64",
        "env_protection": 0.0,
        "sel": [shape.sel],
        "normalization": shape.sel,
        "axis_neuron": shape.axis,
        "type_one_side": True,
        "exclude_types": [],
        "excluded_padding": "drop",
        "overflow_order": "by_type",
        "networks": [[embedding]],
    }
    return {
        "format_version": 1,
        "model_type": "energy",
        "type_map": [shape.name],
        "precision": "float64",
        "descriptor": descriptor,
        "fitting": {
            "networks": [fitting],
            "n_fparam": 0,
            "n_aparam": 0,
            "default_fparam": None,
            "subtract_vacuum": [False],
        },
        "pair_exclude_types": [],
        "atom_exclude_types": [],
        "min_neighbor_distance": shape.min_neighbor_distance,
        "source": {"format": "random", "file": "", "sha256": "", "version": ""},
        "training_script": None,
    }


def _safetensors(document: dict[str, Any], tensors: dict[str, np.ndarray]) -> bytes:
    header: dict[str, Any] = {"__metadata__": {"format": "dpmd", "dpmd": json.dumps(document)}}
    end, parts = 0, []
    for name in sorted(tensors):
        parts.append(np.ascontiguousarray(tensors[name], dtype="<f8").tobytes())
        begin, end = end, end + len(parts[-1])
        header[name] = {"dtype": "F64", "shape": list(tensors[name].shape), "data_offsets": [begin, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + b"".join(parts)
