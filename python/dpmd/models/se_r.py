"""The descriptor se_e2_r."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from dpmd.models.descriptor_tree import descriptor_tree
from dpmd.models.environment import Environment
from dpmd.models.nets import EmbeddingNets, Network


@dataclass(eq=False)
class SeR:
    """Environment rows of one component and the mean of their embedding nets."""

    environment: Environment
    embedding: EmbeddingNets
    type: str = "se_e2_r"

    def networks(self) -> list[Network]:
        """Those that turn distances into channels."""
        return self.embedding.present()

    def other_arrays(self) -> Iterator[np.ndarray]:
        """What is trained besides the networks: nothing."""
        return iter(())

    def tree(self, type_map: list[str], precision: str) -> dict[str, Any]:
        """Its section of DeePMD-kit's dictionary; ``InputError`` where the dictionary cannot represent it."""
        return descriptor_tree("se_r", self.environment, self.embedding, type_map, precision)
