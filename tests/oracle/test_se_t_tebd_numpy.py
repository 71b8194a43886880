"""The NumPy reference of se_e3_tebd gives DeePMD-kit's numbers for shared models, in every format."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dpmd.importers import import_model
from golden.oracles import systems
from golden.se_t_tebd_models import oracle_of, shared_models
from oracle.local_numpy import evaluate


@pytest.mark.parametrize("model", shared_models(), ids=lambda path: path.name)
def test_it_agrees_with_deepmd_kit(model: Path) -> None:
    spec = import_model(model)
    found = systems(oracle_of(model))
    assert found
    for name, system in found.items():
        own = evaluate(spec, system["positions"], system["types"].reshape(-1), system.get("cell"))
        # Sums run in another order.
        assert np.abs(own.atom_energies - system["atom_energies"].reshape(-1)).max() < 1e-11, name
        assert np.abs(own.forces - system["forces"].reshape(-1, 3)).max() < 1e-11, name
        assert np.abs(own.virial - system["virial"].reshape(3, 3)).max() < 1e-10, name
