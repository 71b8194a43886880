"""Common programs open our files, and find in them what was in memory."""

from __future__ import annotations

import ase.io
import numpy as np
import pytest
from ase import units

import dpmd

# No row of this cell is along an axis: a LAMMPS dump rotates it.
TILTED = np.array([[10.0, 0.5, 0.8], [0.3, 10.2, -0.4], [-0.6, 0.9, 9.9]])


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The folder of the files: t.extxyz; t.dump; timed.dump, with times and units."""
    return tmp_path_factory.mktemp("frames")


@pytest.fixture(scope="module")
def last(potential, droplet, folder):
    """The simulation at the last of the three frames that it has written."""
    atoms = droplet.copy()
    atoms.set_cell(TILTED)
    atoms.set_masses([2.014 if symbol == "H" else 15.999 for symbol in atoms.symbols])
    simulation = dpmd.Simulation(potential, atoms, timestep=0.5)
    simulation.initialize_velocities(330, seed=1)
    simulation.trajectory(folder / "t.extxyz", every=2, velocities=True, forces=True, virial=True)
    simulation.trajectory(folder / "t.dump", every=2, velocities=True, forces=True)
    simulation.trajectory(folder / "timed.dump", every=2, velocities=True, forces=True, time=True)
    simulation.run(4)
    return simulation


@pytest.fixture(scope="module")
def forces_and_virial(potential, last):
    """The results for the last frame."""
    return potential.compute(last.atoms())


def turned(vectors, cell):
    """Vectors of TILTED where its rows are those of ``cell``."""
    return vectors @ np.linalg.inv(TILTED) @ cell


DUMPS = ("t.dump", "timed.dump")


def test_ase_has_velocities_energy_forces_and_stress_of_extxyz(last, folder, forces_and_virial):
    atoms = ase.io.read(folder / "t.extxyz")

    np.testing.assert_allclose(atoms.get_velocities() * units.fs, last.velocities, rtol=1e-14)
    np.testing.assert_allclose(atoms.get_kinetic_energy(), last.thermo()["kinetic_energy"], rtol=1e-8)
    assert atoms.get_potential_energy() == last.thermo()["potential_energy"]
    np.testing.assert_array_equal(atoms.get_forces(), last.forces)
    virial = forces_and_virial.virial
    np.testing.assert_allclose(atoms.get_stress(voigt=False), -virial / atoms.get_volume(), atol=1e-12)
    np.testing.assert_allclose(atoms.info["virial"], virial, atol=1e-9)


def test_ase_has_no_stress_of_an_open_system(make, droplet, tmp_path):
    atoms = droplet.copy()
    atoms.pbc = [True, True, False]
    simulation = make(atoms=atoms)
    simulation.trajectory(tmp_path / "t.extxyz", every=1, virial=True)
    simulation.run(0)

    read = ase.io.read(tmp_path / "t.extxyz")

    assert "stress" not in read.calc.results
    assert read.info["virial"].shape == (3, 3)


@pytest.mark.parametrize("name", DUMPS)
def test_ase_reads_dumps(last, folder, name):
    frames = ase.io.read(folder / name, index=":", format="lammps-dump-text")

    assert len(frames) == 3
    atoms = frames[-1]
    assert atoms.get_chemical_symbols() == last.atoms().get_chemical_symbols()
    np.testing.assert_allclose(atoms.positions, turned(last.positions, atoms.cell[:]), atol=1e-12)
    np.testing.assert_allclose(atoms.get_velocities() * units.fs, turned(last.velocities, atoms.cell[:]), atol=1e-9)
    np.testing.assert_allclose(atoms.get_forces(), turned(last.forces, atoms.cell[:]), atol=1e-12)


def test_ovito_has_velocities_and_forces_of_extxyz(last, folder):
    import_file = pytest.importorskip("ovito.io").import_file

    frame = import_file(str(folder / "t.extxyz")).compute(2)

    # Å/fs; OVITO's parser is wrong in the last digit
    np.testing.assert_allclose(frame.particles["Velocity"][...], last.velocities, rtol=1e-15)
    np.testing.assert_allclose(frame.particles["Force"][...], last.forces, rtol=1e-15)
    np.testing.assert_allclose(frame.cell[:, :3].T, TILTED, rtol=1e-15)
    assert frame.attributes["energy"] == last.thermo()["potential_energy"]


@pytest.mark.parametrize("name", DUMPS)
def test_ovito_reads_dumps(last, folder, name):
    import_file = pytest.importorskip("ovito.io").import_file

    frame = import_file(str(folder / name)).compute(2)

    cell = frame.cell[:, :3].T
    np.testing.assert_allclose(frame.particles["Position"][...], turned(last.positions, cell), atol=1e-12)
    np.testing.assert_allclose(frame.particles["Velocity"][...], 1000 * turned(last.velocities, cell), atol=1e-9)
    assert [kind.name for kind in frame.particles.particle_types.types] == ["O", "H"]
    assert frame.attributes["Timestep"] == 4
    assert frame.attributes.get("Time") == (0.002 if name == "timed.dump" else None)  # ps


@pytest.mark.filterwarnings("ignore")
def test_dpdata_has_energies_forces_and_virials_of_extxyz(last, folder, forces_and_virial):
    dpdata = pytest.importorskip("dpdata")

    (system,) = dpdata.MultiSystems.from_file(folder / "t.extxyz", fmt="extxyz").systems.values()

    assert len(system) == 3
    assert [system["atom_names"][k] for k in system["atom_types"]] == last.atoms().get_chemical_symbols()
    np.testing.assert_array_equal(system["cells"][2], TILTED)
    np.testing.assert_array_equal(system["coords"][2], last.positions)
    assert system["energies"][2] == last.thermo()["potential_energy"]
    np.testing.assert_array_equal(system["forces"][2], last.forces)
    np.testing.assert_allclose(system["virials"][2], forces_and_virial.virial, atol=1e-9)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", DUMPS)
def test_dpdata_reads_dumps(last, folder, name):
    dpdata = pytest.importorskip("dpdata")

    system = dpdata.System(folder / name, fmt="lammps/dump", type_map=["O", "H"], unwrap=True)

    assert len(system) == 3
    assert [system["atom_names"][k] for k in system["atom_types"]] == last.atoms().get_chemical_symbols()
    np.testing.assert_allclose(system["coords"][2], turned(last.positions, system["cells"][2]), atol=1e-12)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("name", "kind"), [("t.extxyz", "XYZ"), ("t.dump", "LAMMPSDUMP")])
def test_mdanalysis_has_elements_positions_and_cell(last, folder, name, kind):
    universe = pytest.importorskip("MDAnalysis").Universe(folder / name, format=kind, topology_format=kind)

    assert universe.trajectory.n_frames == 3
    universe.trajectory[2]
    ours = last.atoms()
    assert list(universe.atoms.elements if kind == "LAMMPSDUMP" else universe.atoms.names) == list(ours.symbols)
    cell = TILTED
    if kind == "LAMMPSDUMP":
        np.testing.assert_allclose(universe.dimensions, ours.cell.cellpar(), rtol=1e-6)  # single precision
        cell = ours.cell.standard_form()[0][:]
    np.testing.assert_allclose(universe.atoms.positions, turned(last.positions, cell), atol=1e-5)


def test_a_dump_is_not_asked_for_a_virial(make, tmp_path):
    simulation = make()

    with pytest.raises(dpmd.InputError, match=r"t\.dump is a LAMMPS dump, which has no place for it; write extxyz"):
        simulation.trajectory(tmp_path / "t.dump", every=1, virial=True)

    assert not (tmp_path / "t.dump").exists()
