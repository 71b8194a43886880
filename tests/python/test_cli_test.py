"""`dpmd test`: the numbers, files and options of `dp test`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

import dpmd
from command_line import command, refusal
from data.dp_commands.record import write_systems
from dpmd.cli import app

RECORDED = Path(__file__).parents[1] / "data" / "dp_commands"


def run(*arguments: object) -> Result:
    """The result of a command."""
    return CliRunner().invoke(app, [str(a) for a in arguments])


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


def test_a_systems_errors_are_those_of_dp_test(data_set, water_model) -> None:
    result = run("test", water_model, "-s", data_set / "a", "--json")

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
    exact = run("test", water_model, "-s", data_set / "a", "--json")
    fast = run("test", water_model, "-s", data_set / "a", "--precision", "mix32", "--compress", "--json")
    text = run("test", water_model, "-s", data_set / "a", "--compress", "--tolerance", 1e-5).stdout

    exact, fast = json.loads(exact.stdout), json.loads(fast.stdout)
    assert exact["form"] == "double, exact nets"
    assert fast["form"].startswith("mix32, compressed")
    assert text.startswith("precision double, compressed")
    difference = fast["total"]["energy"]["mae"] - exact["total"]["energy"]["mae"]
    assert 0 < abs(difference) < 1e-2


def test_systems_are_found_recursively_and_pooled(data_set, water_model) -> None:
    result = run("test", water_model, "-s", data_set, "--json")

    document = json.loads(result.stdout)
    assert [system["n_frames"] for system in document["systems"]] == [1, 1]
    assert document["total"]["force"]["mae"] == pytest.approx(1.5)
    assert document["total"]["force"]["rmse"] == pytest.approx(np.sqrt(2.5))
    assert "all 2 systems" in run("test", water_model, "-s", data_set).stdout


@pytest.mark.parametrize(
    ("model", "energy", "force"), [("water", 7.23e-4, 7.256e-2), ("water_small", 1.56e-3, 1.0336e-1)]
)
def test_it_prints_what_dp_test_prints(shared, model: str, energy: float, force: float) -> None:
    result = run("test", shared / "models" / f"{model}.pb", "-s", shared / "data" / "water_dft", "-n", 40)

    rows = {line.split()[0]: line.split() for line in result.stdout.splitlines() if "e-" in line}
    # to the digits that were recorded from dp test
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

    result = run("test", oracle / "fparam_aparam.pb", "-s", tmp_path, "--json")

    assert json.loads(result.stdout)["total"]["energy"]["mae"] == 0
    (one / "aparam.npy").unlink()
    refused = run("test", oracle / "fparam_aparam.pb", "-s", tmp_path)
    assert refused.exit_code == 2
    assert f"{tmp_path}, frame 0" in refused.stderr


@pytest.fixture(scope="module")
def systems(tmp_path_factory) -> Path:
    """The systems for which DeePMD-kit's answers were recorded."""
    folder = tmp_path_factory.mktemp("systems")
    write_systems(folder)
    return folder


def test_all_numbers_are_those_of_dp_test(systems, water_model) -> None:
    said = command("test", water_model, "-s", systems / "box", "-a")

    rows = [line.split() for line in said.splitlines() if "e+" in line or "e-" in line]
    ours = [float(number) for row in rows for number in row[-3:-1]]
    lines = (RECORDED / "test.txt").read_text(encoding="utf-8").splitlines()
    theirs = [float(line.split(":")[1].split()[0]) for line in lines]
    assert ours == pytest.approx(theirs[: len(ours)], rel=2e-6)  # the digits that are printed
    assert len(ours) == 14


@pytest.mark.parametrize(("name", "options"), [("box", ["-a"]), ("open", [])])
def test_detail_files_are_those_of_dp_test(systems, water_model, tmp_path, monkeypatch, name: str, options) -> None:
    monkeypatch.chdir(systems)

    command("test", water_model, "-s", name, "-d", tmp_path / name, *options)

    written = {file.name for file in tmp_path.iterdir()}
    assert written == {file.name for file in RECORDED.glob(f"{name}.*.out")}
    for file in written:
        ours, theirs = tmp_path / file, RECORDED / file
        assert ours.read_text("utf-8").splitlines()[0] == theirs.read_text("utf-8").splitlines()[0]
        assert np.allclose(np.loadtxt(ours), np.loadtxt(theirs), rtol=0, atol=1e-9)


def test_details_of_several_systems_follow_each_other(systems, water_model, tmp_path) -> None:
    (tmp_path / "d.s.out").write_text("of an earlier call")

    command("test", water_model, "-s", systems / "open", systems / "box", "-d", tmp_path / "d", "--force")

    titles = [line for line in (tmp_path / "d.e.out").read_text().splitlines() if line.startswith("#")]
    assert titles == [f"# {systems / name}: data_e pred_e" for name in ("open", "box")]
    assert np.loadtxt(tmp_path / "d.e.out").shape == (5, 2)
    assert np.loadtxt(tmp_path / "d.s.out").shape == (3, 18)
    assert "cannot be written" in refusal("test", water_model, "-s", systems, "-d", tmp_path / "absent" / "d")


