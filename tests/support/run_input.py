"""An input file of ``dpmd run`` for tests, and the files of its run."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner, Result

from dpmd.cli import app

INPUT = """
[model]
file = "{model}"
[structure]
file = "{structure}"
[dynamics]
ensemble = "nvt"
temperature = 330
steps = 60
[output]
directory = "{directory}"
thermo_every = 5
trajectory = ["trajectory.extxyz", "trajectory.dump"]
trajectory_every = 10
checkpoint_every = 20
"""
RESULTS = ("thermo.csv", "trajectory.extxyz", "trajectory.dump", "checkpoint.safetensors")


def dpmd_run(*arguments: object) -> Result:
    """The result of `dpmd run`, run in this process."""
    return CliRunner().invoke(app, ["run", *map(str, arguments)])


def thermo_rows(folder: Path) -> list[list[str]]:
    """The rows of the thermo log, the heading first."""
    return [line.split(",") for line in (folder / "thermo.csv").read_text().splitlines()]


def content(folder: Path) -> dict[str, bytes]:
    """The files of a folder; run.log has times in it."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "run.log"}
