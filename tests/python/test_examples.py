"""The water example in the tree is what its README says."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from dpmd.cli import app
from dpmd.config import load_config


@pytest.fixture
def short_run(root, tmp_path):
    """Runs an example's input for a few steps, in a folder elsewhere."""

    def run(name: str):
        water = root / "examples" / "water"
        text = (water / f"{name}.toml").read_text()
        text = re.sub(r"(?m)^file = \"", f'file = "{water}/', text)
        text = re.sub(r"_every = \d+", "_every = 5", text)
        (tmp_path / f"{name}.toml").write_text(text)
        return CliRunner().invoke(app, ["run", str(tmp_path / f"{name}.toml"), "--steps", "15"])

    return run


@pytest.mark.parametrize("name", ["run", "nve", "npt"])
def test_every_input_file_runs(short_run, name: str) -> None:
    result = short_run(name)

    assert result.exit_code == 0, result.output
    assert "finished 15 steps" in result.stdout


def test_every_input_file_is_as_it_stands_in_the_readme(root) -> None:
    water = root / "examples" / "water"
    readme = (water / "README.md").read_text()

    for path in water.glob("*.toml"):
        assert f"`{path.name}`" in readme
        assert load_config(path).directory == water / path.stem


def test_the_rdf_script_draws_a_run(root, short_run, tmp_path) -> None:
    short_run("run")
    script = root / "examples" / "water" / "plot_rdf.py"

    command = [sys.executable, str(script), str(tmp_path / "run"), "--skip-ps", "0"]
    result = subprocess.run(command, capture_output=True, text=True, check=True)

    assert "4 frames" in result.stdout
    assert "first peak of the training data: r = 2.73 Å, g = 2.88" in result.stdout
    assert (tmp_path / "run" / "rdf_oo.png").stat().st_size > 0
