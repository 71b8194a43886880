"""The ASE calculator."""

from __future__ import annotations

import copy
import pickle

import ase.io
import numpy as np
import pytest
from ase import Atoms, units
from ase.build import bulk
from ase.calculators.calculator import PropertyNotImplementedError
from ase.filters import FrechetCellFilter, UnitCellFilter
from ase.md.verlet import VelocityVerlet
from ase.mep import NEB
from ase.optimize import BFGS, FIRE
from ase.phonons import Phonons

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


@pytest.fixture
def copper(shared) -> Atoms:
    """Four atoms of strained copper, displaced from their sites."""
    atoms = bulk("Cu", "fcc", 3.7, cubic=True)
    atoms.rattle(0.05, seed=2)
    atoms.set_cell(np.asarray(atoms.cell) @ [[1, 0.02, 0], [0, 0.98, 0.01], [0, 0, 1]], scale_atoms=True)
    atoms.calc = DPMD(shared / "models" / "cu_v2_fp64.pb")
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

        # central difference of energies known to 1e-9 eV, divided by 2e-5 and 1927 Å^3: 3e-8
        assert stress[index] == pytest.approx(numeric, abs=1e-7)


def test_a_list_kept_over_small_moves_gives_the_forces_of_a_fresh_one(water, water_potential) -> None:
    rng = np.random.default_rng(3)
    water.get_forces()

    for _ in range(5):  # each within half the skin, some sums beyond it
        water.positions += rng.uniform(-0.25, 0.25, 3) + rng.uniform(-0.02, 0.02, (192, 3))
        fresh = water_potential.compute(water)
        assert np.allclose(water.get_forces(), fresh.forces, rtol=0, atol=1e-9)


def test_one_list_serves_until_an_atom_has_moved_half_the_skin(water) -> None:
    potential, start = water.calc.potential, water.positions.copy()

    for step in range(10):
        water.positions = start + 0.049 * step * np.array([1, 0, 0])
        water.get_forces()
    water.get_stress()
    assert potential.n_list_builds == 1

    water.positions[17, 2] += 0.3  # together with the 0.44 Å so far, more than 0.5 Å
    water.get_forces()
    assert potential.n_list_builds == 2


def test_an_optimiser_lowers_the_energy_of_a_molecule(molecule) -> None:
    before = molecule.get_potential_energy()

    BFGS(molecule, logfile=None).run(fmax=0.01, steps=100)

    assert molecule.get_potential_energy() < before
    assert np.linalg.norm(molecule.get_forces(), axis=1).max() < 0.01


@pytest.mark.parametrize(("optimiser", "cell_filter"), [(BFGS, FrechetCellFilter), (FIRE, UnitCellFilter)])
def test_an_optimiser_finds_cell_and_positions_of_a_crystal(copper, optimiser, cell_filter) -> None:
    exact = bulk("Cu", "fcc", 3.6)
    exact.calc = copper.calc
    BFGS(FrechetCellFilter(exact), logfile=None).run(fmax=1e-4)

    assert optimiser(cell_filter(copper), logfile=None).run(fmax=1e-3, steps=300)

    assert abs(copper.get_stress()).max() < 1e-4
    assert copper.get_potential_energy() / 4 == pytest.approx(exact.get_potential_energy(), abs=1e-5)
    assert copper.get_volume() / 4 == pytest.approx(exact.get_volume(), rel=1e-3)


def test_phonons_of_copper_are_stable_and_acoustic(shared, tmp_path) -> None:
    atoms = bulk("Cu", "fcc", 3.6)
    atoms.calc = DPMD(shared / "models" / "cu_v2_fp64.pb")
    BFGS(FrechetCellFilter(atoms), logfile=None).run(fmax=1e-4)

    phonons = Phonons(atoms, atoms.calc, supercell=(4, 4, 4), delta=0.02, name=str(tmp_path / "phonons"))
    phonons.run()
    phonons.read(acoustic=False)  # the sum rule must hold without corrections
    path = atoms.cell.bandpath("GXWLGK", npoints=30)
    energies = phonons.get_band_structure(path).energies[0]  # imaginary ones come out negative

    at_gamma = np.linalg.norm(path.kpts, axis=1) < 1e-9
    assert at_gamma.sum() == 2
    assert abs(energies[at_gamma]).max() < 1e-7  # forces sum to zero: only the rounding of the eigenvalues is left
    assert energies[~at_gamma].min() > 1e-3
    assert 0.025 < energies.max() < 0.035  # neutrons see 30 meV


