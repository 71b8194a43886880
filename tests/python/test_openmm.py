"""OpenMM gets energies and forces from dpmd, by openmm-ml for all atoms or for some, and in the example."""

from __future__ import annotations

import copy
import subprocess
import sys

import numpy as np
import pytest
from ase import Atoms

import dpmd

pytest.importorskip("openmmml", reason='needs OpenMM: pip install ".[openmm]"')

import openmm
from openmm import app, unit
from openmmml import MLPotential

EV = 96.48533212331  # kJ/mol
PLATFORMS = ("Reference", "CPU")


def topology_of(atoms) -> app.Topology:
    """Each atom as a residue of its own."""
    topology = app.Topology()
    chain = topology.addChain()
    for atom in atoms:
        element = app.Element.getByAtomicNumber(int(atom.number))
        topology.addAtom(atom.symbol, element, topology.addResidue("X", chain))
    if atoms.pbc.any():
        topology.setPeriodicBoxVectors(np.asarray(atoms.cell) / 10)
    return topology


def context_of(system: openmm.System, positions: np.ndarray, platform: str = "Reference") -> openmm.Context:
    """Positions in Å."""
    integrator = openmm.VerletIntegrator(0.0005)
    context = openmm.Context(system, integrator, openmm.Platform.getPlatformByName(platform))
    context.setPositions(positions / 10)
    return context


def computed(context: openmm.Context) -> tuple[float, np.ndarray]:
    """The energy, eV, and the forces, eV/Å."""
    state = context.getState(getEnergy=True, getForces=True)
    energy = state.getPotentialEnergy().value_in_unit(unit.kilojoule_per_mole)
    forces = state.getForces(asNumpy=True).value_in_unit(unit.kilojoule_per_mole / unit.nanometer)
    return energy / EV, forces / (10 * EV)


@pytest.fixture(scope="module")
def potential(water_model) -> MLPotential:
    """The small water model as openmm-ml has it."""
    return MLPotential("dpmd", modelPath=water_model)


@pytest.fixture
def tilted(water_atoms):
    """The water box with a tilted cell, as OpenMM takes them: the first vector along x, the second in the xy plane."""
    atoms = water_atoms.copy()
    shear = np.array([[1, 0, 0], [0.08, 1, 0], [-0.05, 0.1, 1]])
    atoms.set_cell(np.asarray(atoms.cell) @ shear, scale_atoms=True)
    return atoms


@pytest.fixture
def cluster(water_atoms):
    """Eight molecules without a box."""
    atoms = water_atoms[:24]
    atoms.pbc = False
    return atoms


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("system", ["tilted", "cluster"])
def test_energies_and_forces_are_those_of_dpmd(potential, water_potential, platform, system, request) -> None:
    atoms = request.getfixturevalue(system)
    expected = water_potential.compute(atoms)

    energy, forces = computed(context_of(potential.createSystem(topology_of(atoms)), atoms.positions, platform))

    assert energy == pytest.approx(expected.energy, rel=1e-12)
    assert np.abs(forces - expected.forces).max() <= 1e-11


def test_forces_are_the_derivative_of_the_energy(potential, tilted) -> None:
    context = context_of(potential.createSystem(topology_of(tilted)), tilted.positions)
    _, forces = computed(context)
    step = 1e-4  # Å

    for atom, axis in ((0, 0), (7, 1), (100, 2)):
        energies = []
        for sign in (1, -1):
            moved = tilted.positions.copy()
            moved[atom, axis] += sign * step
            context.setPositions(moved / 10)
            energies.append(computed(context)[0])
        assert forces[atom, axis] == pytest.approx(-(energies[0] - energies[1]) / (2 * step), abs=1e-6)


def test_the_box_of_the_context_counts_and_not_that_of_the_topology(potential, water_potential, water_atoms) -> None:
    context = context_of(potential.createSystem(topology_of(water_atoms)), water_atoms.positions)
    larger = water_atoms.copy()
    larger.set_cell(np.asarray(water_atoms.cell) * 1.02, scale_atoms=True)

    context.setPeriodicBoxVectors(*np.asarray(larger.cell) / 10)
    context.setPositions(larger.positions / 10)

    assert computed(context)[0] == pytest.approx(water_potential.compute(larger).energy, rel=1e-12)


