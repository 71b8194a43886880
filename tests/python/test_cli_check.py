"""`dpmd check`: a complete run passes, and every damage is found and named."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dpmd.cli import app
from dpmd.cli.running.lock import Holder
from run_input import dpmd_run


def check(path: Path, status: int = 0) -> dict[str, str]:
    """The message about each file, and that about the run itself under "verdict"."""
    result = CliRunner().invoke(app, ["check", str(path)])
    assert result.exit_code == status, result.output
    *lines, verdict = result.stdout.splitlines()
    return dict(line.split(maxsplit=1) for line in lines) | {"verdict": verdict}


@pytest.fixture
def killed(killed_run) -> Path:
    """The folder of a run that was killed at step 35, with a checkpoint of step 20."""
    return killed_run.parent / "run"


def test_a_finished_run_is_whole(write_input, other_water_model, tmp_path) -> None:
    judged = f'[deviation]\nmodels = "{other_water_model}"\nevery = 10\nlower = 0\n[output]'
    path = write_input(replace=("[output]", judged))
    assert dpmd_run(path).exit_code == 0

    found = check(tmp_path / "run")

    assert found["verdict"] == "whole"
    assert found["run.lock"] == "none: no run works here"
    assert found["run.json"].endswith(f"of {path}")
    assert found["checkpoint.safetensors"] == "step 60, 24 atoms"
    assert found["thermo.csv"] == "13 rows, to step 60"
    assert found["model_devi.out"] == "7 rows, to step 60"
    for name in ("trajectory.extxyz", "trajectory.dump", "selected.extxyz"):
        assert found[name] == "7 frames, to step 60", name
    assert check(tmp_path / "run" / "checkpoint.safetensors") == found


def test_what_a_kill_leaves_is_said_and_no_damage(killed) -> None:
    with open(killed / "trajectory.extxyz", "ab") as file:
        file.write(b"24\nLatt")
    (killed / "thermo.csv.cut").write_text("")
    (killed / "checkpoint.safetensors.3.part").write_text("")
    (killed / "run.lock").write_text(Holder(Holder.this_process().host, 2**31 - 1, "today").text())

    found = check(killed)

    assert found["verdict"] == "whole"
    assert found["thermo.csv"].startswith("8 rows, to step 35; 3 behind the checkpoint")
    assert found["trajectory.extxyz"].endswith("the last one is incomplete (7 bytes)")
    assert found["thermo.csv.cut"].startswith("cut off by --resume")
    assert found["checkpoint.safetensors.3.part"].startswith("half written")
    assert "which is dead; the next run takes it over" in found["run.lock"]
    assert (killed / "run.lock").exists()


@pytest.mark.parametrize("name", ["thermo.csv", "trajectory.extxyz", "trajectory.dump"])
@pytest.mark.parametrize("damage", ["a digit", "a line less", "half of it", "all of it", "behind the checkpoint"])
def test_a_damaged_file_is_found(killed, name, damage) -> None:
    path = killed / name
    lines = path.read_bytes().splitlines(keepends=True)
    if damage == "a digit":
        k = next(k for k, line in enumerate(lines) if k > 1 and line.count(b".") > 2)
        place = lines[k].index(b".") + 1
        lines[k] = lines[k][:place] + (b"1" if lines[k][place : place + 1] == b"2" else b"2") + lines[k][place + 1 :]
    elif damage == "behind the checkpoint":  # beyond the part with a checksum
        lines = [line.replace(b"35,", b"36,") if line.startswith(b"35,") else line for line in lines]
        lines = [line.replace(b"step=30", b"step=31") for line in lines]
        lines = [b"31\n" if line == b"30\n" else line for line in lines]
    else:
        lines = {"a line less": lines[:3] + lines[4:], "half of it": lines[: len(lines) // 3], "all of it": []}[damage]
    path.write_bytes(b"".join(lines))

    found = check(killed, 1)

    assert found["verdict"] == f"damaged: {name}"
    assert found[name].startswith("DAMAGED: ")


def test_what_is_gone_is_missed(killed) -> None:
    (killed / "trajectory.dump").unlink()

    assert check(killed, 1)["trajectory.dump"] == "DAMAGED: is gone"

    (killed / "checkpoint.safetensors").unlink()
    found = check(killed, 1)
    assert "is gone: the files reach step 35" in found["checkpoint.safetensors"]


def test_a_run_before_its_first_checkpoint_has_none(existing_run, tmp_path) -> None:
    (tmp_path / "run" / "checkpoint.safetensors").unlink()

    found = check(tmp_path / "run")

    assert found["verdict"] == "whole"
    assert found["checkpoint.safetensors"] == "none yet: nothing to resume from"


def test_a_damaged_checkpoint_or_record_is_found(killed) -> None:
    checkpoint, record = killed / "checkpoint.safetensors", killed / "run.json"
    whole, settings = checkpoint.read_bytes(), record.read_text()

    checkpoint.write_bytes(whole[:-8] + bytes(8))
    assert check(killed, 1)["verdict"] == "damaged: checkpoint.safetensors"
    checkpoint.write_bytes(whole)
    for text in ("", settings.replace("330", "331"), "[" * 100000):
        record.write_text(text)
        assert check(killed, 1)["verdict"] == "damaged: run.json"
    record.unlink()
    found = check(killed, 1)
    assert found["verdict"] == "damaged: run.json"
    assert "--resume of its input file writes it anew" in found["run.json"]


def test_a_file_of_another_run_is_found(killed, example_runs) -> None:
    rows = (killed / "thermo.csv").read_text().splitlines(keepends=True)
    strangers = (example_runs / "other" / "thermo.csv").read_text().splitlines(keepends=True)
    (killed / "thermo.csv").write_text("".join(rows[:-1] + strangers[-1:]))

    assert "has records of run " in check(killed, 1)["thermo.csv"]

    shutil.copy(example_runs / "other" / "checkpoint.safetensors", killed)
    assert "of another run" in check(killed, 1)["checkpoint.safetensors"]


def test_a_run_that_was_resumed_with_other_outputs_is_whole(existing_run, tmp_path) -> None:
    names, text = '["trajectory.extxyz", "trajectory.dump"]', existing_run.read_text()
    rarer = text.replace("thermo_every = 5", "thermo_every = 20").replace(names, '["trajectory.extxyz", "other.dump"]')
    existing_run.write_text(rarer)
    assert dpmd_run(existing_run, "--steps", 40, "--resume").exit_code == 0
    existing_run.write_text(rarer.replace("thermo_every = 20", "thermo_every = 5"))
    assert dpmd_run(existing_run, "--resume").exit_code == 0

    found = check(tmp_path / "run")

    assert found["verdict"] == "whole"
    assert found["thermo.csv"] == "10 rows, to step 60"
    assert found["other.dump"] == "5 frames, to step 60"
    assert found["trajectory.dump"] == "3 frames, to step 20"


def test_a_run_at_work_is_whole(write_input, tmp_path) -> None:
    path, folder = write_input(replace=("steps = 60", "steps = 1000000")), tmp_path / "run"
    process = subprocess.Popen([sys.executable, "-m", "dpmd", "run", str(path)], stdout=subprocess.DEVNULL)
    try:
        for _ in range(1200):
            if (folder / "checkpoint.safetensors").exists():
                break
            time.sleep(0.1)
        found = check(folder)
        process.send_signal(signal.SIGTERM)
        status = process.wait(timeout=120)
    finally:
        process.kill()

    assert found["verdict"] == "whole"
    assert f"a run works here (process {process.pid} on " in found["run.lock"]
    assert status == 130
    assert check(folder)["verdict"] == "whole"


def test_what_is_no_run_is_refused(tmp_path) -> None:
    (tmp_path / "empty").mkdir()
    os.mkfifo(tmp_path / "fifo")

    for path, reason in (("empty", "is not the folder of a run"), ("absent", "no such folder"), ("fifo", "no such")):
        result = CliRunner().invoke(app, ["check", str(tmp_path / path)])
        assert result.exit_code == 2
        assert reason in result.stderr
