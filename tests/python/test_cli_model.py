"""`dpmd info`, `dpmd convert`, and how every command ends when something is wrong."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import numpy as np
import pytest
from typer.testing import CliRunner

import dpmd
from dpmd.cli import app
from dpmd.models.spec import ModelSpec


def dpmd_command(*arguments: object):
    """The result of a command, run in this process."""
    return CliRunner().invoke(app, [str(a) for a in arguments])


def dpmd_process(*arguments: object) -> subprocess.CompletedProcess:
    """The result of a command, run as a user would."""
    command = [sys.executable, "-m", "dpmd", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_info_shows_the_model(water_model) -> None:
    text = dpmd_command("info", water_model).stdout
    values = json.loads(dpmd_command("info", water_model, "--json").stdout)

    assert "se_e2_a" in text
    assert "O H" in text
    del values["devices"], values["mpi"], values["lammps"]
    assert values == dpmd.Potential(water_model, compress=True).info()


def test_info_shows_what_compression_does(water_model, oracle) -> None:
    text = dpmd_command("info", water_model, "--precision", "mix32", "--tolerance", 1e-5).stdout
    rows = {line.split()[0]: line.split(None, 1)[1] for line in text.splitlines()}

    assert rows["precision"] == "mix32"
    assert rows["compression.asked_for"] == "yes"
    assert rows["compression.functions"].endswith("for H of 64 channels")
    assert rows["compression.features"].endswith("for H of 512 descriptor elements")
    assert rows["compression.force_error"].endswith("tolerance 1e-05 eV/Å")
    assert rows["compression.predicted_speedup"].endswith("over tables")

    refused = dpmd_command("info", oracle / "act_relu6_relu.pb").stdout
    assert "exact nets" in refused
    assert "kinks" in refused


def test_info_without_compression_says_so(water_model) -> None:
    text = dpmd_command("info", water_model, "--no-compress").stdout
    values = json.loads(dpmd_command("info", water_model, "--no-compress", "--json").stdout)

    assert re.search(r"compression.asked_for +no\ncompression.form +exact nets", text)
    del values["devices"], values["mpi"], values["lammps"]
    assert values == dpmd.Potential(water_model).info()


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--precision", "half"), "precision = 'half' is not one of: double, mix32, mix32-3xtf32, mix32-tf32, mix16"),
        (("--tolerance", 0), "tolerance = 0.0"),
        (("--no-compress", "--tolerance", 1e-6), "has no effect"),
    ],
)
def test_info_refuses_options_that_make_no_sense(water_model, options, reason: str) -> None:
    result = dpmd_command("info", water_model, *options)

    assert result.exit_code == 2
    assert reason in result.stderr


@pytest.mark.parametrize("command", [("info",), ("test", "-s", "data"), ("bench",)])
def test_a_structure_given_as_the_model_is_named_as_one(root, command) -> None:
    structure = root / "examples" / "water" / "water_192.extxyz"
    options = [structure if word == "data" else word for word in command[1:]]

    result = dpmd_command(command[0], structure, *options)

    assert result.exit_code == 2
    assert "water_192.extxyz: a structure (XYZ), not a model; structures go into the input of dpmd run" in result.stderr


def test_convert_writes_the_same_model(oracle, tmp_path) -> None:
    source, target = oracle / "single.pb", tmp_path / "single.dpmd"

    result = dpmd_command("convert", source, target)

    assert result.exit_code == 0
    assert str(target) in result.stdout
    assert ModelSpec.load(target).type_map == ["O", "H"]
    positions, types = np.eye(3), [0, 1, 1]
    before, after = (dpmd.Potential(m).compute(positions, types) for m in (source, target))
    assert np.array_equal(before.forces, after.forces)


def test_convert_replaces_only_by_force(oracle, tmp_path) -> None:
    target = tmp_path / "single.dpmd"
    target.write_text("precious")

    refused = dpmd_command("convert", oracle / "single.pb", target)

    assert refused.exit_code == 2
    assert "--force" in refused.stderr
    assert target.read_text() == "precious"
    assert dpmd_command("convert", oracle / "single.pb", target, "--force").exit_code == 0


def test_convert_asks_for_a_function_of_dpa1_by_its_name(oracle, tmp_path) -> None:
    for model, function, message in (
        ("single.pb", "graph", "only DPA-1 has several functions"),
        ("pt_attention.dp", "tf", 'dpa1_function = \'tf\' is neither "dense" nor "graph"'),
    ):
        result = dpmd_command("convert", oracle / model, tmp_path / "new.dpmd", "--dpa1-function", function)

        assert result.exit_code == 2
        assert message in result.output


def test_convert_writes_dpmd_files_only(oracle, tmp_path) -> None:
    for target in (tmp_path / "single.pb", tmp_path / "absent" / "single.dpmd"):
        assert dpmd_command("convert", oracle / "single.pb", target).exit_code == 2
        assert not target.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("info", "absent.pb"),
        ("info", __file__),
        ("bench", "absent.pb"),
        ("convert", "absent.pb", "new.dpmd"),
        ("test", "absent.pb", "-s", "."),
        ("run", "absent.toml"),
        ("plot", "absent"),
    ],
)
def test_an_error_is_one_line_and_exit_code_2(arguments) -> None:
    result = dpmd_process(*arguments)

    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr.startswith("dpmd: error: ")
    assert result.stderr.count("\n") == 1


def test_a_defect_of_dpmd_keeps_its_traceback(monkeypatch) -> None:
    def broken(*_: object) -> None:
        raise dpmd.InternalError("a broken invariant")

    monkeypatch.setattr("dpmd.systems.find_sources", broken)

    result = dpmd_command("test", "model", "-s", "data")

    assert isinstance(result.exception, dpmd.InternalError)
    assert result.exit_code == 1


def test_help_and_version_need_no_model() -> None:
    assert dpmd_command("--version").stdout == f"dpmd {dpmd.__version__}\n"
    for command in ("run", "info", "bench", "convert", "test", "deviation", "energy", "neighbor-stat", "plot"):
        assert dpmd_command(command, "--help").exit_code == 0


def test_importing_dpmd_loads_nothing_heavy() -> None:
    heavy = ("ase", "matplotlib", "rich", "typer", "scipy", "h5py", "google.protobuf", "yaml")
    code = f"import sys, dpmd; print([m for m in {heavy!r} if m in sys.modules])"

    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert result.stdout == "[]\n"
