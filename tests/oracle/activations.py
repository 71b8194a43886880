"""Activation functions with their derivatives."""

from __future__ import annotations

from functools import partial

import numpy as np

_GELU_SCALE = np.sqrt(2.0 / np.pi)
_GELU_CUBIC = 0.044715


def activate(name: str, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """phi(z) and phi'(z) of an activation in the ``.dpmd`` format."""
    if name.startswith("silut:"):
        return _silut(z, float(name[6:]))
    return _FUNCTIONS[name](z)


def _linear(z):
    return z, np.ones_like(z)


def _tanh(z):
    y = np.tanh(z)
    return y, 1 - y**2


def _gelu(z, cubic=_GELU_CUBIC):
    t = np.tanh(_GELU_SCALE * (z + cubic * z**3))
    inner = _GELU_SCALE * (1 + 3 * cubic * z**2)
    return 0.5 * z * (1 + t), 0.5 * (1 + t) + 0.5 * z * (1 - t**2) * inner


def _relu(z):
    return np.maximum(z, 0), (z > 0).astype(float)


def _relu6(z):
    return np.clip(z, 0, 6), ((z > 0) & (z < 6)).astype(float)


def _sigmoid(z):
    y = 0.5 * (1 + np.tanh(0.5 * z))
    return y, y * (1 - y)


def _softplus(z):
    return np.logaddexp(0, z), _sigmoid(z)[0]


def _silu(z):
    s, ds = _sigmoid(z)
    return z * s, s + z * ds


def _silut(z, threshold):
    """silu below the threshold; above it a tanh that continues value and slope."""
    value, slope = _silu(z)
    value_t, slope_t = _silu(np.asarray(threshold))
    t = np.tanh(slope_t * (z - threshold))
    above = z > threshold
    return np.where(above, t + value_t, value), np.where(above, slope_t * (1 - t**2), slope)


_FUNCTIONS = {
    "linear": _linear,
    "tanh": _tanh,
    "gelu": _gelu,
    "gelu_single": partial(_gelu, cubic=float(np.float32(_GELU_CUBIC))),
    "relu": _relu,
    "relu6": _relu6,
    "sigmoid": _sigmoid,
    "softplus": _softplus,
    "silu": _silu,
}
