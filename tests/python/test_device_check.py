"""``bench/device_check``, with the CPU instead of a device."""

from __future__ import annotations

import json
import operator
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import dpmd
from dpmd.arguments import as_cell

SCRIPT = Path(__file__).resolve().parents[2] / "bench" / "device_check"


@pytest.fixture
def script(monkeypatch):
    """Makes the modules of the script importable."""
    monkeypatch.syspath_prepend(str(SCRIPT))


@pytest.fixture
def cpu(script):
    """A worker that uses the CPU as its device."""
    import cases
    from worker import Worker

    worker = Worker(cases.Bench, Path(dpmd._core.__file__), "cpu", {})
    yield worker
    worker.close()


def test_a_worker_outlives_its_cases(script) -> None:
    from worker import CaseError, Worker

    worker = Worker(int, "100")  # 100 is the first argument of every case
    for case, arguments, seconds, message in (
        (as_cell, (), 60, "InputError: cell must have shape"),
        (operator.truediv, (0,), 60, r"ZeroDivisionError: division by zero \(worker.py:"),
        (os._exit, (), 60, "the process died with exit code 100"),
        (time.sleep, (), 1, "took longer than 1 s"),
    ):
        with pytest.raises(CaseError, match=message):
            worker.call(seconds, case, *arguments)
        assert worker.call(60, operator.add, 1) == 101
    worker.close()


def test_the_cpu_agrees_with_itself_and_can_be_timed(cpu) -> None:
    import cases

    found = cpu.call(120, cases.accuracy, "water", "mix32", "moment", 192)
    assert found["force_max"] == found["energy_per_atom"] == found["more"]["atom_virial_max"] == 0
    assert 1e-8 < found["more"]["rounding"]["force_max"] < 1e-4
    assert 0 < found["force_rms_to_exact"] == found["more"]["cpu_rms_to_exact"] < 1e-5
    steps = cpu.call(120, cases.speed, "water", "mix32", "moment", 192, 0.05)
    assert steps["atoms"] == 192
    assert steps["us_per_atom_step"] == pytest.approx(1e3 * steps["ms_per_step"] / 192)
    largest = cpu.call(120, cases.largest, "water", "mix32", "moment", 192)
    assert largest["gibibytes"] * 2**30 == pytest.approx(192 * largest["bytes_per_atom"])
    assert cpu.call(120, cases.drift, "water", "mix32", "moment", 80, 60.0)["picoseconds"] == pytest.approx(0.02)


def test_copper_with_random_weights_has_forces_and_can_be_compressed(cpu) -> None:
    import cases

    found = cpu.call(120, cases.accuracy, "copper", "double", "moment", 256)

    assert found["more"]["force_rms_of_exact"] == pytest.approx(1)
    assert found["more"]["not_compressed"] == ""
    assert 0 < found["force_rms_to_exact"] < 1e-7


@pytest.mark.parametrize("n_atoms", [1, 192, 4096, 100_000, 10_000_000])
def test_structures_are_repeated_to_about_a_number_of_atoms(script, n_atoms: int) -> None:
    from systems import Structure

    cell = Structure(np.zeros((192, 3)), np.zeros(192, dtype=np.int32), np.array([1.0, 2.0, 3.0]))
    counts = cell.counts(n_atoms)

    assert np.prod(counts) * 192 == pytest.approx(max(n_atoms, 192), rel=0.15)
    assert max(counts) <= 2 * min(counts)
    large = cell.repeated((2, 1, 3))
    assert large.edges.tolist() == [2, 2, 9]
    assert large.positions[::192].tolist() == [[x, 0, z] for x in (0, 1) for z in (0, 3, 6)]


def test_what_is_wrong_fails(script) -> None:
    import judge
    from report import FAILED, MEASURED, OK

    names = ("force_max", "force_rms", "energy_per_atom", "virial_per_atom", "atom_energy_max", "atom_virial_max")
    right = {name: 1e-6 for name in names} | {"force_rms_to_exact": 1e-6}
    more = {"rounding": dict.fromkeys(names, 0.0), "cpu_rms_to_exact": 1e-6, "not_compressed": ""}

    assert judge.accuracy("", right | {"more": more}, "mix32").verdict == OK
    for name in right:
        for value in (1.0, float("nan")):
            row = judge.accuracy("", right | {name: value, "more": more}, "mix32")
            assert row.verdict == FAILED
            assert row.note.startswith(f"{name} ")
    larger = more | {"rounding": {**more["rounding"], "energy_per_atom": 1e-4}}
    assert judge.accuracy("", right | {"energy_per_atom": 1e-4, "more": larger}, "mix32").verdict == OK

    drift = {"picoseconds": 4.0, "slope": -1e-6, "slope_error": 1e-7}
    assert judge.drift("", drift).verdict == OK
    assert judge.drift("", drift | {"slope": -1e-5}).verdict == FAILED
    assert judge.drift("", drift | {"picoseconds": 0.1}).verdict == MEASURED


class _Device:
    """A worker with a limited number of bytes of memory."""

    def __init__(self, memory: int, fault: str = "DeviceError: out of device memory") -> None:
        self._memory, self._fault, self.tried = memory, fault, []

    def call(self, seconds: float, function, system: str, precision: str, form: str, n_atoms: int) -> dict[str, float]:
        from worker import CaseError

        self.tried.append(n_atoms)
        if 100 * n_atoms > self._memory:
            raise CaseError(self._fault)
        return {"atoms": n_atoms, "bytes_per_atom": 80.0, "seconds": 1e-9 * n_atoms}


@pytest.mark.parametrize(
    ("memory", "fault", "seconds", "verdict", "tried"),
    [
        (1_000_000, "out of memory", 60.0, "measured", [9000, 11250]),
        (600_000, "out of memory", 60.0, "measured", [9000, 7200, 5760, 7199]),
        (100_000, "out of memory", 60.0, "skipped", [9000, 7200, 5760, 4608]),
        (600_000, "the process died with exit code -11", 60.0, "FAILED", [9000]),
        (1_000_000, "", 1e-3, "skipped", []),
    ],
)
def test_the_largest_system_is_found(script, tmp_path, memory, fault, seconds, verdict, tried) -> None:
    import argparse
    import runpy

    from plan import FULL

    main = runpy.run_path(str(SCRIPT / "__main__.py"), run_name="device_check")
    options = argparse.Namespace(budget=None, out=tmp_path, build=None, backend="cuda")
    script = main["Script"](options, FULL)
    script._memory, script._worker = 1_000_000, _Device(memory, fault)
    smaller = {"atoms": 100, "setup_s": 1e-4, "ms_per_step": 0.0, "ms_per_list": 0.0, "bytes_per_atom": 100.0}
    row = script._search("copper", ("copper", "mix32", "moment"), smaller, time.perf_counter() + seconds)

    assert row.verdict == verdict
    assert script._worker.tried == tried


def test_without_a_build_it_says_so_and_fails(tmp_path) -> None:
    command = [sys.executable, SCRIPT, "--out", tmp_path, "--no-build", "--backend", "cpu"]
    result = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=120)

    assert result.returncode == 1
    assert "nothing can be measured" in result.stdout
    document = json.loads((tmp_path / "device_check.json").read_text())
    assert document["failed"]
    assert document["machine"]["date"]
