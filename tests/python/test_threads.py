"""Threads that share objects: calls take turns, and no thread sees half a step."""

from __future__ import annotations

import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import ase.io
import numpy as np
import pytest

import dpmd
from dpmd.ase import DPMD

N_THREADS = 8
N_STEPS = 60


@pytest.fixture(scope="module")
def potential(water_model):
    return dpmd.Potential(water_model, threads=1)


@pytest.fixture(scope="module")
def box(small_box):
    return ase.io.read(small_box)


@pytest.fixture
def make(potential, box):
    """A simulation of eight water molecules that move."""

    def make(**options):
        simulation = dpmd.Simulation(potential, box, **options)
        simulation.initialize_velocities(300, seed=3)
        return simulation

    return make


@pytest.fixture(autouse=True)
def frequent_switches():
    """Makes Python switch threads often."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-4)
    yield
    sys.setswitchinterval(before)


def in_threads(work, n_threads=N_THREADS):
    """The results of work(0), work(1), ..., done at the same time."""
    together = threading.Barrier(n_threads)

    def begin(k):
        together.wait(60)
        return work(k)

    with ThreadPoolExecutor(n_threads) as pool:
        return list(pool.map(begin, range(n_threads)))


def whole_steps(simulation):
    """The values of an undisturbed run by step: positions, velocities, forces, potential energy."""
    shown = {}

    def keep(s):
        arrays = (array.tobytes() for array in (s.positions, s.velocities, s.forces))
        shown[s.step] = (*arrays, s.thermo()["potential_energy"])

    simulation.callback(keep, every=1)
    simulation.run(N_STEPS)
    return shown


def test_threads_beside_a_run_see_whole_steps_and_leave_no_trace(make):
    steps, simulation = whole_steps(make()), make()
    simulation.run(0)
    is_over = threading.Event()
    positions, velocities, forces, _ = ({one[k] for one in steps.values()} for k in range(4))

    def look(k):
        n_seen = 0
        while not is_over.is_set():
            assert simulation.positions.tobytes() in positions
            assert simulation.velocities.tobytes() in velocities
            assert simulation.forces.tobytes() in forces
            thermo = simulation.thermo()
            assert thermo["potential_energy"] == steps[thermo["step"]][3]
            atoms = simulation.atoms()
            assert atoms.positions.tobytes() == steps[atoms.info["step"]][0]
            assert repr(simulation) and simulation.closest_pair(3.0) and simulation.stage_times
            n_seen += 1
        return n_seen

    def run_or_look(k):
        if k > 0:
            return look(k)
        try:
            return simulation.run(N_STEPS)
        finally:
            is_over.set()

    n_done, *n_seen = in_threads(run_or_look)

    assert n_done == N_STEPS
    assert all(n_seen)
    assert simulation.positions.tobytes() == steps[N_STEPS][0]


class OtherThread:
    """Runs a simulation until the context is left."""

    def __init__(self, simulation):
        self.simulation, self.has_begun = simulation, threading.Event()
        self.thread = threading.Thread(target=simulation.run, args=(10**9,))

    def __enter__(self):
        self.simulation.callback(lambda s: self.has_begun.set(), every=1)
        self.thread.start()
        assert self.has_begun.wait(60)
        return self

    def __exit__(self, *error):
        self.simulation.stop()
        self.thread.join(60)
        assert not self.thread.is_alive()


def test_a_second_run_is_refused_until_the_first_has_ended(make):
    simulation = make()
    with OtherThread(simulation), pytest.raises(dpmd.InputError, match="is running"):
        simulation.run(1)

    assert simulation.run(1) == 1


def test_what_a_thread_changes_beside_a_run_comes_between_two_steps(make, tmp_path):
    simulation = make()
    with OtherThread(simulation):
        simulation.trajectory(tmp_path / "frames.extxyz", every=1, velocities=True)
        simulation.thermo_log(tmp_path / "thermo.csv", every=2)
        simulation.velocities = np.zeros((24, 3))
        simulation.initialize_velocities(200)
        simulation.write_checkpoint(tmp_path / "checkpoint.dpmd")
        seen = threading.Event()
        simulation.callback(lambda s: seen.set(), every=1)
        assert seen.wait(60)

    steps = [frame.info["step"] for frame in ase.io.read(tmp_path / "frames.extxyz", ":")]
    assert steps == list(range(steps[0], simulation.step + 1))
    assert dpmd.Simulation.resume(tmp_path / "checkpoint.dpmd", simulation.potential).step <= simulation.step


def test_callbacks_that_threads_add_at_once_are_all_called(make):
    simulation, called = make(), set()
    in_threads(lambda k: [simulation.callback(lambda s, n=n: called.add((k, n)), every=1) for n in range(10)])

    simulation.run(0)

    assert len(called) == 10 * N_THREADS


def test_a_callback_may_wait_for_a_thread_that_asks_the_simulation(make):
    simulation, answers = make(), []
    with ThreadPoolExecutor(1) as pool:
        simulation.callback(lambda s: answers.append(pool.submit(lambda: s.thermo()["step"]).result(60)), every=1)
        simulation.run(3)

    assert answers == [0, 1, 2, 3]


def test_two_simulations_may_look_at_each_other(make):
    one, other = make(), make()
    one.callback(lambda s: other.positions, every=1)
    other.callback(lambda s: one.positions, every=1)

    assert in_threads(lambda k: (one, other)[k].run(N_STEPS), 2) == [N_STEPS, N_STEPS]


def test_a_simulation_that_nobody_holds_any_more_runs_to_its_end(make):
    def forget(k):
        simulation = make()
        thread = threading.Thread(target=simulation.run, args=(N_STEPS,))
        thread.start()
        return thread

    for thread in in_threads(forget, 4):
        thread.join(60)
        assert not thread.is_alive()


def shaken(box, k):
    atoms = box.copy()
    atoms.rattle(0.02, seed=k)
    return atoms


def test_threads_that_share_models_get_what_one_thread_gets(potential, water_model, other_water_model, make, box):
    other = dpmd.Potential(other_water_model, threads=1)
    committee, calculator = dpmd.Committee([potential, other]), DPMD(potential)
    deep_pot, simulation = dpmd.DeepPot(water_model, threads=1), make()
    ranks = dpmd.mpi_world()

    def ask(k):
        atoms = shaken(box, k)
        x, cell = atoms.positions[None], np.asarray(atoms.cell).reshape(1, 9)
        types = np.where(atoms.numbers == 8, 0, 1)
        answers = []
        for _ in range(3):
            answers += [potential.compute(atoms).forces, *(one.forces for one in committee.compute(atoms))]
            answers += [potential.describe(atoms).descriptors, deep_pot.eval(x, cell, types)[1]]
            answers += [calculator.get_property("forces", atoms), calculator.get_property("stress", atoms)]
            answers += [dpmd.neighbor_list(atoms.positions, atoms.cell, 4.0)[3], ranks.largest(k)]
            assert potential.stage_times and potential.n_list_builds and potential.info()
            assert potential.n_fallback == 0
        return [np.asarray(answer).tobytes() for answer in answers]

    expected = [ask(k) for k in range(N_THREADS)]
    with OtherThread(simulation):
        assert in_threads(ask) == expected


def test_a_closed_deep_pot_says_so_to_all_threads(water_model, box):
    def ask(k):
        if k == 0:
            return deep_pot.close()
        with pytest.raises(dpmd.InputError, match="is closed"):
            for _ in range(10**6):
                deep_pot.eval(box.positions[None], None, np.where(box.numbers == 8, 0, 1))

    deep_pot = dpmd.DeepPot(water_model, threads=1)
    in_threads(ask)


def test_arrays_that_change_during_a_call_are_what_they_were_or_refused(potential, box):
    """A type that is changed after the check of types would be looked up beyond the model's."""
    types, x = np.where(box.numbers == 8, 0, 1).astype(np.int32), box.positions.copy()
    is_over = threading.Event()

    def change():
        while not is_over.is_set():
            types[5] = 2_000_000
            x[7] = np.nan
            types[5] = 1
            x[7] = box.positions[7]

    def compute():
        for _ in range(200):
            try:
                assert np.isfinite(potential.compute(x, types, box.cell).forces).all()
            except dpmd.InputError:
                continue

    with ThreadPoolExecutor(2) as pool:
        changing = pool.submit(change)
        try:
            pool.submit(compute).result(60)
        finally:
            is_over.set()
        changing.result(60)


