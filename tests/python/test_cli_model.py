"""`dpmd info`, `dpmd convert`, `dpmd test`, and how every command ends when something is wrong."""

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
from dpmd.model_spec import ModelSpec


def dpmd_command(*arguments: object):
    """The result of a command, run in this process."""
    return CliRunner().invoke(app, [str(a) for a in arguments])


def dpmd_process(*arguments: object) -> subprocess.CompletedProcess:
    """The result of a command, run as a user does."""
    command = [sys.executable, "-m", "dpmd", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


@pytest.fixture(scope="module")
def data_set(tmp_path_factory, water_potential, water_atoms):
    """Two systems with the water model's own values, shifted by known amounts."""
    folder = tmp_path_factory.mktemp("data")
    types = [0 if s == "O" else 1 for s in water_atoms.symbols]
    result = water_potential.compute(water_atoms)
    for name, shift in (("a", 1.0), ("b", 2.0)):
        one = folder / name / "set.000"
        one.mkdir(parents=True)
        (one.parent / "type.raw").write_text(" ".join(str(1 - t) for t in types))
        (one.parent / "type_map.raw").write_text("H O")
        np.save(one / "coord.npy", [water_atoms.positions.reshape(-1)])
        np.save(one / "box.npy", [np.asarray(water_atoms.cell).reshape(-1)])
        np.save(one / "energy.npy", [result.energy + 192 * shift])
        np.save(one / "force.npy", [result.forces.reshape(-1) + shift])
        np.save(one / "virial.npy", [result.virial.reshape(-1) + 192 * shift])
    return folder


def test_info_shows_the_model(water_model) -> None:
    text = dpmd_command("info", water_model).stdout
    values = json.loads(dpmd_command("info", water_model, "--json").stdout)

    assert "se_e2_a" in text
    assert "O H" in text
    del values["devices"], values["mpi"]
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
    del values["devices"], values["mpi"]
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
def test_a_structure_given_as_the_model_is_named_as_one(root, data_set, command) -> None:
    structure = root / "examples" / "water" / "water_192.extxyz"
    options = [data_set if word == "data" else word for word in command[1:]]

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


def test_convert_writes_dpmd_files_only(oracle, tmp_path) -> None:
    for target in (tmp_path / "single.pb", tmp_path / "absent" / "single.dpmd"):
        assert dpmd_command("convert", oracle / "single.pb", target).exit_code == 2
        assert not target.exists()


def test_a_systems_errors_are_those_of_dp_test(data_set, water_model) -> None:
    result = dpmd_command("test", water_model, "-s", data_set / "a", "--json")

    values = json.loads(result.stdout)["systems"][0]
    assert values["n_frames"] == 1
    for quantity, error in [
        ("energy", 192.0),
        ("energy/atom", 1.0),
        ("force", 1.0),
        ("virial", 192.0),
        ("virial/atom", 1.0),
        ("stress", 192 / 12.444661140441895**3),
    ]:
        assert values[quantity]["mae"] == pytest.approx(error, rel=1e-9)
        assert values[quantity]["rmse"] == pytest.approx(error, rel=1e-9)


def test_a_model_is_tested_in_the_form_asked_for(data_set, water_model) -> None:
    exact = dpmd_command("test", water_model, "-s", data_set / "a", "--json")
    fast = dpmd_command("test", water_model, "-s", data_set / "a", "--precision", "mix32", "--compress", "--json")
    text = dpmd_command("test", water_model, "-s", data_set / "a", "--compress", "--tolerance", 1e-5).stdout

    exact, fast = json.loads(exact.stdout), json.loads(fast.stdout)
    assert exact["form"] == "double, exact nets"
    assert fast["form"].startswith("mix32, compressed")
    assert text.startswith("precision double, compressed")
    difference = fast["total"]["energy"]["mae"] - exact["total"]["energy"]["mae"]
    assert 0 < abs(difference) < 1e-2


def test_systems_are_found_recursively_and_pooled(data_set, water_model) -> None:
    result = dpmd_command("test", water_model, "-s", data_set, "--json")

    document = json.loads(result.stdout)
    assert [system["n_frames"] for system in document["systems"]] == [1, 1]
    assert document["total"]["force"]["mae"] == pytest.approx(1.5)
    assert document["total"]["force"]["rmse"] == pytest.approx(np.sqrt(2.5))
    assert "all 2 systems" in dpmd_command("test", water_model, "-s", data_set).stdout


@pytest.mark.parametrize(
    ("model", "energy", "force"), [("water", 7.23e-4, 7.256e-2), ("water_small", 1.56e-3, 1.0336e-1)]
)
def test_it_prints_what_dp_test_prints(shared, model: str, energy: float, force: float) -> None:
    result = dpmd_command("test", shared / "models" / f"{model}.pb", "-s", shared / "data" / "water_dft", "-n", 40)

    rows = {line.split()[0]: line.split() for line in result.stdout.splitlines() if "e-" in line}
    # to the digits that dp test's output was noted with
    assert float(rows["energy/atom"][2]) == pytest.approx(energy, rel=2e-3)
    assert float(rows["force"][2]) == pytest.approx(force, abs=0.5e-5)
    assert "40 frames of 192 atoms" in result.stdout


def test_frame_parameters_reach_the_model(oracle, tmp_path) -> None:
    potential = dpmd.Potential(oracle / "fparam_aparam.pb")
    one = tmp_path / "set.0"
    one.mkdir()
    (tmp_path / "type.raw").write_text("0 1 1")
    (tmp_path / "nopbc").touch()
    positions = np.array([[0, 0, 0], [0.9, 0, 0], [0, 0.9, 0]])
    fparam, aparam = np.full(potential.n_fparam, 0.3), np.full((3, potential.n_aparam), 0.2)
    energy = potential.compute(positions, [0, 1, 1], fparam=fparam, aparam=aparam).energy
    np.save(one / "coord.npy", positions.reshape(1, -1))
    np.save(one / "energy.npy", [energy])
    np.save(one / "fparam.npy", fparam.reshape(1, -1))
    np.save(one / "aparam.npy", aparam.reshape(1, -1))

    result = dpmd_command("test", oracle / "fparam_aparam.pb", "-s", tmp_path, "--json")

    assert json.loads(result.stdout)["total"]["energy"]["mae"] == 0
    (one / "aparam.npy").unlink()
    refused = dpmd_command("test", oracle / "fparam_aparam.pb", "-s", tmp_path)
    assert refused.exit_code == 2
    assert f"{tmp_path}, frame 0" in refused.stderr


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

    monkeypatch.setattr("dpmd.systems.find_systems", broken)

    result = dpmd_command("test", "model", "-s", "data")

    assert isinstance(result.exception, dpmd.InternalError)
    assert result.exit_code == 1


def test_help_and_version_need_no_model() -> None:
    assert dpmd_command("--version").stdout == f"dpmd {dpmd.__version__}\n"
    for command in ("run", "info", "bench", "convert", "test", "plot"):
        assert dpmd_command(command, "--help").exit_code == 0


def test_importing_dpmd_loads_nothing_heavy() -> None:
    heavy = ("ase", "matplotlib", "rich", "typer", "scipy", "h5py", "google.protobuf", "yaml")
    code = f"import sys, dpmd; print([m for m in {heavy!r} if m in sys.modules])"

    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert result.stdout == "[]\n"
