"""Layers, networks and trained tables: the parts that every family of models is built from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(eq=False)
class Layer:
    """``y = activation(x @ weight + bias) * timestep + skip(x)`` for row vectors x."""

    weight: np.ndarray  # [n_in, n_out]
    bias: np.ndarray | None = None  # [n_out]
    timestep: np.ndarray | None = None  # [n_out]
    activation: str = "linear"  # docs/model-format.md has the names
    skip: str = "none"  # "none", "identity" (+x) or "double" (+[x, x])


@dataclass(eq=False)
class Table:
    """Piecewise quintic polynomials of one variable s (the normalised radial component), M
    channels.

    Row r covers ``lower + r stride0`` up to ``upper``, then steps of ``stride1`` up to ``max``; the
    value of channel m at offset d inside a row is ``sum_k coefficients[r, 6 m + k] d**k``.
    """

    coefficients: np.ndarray  # [n_rows, 6 M]
    lower: float
    upper: float
    max: float
    stride0: float
    stride1: float
    extrapolation: str = "clamp"  # "clamp" or "linear"


@dataclass(eq=False)
class Network:
    """Either layers or a compression table, never both."""

    layers: list[Layer] | None = None
    table: Table | None = None

    @property
    def n_in(self) -> int:
        return 1 if self.table is not None else self.layers[0].weight.shape[0]

    @property
    def n_out(self) -> int:
        if self.table is not None:
            return self.table.coefficients.shape[1] // 6
        return self.layers[-1].weight.shape[1]


@dataclass(eq=False)
class EmbeddingNets:
    """The networks of a descriptor by types."""

    type_one_side: bool  # one row serves all centre types
    networks: list[list[Network | None]]  # [1 or n_types][n_types] by centre and neighbour; None: no contribution

    @property
    def n_channels(self) -> int:
        """Outputs of every network, 0 without one."""
        return next((net.n_out for net in self.present()), 0)

    def present(self) -> list[Network]:
        """The networks that there are."""
        return [net for row in self.networks for net in row if net is not None]
