"""Processes that are forked from one that has used dpmd, or started by multiprocessing."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager

import numpy as np
import pytest

import dpmd
from dpmd.ase import DPMD

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")

PATIENCE = 60
"""Seconds after which a process counts as hanging."""


def in_fork(work: Callable[[], object]) -> str:
    """The value of ``work`` in a forked process, or the error with which it ends, as text."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(PATIENCE)  # turns a hang into a failure
        try:
            text = str(work())
        except BaseException as error:
            text = f"{type(error).__name__}: {error}"
        os.write(writer, text.encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as file:
        text = file.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status == 0, f"the child ended with {status}"
    return text


@pytest.fixture
def potential(water_model) -> dpmd.Potential:
    return dpmd.Potential(water_model, threads=2, skin=1.0)


def test_a_potential_and_a_new_one_compute_the_same_in_a_fork(potential, water_model, water_atoms) -> None:
    expected = potential.compute(water_atoms).forces

    def compute() -> object:
        inherited = potential.compute(water_atoms).forces
        made_here = dpmd.Potential(water_model, threads=2, compress=True).compute(water_atoms).forces
        return (inherited == expected).all() and np.allclose(made_here, expected, atol=1e-5)

    assert in_fork(compute) == "True"
    assert in_fork(lambda: in_fork(compute)) == "True"
    assert (potential.compute(water_atoms).forces == expected).all()


def test_a_committee_and_a_calculator_compute_the_same_in_a_fork(water_model, water_atoms) -> None:
    committee = dpmd.Committee([dpmd.Potential(water_model, threads=2)])
    atoms = water_atoms.copy()
    atoms.calc = DPMD(water_model, threads=2)
    expected = atoms.get_potential_energy()
    committee.compute(water_atoms)

    def compute() -> list[float]:
        atoms.rattle(0.0)
        atoms.calc.reset()
        return [atoms.get_potential_energy(), float(np.ravel(committee.compute(water_atoms)[0].energy)[0])]

    assert in_fork(compute) == str([expected, expected])


def test_a_potential_that_was_busy_is_refused_in_a_fork(potential, water_atoms) -> None:
    alone = f"{potential.compute(water_atoms).energy}"
    crowd, is_over = water_atoms.repeat((2, 2, 2)), threading.Event()

    def keep_busy() -> None:
        while not is_over.is_set():
            potential.compute(crowd)

    thread = threading.Thread(target=keep_busy)
    thread.start()
    said = []
    try:
        while len(said) < 100 and set(said) <= {alone}:
            said.append(in_fork(lambda: potential.compute(water_atoms).energy))
    finally:
        is_over.set()
        thread.join()

    assert "in use by a thread when this process was forked" in said[-1]
    assert "multiprocessing's spawn" in said[-1]
    assert f"{potential.compute(water_atoms).energy}" == alone


def test_a_simulation_can_be_read_in_a_fork_but_runs_where_it_was_made(potential, water_atoms, tmp_path) -> None:
    simulation = dpmd.Simulation(potential, water_atoms)
    simulation.thermo_log(tmp_path / "thermo.csv", 1)
    simulation.trajectory(tmp_path / "t.extxyz", 1)
    simulation.run(2)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    assert in_fork(lambda: (simulation.positions == simulation.atoms().positions).all()) == "True"
    assert in_fork(lambda: simulation.thermo()["step"]) == "2"
    for work in (
        lambda: simulation.run(1),
        lambda: simulation.write_checkpoint(tmp_path / "c"),
        lambda: simulation.trajectory(tmp_path / "other.extxyz", 1),
    ):
        assert in_fork(work).startswith("InputError: this process was forked from the one that made the simulation")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    simulation.run(1)


def test_a_simulation_made_in_a_fork_runs(potential, water_atoms, tmp_path) -> None:
    here = dpmd.Simulation(potential, water_atoms)
    here.run(3)

    def run() -> object:
        simulation = dpmd.Simulation(potential, water_atoms)
        simulation.trajectory(tmp_path / "t.extxyz", 1)
        simulation.run(3)
        return (simulation.positions == here.positions).all()

    assert in_fork(run) == "True"


def test_a_calculator_that_was_busy_is_refused_in_a_fork(water_model, water_atoms) -> None:
    atoms, crowd, is_over = water_atoms.copy(), water_atoms.repeat((2, 2, 2)), threading.Event()
    atoms.calc = crowd.calc = DPMD(water_model, threads=1)
    alone = str(atoms.get_potential_energy())

    def keep_busy() -> None:
        while not is_over.is_set():
            crowd.positions[0, 0] += 1e-4
            crowd.get_potential_energy()

    def compute() -> float:
        atoms.positions[0, 0] += 0.0
        return atoms.get_potential_energy()

    thread = threading.Thread(target=keep_busy)
    thread.start()
    said = []
    try:
        while len(said) < 100 and set(said) <= {alone}:
            said.append(in_fork(compute))
    finally:
        is_over.set()
        thread.join()

    assert said[-1].startswith("InputError: this calculator was in use by a thread when this process was forked")
    assert str(compute()) == alone


@contextmanager
def readers(simulation: dpmd.Simulation) -> Iterator[None]:
    """Runs threads that keep asking."""
    is_over = threading.Event()

    def ask() -> None:
        while not is_over.is_set():
            assert simulation.step >= 0

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        is_over.set()
        for thread in threads:
            thread.join()


def test_a_simulation_that_threads_take_turns_with_is_read_or_refused_in_a_fork(potential, water_atoms) -> None:
    simulation, has_begun = dpmd.Simulation(potential, water_atoms), threading.Event()
    simulation.callback(lambda s: has_begun.set(), 1)
    running = threading.Thread(target=simulation.run, args=(10**9,))
    running.start()
    assert has_begun.wait(PATIENCE)
    try:
        with readers(simulation):
            said = [in_fork(lambda: simulation.step) for _ in range(40)]
    finally:
        simulation.stop()
        running.join()

    refusal = "InputError: another thread was in this simulation when this process was forked: make another one"
    assert all(text.isdigit() or text.startswith(refusal) for text in said), said


def test_a_run_that_forks_in_a_callback_goes_on_in_one_process(potential, water_atoms, tmp_path) -> None:
    """Whatever other threads did at the moment of the fork."""
    simulation, home, said = dpmd.Simulation(potential, water_atoms), os.getpid(), []

    def fork(simulation: dpmd.Simulation) -> None:
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(PATIENCE)
            return
        said.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))

    simulation.callback(fork, 1)
    simulation.thermo_log(tmp_path / "thermo.csv", 1)
    with readers(simulation):
        try:
            simulation.run(20)
        except dpmd.InputError as error:
            os._exit(5 if "forked in the middle of a run" in str(error) else 6)
        finally:
            if os.getpid() != home:
                os._exit(7)

    assert said == [5] * 21
    assert len((tmp_path / "thermo.csv").read_text().splitlines()) == 22


