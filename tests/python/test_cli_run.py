"""`dpmd run`: what it writes, how it stops and how it continues."""

from __future__ import annotations

import os
import pty
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import ase.io
import numpy as np
import pytest
from ase import units
from typer.testing import CliRunner

import dpmd
from dpmd.cli import app
from run_input import RESULTS, dpmd_run, thermo_rows


def test_a_run_writes_thermo_trajectories_checkpoint_and_log(write_input, tmp_path) -> None:
    result = dpmd_run(write_input())

    assert result.exit_code == 0, result.output
    rows = thermo_rows(tmp_path / "run")
    assert rows[0][0] == "step"
    assert [int(row[0]) for row in rows[1:]] == list(range(0, 61, 5))
    for name in ("trajectory.extxyz", "trajectory.dump"):
        frames = ase.io.read(tmp_path / "run" / name, index=":", format=format_of(name))
        assert len(frames) == 7
        assert str(frames[0].symbols) == str(ase.io.read(tmp_path / "run" / "trajectory.extxyz").symbols)
    log = (tmp_path / "run" / "run.log").read_text()
    for text in (f"dpmd {dpmd.__version__}", "NumPy", "logical cores", '"ensemble": "nvt"', "started", "finished"):
        assert text in log
    assert (tmp_path / "run" / "checkpoint.safetensors").stat().st_size > 0


def test_the_console_shows_a_plain_table_and_the_speed(write_input) -> None:
    lines = dpmd_run(write_input()).stdout.splitlines()

    heading = next(line.split() for line in lines if "T/K" in line)
    rows = [line.split() for line in lines if re.match(r" +\d+ ", line)]
    assert heading[:3] == ["step", "time/ps", "T/K"]
    assert [row[0] for row in rows] == [str(step) for step in range(0, 61, 5)]
    assert all(len(row) == len(heading) for row in rows)
    assert re.search(r"finished 60 steps, \S+ ns/day", lines[-1])


def test_a_terminal_shows_a_progress_bar(write_input) -> None:
    master, slave = pty.openpty()
    process = subprocess.Popen([sys.executable, "-m", "dpmd", "run", str(write_input())], stdout=slave, stderr=slave)
    os.close(slave)

    output = b""
    while True:
        try:
            piece = os.read(master, 65536)
        except OSError:  # the other side is closed
            break
        output += piece
        if not piece:
            break

    assert process.wait(60) == 0
    assert b"60/60 steps" in output
    assert b"T/K" in output


def test_an_existing_run_is_not_overwritten(write_input, tmp_path) -> None:
    path = write_input()
    dpmd_run(path)
    before = (tmp_path / "run" / "thermo.csv").read_bytes()

    refused = dpmd_run(path)

    assert refused.exit_code == 2
    assert "--resume" in refused.stderr
    assert "--force" in refused.stderr
    assert (tmp_path / "run" / "thermo.csv").read_bytes() == before


def test_force_starts_anew(write_input, tmp_path) -> None:
    path = write_input()
    dpmd_run(path)
    before = [(tmp_path / "run" / name).read_bytes() for name in RESULTS]

    assert dpmd_run(path, "--force").exit_code == 0

    assert [(tmp_path / "run" / name).read_bytes() for name in RESULTS] == before
    assert (tmp_path / "run" / "run.log").read_text().count("started") == 1


def test_force_deletes_trajectories_of_other_names_too(write_input, tmp_path) -> None:
    dpmd_run(write_input(), "--steps", 5)
    (tmp_path / "run" / "notes.txt").write_text("mine")

    renamed = write_input(replace=('["trajectory.extxyz", "trajectory.dump"]', '"other.extxyz"'))
    assert dpmd_run(renamed, "--steps", 5, "--force").exit_code == 0

    assert not (tmp_path / "run" / "trajectory.extxyz").exists()
    assert (tmp_path / "run" / "other.extxyz").exists()
    assert (tmp_path / "run" / "notes.txt").read_text() == "mine"


