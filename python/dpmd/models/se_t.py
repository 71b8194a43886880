"""The descriptor se_e3."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from dpmd.errors import InputError
from dpmd.models.descriptor_tree import descriptor_tree
from dpmd.models.environment import Environment
from dpmd.models.nets import Network, PairNets


@dataclass(eq=False)
class SeT:
    """Environment rows of four components, and nets over the products of the directions of two rows."""

    environment: Environment
    embedding: PairNets
    pair_normalization: list[int]  # [n_types] n_a of 1/(n_a n_b): the original sel
    type: str = "se_e3"

    def networks(self) -> list[Network]:
        """Those that turn products of directions into channels."""
        return self.embedding.present()

    def other_arrays(self) -> Iterator[np.ndarray]:
        """What is trained beside them."""
        return iter(())

    def tree(self, type_map: list[str], precision: str) -> dict[str, Any]:
        """Its section of DeePMD-kit's dictionary; ``InputError`` where the dictionary cannot represent it."""
        e = self.environment
        if self.pair_normalization != list(e.sel):
            raise InputError(f"sums over pairs are divided by {self.pair_normalization} and not by sel, {e.sel}")
        # an excluded neighbour adds nothing, whatever the rule
        alike = replace(e, excluded_slots="keep")
        common = descriptor_tree(self.type, alike, self.embedding, type_map, precision)
        del common["type_one_side"], common["spin"]
        return common
