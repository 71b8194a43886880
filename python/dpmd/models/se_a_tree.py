"""The descriptor se_e2_a in the dictionary that DeePMD-kit's backends exchange."""

from __future__ import annotations

from typing import Any

from dpmd.models.descriptor_tree import descriptor_tree
from dpmd.models.se_a import SeA
from dpmd.models.spec import ModelSpec


def se_a_tree(descriptor: SeA, spec: ModelSpec) -> dict[str, Any]:
    """Its section; ``InputError`` where the dictionary cannot represent it."""
    common = descriptor_tree("se_e2_a", descriptor.environment, descriptor.embedding, spec)
    return {**common, "axis_neuron": descriptor.axis_neuron}
