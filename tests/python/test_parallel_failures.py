"""Ranks that do different things: all end within seconds, with a message that says which rank did what."""

from __future__ import annotations

import subprocess

import pytest

PATIENCE = 60
"""Seconds after which ranks count as hanging."""

START = """
import atexit, os, sys, threading, time
import ase.io
import dpmd

ranks = dpmd.mpi_world()
is_odd = ranks.rank % 2 == 1

def simulation():
    return dpmd.Simulation(dpmd.Potential({model!r}, threads=1), ase.io.read({structure!r}), ranks=ranks)

"""


@pytest.fixture
def run_script(start, water_model, small_box, tmp_path):
    """Runs these lines on a number of ranks, in an empty folder: exit code, stdout, stderr. A hang is a failure."""

    def run(lines: str, n_ranks: int = 2) -> tuple[int, str, str]:
        script = tmp_path / "script.py"
        script.write_text(
            START.format(model=str(water_model), structure=str(small_box)) + f"os.chdir({str(tmp_path)!r})\n" + lines
        )
        process = start(n_ranks, script)
        try:
            output, errors = process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            pytest.fail(f"the ranks still wait after {PATIENCE} s")
        return process.returncode, output, errors

    return run


UNEQUAL = {
    "s.run(20 if is_odd else 10)": "rank 0 calls run(10) of simulation 1, but rank 1 calls run(20) of simulation 1",
    "s.run(1) if is_odd else s.thermo()": "rank 0 calls thermo() of simulation 1, but rank 1 calls run(1) of",
    "s.checkpoint('c', 2 if is_odd else 3)": "checkpoint(c, 3) of simulation 1, but rank 1 calls checkpoint(c, 2)",
    "s.thermo_log(f'{ranks.rank}.csv', 1)": "rank 0 calls thermo_log(0.csv, 1) of simulation 1, but rank 1 calls",
    "s.positions if is_odd else s.velocities": "calls velocities of simulation 1, but rank 1 calls positions of",
    "(s if is_odd else other).run(1)": "rank 0 calls run(1) of simulation 2, but rank 1 calls run(1) of simulation 1",
    "ranks.largest(1) if is_odd else ranks.together(int)": "rank 0 calls together(), but rank 1 calls largest()",
    "s.run(1) if is_odd else simulation()": "rank 0 calls Simulation(), but rank 1 calls run(1) of simulation 1",
}


def test_unequal_calls_are_an_error_on_all_that_names_both(run_script) -> None:
    """Differences are found before anything is done, so ranks that catch the error may go on."""
    lines = f"""
s, other = simulation(), simulation()
for call in {list(UNEQUAL)}:
    try:
        eval(call)
    except dpmd.RankError as error:
        print(error)
s.run(3)
print("step", s.step)
"""
    code, output, errors = run_script(lines)

    assert code == 0, errors
    assert [output.count(message) for message in UNEQUAL.values()] == [2] * len(UNEQUAL), output
    assert output.count("step 3") == 2


ENDING = {
    "reading in a callback": (
        "s = simulation()\ns.callback(lambda s: s.positions if is_odd else None, 1)\ns.run(1)",
        "rank 0 ends a callback, but rank 1 calls positions of simulation 1",
    ),
    "an error in a callback": (
        "def f(s):\n    if is_odd: 1 / 0\n    s.positions\ns = simulation()\ns.callback(f, 1)\ns.run(1)",
        "rank 0 calls positions of simulation 1, but rank 1 ends a callback by ZeroDivisionError",
    ),
    "the end": ("s = simulation()\nif not is_odd: s.run(1)", "rank 0 calls run(1) of simulation 1, but rank 1 ends"),
    "sys.exit": ("sys.exit('enough') if is_odd else ranks.largest(0)", "rank 0 calls largest(), but rank 1 ends"),
    "at exit": ("if is_odd: atexit.register(ranks.largest, 1.0)", "rank 0 ends, but rank 1 calls largest()"),
}


@pytest.mark.parametrize(("lines", "message"), ENDING.values(), ids=ENDING)
def test_a_rank_that_leaves_the_others_ends_all_with_a_message(run_script, lines: str, message: str) -> None:
    code, _, errors = run_script(lines)

    assert code != 0
    assert message in errors


def test_of_four_ranks_the_one_that_differs_is_named(run_script) -> None:
    code, _, errors = run_script("s = simulation()\ns.run(2 if ranks.rank == 2 else 1)", n_ranks=4)

    assert code != 0
    assert "rank 0 calls run(1) of simulation 1, but rank 2 calls run(2) of simulation 1" in errors
    assert errors.count("Traceback") == 1


ALONE = {
    "a thread": ("threading.Thread(target=lambda: 1 // 0).start()\n    time.sleep(300)", "ZeroDivisionError"),
    "a callback": (
        "s.callback(lambda s: 1 // 0, 1)\nelse:\n    s.callback(lambda s: None, 1)\ns.run(1)\nif 0: pass",
        "ZeroDivisionError",
    ),
    "a module": ("import absent_module", "ModuleNotFoundError"),
}


@pytest.mark.parametrize(("lines", "message"), ALONE.values(), ids=ALONE)
def test_an_error_in_one_place_ends_all(run_script, lines: str, message: str) -> None:
    code, _, errors = run_script(
        f"s = simulation()\nif is_odd:\n    {lines}\nelse:\n    s.run(1)\n    ranks.largest(0)"
    )

    assert code != 0
    assert f"rank 1 has failed: {message}" in errors


def test_a_process_that_vanishes_ends_all(run_script) -> None:
    """``os._exit`` runs no Python code: it is mpiexec that notices."""
    code, _, _ = run_script("os._exit(5) if is_odd else ranks.largest(0)")

    assert code != 0


def test_ranks_that_leave_alike_end_in_peace(run_script) -> None:
    lines = """
class Loud:
    def __del__(self):
        raise ValueError("in __del__")

if is_odd:
    Loud()
    time.sleep(1)
    atexit.register(lambda: 1 // 0)
atexit.register(ranks.largest, 1.0)
simulation().run(1)
sys.exit(7)
"""
    code, _, errors = run_script(lines)

    assert code == 7, errors
    assert "dpmd: rank" not in errors
    assert "ValueError: in __del__" in errors and "ZeroDivisionError" in errors  # printed by Python as usual


def test_a_process_forked_from_a_rank_takes_no_part(run_script) -> None:
    lines = """
s = simulation()
s.run(1)
for use in (lambda: ranks.largest(1), lambda: s.run(1), lambda: s.positions, lambda: sys.exit(0), lambda: 1 // 0):
    child = os.fork()
    if child == 0:
        try:
            use()
        except dpmd.InputError as error:
            print("refused:", error)
            sys.exit(3)
        except ZeroDivisionError:
            raise
        sys.exit(4)
    print("status", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
s.run(1)
print("step", s.step, flush=True)
"""
    code, output, errors = run_script(lines)

    assert code == 0, errors
    assert output.count("refused:") == 6
    assert "in a process that was forked from it" in output
    assert output.count("step 2") == 2
    assert [output.count(f"status {k}") for k in (3, 0, 1)] == [6, 2, 2]
    assert "has failed" not in errors
