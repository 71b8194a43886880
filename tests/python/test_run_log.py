"""run.log is not a result: a run that cannot write it goes on."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dpmd.cli.running.log import RunLog
from run_input import dpmd_run, thermo_rows


def full(log: Path) -> None:
    log.symlink_to("/dev/full")


def folder(log: Path) -> None:
    log.mkdir()


def without_folder(log: Path) -> None:
    log.symlink_to(log.parent / "deleted" / "run.log")


@pytest.mark.parametrize(
    ("damage", "reason"),
    [(full, "No space left on device"), (folder, "Is a directory"), (without_folder, "No such file or directory")],
)
def test_a_run_is_resumed_whatever_became_of_its_log(write_input, tmp_path, damage, reason: str) -> None:
    path, log = write_input(), tmp_path / "run" / "run.log"
    dpmd_run(path, "--steps", 20)
    log.unlink()
    damage(log)

    result = dpmd_run(path, "--resume")

    assert result.exit_code == 0, result.output
    warning = f"dpmd: warning: {log} cannot be written: {reason}; the run goes on, but lines are missing there"
    assert result.stderr.splitlines() == [warning]
    assert "finished 60 steps" in result.stdout
    assert thermo_rows(tmp_path / "run")[-1][0] == "60"


def test_a_log_that_can_be_written_again_is_written_again(tmp_path) -> None:
    said = []
    log = RunLog(tmp_path / "moved" / "run.log", said.append)

    log.write("first")
    log.write("second")
    (tmp_path / "moved").mkdir()
    log.write("third")

    assert len(said) == 1
    assert (tmp_path / "moved" / "run.log").read_text().endswith("Z third\n")


def test_a_name_that_is_no_text_is_written_with_an_escape(tmp_path) -> None:
    RunLog(tmp_path / "run.log", print).write("w\udcff.toml")

    assert (tmp_path / "run.log").read_text().endswith("w\\udcff.toml\n")


def test_a_fifo_that_nobody_reads_stops_nothing(tmp_path) -> None:
    os.mkfifo(tmp_path / "run.log")
    said: list[str] = []
    RunLog(tmp_path / "run.log", said.append).write("a line")

    assert len(said) == 1
