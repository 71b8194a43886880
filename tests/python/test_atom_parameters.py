"""Frame and atomic parameters that ASE's Atoms carry reach every way to compute."""

from __future__ import annotations

import ase.io
import numpy as np
import pytest

import dpmd


@pytest.fixture(scope="module")
def potential(oracle) -> dpmd.Potential:
    return dpmd.Potential(oracle / "fparam_aparam.pb")


@pytest.fixture
def carrying(potential, small_box):
    """Atoms of the model with their own parameters."""
    atoms = ase.io.read(small_box)[:6]
    atoms.set_chemical_symbols([potential.type_map[0]] * 6)
    atoms.info["fparam"] = np.full(potential.n_fparam, 0.25)
    atoms.set_array("aparam", np.linspace(0, 1, 6 * potential.n_aparam).reshape(6, -1))
    return atoms


def test_compute_and_simulations_take_what_the_atoms_carry(potential, carrying) -> None:
    given = {"fparam": carrying.info["fparam"], "aparam": carrying.arrays["aparam"]}
    bare = carrying.copy()
    del bare.info["fparam"], bare.arrays["aparam"]
    expected = potential.compute(bare, **given).energy

    assert potential.compute(carrying).energy == expected
    assert potential.compute([carrying, carrying]).energy.tolist() == [expected] * 2
    assert dpmd.Committee([potential, potential]).compute(carrying)[1].energy == expected
    assert dpmd.Simulation(potential, carrying, 0.5).thermo()["potential_energy"] == expected


def test_arguments_come_before_what_the_atoms_carry(potential, carrying) -> None:
    other = 2 * carrying.info["fparam"]

    assert potential.compute(carrying, fparam=other).energy != potential.compute(carrying).energy
    bare = carrying.copy()
    del bare.info["fparam"]
    assert potential.compute(carrying, fparam=other).energy == potential.compute(bare, fparam=other).energy


def test_models_without_parameters_leave_them(water_potential, water_atoms) -> None:
    carrying = water_atoms.copy()
    carrying.info["fparam"] = [1.0]
    carrying.set_array("aparam", np.ones((len(carrying), 1)))

    assert water_potential.compute(carrying).energy == water_potential.compute(water_atoms).energy


def test_parameters_that_are_no_numbers_are_named(potential, carrying) -> None:
    carrying.info["fparam"] = "x"

    with pytest.raises(dpmd.InputError, match="fparam must be an array of real numbers"):
        potential.compute(carrying)
