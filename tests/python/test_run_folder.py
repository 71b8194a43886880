"""The folder of a run may be used by one run at a time, and again by the same run."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import ase.io
import pytest

import dpmd
from dpmd.cli.running.lock import Holder
from dpmd.cli.running.record import RunRecord
from run_input import RESULTS, content, dpmd_run

LONG = ("steps = 60", "steps = 1000000")


@pytest.fixture
def start_run():
    """Starts `dpmd run` as separate processes; none is left behind."""
    started = []

    def start(*arguments: object) -> subprocess.Popen:
        command = [sys.executable, "-m", "dpmd", "run", *map(str, arguments)]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def wait_for(path: Path) -> None:
    for _ in range(1200):
        if path.exists():
            return
        time.sleep(0.1)
    raise AssertionError(f"{path} is not there after two minutes")


# ------------------------------------------------------------------------------------------------ one run at a time


def test_of_two_runs_that_start_at_once_in_one_folder_one_is_refused(start_run, write_input, tmp_path) -> None:
    one, other = write_input("one"), write_input("other", replace=("= 330", "= 340"))
    for path in (one, other):
        path.write_text(path.read_text().replace(f'directory = "{path.stem}"', 'directory = "run"'))
    processes = {path: start_run(path) for path in (one, other)}
    errors = {path: process.communicate(timeout=120)[1] for path, process in processes.items()}

    codes = {path: process.returncode for path, process in processes.items()}
    assert sorted(codes.values()) == [0, 2], errors
    winner = next(path for path, code in codes.items() if code == 0)
    assert re.search("is in use by another run|holds a run already", errors[other if winner == one else one])
    shutil.move(tmp_path / "run", tmp_path / "both")
    assert dpmd_run(winner).exit_code == 0
    assert content(tmp_path / "both") == content(tmp_path / "run")


def test_a_folder_at_work_is_kept_from_every_other_run(start_run, write_input, tmp_path) -> None:
    path = write_input(replace=LONG)
    process = start_run(path)
    wait_for(tmp_path / "run" / "checkpoint.safetensors")

    refused = [dpmd_run(path, *more) for more in ((), ("--resume",), ("--force",))]
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=120)

    for result in refused:
        assert result.exit_code == 2
        assert f"is in use by another run (process {process.pid} on " in result.stderr
    assert process.returncode == 130
    assert not (tmp_path / "run" / "run.lock").exists()


def test_a_lock_of_another_machine_keeps_the_run_from_going_on(existing_run, tmp_path) -> None:
    (tmp_path / "run" / "run.lock").write_text(Holder("elsewhere", 77, "2026-01-02T03:04:05Z").text())
    before = content(tmp_path / "run")

    refused = dpmd_run(existing_run, "--resume")

    assert refused.exit_code == 2
    assert "process 77 on elsewhere, since 2026-01-02T03:04:05Z" in refused.stderr
    assert "if it is dead, remove the file" in refused.stderr
    assert content(tmp_path / "run") == before
    (tmp_path / "run" / "run.lock").unlink()
    assert dpmd_run(existing_run, "--resume", "--steps", 21).exit_code == 0


@pytest.mark.parametrize("fails", [False, True])
def test_the_lock_ends_with_the_run(write_input, tmp_path, fails) -> None:
    blown = ("steps = 60", "steps = 2000\ntimestep = 10") if fails else ("", "")

    result = dpmd_run(write_input(replace=blown))

    assert result.exit_code == (2 if fails else 0)
    assert (tmp_path / "run" / "thermo.csv").exists()
    assert not (tmp_path / "run" / "run.lock").exists()


def test_a_refused_resume_makes_no_folder(write_input, tmp_path) -> None:
    assert "has no checkpoint" in dpmd_run(write_input(), "--resume").stderr
    assert not (tmp_path / "run").exists()


# ------------------------------------------------------------------------------------------------------ the same run


@pytest.mark.parametrize("text", [None, "", "{", "\0" * 500, '{"program": "dpmd run", "run_id": 3}', "flipped"])
def test_a_checkpoint_goes_on_without_a_good_run_json(existing_run, tmp_path, text) -> None:
    record = tmp_path / "run" / "run.json"
    before = record.read_text()
    record.unlink()
    if text is not None:
        record.write_text(before.replace("330", "331") if text == "flipped" else text)

    resumed = dpmd_run(existing_run, "--resume", "--steps", 20)

    assert resumed.exit_code == 0, resumed.output
    assert f"run.json was {'missing' if text is None else 'damaged'}" in resumed.stderr
    renewed = json.loads(record.read_text())
    for key in ("run_id", "settings"):
        assert renewed[key] == json.loads(before)[key]


def test_a_run_without_run_json_goes_on_as_if_nothing_had_happened(existing_run, example_runs, tmp_path) -> None:
    (tmp_path / "run" / "run.json").unlink()

    assert dpmd_run(existing_run, "--resume").exit_code == 0

    for name in RESULTS:
        assert (tmp_path / "run" / name).read_bytes() == (example_runs / "run_60" / name).read_bytes(), name


def test_other_settings_are_refused_also_without_run_json(existing_run, tmp_path) -> None:
    (tmp_path / "run" / "run.json").unlink()
    existing_run.write_text(existing_run.read_text().replace("= 330", "= 331"))

    refused = dpmd_run(existing_run, "--resume")

    assert refused.exit_code == 2
    assert "the settings are not those of" in refused.stderr
    assert "run.json, which would show the difference, is missing or damaged" in refused.stderr


def test_a_file_called_run_json_of_another_program_is_left_alone(existing_run, tmp_path) -> None:
    (tmp_path / "run" / "run.json").write_text('{"mine": 1}')

    refused = [dpmd_run(existing_run, more) for more in ("--resume", "--force")]

    for result in refused:
        assert result.exit_code == 2
        assert "run.json is not the record of a run" in result.stderr
    assert (tmp_path / "run" / "run.json").read_text() == '{"mine": 1}'


def test_the_checkpoint_of_another_run_is_refused(existing_run, example_runs, tmp_path) -> None:
    shutil.copy(example_runs / "other" / "checkpoint.safetensors", tmp_path / "run")

    refused = dpmd_run(existing_run, "--resume")

    assert refused.exit_code == 2
    assert "checkpoint.safetensors is the checkpoint of run " in refused.stderr


def test_the_number_of_a_run_stands_in_its_files(example_runs) -> None:
    folder = example_runs / "run_60"

    number = json.loads((folder / "run.json").read_text())["run_id"]

    assert 0 < number < 1 << 52
    assert dpmd._core.read_checkpoint(str(folder / "checkpoint.safetensors"))["run_id"] == number
    rows = (folder / "thermo.csv").read_text().splitlines()
    assert {row.rsplit(",", 1)[1] for row in rows} == {"run_id", str(number)}
    assert {atoms.info["run_id"] for atoms in ase.io.iread(folder / "trajectory.extxyz")} == {number}


def test_a_record_is_whole_also_when_it_cannot_be_replaced(existing_run, tmp_path, monkeypatch) -> None:
    path = tmp_path / "run" / "run.json"
    before = path.read_bytes()
    record = RunRecord.read(path)

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space left"):
        record.write(path)

    assert path.read_bytes() == before
    assert not list(path.parent.glob("*.part"))


def test_what_killed_writers_left_is_taken_away(write_input, tmp_path) -> None:
    path, folder = write_input(), tmp_path / "run"
    folder.mkdir()
    left = ["checkpoint.safetensors.17.part", "run.json.4711.part"]
    kept = ["mine.17.part", "checkpoint.safetensors.part"]
    results = []
    for arguments in (("--steps", 1), ("--resume", "--steps", 2)):
        for name in left + kept:
            (folder / name).write_text("half")
        results.append(dpmd_run(path, *arguments))
        present = {file.name for file in folder.iterdir()}
        assert not present & set(left)
        assert set(kept) <= present

    assert [result.exit_code for result in results] == [0, 0]


# --------------------------------------------------------------------------------------------- what resuming cuts off


def test_what_resuming_cut_off_is_kept_until_the_run_ends(killed_run, example_runs, tmp_path) -> None:
    folder, text = tmp_path / "run", killed_run.read_text()
    assert dpmd_run(killed_run, "--resume", "--steps", 20).exit_code == 0  # nothing to do, so nothing is cut
    assert not list(folder.glob("*.cut"))

    killed_run.write_text(text + "[watch]\nstop = true\ndistance = 5.0\ndistance_every = 1\n")
    stopped = dpmd_run(killed_run, "--resume")

    assert stopped.exit_code == 3, stopped.output
    for name in RESULTS[:3]:
        assert f"{folder / name}.cut" in stopped.stderr
    rows = (folder / "thermo.csv.cut").read_text().splitlines()
    assert [int(row.split(",")[0]) for row in rows] == [25, 30, 35]

    killed_run.write_text(text)
    assert dpmd_run(killed_run, "--resume").exit_code == 0
    assert not list(folder.glob("*.cut"))
    for name in RESULTS:
        assert (folder / name).read_bytes() == (example_runs / "run_60" / name).read_bytes(), name


def test_a_run_that_is_killed_soon_after_it_got_other_files_goes_on_with_them(killed_run, tmp_path) -> None:
    folder = tmp_path / "run"
    (folder / "trajectory.dump").unlink()
    killed_run.write_text(killed_run.read_text().replace('"trajectory.extxyz"', '"trajectory.extxyz", "more.extxyz"'))
    imports = "import os\nfrom dpmd.cli.running import course\nfrom dpmd.command import main\n"
    code = f"{imports}course._advance = lambda *_: os._exit(9)\nmain()"
    killed = subprocess.run([sys.executable, "-c", code, "run", str(killed_run), "--resume"])
    assert killed.returncode == 9
    assert (folder / "more.extxyz").exists()

    resumed = dpmd_run(killed_run, "--resume")

    assert resumed.exit_code == 0, resumed.output
    for name in ("more.extxyz", "trajectory.dump"):
        frames = ase.io.read(folder / name, ":", format="extxyz" if name == "more.extxyz" else "lammps-dump-text")
        assert len(frames) == 5


def test_a_file_that_was_begun_anew_goes_on_when_the_checkpoint_did_not_know_yet(killed_run, tmp_path) -> None:
    folder = tmp_path / "run"
    (folder / "thermo.csv").unlink()
    code = (
        "import os\nfrom dpmd.command import main\nfrom dpmd.simulation import Simulation\n"
        "Simulation.write_checkpoint = lambda *_: os._exit(9)\nmain()"
    )
    killed = subprocess.run([sys.executable, "-c", code, "run", str(killed_run), "--resume"])
    assert killed.returncode == 9
    assert len((folder / "thermo.csv").read_text().splitlines()) == 1

    resumed = dpmd_run(killed_run, "--resume")

    assert resumed.exit_code == 0, resumed.output
    assert len((folder / "thermo.csv").read_text().splitlines()) == 1 + 9


def test_a_file_with_other_columns_is_not_continued(killed_run, tmp_path) -> None:
    dump = tmp_path / "run" / "trajectory.dump"
    before = dump.read_bytes()
    killed_run.write_text(killed_run.read_text().replace("[output]", "[output]\ntime = true"))

    refused = dpmd_run(killed_run, "--resume")

    assert refused.exit_code == 2
    assert f"{dump}: begins otherwise than these settings would write it" in refused.stderr
    assert dump.read_bytes() == before


def make_folder(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize("make", [os.mkfifo, make_folder])
@pytest.mark.parametrize("name", ["thermo.csv", "thermo.csv.cut"])
def test_what_is_no_regular_file_is_not_continued(killed_run, tmp_path, name, make) -> None:
    path = tmp_path / "run" / name
    path.unlink(missing_ok=True)
    make(path)

    refused = dpmd_run(killed_run, "--resume")

    assert refused.exit_code == 2
    assert f"{path}: " in refused.stderr


def test_what_is_cut_off_does_not_go_through_a_link(killed_run, tmp_path) -> None:
    (tmp_path / "mine.csv").write_text("mine")
    (tmp_path / "run" / "thermo.csv.cut").symlink_to(tmp_path / "mine.csv")

    assert "thermo.csv.cut: what would be cut off is kept there" in dpmd_run(killed_run, "--resume").stderr
    assert (tmp_path / "mine.csv").read_text() == "mine"
