"""The descriptor se_atten: DPA-1 in its three functions, and TensorFlow's se_e2_a with a type embedding."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from dpmd.models.environment import Environment
from dpmd.models.nets import Network
from dpmd.models.typed_network import TypedNetwork

DENSE, GRAPH, TENSORFLOW = "dense", "graph", "tensorflow"  # the functions that one set of weights has


@dataclass(eq=False)
class AttentionLayer:
    """One layer of attention among the neighbours of an atom, with M channels and H hidden ones."""

    in_weight: np.ndarray  # [M, 3 H]: query, key and value side by side
    in_bias: np.ndarray  # [3 H]
    out_weight: np.ndarray  # [H, M]
    out_bias: np.ndarray  # [M]
    norm_scale: np.ndarray  # [M] gamma of the layer normalisation
    norm_shift: np.ndarray  # [M] beta
    norm_epsilon: float
    scale: float  # what the products of queries and keys are multiplied by
    normalize: bool  # queries, keys and values are divided by their norms
    norm_floor: float  # the smallest norm that these and the directions are divided by
    dot_directions: bool  # weights are multiplied by the products of the neighbours' directions
    mask_diagonal: bool  # a neighbour does not attend to itself

    def arrays(self) -> Iterator[np.ndarray]:
        """What is trained."""
        yield from (self.in_weight, self.in_bias, self.out_weight, self.out_bias, self.norm_scale, self.norm_shift)


@dataclass(eq=False)
class SeAtten(TypedNetwork):
    """Environment rows of four components, one network for all types, and attention among neighbours."""

    environment: Environment
    type_one_side: bool  # T_i is left out
    type_embedding: np.ndarray  # [n_types + 1, width]; the last row is that of an empty slot
    type_input: str  # "concat": the network takes [s, T_j, T_i]; "strip": types have factors of their own
    network: Network
    type_network: Network | None  # strip: of [T_j, T_i]
    type_factors: np.ndarray | None  # strip, in place of the network: [centre or 1, neighbour, M], n_types + 1 of each
    smooth: bool  # factors of types, and attention, vanish at the cutoff
    switch: str  # what they vanish with: "w", or "cubic" in TensorFlow
    axis_neuron: int
    degree_gain: np.ndarray | None  # [lmax - 1] for the degrees 2 to lmax; None: lmax = 1
    empty_slots: str  # what they add: "none", "first_atom", "padding" or "section" (docs/model-format.md)
    excluded_rows: str  # "zero" or "shift"
    output_type_embedding: bool  # T_i stands behind the other features
    attention: list[AttentionLayer]
    type: str = "se_atten"

    @property
    def function(self) -> str:
        """Which of DeePMD-kit's functions of these weights it is."""
        by_slots = {"none": GRAPH, "first_atom": DENSE}
        return by_slots.get(self.empty_slots, TENSORFLOW)

    @property
    def needs_first_atom(self) -> bool:
        """Whether what an empty slot adds depends on the type of the first atom of the system."""
        types_enter = self.type_input == "concat" or not self.smooth
        return self.function == DENSE and types_enter and bool(self.environment.shift.any())

    def other_arrays(self) -> Iterator[np.ndarray]:
        """What is trained besides the networks; the embedding of an empty slot is not."""
        yield self.type_embedding[:-1]
        for layer in self.attention:
            yield from layer.arrays()
        if self.degree_gain is not None:
            yield self.degree_gain

    def tree(self, type_map: list[str], precision: str) -> dict[str, Any]:
        """Its section of DeePMD-kit's dictionary; ``InputError`` where the dictionary cannot represent it."""
        from dpmd.models.se_atten_tree import se_atten_tree

        return se_atten_tree(self, type_map, precision)
