"""Small random models as DeePMD-kit's model dictionary, the common source of the test files."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np


@dataclass
class Toy:
    """The settings of a toy model. The defaults agree in every format."""

    descriptor: str = "se_e2_a"  # or "se_e2_r"
    type_map: list[str] = field(default_factory=lambda: ["O", "H"])
    sel: list[int] = field(default_factory=lambda: [5, 9])
    neuron: list[int] = field(default_factory=lambda: [3, 6])
    axis: int = 2
    fit: list[int] = field(default_factory=lambda: [7, 7])
    one_side: bool = False
    activation: str = "tanh"
    rcut: float = 5.0
    rcut_smth: float = 1.8
    exclude_types: list[list[int]] = field(default_factory=list)
    n_fparam: int = 0
    n_aparam: int = 0
    atom_ener: list[float | None] | None = None
    davg_zero: bool = False
    seed: int = 7
    parts: list[Toy] = field(default_factory=list)
    """More descriptors, whose features follow in a hybrid; of their settings only those of a descriptor count."""

    @property
    def n_types(self) -> int:
        return len(self.type_map)

    @property
    def n_components(self) -> int:
        """Of an environment row."""
        return 4 if self.descriptor == "se_e2_a" else 1

    @property
    def n_features(self) -> int:
        own = self.neuron[-1] * (self.axis if self.descriptor == "se_e2_a" else 1)
        return own + sum(part.n_features for part in self.parts)


def model_dict(toy: Toy) -> dict[str, Any]:
    """The ``model`` section of a dpmodel file, arrays as NumPy arrays."""
    rng = np.random.default_rng(toy.seed)
    n = toy.n_types
    n_nets = n if toy.one_side else n * n
    davg = np.zeros((n, sum(toy.sel), toy.n_components))
    if not toy.davg_zero:
        davg[:, :, 0] = rng.uniform(0.05, 0.2, (n, 1))
    dstd = np.tile(rng.uniform(0.1, 0.3, (n, 1, toy.n_components)), (1, sum(toy.sel), 1))
    n_in = toy.n_features + toy.n_fparam + toy.n_aparam
    model = {
        "@class": "Model",
        "@version": 2,
        "type": "standard",
        "type_map": toy.type_map,
        "atom_exclude_types": [],
        "pair_exclude_types": [],
        "@variables": {"out_bias": rng.normal(size=(1, n, 1)), "out_std": np.ones((1, n, 1))},
        "descriptor": {
            "@class": "Descriptor",
            "@version": 2,
            "type": toy.descriptor,
            "rcut": toy.rcut,
            "rcut_smth": toy.rcut_smth,
            "sel": toy.sel,
            **({"axis_neuron": toy.axis} if toy.descriptor == "se_e2_a" else {}),
            "type_one_side": toy.one_side,
            "exclude_types": toy.exclude_types,
            "env_protection": 0.0,
            "activation_function": toy.activation,
            "@variables": {"davg": davg, "dstd": dstd},
            "embeddings": {
                "ndim": 1 if toy.one_side else 2,
                "ntypes": n,
                "networks": [_net(rng, [1, *toy.neuron], toy, last=False) for _ in range(n_nets)],
            },
        },
        "fitting": {
            "@class": "Fitting",
            "@version": 2,
            "type": "ener",
            "mixed_types": False,
            "numb_fparam": toy.n_fparam,
            "numb_aparam": toy.n_aparam,
            "atom_ener": toy.atom_ener,
            "activation_function": toy.activation,
            "nets": {
                "ndim": 1,
                "ntypes": n,
                "networks": [_net(rng, [n_in, *toy.fit, 1], toy, last=True) for _ in range(n)],
            },
            "@variables": {
                "bias_atom_e": rng.normal(size=(n, 1)),
                **_parameters(rng, "fparam", toy.n_fparam),
                **_parameters(rng, "aparam", toy.n_aparam),
            },
        },
    }
    if toy.parts:
        parts = [model["descriptor"], *(model_dict(part)["descriptor"] for part in toy.parts)]
        model["descriptor"] = hybrid(*parts)
    return model


def hybrid(*parts: dict[str, Any]) -> dict[str, Any]:
    """A descriptor that has the features of all parts."""
    return {"@class": "Descriptor", "@version": 1, "type": "hybrid", "list": list(parts)}


def parts_of(descriptor: dict[str, Any]) -> list[dict[str, Any]]:
    """The parts of a hybrid, or the descriptor alone."""
    return descriptor["list"] if descriptor["type"] == "hybrid" else [descriptor]


def _parameters(rng: np.random.Generator, name: str, size: int) -> dict[str, Any]:
    average = rng.normal(size=size) if size else None
    scale = rng.uniform(1, 2, size) if size else None
    return {f"{name}_avg": average, f"{name}_inv_std": scale}


def _net(rng: np.random.Generator, widths: list[int], toy: Toy, last: bool) -> dict[str, Any]:
    """Layers between ``widths``; the last one is linear when ``last``."""
    layers = []
    for k, (n_in, n_out) in enumerate(pairwise(widths)):
        final = last and k == len(widths) - 2
        timestep = last and n_in == n_out and not final
        layers.append(
            {
                "@class": "Layer",
                "@version": 1,
                "bias": True,
                "use_timestep": timestep,
                "resnet": not final,
                "activation_function": "none" if final else toy.activation,
                "precision": "float64",
                "@variables": {
                    "w": rng.normal(size=(n_in, n_out)) / np.sqrt(n_in),
                    "b": rng.normal(size=n_out),
                    "idt": rng.uniform(0.1, 1, n_out) if timestep else None,
                },
            }
        )
    return {"layers": layers}


def compress(model: dict[str, Any], n_rows: tuple[int, int] = (40, 10)) -> None:
    """Replace the embedding nets by tables of random numbers."""
    rng = np.random.default_rng(11)
    info = np.array([-1.0, -1.0 + 0.1 * n_rows[0], -1.0 + 0.1 * n_rows[0] + n_rows[1], 0.1, 1.0, -1.0])
    for descriptor in parts_of(model["descriptor"]):
        networks = descriptor["embeddings"]["networks"]
        width = networks[0]["layers"][-1]["@variables"]["w"].shape[1]
        tables = [rng.normal(size=(sum(n_rows), 6 * width)) for _ in networks]
        variables = {"compress_data": tables, "compress_info": [info] * len(tables)}
        descriptor["compress"] = {"@variables": variables}
        descriptor["@version"] = 3
