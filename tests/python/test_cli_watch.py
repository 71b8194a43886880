"""`dpmd run` watches itself: a run that has gone wrong says so, and ends if asked to."""

from __future__ import annotations

import json

import ase.io
import numpy as np
import pytest

from run_input import RESULTS, dpmd_run

# A setting that exceeds a limit, and the beginning of the warning about it.
WRONG = {
    "drift": ("drift = 1e-9", "the conserved energy moved by "),
    "temperature": ("temperature_factor = 1.0001", "the temperature is "),
    "distance": ("distance = 1.2", "atoms "),
}


def watched(line: str) -> tuple[str, str]:
    """The replacement that adds a line to [watch]."""
    return ("[output]", f"[watch]\n{line}\n[output]")


def judged(models: str, line: str) -> tuple[str, str]:
    return ("[output]", f'[deviation]\nmodels = "{models}"\nevery = 10\n{line}\n[output]')


def marked_steps(output: str) -> list[int]:
    return [int(line.split()[0]) for line in output.splitlines() if line.endswith(" !")]


def test_a_sound_run_says_nothing(write_input) -> None:
    result = dpmd_run(write_input(), "--steps", 200)

    assert (result.exit_code, result.stderr) == (0, "")
    assert marked_steps(result.stdout) == []
    assert result.stdout.splitlines()[-1].endswith("ns/day")


def test_a_time_step_too_long_is_seen_before_the_run_ends(write_input) -> None:
    path = write_input(replace=('"nvt"\ntemperature = 330', '"nve"\ntimestep = 2\n[velocities]\ntemperature = 330'))
    path.write_text(path.read_text().replace("steps = 60\n", "").replace("timestep", "steps = 60\ntimestep"))

    result = dpmd_run(path)

    assert result.exit_code == 0, result.stderr
    assert "dpmd: warning: step 5: the conserved energy moved by " in result.stderr
    assert "finished 60 steps" in result.stdout
    assert "ns/day, but:\n  from step 5 on, in 12 checks: the conserved energy" in result.stdout


@pytest.mark.parametrize("kind", WRONG)
def test_what_is_wrong_is_said_once_marked_in_the_table_and_repeated_at_the_end(write_input, tmp_path, kind) -> None:
    limit, beginning = WRONG[kind]

    result = dpmd_run(write_input(replace=watched(limit)))

    first = 0 if kind == "distance" else 5
    assert result.exit_code == 0
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith(f"dpmd: warning: step {first}: {beginning}")
    assert marked_steps(result.stdout) == list(range(first, 61, 5))
    log = (tmp_path / "run" / "run.log").read_text()
    for text in (result.stdout, log):
        assert f"but:\n  from step {first} on, in {13 - first // 5} checks: {beginning}" in plain(text)
    assert f"warning: step {first}: {beginning}" in log


def plain(text: str) -> str:
    """The text of a log without its times."""
    return "\n".join(line.partition("Z ")[2] if line[:2] == "20" else line for line in text.splitlines())


@pytest.mark.parametrize("kind", WRONG)
def test_stop_ends_the_run_with_a_checkpoint_and_a_status_of_its_own(write_input, tmp_path, kind) -> None:
    limit, beginning = WRONG[kind]
    path = write_input("watched", replace=watched(f"{limit}\nstop = true"))

    stopped = dpmd_run(path)
    path.write_text(path.read_text().replace("stop = true", ""))
    resumed = dpmd_run(path, "--resume")

    first = 0 if kind == "distance" else 5
    assert stopped.exit_code == 3
    assert f"dpmd: warning: stopped at step {first} of 60, checkpoint written: {beginning}" in stopped.stderr
    assert f"continue with: dpmd run {path} --resume" in stopped.stdout
    assert marked_steps(stopped.stdout) == [first]
    assert resumed.exit_code == 0, resumed.output
    assert f"warning: step {first + 5}: {beginning}" in resumed.stderr
    assert dpmd_run(write_input("free")).exit_code == 0
    for name in RESULTS:  # the watch changes nothing
        assert (tmp_path / "watched" / name).read_bytes() == (tmp_path / "free" / name).read_bytes(), name


