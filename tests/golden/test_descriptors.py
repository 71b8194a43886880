"""Shared models of one descriptor: every format gives the same bits as .dpmd, and tables stay near the nets."""

from __future__ import annotations

import numpy as np
import pytest

import dpmd
from dpmd.importers import import_model
from golden.oracles import DEVICE, TOLERANCES, deviation, systems
from golden.se_t_tebd_models import oracle_of, shared_models
from golden.test_forms_and_precisions import LIMITS, check
from model_files.dpmodel_files import write_dp

DESCRIPTORS = ("se_e2_r", "se_e3")
FILES = [f"{one}.{suffix}" for one in DESCRIPTORS for suffix in ("pb", "pth", "dp", "yaml")]
TYPED = [path.name for path in shared_models()]  # se_e3_tebd


@pytest.fixture
def files(shared, name):
    """The model and DeePMD-kit's numbers for it."""
    if name in TYPED:
        model = shared / "models/dpa23" / name
        return model, oracle_of(model)
    descriptor, suffix = name.split(".")
    oracle = f"{descriptor}_pb.npz" if suffix == "pb" else f"{descriptor}.npz"
    return shared / "models/local" / name, shared / "oracle/local" / oracle


@pytest.mark.parametrize("name", [*FILES, *TYPED])
def test_converting_changes_no_bit(files, tmp_path):
    model, oracle = files
    import_model(model).save(tmp_path / "model.dpmd")
    potentials = [dpmd.Potential(path, device=DEVICE) for path in (model, tmp_path / "model.dpmd")]

    for system_name, system in systems(oracle).items():
        frame = system["positions"], system["types"].reshape(-1), system.get("cell")
        direct, converted = (potential.compute(*frame, atomic=True) for potential in potentials)
        for key in ("energy", "forces", "virial", "atom_energies", "atom_virials"):
            assert np.array_equal(getattr(direct, key), getattr(converted, key)), (system_name, key)


# nets by pairs of types, by neighbour, and for all types
@pytest.mark.parametrize("name", ["se_e2_r.pb", "se_e2_r.dp", "se_e3.pb", *(one for one in TYPED if ".dp" in one)])
@pytest.mark.parametrize("precision", LIMITS)
def test_forms_and_precisions_stay_near_the_nets(files, precision):
    check(*files, precision)


@pytest.mark.parametrize("name", [*(f"{one}.pth" for one in DESCRIPTORS), *(one for one in TYPED if ".dp" in one)])
def test_a_serialised_model_equals_deepmd_kit(files, tmp_path):
    model, oracle = files
    tree = dpmd.DeepPot(model).serialize()
    potential = dpmd.Potential(write_dp(tmp_path / "again.dp", tree), device=DEVICE)

    for system_name, system in systems(oracle).items():
        assert deviation(potential, system).within(TOLERANCES["double"]), system_name
