"""The NumPy reference of se_e3 is right: it gives DeePMD-kit's numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dpmd.importers import import_model
from golden.oracles import systems
from oracle.se_t_numpy import atom_energies

ORACLE = Path(__file__).resolve().parents[1] / "data" / "oracle"
MODELS = sorted(p for p in ORACLE.glob("three_body_*") if p.suffix != ".npz")
FORMATS = ("pb", "pth", "dp", "yaml")


def assert_agrees(model: Path, oracle: Path) -> None:
    spec = import_model(model)
    found = systems(oracle)
    assert found
    for system in found.values():
        parameters = {key: system.get(key) for key in ("fparam", "aparam")}
        energies = atom_energies(spec, system["positions"], system["types"], system.get("cell"), **parameters)
        # Sums run in another order.
        assert np.abs(energies - system["atom_energies"]).max() < 1e-12


@pytest.mark.parametrize("model", MODELS, ids=lambda path: path.name)
def test_it_agrees_with_deepmd_kit_on_models_of_the_project(model: Path) -> None:
    assert_agrees(model, model.with_suffix(".npz"))


@pytest.mark.parametrize("suffix", FORMATS)
def test_it_agrees_with_deepmd_kit_on_shared_models(shared, suffix: str) -> None:
    oracle = "se_e3_pb.npz" if suffix == "pb" else "se_e3.npz"
    assert_agrees(shared / "models/local" / f"se_e3.{suffix}", shared / "oracle/local" / oracle)