def test_zero_is_no_limit(write_input) -> None:
    limits = "drift = 0\ntemperature_factor = 0\ndistance = 0"
    path = write_input(replace=watched(limits))
    path.write_text(path.read_text().replace("[watch]", "timestep = 2\n[velocities]\ntemperature = 30\n[watch]"))

    assert dpmd_run(path).stderr == ""


def test_distances_are_those_of_the_training_data_where_the_model_tells(write_input, small_box, tmp_path) -> None:
    atoms = ase.io.read(small_box)
    atoms.positions[1] = atoms.positions[0] + [0.8, 0, 0]
    ase.io.write(tmp_path / "near.extxyz", atoms)
    known = 0.8854385688525499  # of water_small.dpmd

    errors = dpmd_run(write_input(structure=tmp_path / "near.extxyz"), "--steps", 0).stderr

    expected = f"atoms 0 and 1 are 0.800 Å apart (the smallest distance in the training data is {known:.4g} Å)"
    assert errors == f"dpmd: warning: step 0: {expected}\n"


def test_distances_are_looked_at_as_often_as_asked(write_input) -> None:
    path = write_input(replace=watched("distance = 1.2\ndistance_every = 20"))

    assert marked_steps(dpmd_run(path).stdout) == [0, 20, 40, 60]


def test_the_start_of_a_resumed_run_is_that_of_its_thermo_log(write_input) -> None:
    path = write_input(replace=watched("temperature_factor = 2\ndistance = 0"))
    path.write_text(path.read_text() + "[velocities]\ntemperature = 1500\n")

    started = dpmd_run(path, "--steps", 5)
    resumed = dpmd_run(path, "--resume")

    assert (started.stderr, resumed.stderr) == ("", "")  # above twice the target, but not above twice the start


def test_a_deviation_above_its_limit_ends_the_run(write_input, other_water_model, tmp_path) -> None:
    plain_run = dpmd_run(write_input("plain", replace=judged(other_water_model, "")))
    table = np.loadtxt(tmp_path / "plain" / "model_devi.out")
    limit = table[:3, 4].max() * 1.000001
    path = write_input("judged", replace=judged(other_water_model, f"stop = {table[0, 4] * 0.999}"))

    at_once = dpmd_run(path)
    path.write_text(path.read_text().replace(f"stop = {table[0, 4] * 0.999}", f"stop = {limit}"))
    later = dpmd_run(path, "--resume")

    assert plain_run.exit_code == 0, plain_run.output
    assert at_once.exit_code == 3
    assert f"stopped at step 0 of 60, checkpoint written: max_devi_f is {table[0, 4]:.4g} eV/Å" in at_once.stderr
    above = [int(row[0]) for row in table[1:] if row[4] > limit]
    assert later.exit_code == (3 if above else 0), later.output
    assert not above or f"stopped at step {above[0]} of 60" in later.stderr


def test_programs_are_told_what_is_wrong(write_input) -> None:
    output = dpmd_run(write_input(replace=watched("distance = 1.2")), "--json").stdout
    lines = [json.loads(line) for line in output.splitlines()]

    assert [line["warnings"] for line in lines[:-1]] == [["distance"]] * 13
    assert [one[:34] for one in lines[-1]["warnings"]] == ["from step 0 on, in 13 checks: atom"]


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ("temperature_factor = 0.5", "must be above 1, or 0 for no limit"),
        ("distance = 0\ndistance_every = 10", "has no effect with distance = 0"),
        ("drift = -1", "must be at least 0"),
        ('stop = "yes"', "must be true or false"),
    ],
)
def test_limits_without_sense_are_refused(write_input, lines: str, reason: str) -> None:
    result = dpmd_run(write_input(replace=watched(lines)))

    assert result.exit_code == 2
    assert reason in result.stderr
