"""DeePMD-kit's results for a set of models, and how far ours may be from them."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

# What our side of the comparison runs on: "cuda:0" on a machine with a GPU, or with DPMD_MODULES on the emulator.
DEVICE = os.environ.get("DPMD_TEST_DEVICE", "cpu")


@dataclass(frozen=True)
class Case:
    """One model file and the ``.npz`` with DeePMD-kit's numbers for it."""

    model: str
    oracle: str
    tolerance: str = "double"


@dataclass(frozen=True)
class Tolerance:
    """Largest allowed deviations: energy per atom (eV), forces (eV/Å), virials and per-atom values (eV)."""

    energy: float
    force: float
    virial: float
    atomic: float


# double: forces and virials of atoms are sums in steps of 2^-43 = 1.1e-13 (math/fixed_point.hpp), some 200 terms per
# atom; what is added up over atoms is not rounded.
# single: the model itself was evaluated in float32 by DeePMD-kit.
TOLERANCES = {
    "double": Tolerance(energy=1e-12, force=1e-11, virial=1e-10, atomic=1e-11),
    "single": Tolerance(energy=1e-5, force=1e-5, virial=5e-4, atomic=1e-5),
    # The virials of a pair table's pairs are halved between both atoms in TensorFlow; here they are the neighbour's.
    # The repulsions are some 100 eV/Å.
    "pair_table": Tolerance(energy=1e-12, force=1e-10, virial=1e-9, atomic=math.inf),
}

# Models and numbers beside the repository.
SHARED_CASES = (
    Case("copper_gb.pb", "copper_gb"),
    Case("cu_v2_fp64.pb", "cu_v2_fp64"),
    Case("cu_v2_fp32.pb", "cu_v2_fp32", "single"),
    Case("cu_v2_fp32_compressed.pb", "cu_v2_fp32_compressed", "single"),
    Case("water.pb", "water"),
    Case("water_small.pb", "water_small"),
    Case("fixtures/deeppot.pb", "fixture_deeppot_pb"),
    Case("fixtures/deeppot_sea.pb", "fixture_deeppot_sea_pb"),
    Case("fixtures/deeppot_sea.pth", "fixture_deeppot_sea_pb"),
    Case("fixtures/deeppot_sea.dp", "fixture_deeppot_sea_pb"),
    Case("fixtures/deeppot_sea.yaml", "fixture_deeppot_sea_pb"),
)


@dataclass(frozen=True)
class Deviation:
    """Largest absolute differences over the atoms of one system."""

    energy: float
    force: float
    virial: float
    atomic: float

    def within(self, limit: Tolerance) -> bool:
        return all(getattr(self, name) <= getattr(limit, name) for name in ("energy", "force", "virial", "atomic"))


def worst(deviations: Iterable[Deviation]) -> Deviation:
    """The largest of each quantity."""
    found = list(deviations)
    names = ("energy", "force", "virial", "atomic")
    return Deviation(**{name: max(getattr(d, name) for d in found) for name in names})


def systems(oracle: Path) -> dict[str, dict[str, np.ndarray]]:
    """Every system of an oracle file, as its arrays by name."""
    out: dict[str, dict[str, np.ndarray]] = {}
    with np.load(oracle) as data:
        for key in data.files:
            if "/" in key:
                system, name = key.split("/", 1)
                out.setdefault(system, {})[name] = data[key]
    return out


def deviation(potential, system: dict[str, np.ndarray]) -> Deviation:
    """What ``potential`` gives for a system against DeePMD-kit's numbers."""
    types = system["types"].reshape(-1)
    result = potential.compute(
        system["positions"],
        types,
        system.get("cell"),
        atomic=True,
        fparam=system.get("fparam"),
        aparam=system.get("aparam"),
    )

    def largest(ours, name, shape):
        if name == "atom_virials" and name not in system:  # DeePMD-kit has none for some tables
            return 0.0
        return float(np.abs(ours - system[name].reshape(shape)).max(initial=0.0))

    return Deviation(
        energy=abs(result.energy - float(system["energy"])) / max(types.size, 1),
        force=largest(result.forces, "forces", (-1, 3)),
        virial=largest(result.virial, "virial", (3, 3)),
        atomic=max(
            largest(result.atom_energies, "atom_energies", -1),
            largest(result.atom_virials, "atom_virials", (-1, 3, 3)),
        ),
    )
