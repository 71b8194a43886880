"""Tabulated pair potentials, and how one is joined to nets."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass(eq=False)
class PairTable:
    """A term of cubic polynomials in the distance: the energy of an atom is half the sum over its neighbours."""

    cutoff: float  # Å
    sel: list[int]  # [n_types] slots by neighbour type; 0: that neighbour type is ignored
    slots: int  # of all types together
    overflow_order: str  # more neighbours than that: the nearest sel "by_type", or the nearest slots of "all_types"
    first: float  # Å, where the table begins
    spacing: float  # Å
    coefficients: np.ndarray  # [n_types n_types, 4 intervals] by centre and neighbour, eV: of the powers 3 to 0
    energy_shift: np.ndarray  # [n_types] eV
    pair_exclude_types: list[tuple[int, int]] = field(default_factory=list)
    atom_exclude_types: list[int] = field(default_factory=list)
    kind: str = "pair_table"

    @property
    def n_intervals(self) -> int:
        return self.coefficients.shape[1] // 4


LEAST_SUM = 1e-20  # of the soft minimum, in PyTorch


@dataclass(eq=False)
class Bridge:
    """DP-ZBL: near its closest neighbours an atom has the energy of the pair table, else that of the nets."""

    softness: float  # Å, of the soft minimum of the distances to the neighbours
    inner: float  # Å: the weight of the table is 1 below
    outer: float  # Å: and 0 from here on
    least_sum: float = 0.0  # below which the sum of the soft minimum counts as this
    arithmetic: str = "float64"  # "float32": outer - inner is rounded to float32
    kind: str = "bridge"
