"""What there is to say about one oracle model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from structures import System, evaluation_systems, training_systems


@dataclass
class Case:
    """One oracle model: how it is trained, what is done to it, and which systems are evaluated."""

    about: str
    descriptor: dict = field(default_factory=dict)
    fitting: dict = field(default_factory=dict)
    model: dict = field(default_factory=dict)
    members: tuple[dict, ...] = ()  # of a linear combination: what each changes in the descriptor
    type_map: tuple[str, ...] = ("O", "H")
    backend: str = "tf"
    systems: Callable[[np.random.Generator], dict[str, System]] = evaluation_systems
    training: Callable[[np.random.Generator], list[list[System]]] = training_systems
    energies: tuple[float, ...] = (-3.0, -1.2, -0.4)
    overflows: bool = False
    change: Callable[[Path, Path], None] | None = None  # (work folder, frozen model): changes it before evaluation
    files: tuple[str, ...] = (".pb",)  # what is kept
    whole_graph: bool = False  # keep the gradient nodes of a TensorFlow graph
    derivatives: str = ""  # suffix that the kept file is converted to for derivatives (default: the frozen model)
    step: float = 2e-5  # of the finite differences, Å
    tolerance: float = 1e-6  # of the finite differences, eV/Å
    source: str = ""  # a file in this folder that is converted in place of a training


BASE_DESCRIPTOR = {
    "type": "se_e2_a",
    "sel": [18, 34],
    "rcut": 4.0,
    "rcut_smth": 0.5,
    "neuron": [4, 8, 16],
    "axis_neuron": 4,
    "resnet_dt": False,
    "type_one_side": True,
    "precision": "float64",
}
_MISSING = {"se_e2_r": ("axis_neuron",), "se_e3": ("axis_neuron", "type_one_side")}
PAIR_TABLE = "table.txt"  # in the working folder
BASE_FITTING = {"neuron": [16, 16, 16], "resnet_dt": False, "precision": "float64"}


def parts_of(case: Case) -> list[dict]:
    """The sections of its descriptors, one unless it is a hybrid; se_e2_r and se_e3 have no axis, se_e3 has one way to
    choose its nets, and DPA-1 has its own default of type_one_side.
    """
    parts = [BASE_DESCRIPTOR | part for part in case.descriptor.get("list", [case.descriptor])]
    for part in parts:
        for key in _MISSING.get(part["type"], ()):
            del part[key]
    return parts


def descriptor_section(case: Case, seed: int) -> dict:
    """The section of the descriptor; each part of a hybrid starts from a seed of its own."""
    parts = [part | {"seed": seed + 10 * k} for k, part in enumerate(parts_of(case))]
    return {"type": "hybrid", "list": parts} if "list" in case.descriptor else parts[0]


def model_section(case: Case, seed: int) -> dict:
    """The section of the model; the members of a linear combination start from seeds of their own."""

    def single(change: dict, step: int) -> dict:
        changed = replace(case, descriptor=case.descriptor | change)
        return {
            "type_map": list(case.type_map),
            "descriptor": descriptor_section(changed, seed + step),
            "fitting_net": BASE_FITTING | case.fitting | {"seed": seed + step + 1},
        }

    members = [single(change, 10 * k) for k, change in enumerate(case.members)]
    combined = {"type_map": list(case.type_map), "type": "linear_ener", "models": members}
    return {**(combined if members else single({}, 0)), **case.model}
