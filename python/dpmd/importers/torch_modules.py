"""Pieces of DeePMD-kit's PyTorch modules as pieces of its model dictionary."""

from __future__ import annotations

from typing import Any

import numpy as np


def layer_section(weight: Any, bias: Any, timestep: Any, activation: Any, resnet: Any) -> dict[str, Any]:
    """A layer; PyTorch applies a time step exactly where it stores one."""
    return {
        "@variables": {"w": weight, "b": bias, "idt": timestep},
        "bias": bias is not None,
        "use_timestep": timestep is not None,
        "activation_function": activation,
        "resnet": resnet,
    }


def joined(descriptors: list[dict[str, Any]]) -> dict[str, Any]:
    """One descriptor as it is, several as a hybrid."""
    return descriptors[0] if len(descriptors) == 1 else {"type": "hybrid", "list": descriptors}


def collection(networks: list[dict[str, Any] | None], n_keys: int, n_types: int) -> dict[str, Any]:
    """A network collection over n_keys types each, first key fastest."""
    return {"ndim": n_keys, "ntypes": n_types, "networks": networks}


def excluded_pairs(mask: np.ndarray, n_types: int) -> list[tuple[int, int]]:
    """Type pairs from a mask [(n_types + 1)^2]; its last row and column are for empty slots."""
    grid = mask.reshape(n_types + 1, n_types + 1)[:n_types, :n_types]
    return [(int(i), int(j)) for i, j in np.argwhere(grid == 0)]


def excluded_atoms(mask: np.ndarray) -> list[int]:
    """Types from an atom mask [n_types], which may end with one entry for absent atoms."""
    return [int(t) for t in np.flatnonzero(mask == 0)]
