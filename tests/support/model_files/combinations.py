"""Pair tables, linear combinations and DP-ZBL as DeePMD-kit's model dictionary."""

from __future__ import annotations

from typing import Any

import numpy as np


def pair_table(cutoff: float = 5.0, sel: int = 80, seed: int = 5, **settings: Any) -> dict[str, Any]:
    """A table of cubic splines from 0.3 Å on, for two types."""
    rng = np.random.default_rng(seed)
    first, spacing, n = 0.3, 0.05, 94
    data = np.empty((2, 2, n, 4))
    for i, j in ((0, 0), (0, 1), (1, 1)):
        height, decay = rng.uniform(2, 6), rng.uniform(1, 2)
        r = first + spacing * np.arange(n + 1)
        u = height * np.exp(-decay * r) / r
        rise = -u * (decay + 1 / r) * spacing
        drop = u[:-1] - u[1:]
        coefficients = (2 * drop + rise[:-1] + rise[1:], -3 * drop - 2 * rise[:-1] - rise[1:], rise[:-1], u[:-1])
        data[i, j] = data[j, i] = np.stack(coefficients, axis=1)
    info = np.array([first, spacing, n, 2.0])
    return {
        "@class": "Model",
        "@version": 2,
        "type": "pairtab",
        "tab": {"@class": "PairTab", "ntypes": 2, "@variables": {"tab_info": info, "tab_data": data.ravel()}},
        "rcut": cutoff,
        "sel": sel,
        **_common(rng),
        **settings,
    }


def linear(models: list[dict[str, Any]], weights: Any, **settings: Any) -> dict[str, Any]:
    """A weighted sum."""
    common = _common(np.random.default_rng(6))
    return {
        "@class": "Model",
        "@version": 3,
        "type": "linear",
        "models": models,
        "weights": weights,
        **common,
        **settings,
    }


def zbl(net: dict[str, Any], table: dict[str, Any], **settings: Any) -> dict[str, Any]:
    """DP-ZBL that switches where the atoms of a random structure are."""
    common = _common(np.random.default_rng(8))
    switch = {"sw_rmin": 1.0, "sw_rmax": 2.2, "smin_alpha": 0.1, "weights": "mean"}
    return {"@class": "Model", "@version": 2, "type": "zbl", "models": [net, table], **switch, **common, **settings}


def _common(rng: np.random.Generator) -> dict[str, Any]:
    return {
        "type_map": ["O", "H"],
        "atom_exclude_types": [],
        "pair_exclude_types": [],
        "@variables": {"out_bias": rng.normal(size=(1, 2, 1)), "out_std": np.ones((1, 2, 1))},
    }
