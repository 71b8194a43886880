"""A layer of DPA-1's attention among the m rows of one atom, forwards and back.

    q, k, v = G W_in + b_in,  each divided by its norm
    P  = softmax_k(c q.k)                          hard: over the neighbours
    P  = softmax_k((c q.k + 20) w_q w_k - 20)      smooth: over all rows, those without a neighbour have w = 0
    B  = P [w_q w_k] [n_q.n_k] [1 - delta_qk]      rows of queries without a neighbour are 0
    G <- norm(G + B v W_out + b_out)

n are the directions of the neighbours, R[1:4] divided by their norms; norm is the layer normalisation over channels.
"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from dpmd.models.se_atten import AttentionLayer

_SHIFT = 20.0


def attend(
    layer: AttentionLayer, smooth: bool, g: np.ndarray, rows: np.ndarray, weight: np.ndarray, is_seen: np.ndarray
) -> tuple[np.ndarray, SimpleNamespace]:
    """New channels [m, M] and what the backward pass needs."""
    t = SimpleNamespace(weight=weight, is_seen=is_seen)
    t.parts = np.split(g @ layer.in_weight + layer.in_bias, 3, axis=1)
    t.norms = [_norm(part, layer.norm_floor) if layer.normalize else None for part in t.parts]
    q, k, v = t.unit = [part if n is None else part / n for part, n in zip(t.parts, t.norms, strict=True)]
    t.products = layer.scale * q @ k.T
    t.weights = np.outer(weight, weight) if smooth else np.ones_like(t.products)
    logits = (t.products + _SHIFT) * t.weights - _SHIFT if smooth else np.where(is_seen, t.products, -np.inf)
    t.softmax = _softmax(logits)
    t.direction_norm = _norm(rows[:, 1:4], layer.norm_floor)
    t.directions = rows[:, 1:4] / t.direction_norm
    t.cosines = t.directions @ t.directions.T if layer.dot_directions else np.ones_like(t.products)
    t.mask = np.outer(is_seen, np.ones(len(g))) * (1 - np.eye(len(g)) if layer.mask_diagonal else 1.0)
    t.attention = t.softmax * t.weights * t.cosines * t.mask
    total = g + t.attention @ v @ layer.out_weight + layer.out_bias
    centred = total - total.mean(axis=1, keepdims=True)
    t.inverse = 1 / np.sqrt((centred**2).mean(axis=1, keepdims=True) + layer.norm_epsilon)
    t.normed = centred * t.inverse
    return t.normed * layer.norm_scale + layer.norm_shift, t


def attend_backward(
    layer: AttentionLayer, smooth: bool, t: SimpleNamespace, d_out: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradients by the channels [m, M], the rows [m, 4] and the weights [m] from that by the new channels."""
    q, k, v = t.unit
    by_normed = d_out * layer.norm_scale
    along = t.normed * (by_normed * t.normed).mean(axis=1, keepdims=True)
    d_total = (by_normed - by_normed.mean(axis=1, keepdims=True) - along) * t.inverse
    d_values = d_total @ layer.out_weight.T
    d_attention = (d_values @ v.T) * t.mask
    d_v = t.attention.T @ d_values

    d_rows = np.zeros((len(q), 4))
    if layer.dot_directions:
        d_cosines = d_attention * t.softmax * t.weights
        d_directions = (d_cosines + d_cosines.T) @ t.directions
        d_rows[:, 1:] = _norm_backward(d_directions, t.directions, t.direction_norm, layer.norm_floor)
    d_softmax = d_attention * t.weights * t.cosines
    d_logits = t.softmax * (d_softmax - (d_softmax * t.softmax).sum(axis=1, keepdims=True))
    d_weight = np.zeros(len(q))
    if smooth:
        d_weights = d_attention * t.softmax * t.cosines + d_logits * (t.products + _SHIFT)
        d_weight = (d_weights + d_weights.T) @ t.weight
    d_products = layer.scale * d_logits * t.weights
    d_unit = [d_products @ k, d_products.T @ q, d_v]
    d_parts = [
        d if n is None else _norm_backward(d, unit, n, layer.norm_floor)
        for d, unit, n in zip(d_unit, t.unit, t.norms, strict=True)
    ]
    return d_total + np.concatenate(d_parts, axis=1) @ layer.in_weight.T, d_rows, d_weight


def _norm(x: np.ndarray, floor: float) -> np.ndarray:
    """Norms [m, 1], not below the floor; a row of zeros has the norm 1, as it stays one."""
    norm = np.maximum(np.linalg.norm(x, axis=1, keepdims=True), floor)
    return np.where(norm == 0.0, 1.0, norm)


def _norm_backward(d_unit: np.ndarray, unit: np.ndarray, norm: np.ndarray, floor: float) -> np.ndarray:
    along = unit * (d_unit * unit).sum(axis=1, keepdims=True)
    return (d_unit - np.where(norm > floor, along, 0.0)) / norm


def _softmax(logits: np.ndarray) -> np.ndarray:
    if not np.isfinite(logits).any():
        return np.zeros_like(logits)
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
