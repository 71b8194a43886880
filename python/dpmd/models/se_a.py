"""The descriptor se_e2_a."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from dpmd.models.descriptor_tree import descriptor_tree
from dpmd.models.environment import Environment
from dpmd.models.nets import EmbeddingNets, Network


@dataclass(eq=False)
class SeA:
    """Environment rows of four components, embedding nets and their contraction."""

    environment: Environment
    embedding: EmbeddingNets
    axis_neuron: int
    type: str = "se_e2_a"

    def networks(self) -> list[Network]:
        """Those that turn distances into channels."""
        return self.embedding.present()

    def other_arrays(self) -> Iterator[np.ndarray]:
        """What is trained besides the networks: nothing."""
        return iter(())

    def tree(self, type_map: list[str], precision: str) -> dict[str, Any]:
        """Its section of DeePMD-kit's dictionary; ``InputError`` where the dictionary cannot represent it."""
        common = descriptor_tree(self.type, self.environment, self.embedding, type_map, precision)
        return {**common, "axis_neuron": self.axis_neuron}