def test_details_say_nan_where_there_is_no_reference(systems, water_model, tmp_path) -> None:
    shutil.copytree(systems / "box", tmp_path / "box")
    for name in ("energy", "force", "virial"):
        (tmp_path / "box" / "set.000" / f"{name}.npy").unlink()

    said = command("test", water_model, "-s", tmp_path / "box", "-d", tmp_path / "d")

    assert "no reference energies, forces or virials; dpmd energy" in said
    assert np.isnan(np.loadtxt(tmp_path / "d.e.out")).tolist() == [[True, False]] * 3
    assert not (tmp_path / "d.s.out").exists()


def energies(said: Result) -> list[float]:
    """The error of each frame in a test of single frames."""
    return [system["energy"]["mae"] for system in json.loads(said.stdout)["systems"]]


def test_systems_may_be_named_in_a_file_or_by_an_input_of_training(water_model, tmp_path, monkeypatch) -> None:
    systems, elsewhere = tmp_path / "data", tmp_path / "elsewhere"
    write_systems(systems)
    elsewhere.mkdir()
    monkeypatch.chdir(systems)
    parts = {"training_data": {"systems": ["box"]}, "validation_data": {"systems": ".", "rglob_patterns": ["op*"]}}
    (systems / "input.json").write_text(json.dumps({"training": parts}))
    (systems / "list.txt").write_text("box\n\nopen\n")
    box, other = energies(run("test", water_model, "-s", "box", "open", "--json"))

    assert energies(run("test", water_model, "-f", "list.txt", "--json")) == [box, other]
    monkeypatch.chdir(elsewhere)  # paths in the input are relative to its folder
    file = systems / "input.json"
    assert energies(run("test", water_model, "--train-data", file, "--json")) == [box]
    assert energies(run("test", water_model, "--valid-data", file, "--json")) == [other]


def test_frames_can_be_taken_in_a_random_order(systems, water_model) -> None:
    def errors(*options: object) -> float:
        return energies(run("test", water_model, "-s", systems / "box", "--json", "-n", 1, *options))[0]

    first = errors()
    shuffled = {errors("--shuffle-test", "-r", seed) for seed in range(8)}

    assert len(shuffled) == 3
    assert first in shuffled
    assert errors("--shuffle-test", "-r", 3) == errors("--shuffle-test", "-r", 3)
    assert "no effect" in refusal("test", water_model, "-s", systems, "-r", 3)


def test_parameters_that_the_model_does_not_take_are_ignored_with_one_line(systems, water_model, tmp_path) -> None:
    for name in ("one", "two"):
        shutil.copytree(systems / "box", tmp_path / name)
        np.save(tmp_path / name / "set.000" / "fparam.npy", np.ones((3, 2)))

    result = run("test", water_model, "-s", tmp_path)

    assert result.exit_code == 0
    assert result.stderr.count("fparam") == 1
    assert f"dpmd: note: {tmp_path / 'one'}, frame 0: fparam is ignored" in result.stderr


def test_references_that_are_not_compared_are_named(systems, water_model, tmp_path) -> None:
    shutil.copytree(systems / "box", tmp_path / "box")
    shutil.copytree(tmp_path / "box" / "set.000", tmp_path / "box" / "set.001")
    (tmp_path / "box" / "set.001" / "energy.npy").unlink()

    said = run("test", water_model, "-s", tmp_path / "box", systems / "open").stderr

    assert "box/set.001/energy.npy: missing, although other sets" in said
    assert "box: 3 of 6 frames have no reference energy" in said
    assert "box: not compared in 6 of 6 frames: energies of atoms, which --atomic compares" in said
    assert "open: not compared in 2 of 2 frames: virial of a frame that is not periodic" in said


def test_frames_without_real_atoms_have_no_force_errors(systems, water_model, tmp_path) -> None:
    shutil.copytree(systems / "open", tmp_path / "open")
    np.save(tmp_path / "open" / "set.000" / "real_atom_types.npy", np.full((2, 3), -1))

    values = json.loads(run("test", water_model, "-s", tmp_path / "open", "--json").stdout)["total"]

    assert values["n_atoms"] == 0
    assert "force" not in values


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "name the data with one of -s"),
        (["-s", "box", "-f", "list"], "name the data with one of -s"),
        (["--train-data", "absent.json"], "cannot be read"),
        (["--train-data", "box/type.raw"], "is not JSON"),
        (["--train-data", "tasks.json"], "several tasks"),
        (["--train-data", "other.json"], "no section 'training'"),
        (["--train-data", "partial.json"], "training.training_data.systems must be a path or a list"),
        (["--valid-data", "partial.json"], "no section training.validation_data"),
        (["-s", "bare", "-a"], "bare, frame 0: has no energies of atoms (atom_ener.npy)"),
        (["-s", "empty"], "empty: no frames"),
    ],
)
def test_what_cannot_be_tested_is_an_error(water_model, tmp_path, monkeypatch, arguments, reason: str) -> None:
    monkeypatch.chdir(tmp_path)
    write_systems(tmp_path)
    for name, document in {
        "tasks": {"training": {"data_dict": {}}},
        "other": {"model": {}},
        "partial": {"training": {"training_data": {"systems": 3}}},
    }.items():
        Path(f"{name}.json").write_text(json.dumps(document))
    shutil.copytree("box", "bare")
    Path("bare/set.000/atom_ener.npy").unlink()
    shutil.copytree("open", "empty")
    for file in Path("empty/set.000").iterdir():
        np.save(file, np.load(file)[:0])

    assert reason in refusal("test", water_model, *arguments)
