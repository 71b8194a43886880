"""The NumPy reference of se_e3 gives DeePMD-kit's numbers for shared models, in every format."""

from __future__ import annotations

import numpy as np
import pytest

from dpmd.importers import import_model
from golden.oracles import systems
from oracle.local_numpy import evaluate

FORMATS = ("pb", "pth", "dp", "yaml")


@pytest.mark.parametrize("suffix", FORMATS)
def test_it_agrees_with_deepmd_kit(shared, suffix: str) -> None:
    spec = import_model(shared / "models/local" / f"se_e3.{suffix}")
    found = systems(shared / "oracle/local" / ("se_e3_pb.npz" if suffix == "pb" else "se_e3.npz"))
    assert found
    for system in found.values():
        parameters = {key: system.get(key) for key in ("fparam", "aparam")}
        own = evaluate(spec, system["positions"], system["types"], system.get("cell"), **parameters)
        # Sums run in another order.
        assert np.abs(own.atom_energies - system["atom_energies"]).max() < 1e-12
        assert np.abs(own.forces - system["forces"]).max() < 1e-11
