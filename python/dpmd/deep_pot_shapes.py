"""The shapes in which code written for ``deepmd.infer.DeepPot`` gives its arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from dpmd.arguments import as_floats, as_plain
from dpmd.errors import InputError


def types_of(atom_types: Any, mixed_type: bool) -> np.ndarray:
    """(1, nat) for all frames, or (nf, nat) if every frame has its own types."""
    types = as_plain(atom_types, "atom_types")
    if types.ndim == 0 or (mixed_type and types.ndim != 2):
        wanted = "(nf, nat) because mixed_type is true" if mixed_type else "(nat,)"
        raise InputError(f"atom_types must have shape {wanted}, has {types.shape}")
    if not mixed_type and types.ndim > 1 and types.shape[0] > 1:
        raise InputError(
            f"atom_types has shape {types.shape}: one row of types serves all frames; pass mixed_type=True for rows of "
            "their own"
        )
    return types if mixed_type else types.reshape(1, -1)


def frames_of(coords: Any, n_atoms: int) -> np.ndarray:
    """(nf, nat, 3) from coordinates in rows of 3 or 3 nat numbers, or in one row."""
    array = as_floats(coords, "coords")
    if n_atoms == 0:
        if array.size:
            raise InputError(f"coords has shape {array.shape}, but atom_types names no atoms")
        return array.reshape(array.shape[0] if array.ndim > 1 else 1, 0, 3)
    if array.size % (3 * n_atoms):
        raise InputError(
            f"coords has shape {array.shape}: its size {array.size} is not a multiple of 3 times the "
            f"{n_atoms} atoms of atom_types"
        )
    if array.ndim > 1 and array.shape[-1] not in (3, 3 * n_atoms):
        raise InputError(
            f"coords has shape {array.shape}; its last axis must hold the 3 coordinates of an atom or the "
            f"{3 * n_atoms} of a frame"
        )
    return array.reshape(-1, n_atoms, 3)


def cells_of(cells: Any, n_frames: int) -> np.ndarray | None:
    """(nf, 3, 3), or None."""
    return None if cells is None else shaped(cells, "cells", (n_frames, 3, 3))


def fparam_of(values: Any, n: int, n_frames: int) -> np.ndarray | None:
    """(nf, n_fparam) from an array of that shape or from (n_fparam) for all frames."""
    if values is None:
        return None
    array = as_floats(values, "fparam")
    if array.size == n:
        array = np.broadcast_to(array.reshape(1, n), (n_frames, n))
    return shaped(array, "fparam", (n_frames, n))


def aparam_of(values: Any, n: int, n_frames: int, n_atoms: int) -> np.ndarray | None:
    """(nf, nat, n_aparam) from an array of that shape, (nat, n_aparam) for all frames or (n_aparam) for all atoms."""
    if values is None:
        return None
    array, shape = as_floats(values, "aparam"), (n_frames, n_atoms, n)
    if array.size == n_frames * n_atoms * n:
        return array.reshape(shape)
    if array.size == n_atoms * n:
        return np.broadcast_to(array.reshape(1, n_atoms, n), shape)
    if array.size == n:
        return np.broadcast_to(array.reshape(1, 1, n), shape)
    return shaped(array, "aparam", shape)


def shaped(values: Any, name: str, shape: tuple[int, ...]) -> np.ndarray:
    """``values`` reshaped to ``shape``."""
    array = as_floats(values, name)
    if array.size != int(np.prod(shape)):
        raise InputError(f"{name} has shape {array.shape}, which does not reshape to {shape}")
    return array.reshape(shape)
