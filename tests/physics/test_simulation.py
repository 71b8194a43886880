"""The Simulation class: arguments, observers, stopping, and runs that blow up."""

from __future__ import annotations

import gc
import os
import signal
import threading
import weakref

import ase.io
import numpy as np
import pytest
from ase import units

import dpmd


def test_arrays_and_atoms_mean_the_same(potential, droplet):
    velocities = np.random.default_rng(2).normal(0, 0.01, (len(droplet), 3))
    atoms = droplet.copy()
    atoms.set_velocities(velocities / units.fs)

    one = dpmd.Simulation(potential, atoms)
    other = dpmd.Simulation(
        potential,
        positions=droplet.positions.tolist(),
        types=[0 if s == "O" else 1 for s in droplet.get_chemical_symbols()],
        cell=[10, 10, 10],
        velocities=velocities,
        masses=[15.999, 1.008],
    )
    for simulation in (one, other):
        simulation.run(5)

    np.testing.assert_allclose(one.positions, other.positions, atol=1e-12)
    np.testing.assert_allclose(one.velocities, other.velocities, atol=1e-12)


def test_atoms_come_back_with_velocities_masses_and_cell(make, potential):
    simulation = make(masses={"H": 2.014})
    simulation.run(5)

    atoms = simulation.atoms()
    again = dpmd.Simulation(potential, atoms)

    assert atoms.info == {"step": 5, "time": 2.5}
    np.testing.assert_array_equal(again.masses, simulation.masses)
    np.testing.assert_allclose(again.velocities, simulation.velocities, rtol=1e-12, atol=1e-16)
    np.testing.assert_allclose(
        atoms.get_kinetic_energy(), simulation.thermo()["kinetic_energy"], rtol=1e-7
    )  # ASE's constants are CODATA 2014
    assert set(simulation.masses) == {15.999, 2.014}


def test_forces_are_those_of_the_potential(make, potential, droplet):
    simulation = make()
    simulation.run(3)

    result = potential.compute(simulation.positions, simulation.types, simulation.cell)

    # the neighbours of the simulation's list are ordered as they were when it was built
    np.testing.assert_allclose(simulation.forces, result.forces, rtol=0, atol=5e-13)
    assert simulation.thermo()["potential_energy"] == pytest.approx(result.energy, rel=1e-15)


def test_returned_arrays_are_copies(make):
    simulation = make()
    positions = simulation.positions

    positions += 1
    simulation.run(1)

    assert np.abs(simulation.positions - positions).min() > 0.5


def test_initial_velocities_depend_on_the_seed_alone(make):
    one, same, other = make(), make(), make()
    one.initialize_velocities(500, seed=3)
    same.initialize_velocities(500, seed=3)
    other.initialize_velocities(500, seed=4)

    np.testing.assert_array_equal(one.velocities, same.velocities)
    assert np.abs(one.velocities - other.velocities).min() > 0
    np.testing.assert_allclose(one.thermo()["temperature"], 500, rtol=1e-9)
    assert np.abs(one.masses @ one.velocities).max() < 1e-13


def test_drawn_temperature_scatters_unless_exact(make):
    simulation, drawn = make(), []
    for seed in range(200):
        simulation.initialize_velocities(330, seed=seed, exact=False)
        drawn.append(simulation.thermo()["temperature"])

    relative = np.array(drawn) / 330
    assert abs(relative.mean() - 1) < 5 * np.sqrt(2 / 69 / 200)
    assert 0.7 < relative.var() / (2 / 69) < 1.3


def test_callbacks_come_at_multiples_and_once(make):
    simulation, steps = make(), []
    simulation.callback(lambda sim: steps.append(sim.step), every=4)

    simulation.run(6)
    simulation.run(2)
    simulation.run(3)

    assert steps == [0, 4, 8]


def test_an_exception_in_a_callback_ends_the_run_after_a_whole_step(make):
    simulation, reference = make(), make()

    def fail(sim):
        if sim.step == 4:
            raise LookupError("found nothing")

    simulation.callback(fail, every=2)
    with pytest.raises(LookupError, match="found nothing"):
        simulation.run(10)
    assert simulation.step == 4
    simulation.run(6)
    reference.run(10)

    np.testing.assert_array_equal(simulation.positions, reference.positions)


def test_stop_ends_the_run_after_the_current_step(make):
    simulation = make()
    simulation.callback(lambda sim: sim.stop() if sim.step == 3 else None, every=1)

    assert simulation.run(10) == 3
    assert simulation.run(2) == 2


def test_stop_without_a_run_ends_the_next_one_at_once(make):
    simulation = make()
    simulation.stop()

    assert simulation.run(5) == 0
    assert simulation.run(5) == 5


def test_other_threads_work_while_a_run_goes_on(make):
    simulation, started = make(), threading.Event()
    simulation.callback(lambda sim: started.set(), every=1)
    worker = threading.Thread(target=simulation.run, args=(10**6,))

    worker.start()
    assert started.wait(60)
    simulation.stop()
    worker.join(60)

    assert not worker.is_alive()
    assert simulation.step < 10**6


