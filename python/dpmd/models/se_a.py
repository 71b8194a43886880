"""The descriptor se_e2_a."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dpmd.models.descriptor_tree import descriptor_tree
from dpmd.models.environment import Environment
from dpmd.models.nets import EmbeddingNets


@dataclass(eq=False)
class SeA:
    """Environment rows of four components, embedding nets and their contraction."""

    environment: Environment
    embedding: EmbeddingNets
    axis_neuron: int
    type: str = "se_e2_a"

    def tree(self, type_map: list[str], precision: str) -> dict[str, Any]:
        """Its section of DeePMD-kit's dictionary; ``InputError`` where the dictionary cannot represent it."""
        common = descriptor_tree(self.type, self.environment, self.embedding, type_map, precision)
        return {**common, "axis_neuron": self.axis_neuron}
