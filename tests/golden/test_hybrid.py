"""The shared hybrids: every format gives the same bits as .dpmd, and tables and precisions stay near the nets."""

from __future__ import annotations

import numpy as np
import pytest

import dpmd
from dpmd.importers import import_model
from golden.oracles import DEVICE, TOLERANCES, deviation, systems
from golden.test_every_shared_model import oracle_of
from golden.test_forms_and_precisions import LIMITS, check

NAMES = ("hybrid-se_a-se_a", "hybrid-se_a-se_r")


@pytest.mark.parametrize("suffix", ["pb", "pth", "dp", "yaml"])
@pytest.mark.parametrize("name", NAMES)
def test_converting_changes_no_bit(shared, tmp_path, name, suffix):
    model = shared / "models/local" / f"{name}.{suffix}"
    import_model(model).save(tmp_path / "model.dpmd")
    potentials = [dpmd.Potential(path, device=DEVICE) for path in (model, tmp_path / "model.dpmd")]

    for label, system in systems(oracle_of(model)).items():
        frame = system["positions"], system["types"], system.get("cell")
        direct, converted = (potential.compute(*frame, atomic=True) for potential in potentials)
        for key in ("energy", "forces", "virial", "atom_energies", "atom_virials"):
            assert np.array_equal(getattr(direct, key), getattr(converted, key)), (label, key)


@pytest.mark.parametrize("precision", LIMITS)
@pytest.mark.parametrize("name", ["local/hybrid-sea-ser.pb", "local/hybrid-se_a-se_a.pth"])
def test_forms_and_precisions_stay_near_the_nets(shared, name, precision):
    model = shared / "models" / name

    check(model, oracle_of(model), precision)


@pytest.mark.parametrize("name", NAMES)
def test_a_serialised_model_equals_deepmd_kit(shared, tmp_path, name):
    from model_files.dpmodel_files import write_dp

    model = shared / "models/local" / f"{name}.pth"
    potential = dpmd.Potential(write_dp(tmp_path / "again.dp", dpmd.DeepPot(model).serialize()), device=DEVICE)

    for label, system in systems(oracle_of(model)).items():
        assert deviation(potential, system).within(TOLERANCES["double"]), label
