"""The shared se_e3 model: every format gives the same bits as .dpmd, and tables stay near the nets."""

from __future__ import annotations

import numpy as np
import pytest

import dpmd
from dpmd.importers import import_model
from golden.oracles import DEVICE, TOLERANCES, deviation, systems
from golden.test_forms_and_precisions import LIMITS, check

FORMATS = ("pb", "pth", "dp", "yaml")
every_format = pytest.mark.parametrize("suffix", FORMATS)


@pytest.fixture
def files(shared, suffix):
    """The model and DeePMD-kit's numbers for it."""
    oracle = "se_e3_pb.npz" if suffix == "pb" else "se_e3.npz"
    return shared / "models/local" / f"se_e3.{suffix}", shared / "oracle/local" / oracle


@every_format
def test_converting_changes_no_bit(files, tmp_path):
    model, oracle = files
    import_model(model).save(tmp_path / "model.dpmd")
    potentials = [dpmd.Potential(path, device=DEVICE) for path in (model, tmp_path / "model.dpmd")]

    for name, system in systems(oracle).items():
        frame = system["positions"], system["types"], system.get("cell")
        direct, converted = (potential.compute(*frame, atomic=True) for potential in potentials)
        for key in ("energy", "forces", "virial", "atom_energies", "atom_virials"):
            assert np.array_equal(getattr(direct, key), getattr(converted, key)), (name, key)


@pytest.mark.parametrize("suffix", ["pb"])
@pytest.mark.parametrize("precision", LIMITS)
def test_forms_and_precisions_stay_near_the_nets(files, precision):
    check(*files, precision)


def test_a_serialised_model_equals_deepmd_kit(shared, tmp_path):
    from model_files.dpmodel_files import write_dp

    tree = dpmd.DeepPot(shared / "models/local/se_e3.pth").serialize()
    potential = dpmd.Potential(write_dp(tmp_path / "again.dp", tree), device=DEVICE)

    for name, system in systems(shared / "oracle/local/se_e3.npz").items():
        assert deviation(potential, system).within(TOLERANCES["double"]), name
