"""Subinterpreters, and the end of the interpreter."""

from __future__ import annotations

import subprocess
import sys

import pytest


def run_python(script: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("name", ["dpmd", "dpmd._core", "dpmd.ase"])
def test_an_import_in_a_subinterpreter_is_refused(name):
    done = run_python(
        f"""
try:
    import _interpreters as interpreters
    run = lambda *given: print(interpreters.exec(*given))
except ImportError:
    import _xxsubinterpreters as interpreters
    run = interpreters.run_string
one = interpreters.create()
run(one, '''
try:
    import {name}
except ImportError as error:
    print(error)
''')
"""
    )

    assert "dpmd cannot be imported in a subinterpreter: use threads" in done.stdout, done.stderr


CALLS = {
    "a run": "simulation.run(10**9)",
    "a run with a busy callback": "simulation.callback(lambda s: sum(range(50_000)), 1); simulation.run(10**9)",
    "computations": "[potential.compute(atoms) for _ in range(10**9)]",
    "questions": "[simulation.thermo() for _ in range(10**9)]",
}


@pytest.mark.parametrize("call", CALLS)
def test_the_interpreter_ends_while_a_daemon_thread_is_inside(call, water_model, small_box):
    done = run_python(
        f"""
import threading, time, ase.io, dpmd
atoms = ase.io.read({str(small_box)!r})
potential = dpmd.Potential({str(water_model)!r}, threads=1)
simulation = dpmd.Simulation(potential, atoms)

def call():
    {CALLS[call]}

threading.excepthook = lambda error: None  # of a second run of the same simulation
for _ in range(3):
    threading.Thread(target=call, daemon=True).start()
time.sleep(0.2)
print("end")
"""
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "end\n", "")


def test_functions_called_at_exit_may_use_what_a_daemon_thread_has_used(water_model, small_box, tmp_path):
    path = tmp_path / "last.dpmd"
    done = run_python(
        f"""
import atexit
atexit.register(lambda: (simulation.write_checkpoint({str(path)!r}), print(simulation.run(2))))
import threading, time, ase.io, dpmd
simulation = dpmd.Simulation(dpmd.Potential({str(water_model)!r}, threads=1), ase.io.read({str(small_box)!r}))
threading.Thread(target=simulation.run, args=(10**9,), daemon=True).start()
time.sleep(0.2)
"""
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "2\n", "")
    assert path.is_file()
