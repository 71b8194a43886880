"""``bench/device_check``, with the CPU in place of a device."""

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
    """The modules of the script can be imported."""
    monkeypatch.syspath_prepend(str(SCRIPT))


@pytest.fixture
def cpu(script):
    """A worker that has the CPU for a device."""
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
    assert 0 < found["force_rms_to_exact"] == found["more"]["cpu_rms_to_exact"] < 1e-5
    steps = cpu.call(120, cases.speed, "water", "mix32", "moment", 192, 0.05)
    assert steps["atoms"] == 192
    assert steps["us_per_atom_step"] == pytest.approx(1e3 * steps["ms_per_step"] / 192)
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


def test_without_a_build_it_says_so_and_fails(tmp_path) -> None:
    command = [sys.executable, SCRIPT, "--out", tmp_path, "--no-build", "--backend", "cpu"]
    result = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=120)

    assert result.returncode == 1
    assert "nothing can be measured" in result.stdout
    document = json.loads((tmp_path / "device_check.json").read_text())
    assert document["failed"]
    assert document["machine"]["date"]
