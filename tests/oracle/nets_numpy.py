"""Networks and trained tables in plain NumPy: values and slopes, the backward pass written by hand."""

from __future__ import annotations

import numpy as np

from dpmd.models.fitting import Fitting
from dpmd.models.nets import Layer, Network, Table
from oracle.activations import activate


def parameter_inputs(f: Fitting, n_atoms: int, fparam: np.ndarray | None, aparam: np.ndarray | None) -> np.ndarray:
    """The constant tail of the fitting input [n_atoms, n_fparam + n_aparam + n_case]."""
    if fparam is None:
        fparam = f.default_fparam if f.default_fparam is not None else np.zeros(0)
    frame = _normalised(np.asarray(fparam, dtype=float).reshape(f.n_fparam), f.fparam_shift, f.fparam_scale)
    atomic = np.zeros(0) if aparam is None else np.asarray(aparam, dtype=float)
    atomic = _normalised(atomic.reshape(n_atoms, f.n_aparam), f.aparam_shift, f.aparam_scale)
    case = np.zeros(0) if f.case_embedding is None else f.case_embedding
    tail = np.broadcast_to(case, (n_atoms, case.size))
    return np.concatenate([np.broadcast_to(frame, (n_atoms, f.n_fparam)), atomic, tail], axis=1)


def _normalised(values: np.ndarray, shift: np.ndarray | None, scale: np.ndarray | None) -> np.ndarray:
    return values if shift is None else (values - shift) * scale


def value_and_slope(network: Network, s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """An embedding net at s [n]: values [n, M] and dG/ds [n, M]."""
    if network.table is not None:
        return look_up(network.table, s)
    x, slope = s[:, None], np.ones((len(s), 1))
    for layer in network.layers:
        x, local = _apply(layer, x)
        slope = _push(layer, local, slope)
    return x, slope


def forward(network: Network, x: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
    """Values [n, n_out] and per layer the derivative of its activation times its time step."""
    tape = []
    for layer in network.layers:
        x, local = _apply(layer, x)
        tape.append(local)
    return x, tape


def backward(network: Network, tape: list[np.ndarray], gradient: np.ndarray) -> np.ndarray:
    """Gradient by the inputs [n, n_in] from the gradient by the outputs [n, n_out]."""
    for layer, local in zip(reversed(network.layers), reversed(tape), strict=True):
        n_in = layer.weight.shape[0]
        through = (gradient * local) @ layer.weight.T
        if layer.skip == "identity":
            through = through + gradient
        elif layer.skip == "double":
            through = through + gradient[:, :n_in] + gradient[:, n_in:]
        gradient = through
    return gradient


def _apply(layer: Layer, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    z = x @ layer.weight
    if layer.bias is not None:
        z = z + layer.bias
    y, local = activate(layer.activation, z)
    if layer.timestep is not None:
        y, local = y * layer.timestep, local * layer.timestep
    return y + _skip(layer, x), local


def _push(layer: Layer, local: np.ndarray, slope: np.ndarray) -> np.ndarray:
    return local * (slope @ layer.weight) + _skip(layer, slope)


def _skip(layer: Layer, x: np.ndarray) -> np.ndarray | float:
    if layer.skip == "identity":
        return x
    return np.concatenate([x, x], axis=1) if layer.skip == "double" else 0.0


def look_up(table: Table, s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A table at s [n]: values [n, M] and derivatives [n, M]."""
    n_before = int((table.lower - table.min) / table.stride1)
    n_fine = int((table.upper - table.lower) / table.stride0)
    n_rows = n_before + n_fine + int((table.max - table.upper) / table.stride1)
    parts = [(s < table.lower), (s < table.upper)]  # coarse in front, fine, coarse behind
    start = np.select(parts, [table.min, table.lower], table.upper)
    stride = np.select(parts, [table.stride1, table.stride0], table.stride1)
    first = np.select(parts, [0, n_before], n_before + n_fine)
    inside = np.clip(s, table.min, table.max)
    n_rows = max(n_rows, len(table.coefficients))  # where the last steps are incomplete
    row = np.clip(first + ((inside - start) / stride).astype(int), 0, n_rows - 1)
    offset = inside - (start + (row - first) * stride)
    outside = (s < table.min) | (s >= table.max)
    c = table.coefficients.reshape(len(table.coefficients), -1, 6)[row]
    if table.extrapolation == "clamp":
        offset = np.where(outside, 0.0, offset)
    x = offset[:, None]
    value = c[..., 5]
    slope = np.zeros_like(value)
    for k in range(4, -1, -1):
        slope = slope * x + value
        value = value * x + c[..., k]
    if table.extrapolation == "clamp":
        slope[outside] = 0.0
    else:
        value = value + slope * (s - inside)[:, None]
    return value, slope