def test_energy_is_conserved(potential, water_atoms) -> None:
    context = context_of(potential.createSystem(topology_of(water_atoms)), water_atoms.positions)
    context.setVelocitiesToTemperature(330, 4711)
    totals = []
    for _ in range(10):
        context.getIntegrator().step(5)
        state = context.getState(getEnergy=True)
        total = state.getPotentialEnergy() + state.getKineticEnergy()
        totals.append(total.value_in_unit(unit.kilojoule_per_mole) / EV)

    assert np.ptp(totals) < 1e-3 * len(water_atoms)  # eV; the kinetic energy is 8 eV


def springs(n: int, periodic: bool = False, without: tuple[int, ...] = ()) -> openmm.System:
    """A force field: bonds between neighbours in the numbering, except for those within a group of atoms."""
    system = openmm.System()
    bonds = openmm.HarmonicBondForce()
    bonds.setUsesPeriodicBoundaryConditions(periodic)
    for k in range(n):
        system.addParticle(16.0)
        if k and not {k - 1, k} <= set(without):
            bonds.addBond(k - 1, k, 0.1, 1000.0)
    system.addForce(bonds)
    return system


def test_in_a_mixed_system_the_model_is_for_its_atoms_and_the_force_field_for_the_others(
    potential, water_potential, cluster
) -> None:
    chosen, n = tuple(range(9, 15)), len(cluster)  # two molecules
    model = water_potential.compute(cluster[list(chosen)])
    field, field_forces = computed(context_of(springs(n, without=chosen), cluster.positions))

    mixed = potential.createMixedSystem(topology_of(cluster), springs(n), chosen)
    energy, forces = computed(context_of(mixed, cluster.positions))

    assert energy == pytest.approx(model.energy + field, rel=1e-12)
    assert np.abs(forces[list(chosen)] - field_forces[list(chosen)] - model.forces).max() < 1e-10
    others = np.setdiff1d(np.arange(n), chosen)
    assert np.abs(forces[others] - field_forces[others]).max() < 1e-10


def test_a_mixed_system_leads_from_the_force_field_to_the_model(potential, water_potential, cluster) -> None:
    chosen, n = tuple(range(9, 15)), len(cluster)
    model = water_potential.compute(cluster[list(chosen)]).energy
    field = computed(context_of(springs(n), cluster.positions))[0]
    without = computed(context_of(springs(n, without=chosen), cluster.positions))[0]
    mixed = potential.createMixedSystem(topology_of(cluster), springs(n), chosen, interpolate=True)
    context = context_of(mixed, cluster.positions)

    for weight in (0, 0.25, 1):
        context.setParameter("lambda_interpolate", weight)
        energy = computed(context)[0]
        assert energy == pytest.approx((1 - weight) * field + weight * (model + without), rel=1e-10)


def test_a_mixed_system_in_a_box_needs_no_word_about_long_ranges(potential, water_potential, water_atoms) -> None:
    chosen = list(range(30))
    field = springs(len(water_atoms), periodic=True)
    field.setDefaultPeriodicBoxVectors(*np.asarray(water_atoms.cell) / 10)
    field.getForce(0).setForceGroup(1)

    mixed = potential.createMixedSystem(topology_of(water_atoms), field, chosen)

    state = context_of(mixed, water_atoms.positions).getState(getEnergy=True, groups={0})
    energy = state.getPotentialEnergy().value_in_unit(unit.kilojoule_per_mole) / EV
    assert energy == pytest.approx(water_potential.compute(water_atoms[chosen]).energy, rel=1e-12)


