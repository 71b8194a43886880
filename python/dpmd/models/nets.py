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
    """Piecewise quintic polynomials of one variable (the normalised radial component, or a product of two directions),
    M channels.

    Rows cover steps of ``stride1`` from ``min`` to ``lower``, of ``stride0`` up to ``upper``, and of ``stride1`` up to
    ``max``; the value of channel m at offset d inside row r is ``sum_k coefficients[r, 6 m + k] d**k``.
    """

    coefficients: np.ndarray  # [n_rows, 6 M]
    min: float  # lower itself where there are no coarse steps in front
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

    def in_file_order(self) -> tuple[int, list[Network | None]]:
        """The number of types that a net depends on, and all nets as DeePMD-kit lists them, the first type fastest."""
        n_types = len(self.networks[0])
        return (1 if self.type_one_side else 2), [row[j] for j in range(n_types) for row in self.networks]


@dataclass(eq=False)
class PairNets:
    """The networks of a three-body descriptor by unordered pairs of types."""

    networks: list[list[Network | None]]  # [n_types][n_types - a] of types a and a, a + 1, ...; None: no contribution

    @property
    def n_channels(self) -> int:
        """Outputs of every network, 0 without one."""
        return next((net.n_out for net in self.present()), 0)

    def present(self) -> list[Network]:
        """The networks that there are."""
        return [net for row in self.networks for net in row if net is not None]

    def at(self, a: int, b: int) -> Network | None:
        """The network of a pair of types in either order."""
        return self.networks[min(a, b)][abs(a - b)]

    def in_file_order(self) -> tuple[int, list[Network | None]]:
        """2, and all nets as DeePMD-kit lists them: by a + n_types b, those of a > b stand for nothing."""
        types = range(len(self.networks))
        return 2, [self.at(a, b) if a <= b else None for b in types for a in types]
