"""The ASE calculator."""

from __future__ import annotations

import numpy as np
import pytest
from ase import Atoms
from ase.calculators.calculator import PropertyNotImplementedError
from ase.optimize import BFGS

from dpmd.ase import DPMD
from dpmd.errors import InputError


@pytest.fixture
def water(water_atoms, water_model) -> Atoms:
    """The water box with a calculator, its cell sheared so that no symmetry hides an error."""
    atoms = water_atoms.copy()
    shear = np.array([[1, 0, 0], [0.08, 1, 0], [-0.05, 0.1, 1]])
    atoms.set_cell(np.asarray(atoms.cell) @ shear, scale_atoms=True)
    atoms.calc = DPMD(water_model)
    return atoms


@pytest.fixture
def molecule(water_model) -> Atoms:
    """One water molecule without a cell."""
    atoms = Atoms("OH2", positions=[[0, 0, 0], [0.97, 0, 0], [-0.2, 0.95, 0.1]])
    atoms.calc = DPMD(water_model)
    return atoms


def test_properties_are_those_of_the_potential(water, water_potential) -> None:
    expected = water_potential.compute(water, atomic=True)

    assert water.get_potential_energy() == pytest.approx(expected.energy, abs=1e-9)
    assert water.get_potential_energy(force_consistent=True) == water.get_potential_energy()
    assert np.allclose(water.get_forces(), expected.forces, rtol=0, atol=1e-9)
    assert np.allclose(water.get_potential_energies(), expected.atom_energies, rtol=0, atol=1e-9)


def test_atom_energies_add_up_to_the_energy(water) -> None:
    assert water.get_potential_energies().sum() == pytest.approx(water.get_potential_energy(), rel=1e-13)


def test_stress_is_the_strain_derivative_in_voigt_order(water) -> None:
    stress = water.get_stress()
    h = 1e-5

    for index, (a, b) in enumerate([(0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1)]):
        energies = []
        for sign in (1, -1):
            strain = np.eye(3)
            strain[a, b] += sign * h / 2
            strain[b, a] += sign * h / 2
            moved = water.copy()
            moved.calc = water.calc
            moved.set_cell(np.asarray(water.cell) @ strain, scale_atoms=True)
            energies.append(moved.get_potential_energy())
        numeric = (energies[0] - energies[1]) / (2 * h) / water.get_volume()

        # central difference of energies known to 1e-9 eV over 2e-5 and 1927 Å^3: 3e-8
        assert stress[index] == pytest.approx(numeric, abs=1e-7)


def test_a_list_kept_over_small_moves_gives_the_forces_of_a_fresh_one(water, water_potential) -> None:
    rng = np.random.default_rng(3)
    water.get_forces()

    for _ in range(5):  # some within half the skin, their sum beyond it
        water.positions += rng.uniform(-0.25, 0.25, 3) + rng.uniform(-0.02, 0.02, (192, 3))
        fresh = water_potential.compute(water)
        assert np.allclose(water.get_forces(), fresh.forces, rtol=0, atol=1e-9)


def test_an_optimiser_lowers_the_energy_of_a_molecule(molecule) -> None:
    before = molecule.get_potential_energy()

    BFGS(molecule, logfile=None).run(fmax=0.01, steps=100)

    assert molecule.get_potential_energy() < before
    assert np.linalg.norm(molecule.get_forces(), axis=1).max() < 0.01


def test_an_open_system_has_no_stress(molecule) -> None:
    molecule.get_forces()

    with pytest.raises(PropertyNotImplementedError, match="lattice vectors"):
        molecule.get_stress()


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_each_periodic_direction_counts_by_itself(molecule, axis: int) -> None:
    molecule.cell = np.eye(3) * 4.0
    molecule.pbc = np.arange(3) == axis
    chain = molecule.repeat(1 + 4 * (np.arange(3) == axis))
    chain.pbc = False
    chain.calc = molecule.calc

    middle = chain.get_forces()[6:9]  # two neighbours on each side cover the cutoff of 6 Å

    assert np.allclose(molecule.get_forces(), middle, rtol=0, atol=1e-9)


def test_a_slab_needs_no_vector_across(molecule) -> None:
    molecule.set_cell([4.0, 4.0, 0.0])
    molecule.pbc = (True, True, False)
    flat = molecule.get_forces()

    molecule.set_cell([4.0, 4.0, 50.0])

    assert np.allclose(molecule.get_forces(), flat, rtol=0, atol=1e-9)
    assert molecule.get_stress().shape == (6,)


def test_a_cell_without_periodicity_is_ignored(molecule) -> None:
    free = molecule.get_potential_energy()

    molecule.set_cell([4.0, 4.0, 4.0])

    assert molecule.get_potential_energy() == free


def test_parameters_come_from_the_atoms_and_a_change_is_noticed(oracle) -> None:
    atoms = Atoms("OH2", positions=[[0, 0, 0], [0.97, 0, 0], [-0.2, 0.95, 0.1]])
    atoms.calc = DPMD(oracle / "fparam_aparam.pb")
    potential = atoms.calc.potential
    energies = []

    for shift in (0.0, 0.5):
        atoms.info["fparam"] = np.full(potential.n_fparam, 0.1 + shift)
        for other in (0.0, 0.5):
            atoms.arrays["aparam"] = np.full((3, potential.n_aparam), 0.2 + other)
            energies.append(atoms.get_potential_energy())
            expected = potential.compute(atoms, fparam=atoms.info["fparam"], aparam=atoms.arrays["aparam"])
            assert energies[-1] == expected.energy

    assert len(set(energies)) == 4


def test_type_dict_names_the_types_anew(molecule, water_model) -> None:
    isotope = Atoms("SF2", positions=molecule.positions)
    isotope.calc = DPMD(water_model, type_dict={"S": 0, "F": 1})

    assert isotope.get_potential_energy() == molecule.get_potential_energy()


def test_an_unknown_element_is_named(water_model) -> None:
    atoms = Atoms("OH2Na", positions=np.eye(4, 3))
    atoms.calc = DPMD(water_model)

    with pytest.raises(InputError, match="'Na'"):
        atoms.get_potential_energy()


def test_precision_and_compression_reach_the_potential(molecule, water_model) -> None:
    options = {"precision": "mix32", "compress": True, "tolerance": 1e-5}
    fast = molecule.copy()
    fast.calc = DPMD(water_model, **options)

    assert fast.get_forces() == pytest.approx(molecule.get_forces(), abs=1e-3)
    assert (fast.get_forces() != molecule.get_forces()).any()
    info = fast.calc.potential.info()
    assert (info["precision"], info["compression"]["tolerance"]) == ("mix32", 1e-5)


def test_a_potential_can_be_shared(molecule, water_potential) -> None:
    shared = molecule.copy()
    shared.calc = DPMD(water_potential)

    assert shared.get_potential_energy() == molecule.get_potential_energy()
    with pytest.raises(InputError, match="threads"):
        DPMD(water_potential, threads=1)