def test_a_broken_input_leaves_an_existing_run_alone(write_input, tmp_path, water_model) -> None:
    dpmd_run(write_input())
    before = (tmp_path / "run" / "thermo.csv").read_bytes()

    refused = dpmd_run(write_input(replace=(str(water_model), "absent.dpmd")), "--force")

    assert refused.exit_code == 2
    assert (tmp_path / "run" / "thermo.csv").read_bytes() == before


def test_a_resumed_run_equals_an_uninterrupted_one_byte_for_byte(write_input, tmp_path) -> None:
    whole, parts = write_input("whole"), write_input("parts")

    assert dpmd_run(whole).exit_code == 0
    assert dpmd_run(parts, "--steps", 33).exit_code == 0  # neither a thermo nor a checkpoint step
    assert dpmd_run(parts, "--resume", "--threads", 1).exit_code == 0

    for name in RESULTS:
        assert (tmp_path / "parts" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_stopped_run_goes_on_as_if_nothing_had_happened(write_input, tmp_path, number) -> None:
    path = write_input("stopped", replace=("steps = 60", "steps = 1000000"))
    command = [sys.executable, "-m", "dpmd", "run", str(path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        thermo = wait_for_rows(tmp_path / "stopped" / "thermo.csv", 6)
        process.send_signal(number)
        output, errors = process.communicate(timeout=120)
    finally:
        process.kill()

    assert thermo is not None, errors
    last_step = int(thermo_rows(tmp_path / "stopped")[-1][0]) + 40
    if number == signal.SIGKILL:
        assert process.returncode == -signal.SIGKILL
    else:
        assert process.returncode == 130
        assert errors == ""
        continuation = re.search(r"continue with: (.*)", output).group(1)
        assert shlex.split(continuation) == ["dpmd", "run", str(path), "--resume"]
        assert "interrupted at step" in (tmp_path / "stopped" / "run.log").read_text()
    resumed = dpmd_run(path, "--resume", "--steps", last_step)
    assert resumed.exit_code == 0, resumed.output
    assert dpmd_run(write_input("whole"), "--steps", last_step).exit_code == 0
    for name in RESULTS:
        assert (tmp_path / "stopped" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name


def wait_for_rows(thermo: Path, n_rows: int) -> Path | None:
    """The thermo log once it has enough lines and there is a checkpoint, or None after two minutes."""
    for _ in range(1200):
        checkpoint = thermo.parent / "checkpoint.safetensors"
        if checkpoint.exists() and len(thermo.read_text().splitlines()) > n_rows:
            return thermo
        time.sleep(0.1)
    return None


def test_a_finished_run_is_extended_by_steps(write_input, tmp_path) -> None:
    path = write_input()
    dpmd_run(path)

    nothing = dpmd_run(path, "--resume")
    more = dpmd_run(path, "--resume", "--steps", 70)

    assert nothing.exit_code == 0
    assert "nothing left to do" in nothing.stdout
    assert more.exit_code == 0
    assert thermo_rows(tmp_path / "run")[-1][0] == "70"


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("temperature = 330", "temperature = 331", "dynamics.temperature"),
        ("temperature = 330", "temperature = 330\nseed = 7", "dynamics.seed"),
        ("[output]", "[velocities]\nseed = 7\n[output]", "velocities.seed"),
        ("[dynamics]", "replicate = [1, 1, 2]\n[dynamics]", "structure.replicate"),
    ],
)
def test_resume_refuses_settings_that_would_be_ignored(write_input, old: str, new: str, key: str) -> None:
    dpmd_run(write_input(), "--steps", 5)

    refused = dpmd_run(write_input(replace=(old, new)), "--resume")

    assert refused.exit_code == 2
    assert key in refused.stderr


@pytest.mark.parametrize("line", ['precision = "mix32"', "compress = false", "tolerance = 1e-5"])
def test_resume_refuses_another_form_of_the_model(write_input, line: str) -> None:
    dpmd_run(write_input(), "--steps", 5)

    refused = dpmd_run(write_input(replace=("[structure]", f"{line}\n[structure]")), "--resume")

    assert refused.exit_code == 2
    assert f"model.{line.split()[0]}" in refused.stderr


@pytest.mark.parametrize("line", ['precision = "mix32"', 'precision = "mix16"', "compress = false"])
def test_every_form_runs_and_resumes_byte_for_byte(write_input, tmp_path, line: str) -> None:
    added = ("[structure]", f"{line}\n[structure]")
    dpmd_run(write_input("whole", replace=added), "--steps", 20)
    dpmd_run(write_input("parts", replace=added), "--steps", 10)

    result = dpmd_run(write_input("parts", replace=added), "--steps", 20, "--resume")

    assert result.exit_code == 0, result.stderr
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    for name in ("thermo.csv", "trajectory.extxyz", "checkpoint.safetensors"):
        assert (whole / name).read_bytes() == (parts / name).read_bytes(), name


def test_a_run_says_in_which_form_the_model_runs(write_input, tmp_path) -> None:
    output = dpmd_run(write_input(replace=("[structure]", 'precision = "mix32"\n[structure]')), "--steps", 1).stdout

    line = next(line for line in output.splitlines() if line.startswith("precision "))
    assert re.fullmatch(r"precision mix32, compressed: .* of 64 functions, force error .e-0\d eV/Å", line)
    assert line in (tmp_path / "run" / "run.log").read_text()


def test_a_model_that_cannot_be_compressed_runs_exactly_and_the_log_says_why(write_input, oracle, tmp_path) -> None:
    result = dpmd_run(write_input(model=oracle / "act_relu6_relu.pb"), "--steps", 1)

    assert result.exit_code == 0, result.output
    for text in (result.stdout, (tmp_path / "run" / "run.log").read_text()):
        assert "precision double, exact nets (embedding nets have kinks" in text


def test_resume_refuses_another_model(write_input, oracle) -> None:
    dpmd_run(write_input(), "--steps", 5)

    refused = dpmd_run(write_input(model=oracle / "single.pb"), "--resume")

    assert refused.exit_code == 2
    assert "model.sha256" in refused.stderr


def test_resume_needs_a_checkpoint(write_input, tmp_path) -> None:
    assert "no checkpoint" in dpmd_run(write_input(), "--resume").stderr

    dpmd_run(write_input())
    (tmp_path / "run" / "checkpoint.safetensors").unlink()

    refused = dpmd_run(write_input(), "--resume")
    assert refused.exit_code == 2
    assert "--force" in refused.stderr


def test_a_damaged_checkpoint_is_refused(write_input, tmp_path) -> None:
    path = write_input()
    dpmd_run(path, "--steps", 20)
    checkpoint = tmp_path / "run" / "checkpoint.safetensors"
    checkpoint.write_bytes(checkpoint.read_bytes()[:-8])

    refused = dpmd_run(path, "--resume")

    assert refused.exit_code == 2
    assert "checkpoint.safetensors" in refused.stderr


def test_a_folder_that_cannot_be_made_is_named(write_input, tmp_path) -> None:
    (tmp_path / "run").write_text("a file")

    refused = dpmd_run(write_input())

    assert refused.exit_code == 2
    assert str(tmp_path / "run") in refused.stderr


def test_the_keys_of_the_input_file_are_listed() -> None:
    assert "[dynamics]" in dpmd_run("--keys").stdout


def test_resume_and_force_exclude_each_other(write_input) -> None:
    assert dpmd_run(write_input(), "--resume", "--force").exit_code == 2


def test_results_do_not_depend_on_threads(write_input, tmp_path) -> None:
    for threads in (1, 3):
        assert dpmd_run(write_input(f"run{threads}"), "--threads", threads).exit_code == 0

    for name in RESULTS:
        assert (tmp_path / "run1" / name).read_bytes() == (tmp_path / "run3" / name).read_bytes(), name


@pytest.mark.parametrize(
    "dynamics",
    [
        'ensemble = "nve"',
        'ensemble = "nvt"\ntemperature = 330\nthermostat = "langevin"\ndamping = 50',
        'ensemble = "nvt"\ntemperature = 330\nthermostat = "nose-hoover"',
        'ensemble = "npt"\ntemperature = 330\npressure = 1.0',
        'ensemble = "npt"\ntemperature = 330\npressure = 1.0\ncoupling = "full"\npressure_damping = 500',
    ],
)
def test_every_ensemble_runs_and_resumes(write_input, tmp_path, dynamics: str) -> None:
    replace = ('ensemble = "nvt"\ntemperature = 330', dynamics)
    extra = ("[output]", "[velocities]\ntemperature = 330\n[output]")
    for name in ("whole", "parts"):
        path = write_input(name, replace=replace)
        path.write_text(path.read_text().replace(*extra))

    results = [
        dpmd_run(tmp_path / "whole.toml"),
        dpmd_run(tmp_path / "parts.toml", "--steps", 7),
        dpmd_run(tmp_path / "parts.toml", "--resume"),
    ]

    assert [result.exit_code for result in results] == [0, 0, 0], results[0].output
    for name in RESULTS:
        assert (tmp_path / "parts" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name


def test_drawn_velocities_have_the_temperature_asked_for(write_input, tmp_path) -> None:
    path = write_input(replace=("[output]", "[velocities]\ntemperature = 500\n[output]"))

    dpmd_run(path, "--steps", 0)

    heading, row = thermo_rows(tmp_path / "run")
    assert float(row[heading.index("temperature")]) == pytest.approx(500, rel=1e-6)


def test_velocities_of_the_structure_are_kept_unless_replaced(write_input, tmp_path, small_box) -> None:
    atoms = ase.io.read(small_box)
    rng = np.random.default_rng(1)
    momenta = rng.normal(0, 0.05, (len(atoms), 3))
    atoms.set_momenta(momenta - momenta.mean(axis=0))
    ase.io.write(tmp_path / "moving.extxyz", atoms)
    expected = 2 * atoms.get_kinetic_energy() / (3 * len(atoms) - 3) / units.kB
    temperatures = []

    for name, extra in (("kept", ""), ("drawn", "[velocities]\nreplace = true\n")):
        path = write_input(name, structure=tmp_path / "moving.extxyz", replace=("[output]", extra + "[output]"))
        dpmd_run(path, "--steps", 0)
        heading, row = thermo_rows(tmp_path / name)
        temperatures.append(float(row[heading.index("temperature")]))

    assert temperatures == pytest.approx([expected, 330], rel=1e-4)


def test_a_structure_at_rest_needs_a_temperature(write_input) -> None:
    path = write_input(replace=('"nvt"\ntemperature = 330', '"nve"'))

    result = dpmd_run(path)

    assert result.exit_code == 2
    assert "velocities.temperature is missing" in result.stderr


def test_replicate_repeats_the_cell(write_input, tmp_path) -> None:
    path = write_input(replace=("[dynamics]", "replicate = [1, 2, 1]\n[dynamics]"))

    assert dpmd_run(path, "--steps", 0).exit_code == 0

    atoms = ase.io.read(tmp_path / "run" / "trajectory.extxyz")
    assert len(atoms) == 48
    assert atoms.cell.lengths() == pytest.approx([6.4, 12.8, 6.4])


def test_frames_hold_what_was_asked_for(write_input, tmp_path, water_potential) -> None:
    asked = "velocities = true\nforces = true\nvirial = true\ntime = true"
    path = write_input(replace=("trajectory_every = 10", f"trajectory_every = 10\n{asked}"))

    dpmd_run(path)

    atoms = ase.io.read(tmp_path / "run" / "trajectory.extxyz", index=3)
    result = water_potential.compute(atoms)
    assert atoms.get_forces() == pytest.approx(result.forces, abs=1e-5)  # the run's model is compressed
    assert atoms.info["virial"] == pytest.approx(result.virial, abs=1e-4)
    assert atoms.get_stress(voigt=False) == pytest.approx(-result.virial / atoms.get_volume(), abs=1e-6)
    dump = (tmp_path / "run" / "trajectory.dump").read_text()
    assert dump.startswith("ITEM: UNITS\nmetal\nITEM: TIME\n0\nITEM: TIMESTEP\n0\n")
    assert "ITEM: TIME\n0.015\nITEM: TIMESTEP\n30\n" in dump
    assert atoms.arrays["velo"].std() > 1e-3  # Å/fs
    assert atoms.get_velocities() * units.fs == pytest.approx(atoms.arrays["velo"], rel=1e-14)


def test_a_run_that_blows_up_ends_with_the_reason(write_input, tmp_path) -> None:
    path = write_input(replace=("steps = 60", "steps = 2000\ntimestep = 10"))

    result = dpmd_run(path)

    assert result.exit_code == 2
    assert result.stderr.startswith("dpmd: error: ")
    assert "failed after step" in (tmp_path / "run" / "run.log").read_text()


def test_plot_draws_a_run(write_input, tmp_path, root) -> None:
    dpmd_run(write_input())
    (tmp_path / "reference.csv").write_text("# by hand\nr,g_OO\n1,0\n2,1\n")

    arguments = ["plot", str(tmp_path / "run"), "--rdf-reference", str(tmp_path / "reference.csv"), "-o"]
    result = CliRunner().invoke(app, [*arguments, str(tmp_path / "figures"), "--skip", "1"])

    assert result.exit_code == 0, result.output
    assert "drift" in result.stdout
    for name in ("thermo.png", "rdf.png", "msd.png"):
        assert (tmp_path / "figures" / name).read_bytes().startswith(b"\x89PNG")
    rdf = np.genfromtxt(tmp_path / "figures" / "rdf.csv", delimiter=",", names=True)
    msd = np.genfromtxt(tmp_path / "figures" / "msd.csv", delimiter=",", names=True)
    assert rdf["n_OH"][np.searchsorted(rdf["r"], 1.3)] == pytest.approx(2)
    assert msd["lag_ps"][1] == pytest.approx(0.005)
    assert msd["msd_H"][1] > msd["msd_O"][1] > 0


def test_plot_reads_lammps_dumps_too(write_input, tmp_path) -> None:
    dpmd_run(write_input())
    (tmp_path / "run" / "trajectory.extxyz").unlink()

    result = CliRunner().invoke(app, ["plot", str(tmp_path / "run"), "--stride", "2", "--format", "svg"])

    assert result.exit_code == 0, result.output
    msd = np.genfromtxt(tmp_path / "run" / "msd.csv", delimiter=",", names=True)
    assert msd["lag_ps"][1] == pytest.approx(0.010)
    assert (tmp_path / "run" / "rdf.svg").exists()


def test_frame_and_atomic_parameters_come_from_the_input_file(write_input, oracle, tmp_path) -> None:
    path = write_input(model=oracle / "fparam_aparam.pb")
    without = dpmd_run(path, "--steps", 1)
    path.write_text(path.read_text().replace("[structure]", "fparam = [0.3, 0.1]\naparam = [0.2]\n[structure]"))

    result = dpmd_run(path, "--steps", 0, "--force")

    assert without.exit_code == 2
    assert "aparam has 0 values" in without.stderr
    assert result.exit_code == 0, result.output
    potential = dpmd.Potential(oracle / "fparam_aparam.pb")
    atoms = ase.io.read(tmp_path / "run" / "trajectory.extxyz")
    expected = potential.compute(atoms, fparam=[0.3, 0.1], aparam=np.full((24, 1), 0.2))
    assert atoms.get_potential_energy() == pytest.approx(expected.energy, abs=1e-8)


def test_plot_says_what_is_missing(tmp_path) -> None:
    (tmp_path / "thermo.csv").write_text("nonsense\n")
    (tmp_path / "no_r.csv").write_text("g_OO\n1\n")

    for arguments, reason in [
        ([tmp_path], "not a thermo log"),
        ([tmp_path, "--format", "gif"], "png, pdf or svg"),
        ([tmp_path, "--rdf-reference", tmp_path / "no_r.csv"], "r,g_AB"),
        ([tmp_path, "--rdf-reference", tmp_path / "absent.csv"], "cannot be read"),
    ]:
        result = CliRunner().invoke(app, ["plot", *map(str, arguments)])
        assert result.exit_code == 2
        assert reason in result.stderr


def format_of(name: str) -> str:
    return "extxyz" if name.endswith("extxyz") else "lammps-dump-text"
