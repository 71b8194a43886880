"""Commands say which types they assign to the atoms of a file, and let the user choose."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import ase.io
import numpy as np
import pytest

import dpmd
from command_line import command, refusal, stdout

INPUT = """
[model]
file = "{model}"
[structure]
file = "{structure}"
{keys}
[dynamics]
ensemble = "nve"
steps = 2
[velocities]
temperature = 300
[output]
directory = "run"
trajectory_every = 1
"""


@pytest.fixture
def run(tmp_path, water_model):
    """Runs two steps from a structure with keys of [structure]; returns the output."""

    def start(structure: Path, keys: str = "", expect=command) -> str:
        (tmp_path / "input.toml").write_text(INPUT.format(model=water_model, structure=structure, keys=keys))
        return expect("run", tmp_path / "input.toml")

    return start


@pytest.fixture
def unlabelled(tmp_path) -> Path:
    """Two waters with hydrogen as type 1, and nothing that says so."""
    text = (Path(__file__).parents[1] / "data" / "structure" / "labels_swapped.lmp").read_text()
    head, _, tail = text.partition("Atom Type Labels")
    path = tmp_path / "unlabelled.lmp"
    path.write_text(head + "Atoms" + tail.partition("Atoms")[2])
    return path


def test_a_run_follows_labels_and_says_so(run, tmp_path, root) -> None:
    printed = run(root / "tests" / "data" / "structure" / "labels_swapped.lmp")

    assert "6 atoms: 1 -> H by label (4), 2 -> O by label (2); periodic" in printed
    frame = ase.io.read(tmp_path / "run" / "trajectory.extxyz")
    assert frame.get_chemical_symbols() == ["O", "H", "H"] * 2
    assert "1 -> H by label" in (tmp_path / "run" / "run.log").read_text()


def test_a_run_takes_types_from_the_input_and_asks_for_them(run, unlabelled, tmp_path) -> None:
    asked = run(unlabelled, expect=refusal)
    assert 'types = { 1 = "...", 2 = "..." } in [structure]' in asked
    assert not (tmp_path / "run").exists()

    printed = run(unlabelled, 'types = { 1 = "H", 2 = "O" }')
    assert "1 -> H by types (4), 2 -> O by types (2)" in printed


def test_box_and_periodicity_of_the_input_count(run, tmp_path) -> None:
    (tmp_path / "bare.xyz").write_text("3\n\nO 1 1 1\nH 1.96 1 1\nH 0.76 1.93 1\n")

    assert "not periodic" in run(tmp_path / "bare.xyz")
    shutil.rmtree(tmp_path / "run")
    assert "periodic along a and b" in run(tmp_path / "bare.xyz", "cell = [9, 9, 9]\npbc = [true, true, false]")
    assert np.diag(ase.io.read(tmp_path / "run" / "trajectory.extxyz").cell).tolist() == [9, 9, 9]


def test_wrong_keys_of_the_structure_are_named(run, tmp_path) -> None:
    (tmp_path / "bare.xyz").write_text("3\n\nO 1 1 1\nH 1.96 1 1\nH 0.76 1.93 1\n")

    for keys, message in (
        ("cell = [1, 2]", "structure.cell = [1.0, 2.0] must be three edges"),
        ("types = { O = 1 }", "structure.types"),
        ("types = {}", "must be a value for each name"),
        ("frame = 3", "has no frame 3"),
        ('units = "real"', "is for lammps-data"),
    ):
        assert message in run(tmp_path / "bare.xyz", keys, expect=refusal).replace("\n", " ")


def test_names_that_no_atom_has_are_told(run, tmp_path) -> None:
    (tmp_path / "bare.xyz").write_text("3\n\nO 1 1 1\nH 1.96 1 1\nH 0.76 1.93 1\n")

    assert "types names N, which no atom has; there are H, O" in run(tmp_path / "bare.xyz", 'types = { N = "O" }')


def test_a_frame_of_a_trajectory_is_chosen_by_number(run, tmp_path, small_box) -> None:
    atoms = ase.io.read(small_box)
    frames = [atoms.copy() for _ in range(3)]
    for k, frame in enumerate(frames):
        frame.positions += k
    ase.io.write(tmp_path / "frames.extxyz", frames)

    assert "frame 2 is taken, the last of 3" in run(tmp_path / "frames.extxyz")
    shutil.rmtree(tmp_path / "run")
    run(tmp_path / "frames.extxyz", "frame = 1")

    start = ase.io.read(tmp_path / "run" / "trajectory.extxyz", index=0)
    assert start.positions == pytest.approx(frames[1].positions, abs=1e-6)


def test_what_a_structure_holds_besides_is_told(run, tmp_path, small_box) -> None:
    atoms = ase.io.read(small_box)
    atoms.set_initial_charges(np.zeros(len(atoms)))
    atoms.info["config_type"] = "liquid"
    ase.io.write(tmp_path / "more.extxyz", atoms)

    assert "not used: config_type, initial_charges" in run(tmp_path / "more.extxyz")


def test_models_with_parameters_take_them_from_the_structure(tmp_path, oracle, run, small_box) -> None:
    model = oracle / "fparam_aparam.pb"
    potential = dpmd.Potential(model)
    atoms = ase.io.read(small_box)[:3]
    atoms.set_chemical_symbols([potential.type_map[0]] * 3)
    atoms.info["fparam"] = np.full(potential.n_fparam, 0.25)
    atoms.set_array("aparam", np.full((3, potential.n_aparam), 0.5))
    ase.io.write(tmp_path / "start.extxyz", atoms)
    text = INPUT.format(model=model, structure=tmp_path / "start.extxyz", keys="")
    (tmp_path / "input.toml").write_text(text)

    command("run", tmp_path / "input.toml", "--steps", 0)

    rows = (tmp_path / "run" / "thermo.csv").read_text().splitlines()
    column = next(k for k, name in enumerate(rows[0].split(",")) if name.startswith("potential_energy"))
    expected = potential.compute(atoms, fparam=atoms.info["fparam"], aparam=atoms.arrays["aparam"])
    assert float(rows[1].split(",")[column]) == pytest.approx(expected.energy, abs=1e-7)
    (tmp_path / "twice.toml").write_text(text.replace("[structure]", "fparam = [0.25]\n[structure]"))
    assert "has fparam of its own: remove one of them" in refusal("run", tmp_path / "twice.toml", "--force").replace(
        "\n", " "
    )


def test_serve_and_bench_have_the_options(unlabelled, water_model, tmp_path) -> None:
    serve = ("serve", water_model, "-s", unlabelled, "--unix", "nobody_listens", "--wait", 0)
    assert "--types 1=...,2=..." in refusal(*serve).replace("\n", " ")
    assert "no server" in refusal(*serve, "--types", "1=H,2=O").replace("\n", " ")
    for option, message in (("1=H,1=O", "each name once"), ("1", "must be pairs")):
        assert message in refusal(*serve, "--types", option).replace("\n", " ")
    assert "--cell x: must be numbers" in refusal(*serve, "--cell", "x")
    assert "--pbc maybe: must be one flag or three" in refusal(*serve, "--pbc", "maybe")
    bench = ("bench", water_model, "--seconds", 0.01, "--threads", 1)
    table = tmp_path / "speed.json"
    command(*bench, "--structure", unlabelled, "--types", "1=H,2=O", "--json", table)
    assert json.loads(table.read_text())["measurements"][0]["n_atoms"] == 6
    assert "no effect without --structure" in refusal(*bench, "--types", "1=H").replace("\n", " ")


def test_commands_over_frames_have_the_options(unlabelled, water_model, oracle, tmp_path) -> None:
    labelled = unlabelled.with_name("labelled.lmp")
    labelled.write_text(unlabelled.read_text().replace("Atoms", "Atom Type Labels\n\n1 H\n2 O\n\nAtoms"))
    names = ("--types", "1=H,2=O")

    assert "--types 1=...,2=..." in refusal("energy", water_model, "-s", unlabelled).replace("\n", " ")
    told = json.loads(stdout("energy", water_model, "-s", unlabelled, *names, "--json"))
    read = json.loads(stdout("energy", water_model, "-s", labelled, "--json"))
    assert told["frames"][0]["energy"] == read["frames"][0]["energy"]
    table = tmp_path / "table.out"
    said = command("deviation", water_model, water_model, "-s", unlabelled, *names, "-o", table)
    assert f"{unlabelled}: 1 -> H by types, 2 -> O by types" in said
    assert "suggested sel" in command("neighbor-stat", "-s", unlabelled, "-r", 6, "-t", "O", "-t", "H", *names)
    assert "no reference" in command("test", water_model, "-s", unlabelled, *names)
    (tmp_path / "sys" / "set.000").mkdir(parents=True)
    (tmp_path / "sys" / "type.raw").write_text("0\n1\n1\n")
    refused = refusal("energy", water_model, "-s", tmp_path / "sys", *names)
    assert "are for structure files, and there is none among" in refused.replace("\n", " ")