def test_a_band_of_images_with_one_calculator_finds_the_barrier_of_a_vacancy(shared) -> None:
    calc = DPMD(shared / "models" / "cu_v2_fp64.pb", compress=True)
    crystal = bulk("Cu", "fcc", 3.634, cubic=True).repeat(2)
    neighbor = 1 + int(crystal.get_distances(0, range(1, 32), mic=True).argmin())
    hop = crystal.get_distance(neighbor, 0, mic=True, vector=True)
    ends = [crystal[1:], crystal[1:]]
    ends[1].positions[neighbor - 1] += hop
    for end in ends:
        end.calc = calc
        BFGS(end, logfile=None).run(fmax=0.01)
    images = [ends[0], *(ends[0].copy() for _ in range(3)), ends[1]]
    for image in images[1:4]:
        image.calc = calc

    band = NEB(images, climb=True, allow_shared_calculator=True, method="improvedtangent")
    band.interpolate(mic=True)
    assert BFGS(band, logfile=None).run(fmax=0.03, steps=60)

    energies = [image.get_potential_energy() - ends[0].get_potential_energy() for image in images]
    assert energies[4] == pytest.approx(0, abs=1e-4)
    assert energies[1] == pytest.approx(energies[3], abs=1e-3)  # both ends are equivalent
    assert 0.6 < energies[2] < 1.0  # measured 0.7; the cell is small


def test_the_energy_of_dynamics_is_kept_to_second_order_in_the_time_step(water_atoms, water_model) -> None:
    calc = DPMD(water_model, compress=True)
    deviations = []

    for timestep in (0.5, 0.25):
        atoms = water_atoms.copy()
        atoms.calc = calc
        atoms.set_momenta(np.random.default_rng(1).normal(size=(192, 3)) * np.sqrt(atoms.get_masses() * 0.026)[:, None])
        dynamics, energies = VelocityVerlet(atoms, timestep * units.fs), []
        dynamics.attach(lambda atoms=atoms, energies=energies: energies.append(atoms.get_total_energy()))
        dynamics.run(int(25 / timestep))
        deviations.append(np.ptp(energies) / len(atoms))

    assert deviations[0] < 3e-4
    assert 3 < deviations[0] / deviations[1] < 5


def test_results_are_written_with_the_atoms(water, tmp_path) -> None:
    forces, stress = water.get_forces(), water.get_stress()

    for name in ("water.extxyz", "water.traj", "water.json"):
        ase.io.write(tmp_path / name, water)
        read = ase.io.read(tmp_path / name)
        assert read.get_potential_energy() == pytest.approx(water.get_potential_energy(), rel=1e-12)
        assert np.allclose(read.get_forces(), forces, rtol=0, atol=1e-8)  # extxyz has 8 decimals
        assert np.allclose(read.get_stress(), stress, rtol=1e-12)
        assert read.get_potential_energies().sum() == pytest.approx(water.get_potential_energy(), rel=1e-9)


def test_results_are_exported_under_the_names_of_ase(water) -> None:
    exported = water.get_properties(["energy", "forces", "stress"])

    assert exported["energy"] == water.get_potential_energy()
    assert (water.calc.export_properties()["forces"] == water.get_forces()).all()
    assert water.calc.results["virial"].shape == (3, 3)


@pytest.mark.parametrize("how", [copy.deepcopy, lambda atoms: pickle.loads(pickle.dumps(atoms))])
def test_copies_of_atoms_have_a_calculator_of_their_own(molecule, water_model, how) -> None:
    molecule.calc = DPMD(water_model, type_dict={"O": 0, "H": 1}, skin=0.5, compress=True)
    molecule.get_forces()

    other = how(molecule)

    assert other.calc is not molecule.calc
    assert other.calc.results["energy"] == molecule.get_potential_energy()
    other.positions[0] += 0.02
    assert other.get_potential_energy() != molecule.get_potential_energy()
    molecule.positions[0] += 0.02
    assert other.get_potential_energy() == molecule.get_potential_energy()
    assert other.calc.todict() == {"model": str(water_model), "skin": 0.5, "compress": True}


def test_a_shared_potential_says_why_it_is_not_pickled(molecule, water_potential) -> None:
    molecule.calc = DPMD(water_potential)

    assert copy.deepcopy(molecule).get_potential_energy() == molecule.get_potential_energy()
    with pytest.raises(InputError, match="made from a dpmd.Potential"):
        pickle.dumps(molecule)


def test_a_periodic_direction_needs_a_vector(molecule) -> None:
    molecule.set_cell([4.0, 0.0, 4.0])
    molecule.pbc = True

    with pytest.raises(InputError, match="no vector b"):
        molecule.get_potential_energy()


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


def test_arguments_stand_in_the_order_of_deepmds_calculator(water_model, molecule) -> None:
    expected = molecule.get_forces()

    molecule.calc = DPMD(water_model, "DP", {"O": 0, "H": 1.0}, None, None, "auto")

    assert np.array_equal(molecule.get_forces(), expected)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"label": {"O": 0}}, "label = .* must be text"),
        ({"type_dict": 0.5}, "type_dict = 0.5 must give the type index"),
        ({"type_dict": {"O": 2}}, r"type_dict\['O'\] = 2 must be 1 or less"),
        ({"type_dict": {"O": "0"}}, r"type_dict\['O'\] = '0' must be a whole number"),
        ({"model": 5}, "model = 5 must be the name of a file"),
    ],
)
def test_arguments_of_a_wrong_kind_are_named(water_model, arguments, message: str) -> None:
    with pytest.raises(InputError, match=message):
        DPMD(**{"model": water_model} | arguments)
