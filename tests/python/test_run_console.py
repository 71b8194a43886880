"""The output of `dpmd run`: a table that fits the terminal, lines for programs, signs of life, and the same in
run.log."""

from __future__ import annotations

import json
import re

import pytest

import dpmd
from dpmd.cli.running.console import Console, fitted
from dpmd.cli.running.voice import Voice
from run_input import dpmd_run


def thermo(step: int = 0, **values: float) -> dict[str, float]:
    usual = {"temperature": 300.0, "potential_energy": -1.0, "conserved_energy": -1.0, "pressure": 1.0, "density": 1.0}
    return {"step": step, "time": 0.5 * step} | usual | values


@pytest.fixture
def console():
    """A console of a run of a thousand million steps."""
    return Console(0, 10**9, 100, 0.5, dpmd.mpi_world(), Voice(dpmd.mpi_world(), "text"), heartbeat=0)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"potential_energy": -1e7, "conserved_energy": -1e7, "temperature": 98765.432, "pressure": -1234567.8},
        {"potential_energy": -1.23456789e9, "conserved_energy": 9.87e12, "density": 22.587},
        {"potential_energy": float("-inf"), "conserved_energy": float("nan"), "temperature": 3e30, "pressure": -2e120},
    ],
)
@pytest.mark.parametrize("step", [0, 10**9])
def test_a_row_fits_80_columns_and_its_cells_stay_apart(console, capsys, values, step) -> None:
    console.row(thermo())
    console.row(thermo(step, **values), ["drift"])

    heading, _, row = capsys.readouterr().out.splitlines()
    assert len(heading) <= 80
    assert len(row) <= 80
    assert len(row.split()) == len(heading.split()) + 1  # the mark
    assert heading.split() == ["step", "time/ps", "T/K", "E_pot/eV", "E_conserved/eV", "P/bar", "g/cm3"]


def test_a_million_atoms_keep_four_decimals_of_their_energy() -> None:
    assert fitted(-9876543.21098, 14, 5) == "-9876543.21098"
    assert fitted(-98765432.10987, 14, 5) == "-98765432.1099"
    assert fitted(-1.5e20, 14, 5) == " -1.500000e+20"


def test_the_log_holds_what_the_terminal_showed(write_input, tmp_path) -> None:
    path = write_input(replace=("[output]", "[watch]\ndistance = 1.2\n[output]"))

    result = dpmd_run(path)

    log = [line.partition("Z ")[2] for line in (tmp_path / "run" / "run.log").read_text().splitlines()]
    shown = result.stdout.splitlines()
    warned = [line.removeprefix("dpmd: ") for line in result.stderr.splitlines()]
    assert len(shown) > 15
    assert [line for line in log if line in shown] == shown
    assert warned
    assert all(line in log for line in warned)


def test_quiet_shows_warnings_only_and_the_log_all(write_input, tmp_path) -> None:
    path = write_input(replace=("[output]", "[watch]\ndistance = 1.2\n[output]"))

    result = dpmd_run(path, "--quiet")

    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.count("\n") == 1
    log = (tmp_path / "run" / "run.log").read_text()
    assert "E_conserved/eV" in log
    assert "finished 60 steps" in log


def test_json_has_a_line_for_each_row_of_thermo_csv_and_one_at_the_end(write_input, tmp_path) -> None:
    result = dpmd_run(write_input(replace=("steps = 60", "steps = 500")), "--steps", 300, "--json")

    lines = [json.loads(line) for line in result.stdout.splitlines()]
    folder = tmp_path / "run"
    assert [line["step"] for line in lines[:-1]] == list(range(0, 301, 5))
    assert set(lines[0]) == {*thermo(), "kinetic_energy", "volume", "pressure_tensor", "cell", "warnings"}
    assert lines[0]["cell"] == [[6.4, 0, 0], [0, 6.4, 0], [0, 0, 6.4]]
    end = lines[-1]
    assert (end["status"], end["step"], end["steps"], end["warnings"]) == ("finished", 300, 300, [])
    assert end["ns_per_day"] > 0
    assert end["files"] == {
        "thermo": str(folder / "thermo.csv"),
        "log": str(folder / "run.log"),
        "settings": str(folder / "run.json"),
        "checkpoint": str(folder / "checkpoint.safetensors"),
        "trajectories": [str(folder / "trajectory.extxyz"), str(folder / "trajectory.dump")],
    }
    assert "finished 300 steps" in (folder / "run.log").read_text()


def test_json_has_null_for_what_an_open_system_has_not(write_input, small_box, tmp_path) -> None:
    import ase.io

    atoms = ase.io.read(small_box)
    atoms.pbc, atoms.cell = False, None
    ase.io.write(tmp_path / "open.extxyz", atoms)

    lines = dpmd_run(write_input(structure=tmp_path / "open.extxyz"), "--steps", 0, "--json").stdout.splitlines()

    assert json.loads(lines[0])["pressure"] is None


def test_json_ends_with_the_error_too(write_input, water_model) -> None:
    blown_up = dpmd_run(write_input("a", replace=("steps = 60", "steps = 2000\ntimestep = 10")), "--json")
    absent = dpmd_run(write_input("b", replace=(str(water_model), "absent.dpmd")), "--json")
    done = [dpmd_run(write_input("c"), "--steps", 0, "--json", *more) for more in ([], ["--resume"])]

    for result in (blown_up, absent):
        end = json.loads(result.stdout.splitlines()[-1])
        assert (result.exit_code, end["status"]) == (2, "failed")
        assert end["error"] in result.stderr
    assert json.loads(blown_up.stdout.splitlines()[-1])["step"] > 0
    assert json.loads(done[1].stdout) | {"files": {}} == {"status": "finished", "step": 0, "steps": 0, "files": {}}


def test_quiet_and_json_exclude_each_other(write_input) -> None:
    assert "give one of them" in dpmd_run(write_input(), "--quiet", "--json").stderr


def test_without_a_bar_a_line_tells_from_time_to_time_how_far_the_run_is(write_input) -> None:
    often = dpmd_run(write_input("often"), "--heartbeat", "1e-6").stdout
    never = dpmd_run(write_input("never"), "--heartbeat", "0").stdout

    assert re.search(r"^at step \d+ of 60, \S+ ns/day, \d+:\d\d:\d\d left$", often, re.MULTILINE)
    assert "at step" not in never
