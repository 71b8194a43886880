"""Commands on a GPU give the same results as on the CPU; on the emulated GPU where ``DPMD_MODULES`` leads to it."""

from __future__ import annotations

from pathlib import Path

import ase.io
import numpy as np
import pytest
from ase.optimize import BFGS

import dpmd
from command_line import command
from dpmd.ase import DPMD

INPUT = """
[model]
file = "{model}"
device = "{device}"
[structure]
file = "{structure}"
[dynamics]
ensemble = "npt"
temperature = 330
pressure = 1.0
coupling = "isotropic"
steps = 12
[output]
directory = "{directory}"
thermo_every = 2
trajectory = "trajectory.extxyz"
trajectory_every = 4
checkpoint_every = 6
[deviation]
models = ["{other}"]
every = 3
lower = 0.0
"""
FILES = ("thermo.csv", "trajectory.extxyz", "model_devi.out", "selected.extxyz", "checkpoint.safetensors")


def test_a_committee_gives_what_its_models_give(water_model, other_water_model, small_box, device) -> None:
    atoms, models = ase.io.read(small_box), (water_model, other_water_model)

    found = dpmd.Committee(models, device=device).compute(atoms, atomic=True)
    expected = dpmd.Committee(models).compute(atoms, atomic=True)

    for one, other, model in zip(found, expected, models, strict=True):
        alone = dpmd.Potential(model, device=device).compute(atoms, atomic=True)
        assert one.energy == alone.energy and np.array_equal(one.forces, alone.forces)
        assert one.energy == pytest.approx(other.energy, abs=1e-10)
        assert np.abs(one.forces - other.forces).max() < 1e-11
        assert np.abs(one.virial - other.virial).max() < 1e-10
        assert np.abs(one.atom_virials - other.atom_virials).max() < 1e-10


def test_atoms_are_described_as_on_the_cpu(water_model, small_box, device) -> None:
    atoms = ase.io.read(small_box)

    found = dpmd.Potential(water_model, device=device).describe(atoms)
    expected = dpmd.Potential(water_model).describe(atoms)

    assert np.array_equal(found.descriptors, expected.descriptors)
    assert np.array_equal(found.hidden, expected.hidden)


def test_an_optimiser_takes_the_same_path(water_model, small_box, device) -> None:
    def optimised(place: str):
        atoms = ase.io.read(small_box)
        atoms.calc = DPMD(water_model, device=place)
        BFGS(atoms, logfile=None).run(fmax=0, steps=4)
        return atoms

    found, expected = optimised(device), optimised("cpu")

    assert np.abs(found.positions - expected.positions).max() < 1e-10
    assert found.get_potential_energy() == pytest.approx(expected.get_potential_energy(), abs=1e-9)
    assert found.get_stress() == pytest.approx(expected.get_stress(), abs=1e-11)
    assert found.calc.potential.n_list_builds < 5


def test_a_run_is_that_of_the_cpu_and_goes_on_with_equal_bytes(
    water_model, other_water_model, small_box, device, tmp_path
) -> None:
    def run_of(name: str, place: str, *options: object) -> Path:
        values = {"model": water_model, "other": other_water_model, "structure": small_box}
        (tmp_path / f"{name}.toml").write_text(INPUT.format(device=place, directory=name, **values))
        command("run", tmp_path / f"{name}.toml", *options)
        return tmp_path / name

    whole, on_cpu = run_of("whole", device), run_of("cpu", "cpu")
    run_of("parts", device, "--steps", 7)
    parts = run_of("parts", device, "--resume")

    for name in FILES:
        assert (parts / name).read_bytes() == (whole / name).read_bytes(), name
    found, expected = (np.loadtxt(run / "thermo.csv", delimiter=",", skiprows=1) for run in (whole, on_cpu))
    assert found == pytest.approx(expected, rel=1e-6)
    found, expected = np.loadtxt(whole / "model_devi.out"), np.loadtxt(on_cpu / "model_devi.out")
    assert len(found) == 5
    assert found == pytest.approx(expected, rel=2e-6)
    last, expected = ase.io.read(whole / "selected.extxyz"), ase.io.read(on_cpu / "selected.extxyz")
    assert np.abs(last.positions - expected.positions).max() < 1e-7


def test_deviations_of_frames_are_the_same(water_model, other_water_model, small_box, device, tmp_path) -> None:
    for place in (device, "cpu"):
        table = tmp_path / place.partition(":")[0]
        command("deviation", water_model, other_water_model, "-s", small_box, "-o", table, "--device", place)

    assert np.loadtxt(tmp_path / device.partition(":")[0]) == pytest.approx(np.loadtxt(tmp_path / "cpu"), rel=2e-6)


def test_info_names_the_device(water_model, device) -> None:
    assert device in command("info", water_model, "--device", device)
