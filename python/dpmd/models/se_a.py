"""The descriptor se_e2_a."""

from __future__ import annotations

from dataclasses import dataclass

from dpmd.models.environment import Environment
from dpmd.models.nets import EmbeddingNets


@dataclass(eq=False)
class SeA:
    """Environment rows of four components, embedding nets and their contraction."""

    environment: Environment
    embedding: EmbeddingNets
    axis_neuron: int
    type: str = "se_e2_a"