def test_collective_calls_of_other_threads_are_refused_where_ranks_run_together(
    run_on, tmp_path, water_model, small_box
):
    script = tmp_path / "ranks.py"
    script.write_text(
        f"""
import threading, ase.io, dpmd
ranks = dpmd.mpi_world()
potential = dpmd.Potential({str(water_model)!r}, threads=1)
simulation = dpmd.Simulation(potential, ase.io.read({str(small_box)!r}), ranks=ranks)
told = []

def ask():
    for collective in (
        lambda: simulation.positions,
        lambda: simulation.trajectory({str(tmp_path / "refused.extxyz")!r}, 1),
        lambda: ranks.largest(1.0),
    ):
        try:
            collective()
        except dpmd.InputError as error:
            told.append(str(error))
    told.append(simulation.step)

def look(s):
    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()

simulation.callback(look, 5)
simulation.run(5)
assert len(told) == 8 and told[3] == 0 and told[7] == 5, told
assert all("another thread is talking to the other ranks" in told[k] for k in (0, 1, 2, 4, 5, 6)), told
assert simulation.positions.shape == (24, 3) and ranks.largest(ranks.rank) == 1
print("refused")
"""
    )

    code, out, err = run_on(2, script)

    assert code == 0, err
    assert out.count("refused") == 2
    assert not (tmp_path / "refused.extxyz").exists()
