"""The values of small networks, for what an importer folds into constants; the core computes everything else."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from dpmd.models.nets import Layer, Network

_GELU_SCALE = np.sqrt(2.0 / np.pi)
_GELU_CUBIC = 0.044715


def network_values(network: Network, x: np.ndarray) -> np.ndarray:
    """The outputs [n, n_out] of a network of layers for inputs [n, n_in]."""
    for layer in network.layers:
        x = _layer_values(layer, x)
    return x


def _layer_values(layer: Layer, x: np.ndarray) -> np.ndarray:
    z = x @ layer.weight
    y = _activated(layer.activation, z if layer.bias is None else z + layer.bias)
    if layer.timestep is not None:
        y = y * layer.timestep
    skip = {"none": 0.0, "identity": x, "double": np.concatenate([x, x], axis=1)}
    return y + skip[layer.skip]


def _activated(name: str, z: np.ndarray) -> np.ndarray:
    if name.startswith("silut:"):
        return _silut(z, float(name.removeprefix("silut:")))
    return _ACTIVATIONS[name](z)


def _sigmoid(z: np.ndarray) -> np.ndarray:
    return 0.5 * (1.0 + np.tanh(0.5 * z))


def _gelu(z: np.ndarray, cubic: float = _GELU_CUBIC) -> np.ndarray:
    return 0.5 * z * (1.0 + np.tanh(_GELU_SCALE * (z + cubic * z**3)))


def _silut(z: np.ndarray, threshold: float) -> np.ndarray:
    """silu, and above the threshold a tanh that continues value and slope."""
    gate = _sigmoid(np.asarray(threshold))
    slope = gate * (1.0 + threshold * (1.0 - gate))
    return np.where(z > threshold, threshold * gate + np.tanh(slope * (z - threshold)), z * _sigmoid(z))


_ACTIVATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "linear": lambda z: z,
    "tanh": np.tanh,
    "gelu": _gelu,
    "gelu_single": lambda z: _gelu(z, float(np.float32(_GELU_CUBIC))),
    "relu": lambda z: np.maximum(z, 0.0),
    "relu6": lambda z: np.clip(z, 0.0, 6.0),
    "softplus": lambda z: np.logaddexp(0.0, z),
    "sigmoid": _sigmoid,
    "silu": lambda z: z * _sigmoid(z),
}
