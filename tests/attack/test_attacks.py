"""The attacks run, and detect planted failures. Long attacks are for tests/attack/run.py."""

from __future__ import annotations

import os
import random
import shutil

import pytest

from attack import conversations, foreign_models, kills, soak, structures
from attack.counts import Budget
from attack.workers import attack_in_workers


@pytest.fixture
def budget(tmp_path):
    """A short budget, with the same cases each time."""

    def make(name: str, seconds: float, case: int | None = None) -> Budget:
        (tmp_path / "scratch").mkdir()
        return Budget(name, seconds, 1, tmp_path / "scratch", tmp_path / "kept", tmp_path, case)

    return make


@pytest.mark.parametrize("attack", [foreign_models, structures, conversations], ids=["models", "structures", "i-pi"])
def test_damaged_files_and_odd_servers_end_in_messages(tmp_path, attack) -> None:
    state = attack.prepare(tmp_path)

    for case in range(8):
        (tmp_path / str(case)).mkdir()
        attack.attempt(state, random.Random(case), tmp_path / str(case))


@pytest.mark.skipif(shutil.which(os.environ.get("CC", "cc")) is None, reason="needs a C compiler")
def test_a_killed_run_is_resumed_as_if_undisturbed(budget) -> None:
    found = kills.run(budget("kills", 0, case=4))

    assert (found.inputs, found.is_clean) == (1, True), found.notes


@pytest.mark.parametrize("part", soak.PARTS)
def test_calls_leave_no_memory_and_no_open_files(tmp_path, capsys, part: str) -> None:
    assert soak.measure(part, 0.3, tmp_path) == 0, capsys.readouterr().out
    assert "growth" in capsys.readouterr().out


def test_crashes_hangs_and_losses_of_workers_are_counted_and_kept(budget, tmp_path) -> None:
    found = attack_in_workers("attack.faulty_cases", budget("faulty_cases", 4), case_seconds=0.5)

    assert found.inputs > 4
    assert found.crashes >= 2 and found.hangs >= 1 and found.losses >= 1, found.notes
    assert all(
        (kept / "input").is_file() and "--case" in (kept / "reason.txt").read_text()
        for kept in (tmp_path / "kept").iterdir()
    )
