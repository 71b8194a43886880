"""Our results for se_e3_tebd equal DeePMD-kit's, in every format."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import dpmd
from dpmd.importers import import_model
from dpmd.models.file import model_bytes
from dpmd.models.spec import Source
from golden.oracles import DEVICE, TOLERANCES, deviation, systems
from golden.se_t_tebd_models import oracle_of, shared_models
from golden.test_forms_and_precisions import LIMITS, check

every_model = pytest.mark.parametrize("model", shared_models(), ids=lambda path: path.name)


@every_model
def test_every_system_equals_deepmd_kit(model: Path) -> None:
    potential = dpmd.Potential(model, device=DEVICE)

    found = {name: deviation(potential, one) for name, one in systems(oracle_of(model)).items()}

    assert found
    assert not {name: d for name, d in found.items() if not d.within(TOLERANCES["double"])}


@every_model
def test_converting_changes_no_bit(model: Path, tmp_path: Path) -> None:
    import_model(model).save(tmp_path / "model.dpmd")
    potentials = [dpmd.Potential(path, device=DEVICE) for path in (model, tmp_path / "model.dpmd")]

    for name, system in systems(oracle_of(model)).items():
        frame = system["positions"], system["types"].reshape(-1), system.get("cell")
        direct, converted = (potential.compute(*frame, atomic=True) for potential in potentials)
        for key in ("energy", "forces", "virial", "atom_energies", "atom_virials"):
            assert np.array_equal(getattr(direct, key), getattr(converted, key)), (name, key)


@pytest.mark.parametrize("model", [path for path in shared_models() if path.suffix == ".dp"], ids=lambda p: p.name)
@pytest.mark.parametrize("precision", LIMITS)
def test_forms_and_precisions_stay_near_the_nets(model: Path, precision: str) -> None:
    check(model, oracle_of(model), precision)


@pytest.mark.parametrize("model", [path for path in shared_models() if path.suffix == ".dp"], ids=lambda p: p.name)
def test_a_serialised_model_equals_deepmd_kit(model: Path, tmp_path: Path) -> None:
    from model_files.dpmodel_files import write_dp

    potential = dpmd.Potential(write_dp(tmp_path / "again.dp", dpmd.DeepPot(model).serialize()), device=DEVICE)

    for name, system in systems(oracle_of(model)).items():
        assert deviation(potential, system).within(TOLERANCES["double"]), name


@pytest.mark.parametrize("suffix", [".pth", ".yaml", "_ptexpt.pt"])
def test_formats_of_one_name_are_one_model(shared: Path, suffix: str) -> None:
    def bare(name: str) -> bytes:
        spec = import_model(shared / "models/dpa23" / name)
        return model_bytes(replace(spec, source=Source("x"), training_script=None, min_neighbor_distance=None))

    assert bare(f"se_e3_tebd_concat{suffix}") == bare("se_e3_tebd_concat.dp")
