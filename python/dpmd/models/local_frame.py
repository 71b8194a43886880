"""The descriptor loc_frame: local frames."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

import numpy as np

from dpmd.errors import InputError
from dpmd.models.nets import Network


@dataclass(eq=False)
class Axis:
    """A neighbour that spans the frame of an atom: the one at ``place`` among those of a type, by distance."""

    neighbor_type: int
    place: int


@dataclass(eq=False)
class LocalFrame:
    """Neighbours in the order of their distances, seen in a frame that two of them span."""

    cutoff: float  # Å
    sel_full: list[int]  # [n_types] so many of the nearest neighbours are seen with all components
    sel_radial: list[int]  # [n_types] so many behind them with 1/r alone
    axes: list[list[Axis]]  # [n_types][2] by centre type
    shift: np.ndarray  # [n_types, n_features]
    scale: np.ndarray
    type: str = "loc_frame"

    def networks(self) -> list[Network]:
        """Those that turn distances into channels: none."""
        return []

    def other_arrays(self) -> Iterator[np.ndarray]:
        """What is trained besides the networks: nothing, since shift and scale are statistics."""
        return iter(())

    def tree(self, type_map: list[str], precision: str) -> NoReturn:
        """Raise ``InputError``: DeePMD-kit's dictionary has no local frames."""
        raise InputError("DeePMD-kit's dictionary knows no descriptor loc_frame; only TensorFlow graphs hold one")
