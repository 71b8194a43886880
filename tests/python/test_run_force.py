"""A run deletes only files that a run has made; no other file is lost."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from dpmd.cli.running.lock import Holder
from run_input import content, dpmd_run

DUMP = (
    "ITEM: TIMESTEP\n0\nITEM: NUMBER OF ATOMS\n0\nITEM: BOX BOUNDS pp pp pp\n0 1\n0 1\n0 1\nITEM: ATOMS id type x y z\n"
)
FOREIGN = {
    "thermo.csv": "step,time\n0,0\n",
    "trajectory.extxyz": "1\nProperties=species:S:1:pos:R:3 step=0\nO 0 0 0\n",
    "trajectory.dump": DUMP,
    "checkpoint.safetensors": "weights",
    "run.log": "2026-01-02T03:04:05Z my notes\n",
    "run.json": "[1]",
}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_file_of_somebody_else_is_never_deleted(write_input, tmp_path, name) -> None:
    path, folder = write_input(), tmp_path / "run"
    folder.mkdir()
    (folder / name).write_text(FOREIGN[name])

    refused = [dpmd_run(path, *more) for more in ((), ("--force",))]

    for result in refused:
        assert result.exit_code == 2
        assert name in result.stderr
        assert "move it away, or choose another output.directory" in result.stderr
    assert {file.name: file.read_text() for file in folder.iterdir()} == {name: FOREIGN[name]}


@pytest.mark.parametrize("name", [name for name in FOREIGN if name != "run.json"])
def test_force_keeps_a_run_whole_that_it_cannot_delete_whole(existing_run, tmp_path, name) -> None:
    folder = tmp_path / "run"
    (folder / name).write_text(FOREIGN[name])
    before = content(folder)

    refused = dpmd_run(existing_run, "--force")

    assert refused.exit_code == 2
    assert f"{folder / name} " in refused.stderr
    assert "--force deletes only files that were demonstrably made by a run of dpmd" in refused.stderr
    assert content(folder) == before


@pytest.mark.parametrize("name", ["thermo.csv", "trajectory.extxyz", "trajectory.dump", "checkpoint.safetensors"])
def test_force_does_not_delete_the_results_of_another_run(existing_run, example_runs, tmp_path, name) -> None:
    shutil.copy(example_runs / "other" / name, tmp_path / "run")
    before = content(tmp_path / "run")

    refused = dpmd_run(existing_run, "--force")

    assert refused.exit_code == 2
    assert f"{tmp_path / 'run' / name} " in refused.stderr
    assert content(tmp_path / "run") == before


def test_force_deletes_what_resuming_cut_off_too(killed_run, tmp_path) -> None:
    folder = tmp_path / "run"
    rows = (folder / "thermo.csv").read_text().splitlines(keepends=True)
    (folder / "thermo.csv.cut").write_text("".join(rows[-2:]))

    assert dpmd_run(killed_run, "--force", "--steps", 0).exit_code == 0
    assert not (folder / "thermo.csv.cut").exists()


def test_force_deletes_deviations_and_selected_frames_too(write_input, other_water_model, tmp_path) -> None:
    judged = f'[deviation]\nmodels = "{other_water_model}"\nevery = 10\nlower = 0\n[output]'
    assert dpmd_run(write_input(replace=("[output]", judged)), "--steps", 20).exit_code == 0

    result = dpmd_run(write_input(), "--force", "--steps", 0)

    assert result.exit_code == 0, result.output
    assert not (tmp_path / "run" / "model_devi.out").exists()
    assert not (tmp_path / "run" / "selected.extxyz").exists()


def truncate(folder: Path, size: int, *names: str) -> None:
    for name in names:
        os.truncate(folder / name, size)


STATES = {
    "whole": lambda folder: None,
    "no checkpoint": lambda folder: (folder / "checkpoint.safetensors").unlink(),
    "half a checkpoint": lambda folder: truncate(folder, 4000, "checkpoint.safetensors"),
    "nothing written yet": lambda folder: truncate(folder, 0, "trajectory.extxyz", "trajectory.dump", "run.log"),
    "no record": lambda folder: (folder / "run.json").unlink(),
    "half a record": lambda folder: truncate(folder, 100, "run.json"),
}


@pytest.mark.parametrize("state", STATES)
def test_force_deletes_a_run_in_any_state_that_it_may_be_in(existing_run, tmp_path, state) -> None:
    STATES[state](tmp_path / "run")
    if state == "nothing written yet":
        (tmp_path / "run" / "checkpoint.safetensors").unlink()

    result = dpmd_run(existing_run, "--force", "--steps", 0)

    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("size", [1, 4, 8, 22])
@pytest.mark.parametrize("name", ["thermo.csv", "trajectory.extxyz", "trajectory.dump", "run.log"])
def test_force_deletes_what_was_killed_in_its_first_line(existing_run, tmp_path, name, size) -> None:
    truncate(tmp_path / "run", min(size, 10 if name == "trajectory.dump" else size), name)
    (tmp_path / "run" / "checkpoint.safetensors").unlink()

    result = dpmd_run(existing_run, "--force", "--steps", 0)

    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("n_behind", [0, 1, 9, 100])
def test_force_deletes_a_thermo_log_that_was_killed_in_its_first_row(existing_run, tmp_path, n_behind) -> None:
    heading = (tmp_path / "run" / "thermo.csv").read_text().index("\n") + 1
    truncate(tmp_path / "run", heading + n_behind, "thermo.csv")
    (tmp_path / "run" / "checkpoint.safetensors").unlink()

    assert dpmd_run(existing_run, "--force", "--steps", 0).exit_code == 0


def test_force_deletes_a_torn_row_that_was_cut_off(existing_run, tmp_path) -> None:
    (tmp_path / "run" / "thermo.csv.cut").write_text("65,32.5,331.")

    assert dpmd_run(existing_run, "--force", "--steps", 0).exit_code == 0


@pytest.mark.parametrize("link", [os.link, os.symlink, None])
def test_force_never_deletes_what_the_run_reads(existing_run, write_input, tmp_path, link) -> None:
    last = tmp_path / "run" / "trajectory.extxyz"
    structure = last if link is None else tmp_path / "last.extxyz"
    if link is not None:
        link(last, structure)
    before = content(tmp_path / "run")

    refused = dpmd_run(write_input(structure=structure), "--force")

    assert refused.exit_code == 2
    assert f"{last} is structure.file, and the run would write there; choose another output.directory" in refused.stderr
    assert content(tmp_path / "run") == before


@pytest.mark.parametrize("arguments", [(), ("--force",)])
def test_a_run_does_not_write_where_it_reads(write_input, tmp_path, small_box, water_model, arguments) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    shutil.copy(small_box, folder / "trajectory.extxyz")
    shutil.copy(water_model, folder / "checkpoint.safetensors")

    structure = dpmd_run(write_input(structure=folder / "trajectory.extxyz"), *arguments)
    (folder / "trajectory.extxyz").unlink()
    model = dpmd_run(write_input(model=folder / "checkpoint.safetensors"), *arguments)
    lock = write_input()
    lock.rename(folder / "run.lock")
    text = (folder / "run.lock").read_text().replace('directory = "run"', 'directory = "."')
    (folder / "run.lock").write_text(text)
    itself = dpmd_run(folder / "run.lock", *arguments)

    for result, what in ((structure, "structure.file"), (model, "model.file"), (itself, "the input file")):
        assert result.exit_code == 2
        assert f"is {what}, and the run would write there" in result.stderr
    assert (folder / "checkpoint.safetensors").read_bytes() == water_model.read_bytes()
    assert (folder / "run.lock").read_text() == text


def test_a_link_that_leads_nowhere_is_not_written_through(write_input, tmp_path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "thermo.csv").symlink_to(tmp_path / "elsewhere.csv")

    for more in ((), ("--force",)):
        assert "thermo.csv " in dpmd_run(write_input(), *more).stderr
    assert not (tmp_path / "elsewhere.csv").exists()


def test_all_ranks_end_when_the_folder_is_not_theirs(run_on, write_input, tmp_path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "run.lock").write_text(Holder("elsewhere", 77, "2026-01-02T03:04:05Z").text())

    code, _, errors = run_on(2, "-m", "dpmd", "run", write_input())

    assert code == 2, errors
    assert errors.count("process 77 on elsewhere") == 1
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["run.lock"]