@pytest.fixture
def heard_interrupt():
    """Python's handler of SIGINT, also where the tests run in the background of a shell, which ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heard_interrupt")
def test_an_interrupt_ends_the_run_after_a_whole_step(make):
    simulation = make()
    simulation.callback(lambda sim: os.kill(os.getpid(), signal.SIGINT) if sim.step == 5 else None, every=1)

    with pytest.raises(KeyboardInterrupt):
        simulation.run(10**6)

    assert 5 <= simulation.step < 10**6
    simulation.run(1)


def test_a_callback_must_not_run_the_simulation_again(make):
    simulation = make()
    simulation.callback(lambda sim: sim.run(1), every=1)

    with pytest.raises(dpmd.InputError, match="must not run it again before it ends"):
        simulation.run(1)


def test_a_callback_may_add_an_observer(make, tmp_path):
    simulation = make()
    simulation.callback(lambda sim: sim.trajectory(tmp_path / "t.extxyz", every=1) if sim.step == 2 else None, every=1)

    simulation.run(4)

    assert [a.info["step"] for a in ase.io.read(tmp_path / "t.extxyz", index=":")] == [2, 3, 4]


def test_a_simulation_with_a_callback_to_itself_is_freed(make):
    def leave():
        simulation = make()
        simulation.callback(lambda sim: simulation.step, every=1)
        return weakref.ref(simulation)

    alive = leave()
    gc.collect()

    assert alive() is None


def test_a_blown_up_run_names_step_atom_and_place_and_leaves_its_files_whole(make, tmp_path):
    simulation = make(timestep=20.0)
    simulation.trajectory(tmp_path / "t.extxyz", every=1)
    simulation.thermo_log(tmp_path / "thermo.csv", every=1)

    with pytest.raises(dpmd.InputError, match=r"^step \d+: .*atom \d+ at \(.*\) Å moves at") as error:
        simulation.run(1000)
    step = simulation.step
    with pytest.raises(dpmd.InputError, match="cannot go on: step"):
        simulation.run(1)
    with pytest.raises(dpmd.InputError, match="cannot go on: step"):
        simulation.write_checkpoint(tmp_path / "c")

    assert f"step {step}:" in str(error.value)
    frames = ase.io.read(tmp_path / "t.extxyz", index=":")
    assert [a.info["step"] for a in frames] == list(range(step))
    assert all(np.isfinite(a.positions).all() for a in frames)
    assert len((tmp_path / "thermo.csv").read_text().splitlines()) == step + 1


def test_atoms_on_top_of_each_other_are_named(make, droplet):
    atoms = droplet.copy()
    atoms.positions[4] = atoms.positions[9]

    with pytest.raises(dpmd.InputError, match="4 and 9"):
        make(atoms=atoms).run(1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"timestep": 0}, "timestep = 0 fs"),
        ({"timestep": float("nan")}, "timestep = nan"),
        ({"skin": -1}, "skin = -1"),
        ({"seed": -1}, "seed = -1"),
        ({"ensemble": "nvt"}, "ensemble must be one of"),
        ({"ensemble": dpmd.Bussi(300, 10), "zero_momentum": False}, "needs a total momentum of zero"),
        ({"masses": [1.0]}, "masses has 1 values"),
        ({"masses": [1.0, -1.0]}, r"masses\[1\] = -1 \(H\)"),
        ({"masses": {"Xe": 1.0}}, "'Xe' is not in the model's type map"),
        ({"velocities": np.zeros((3, 3))}, "velocities has shape"),
        ({"positions": np.full((24, 3), np.nan)}, r"positions\[0\]\[0\] = nan"),
        ({"types": [0] * 23 + [2]}, r"types\[23\] = 2"),
        ({"types": [0] * 23 + [-1]}, "virtual atoms cannot move"),
        ({"types": ["O"] * 23 + ["Kr"]}, "'Kr' is not in the model's type map"),
        ({"fparam": [1.0]}, "fparam has 1 values"),
    ],
)
def test_bad_arguments_are_named(potential, droplet, change, message):
    with pytest.raises(dpmd.InputError, match=message):
        dpmd.Simulation(potential, droplet, **change).thermo()


def test_no_atoms_and_single_atoms_are_refused(potential):
    with pytest.raises(dpmd.InputError, match="needs atoms"):
        dpmd.Simulation(potential)
    with pytest.raises(dpmd.InputError, match="no atoms"):
        dpmd.Simulation(potential, positions=np.zeros((0, 3)), types=[])
    with pytest.raises(dpmd.InputError, match="one atom"):
        dpmd.Simulation(potential, positions=np.zeros((1, 3)), types=["O"])


def test_different_masses_within_a_type_are_refused(potential, droplet):
    atoms = droplet.copy()
    masses = atoms.get_masses()
    masses[-1] = 2.0
    atoms.set_masses(masses)

    with pytest.raises(dpmd.InputError, match="'H' have different masses"):
        dpmd.Simulation(potential, atoms)


@pytest.mark.parametrize("method", ("thermo_log", "checkpoint"))
def test_every_must_be_positive(make, tmp_path, method):
    with pytest.raises(dpmd.InputError, match="every = 0"):
        getattr(make(), method)(tmp_path / "f", every=0)


def test_an_output_in_no_folder_is_refused_at_once(make, tmp_path):
    with pytest.raises(dpmd.InputError, match="no_such"):
        make().thermo_log(tmp_path / "no_such" / "thermo.csv", every=1)
