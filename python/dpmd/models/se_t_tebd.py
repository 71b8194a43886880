"""The descriptor se_e3_tebd: three bodies with a type embedding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from dpmd.models.environment import Environment
from dpmd.models.nets import Network
from dpmd.models.typed_network import TypedNetwork


@dataclass(eq=False)
class SeTTebd(TypedNetwork):
    """Environment rows of four components, and one network for all types over the products of the directions of two
    rows.
    """

    environment: Environment
    type_embedding: np.ndarray  # [n_types + 1, width]; the last row is that of an empty slot
    type_input: str  # "concat": the network takes [theta, T_j, T_k]; "strip": types have factors of their own
    network: Network
    type_network: Network | None  # strip: of [T_j, T_k]
    type_factors: np.ndarray | None  # strip, in place of the network: [T_k, T_j, M], n_types + 1 of each
    smooth: bool  # factors of types vanish at the cutoff
    output_type_embedding: bool  # T_i stands behind the other features
    type: str = "se_e3_tebd"

    def other_arrays(self) -> Iterator[np.ndarray]:
        """What is trained besides the networks; the embedding of an empty slot is not."""
        yield self.type_embedding[:-1]

    def tree(self, type_map: list[str], precision: str) -> dict[str, Any]:
        """Its section of DeePMD-kit's dictionary; ``InputError`` where the dictionary cannot represent it."""
        from dpmd.models.se_t_tebd_tree import se_t_tebd_tree

        return se_t_tebd_tree(self, type_map, precision)