def test_a_gpu_is_refused_in_a_fork(device, water_model, water_atoms) -> None:
    on_gpu = dpmd.Potential(water_model, device=device)
    simulation = dpmd.Simulation(on_gpu, water_atoms)

    assert "forked from the one that loaded the model on" in in_fork(lambda: on_gpu.compute(water_atoms))
    assert "forked from the one that made the simulation" in in_fork(lambda: simulation.positions)
    for name in (device, "auto"):
        said = in_fork(lambda name=name: dpmd.Potential(water_model, device=name))
        assert said.startswith(f"DeviceError: device '{name}'") and "multiprocessing's spawn" in said
    assert "in use in the process" in in_fork(lambda: [one.unusable for one in dpmd.devices()])
    assert in_fork(lambda: dpmd.Potential(water_model).compute(water_atoms).energy) != ""


def energy_with(model: str, atoms: object) -> float:
    """The work of a process in a pool; it loads the model itself."""
    return dpmd.Potential(model, threads=1).compute(atoms).energy


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_pools_of_processes_compute(potential, water_model, water_atoms, method) -> None:
    expected = potential.compute(water_atoms).energy

    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context(method)) as pool:
        futures = [pool.submit(energy_with, str(water_model), water_atoms) for _ in range(3)]
        energies = [future.result(timeout=PATIENCE) for future in futures]

    assert energies == [expected] * 3


def test_a_calculator_goes_to_another_process_by_its_file(water_model, water_atoms) -> None:
    atoms = water_atoms.copy()
    atoms.calc = DPMD(water_model)

    there = pickle.loads(pickle.dumps(atoms))

    assert there.get_potential_energy() == atoms.get_potential_energy()
    with pytest.raises(TypeError):
        pickle.dumps(dpmd.Potential(water_model))
