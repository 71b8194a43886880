"""A model with random weights, like networks before training: it costs as much as a trained one of the same shape."""

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
        shape: The shape of the model.
        distances: [n_pairs] Å, of all neighbours in a structure, from which the shift and scale of rows are computed.
        n_atoms: The number of atoms of that structure.
        scale: A factor for all energies.
        seed: The seed of the weights.
    """
    random = np.random.default_rng(seed)
    shift, scale_of_rows = _statistics(shape, distances, n_atoms)
    embedding = _network(random, 1, shape.embedding, timesteps=False)
    fitting = _network(random, shape.embedding[-1] * shape.axis, shape.fitting, timesteps=True)
    weight = scale * random.normal(0, (shape.fitting[-1] + 1) ** -0.5, (shape.fitting[-1], 1))
    fitting["layers"].append(_layer(weight, np.zeros(1), None, "linear", "none"))
    return _file(_model(shape, shift, scale_of_rows, embedding, fitting))


def _network(random: np.random.Generator, n_in: int, widths: tuple[int, ...], timesteps: bool) -> dict[str, Any]:
    """Hidden layers with weights like those from which DeePMD-kit starts training."""
    layers = []
    for k, n_out in enumerate(widths):
        skip = {n_in: "identity", 2 * n_in: "double"}.get(n_out, "none") if k > 0 else "none"
        weight = random.normal(0, (n_in + n_out) ** -0.5, (n_in, n_out))
        bias = random.normal(0, 1, n_out)
        timestep = random.normal(0.1, 0.001, n_out) if timesteps and skip != "none" else None
        layers.append(_layer(weight, bias, timestep, "tanh", skip))
        n_in = n_out
    return {"layers": layers, "table": None}


def _layer(
    weight: np.ndarray, bias: np.ndarray, timestep: np.ndarray | None, activation: str, skip: str
) -> dict[str, Any]:
    return {"weight": weight, "bias": bias, "timestep": timestep, "activation": activation, "skip": skip}


def _statistics(shape: Shape, distances: np.ndarray, n_atoms: int) -> tuple[np.ndarray, np.ndarray]:
    """[1, 4] mean and deviation of the rows' radial and angular parts, over all slots of ``sel``."""
    u = np.clip((distances - shape.cutoff_smooth) / (shape.cutoff - shape.cutoff_smooth), 0, 1)
    s = (1 + u**3 * (-6 * u**2 + 15 * u - 10)) / distances
    n_slots = n_atoms * shape.sel
    mean, square = s.sum() / n_slots, (s**2).sum() / n_slots
    radial, angular = np.sqrt(square - mean**2), np.sqrt(square / 3)
    return np.array([[mean, 0, 0, 0]]), np.array([[radial, angular, angular, angular]])


def _model(
    shape: Shape, shift: np.ndarray, scale: np.ndarray, embedding: dict[str, Any], fitting: dict[str, Any]
) -> dict[str, Any]:
    """The document (docs/model-format.md) with its arrays in their places."""
    environment = {
        "cutoff": shape.cutoff,
        "cutoff_smooth": shape.cutoff_smooth,
        "cutoff_arithmetic": "float64",
        "protection": 0.0,
        "sel": [shape.sel],
        "normalization": shape.sel,
        "shift": shift,
        "scale": scale,
        "exclude_types": [],
        "excluded_slots": "drop",
        "overflow_order": "by_type",
    }
    descriptor = {
        "type": "se_e2_a",
        "environment": environment,
        "embedding": {"type_one_side": True, "networks": [[embedding]]},
        "axis_neuron": shape.axis,
    }
    without_parameters = dict.fromkeys(
        ["fparam_shift", "fparam_scale", "aparam_shift", "aparam_scale", "default_fparam", "case_embedding"]
    )
    fitting = {
        "output": "energy",
        "networks": [fitting],
        "energy_shift": np.zeros(1),
        "subtract_vacuum": [False],
        "n_fparam": 0,
        "n_aparam": 0,
        **without_parameters,
    }
    return {
        "format_version": 2,
        "kind": "local",
        "type_map": [shape.name],
        "precision": "float64",
        "terms": [
            {
                "descriptors": [descriptor],
                "fitting": fitting,
                "pair_exclude_types": [],
                "atom_exclude_types": [],
                "kind": "net",
            }
        ],
        "blend": {"kind": "sum"},
        "min_neighbor_distance": shape.min_neighbor_distance,
        "source": {"format": "random", "file": "", "sha256": "", "version": ""},
        "training_script": None,
    }


def _file(model: dict[str, Any]) -> bytes:
    arrays: dict[str, np.ndarray] = {}
    document = json.dumps(_plain(model, "", arrays))
    header: dict[str, Any] = {"__metadata__": {"format": "dpmd", "dpmd": document}}
    end = 0
    for name, array in arrays.items():
        begin, end = end, end + array.nbytes
        header[name] = {"dtype": "F64", "shape": list(array.shape), "data_offsets": [begin, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + b"".join(array.tobytes() for array in arrays.values())


def _plain(value: Any, place: str, arrays: dict[str, np.ndarray]) -> Any:
    """``value`` as it is in the document; its arrays go into ``arrays`` by their places."""
    if isinstance(value, dict):
        return {key: _plain(item, f"{place}.{key}".lstrip("."), arrays) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item, f"{place}.{k}", arrays) for k, item in enumerate(value)]
    if isinstance(value, np.ndarray):
        arrays[place] = np.ascontiguousarray(value, dtype="<f8")
        return "tensor"
    return value