@pytest.mark.parametrize("how", ["copied", "written"])
def test_a_system_can_be_copied_and_written(potential, cluster, how) -> None:
    system = potential.createSystem(topology_of(cluster))
    expected = computed(context_of(system, cluster.positions))

    if how == "copied":
        other = copy.deepcopy(system)
    else:
        other = openmm.XmlSerializer.deserialize(openmm.XmlSerializer.serialize(system))

    found = computed(context_of(other, cluster.positions))
    assert found[0] == expected[0]
    assert np.array_equal(found[1], expected[1])


def test_type_dict_names_the_types_and_deuterium_is_hydrogen(water_model, water_potential, cluster) -> None:
    renamed = MLPotential("dpmd", modelPath=water_model, type_dict={"S": 0, "H": 1})
    topology = app.Topology()
    chain = topology.addChain()
    for symbol in cluster.symbols:
        element = app.Element.getBySymbol({"O": "S", "H": "D"}[symbol])
        topology.addAtom(symbol, element, topology.addResidue("X", chain))

    energy, _ = computed(context_of(renamed.createSystem(topology), cluster.positions))

    assert energy == pytest.approx(water_potential.compute(cluster).energy, rel=1e-12)


@pytest.mark.parametrize("case", ["periodic", "open"])
def test_parameters_go_with_the_potential(oracle, case: str) -> None:
    numbers = np.load(oracle / "fparam_aparam.npz")
    given = {name: numbers[f"{case}/{name}"] for name in ("fparam", "aparam", "positions", "types")}
    atoms = Atoms(numbers["type_map"][given["types"]], given["positions"])
    if case == "periodic":
        atoms.cell, atoms.pbc = numbers["periodic/cell"], True

    model = oracle / "fparam_aparam.pb"
    potential = MLPotential("dpmd", modelPath=model, fparam=given["fparam"], aparam=given["aparam"])
    energy, forces = computed(context_of(potential.createSystem(topology_of(atoms)), atoms.positions))

    assert energy == pytest.approx(float(numbers[f"{case}/energy"]), rel=1e-12)
    assert np.abs(forces - numbers[f"{case}/forces"]).max() < 1e-10


def test_what_cannot_work_is_refused_with_the_reason(potential, water_model, cluster) -> None:
    topology = topology_of(cluster)
    strange = topology_of(cluster)
    next(strange.atoms()).element = app.element.xenon
    virtual = topology_of(cluster)
    next(virtual.atoms()).element = None

    with pytest.raises(dpmd.InputError, match=r'the model is missing: MLPotential\("dpmd", modelPath='):
        MLPotential("dpmd")
    with pytest.raises(dpmd.InputError, match="an option of MLPotential is unknown: .*'presicion'"):
        MLPotential("dpmd", modelPath=water_model, presicion="mix32")
    with pytest.raises(dpmd.InputError, match=r"nowhere\.pb"):
        MLPotential("dpmd", modelPath="nowhere.pb")
    with pytest.raises(dpmd.InputError, match=r"atom 0 \(O\) has element Xe, which is not a type of the model \(O H\)"):
        potential.createSystem(strange)
    with pytest.raises(dpmd.InputError, match=r"atom 0 \(O\) has no element"):
        potential.createSystem(virtual)
    with pytest.raises(dpmd.InputError, match=r"fparam: give it to MLPotential"):
        potential.createSystem(topology, fparam=[1.0])
    with pytest.raises(dpmd.InputError, match="atoms is empty"):
        potential.createMixedSystem(topology, springs(len(cluster)), [])


@pytest.mark.parametrize("first", ["openmmml", "dpmd.openmm", "dpmd.openmm_factory"])
def test_modules_may_be_imported_in_any_order_and_openmm_ml_alone_loads_no_engine(first: str) -> None:
    code = f"import {first}, sys; print('dpmd._core' in sys.modules); import openmmml, dpmd.openmm"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(first == "dpmd.openmm")


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_example_runs(root, platform) -> None:
    command = [sys.executable, str(root / "examples" / "openmm" / "water.py"), "--steps", "20", "--platform", platform]

    done = subprocess.run(command, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].split()[0] == "20"
