"""One model of a multi-task checkpoint, chosen by the name of its head: in Python, in every command and in a run."""

from __future__ import annotations

import pickle

import ase.io
import numpy as np
import pytest
from typer.testing import CliRunner

import dpmd
from dpmd.ase import DPMD
from dpmd.cli import app
from dpmd.errors import InputError
from model_files.checkpoint_files import write_multitask
from model_files.toy_model import Toy, model_dict
from run_input import dpmd_run, thermo_rows

HEADS = ("water", "ice")


def command(*arguments: object):
    return CliRunner().invoke(app, [str(a) for a in arguments])


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    models = {head: model_dict(Toy(seed=k, sel=[60, 90], rcut=4.0)) for k, head in enumerate(HEADS)}
    folder = tmp_path_factory.mktemp("heads")
    return write_multitask(folder / "m.pt", models, aliases={"ice": ["H2O(s)"]})


@pytest.fixture(scope="module")
def converted(checkpoint):
    """Each head as a file of its own."""
    files = {head: checkpoint.with_name(f"{head}.dpmd") for head in HEADS}
    for head, file in files.items():
        result = command("convert", checkpoint, file, "--head", head)
        assert result.exit_code == 0 and f"the head '{head}' of a multi-task checkpoint" in result.stdout
    return files


@pytest.fixture(scope="module")
def atoms(small_box):
    return ase.io.read(small_box)


def forces(potential, atoms):
    return potential.compute(atoms).forces


# Python -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("head", HEADS)
def test_every_class_takes_the_head(checkpoint, converted, atoms, head):
    expected = forces(dpmd.Potential(converted[head]), atoms)

    found = [
        forces(dpmd.Potential(checkpoint, head=head), atoms),
        forces(dpmd.Potential(dpmd.Model(checkpoint, head=head)), atoms),
        dpmd.Committee([checkpoint], head=head).compute(atoms)[0].forces,
        DPMD(checkpoint, head=head).get_forces(atoms),
    ]
    deep_pot = dpmd.DeepPot(checkpoint, head=head)
    types = [deep_pot.get_type_map().index(symbol) for symbol in atoms.get_chemical_symbols()]
    found.append(deep_pot.eval(atoms.positions.reshape(1, -1), atoms.cell.array.reshape(1, 9), types)[1][0])

    for one in found:
        assert np.array_equal(one, expected)
    other = next(name for name in HEADS if name != head)
    assert not np.allclose(forces(dpmd.Potential(checkpoint, head=other), atoms), expected)


def test_an_alias_is_a_name_of_the_head(checkpoint, converted, atoms):
    expected = forces(dpmd.Potential(converted["ice"]), atoms)

    assert np.array_equal(forces(dpmd.Potential(checkpoint, head="H2O(s)"), atoms), expected)


def test_a_calculator_keeps_its_head_when_it_is_pickled(checkpoint, atoms):
    calculator = DPMD(checkpoint, head="ice")

    again = pickle.loads(pickle.dumps(calculator))

    assert np.array_equal(again.get_forces(atoms), calculator.get_forces(atoms))


def test_questions_about_a_model_are_about_its_head(checkpoint):
    trees = [dpmd.DeepPot(checkpoint, head=head).serialize() for head in HEADS]

    biases = [tree["fitting"]["@variables"]["bias_atom_e"] for tree in trees]
    assert not np.array_equal(*biases)


def test_a_loaded_model_has_its_head_already(checkpoint):
    model = dpmd.Model(checkpoint, head="ice")

    for give in (dpmd.Potential, dpmd.DeepPot, DPMD):
        with pytest.raises(InputError, match=r"head.*(loaded already|exists already)"):
            give(model, head="ice")
    with pytest.raises(InputError, match="head.*exists already"):
        DPMD(dpmd.Potential(model), head="ice")


@pytest.mark.parametrize("head", [3, b"ice", ["ice"]])
def test_a_head_is_a_text(checkpoint, head):
    with pytest.raises(InputError, match="head = .* must be text"):
        dpmd.Model(checkpoint, head=head)


@pytest.mark.parametrize("head", ["water", ""])
def test_a_native_file_has_no_heads(converted, head):
    with pytest.raises(InputError, match=r"ice\.dpmd: head '.*': only a multi-task checkpoint \(\.pt\) has heads"):
        dpmd.Potential(converted["ice"], head=head)


def test_info_says_which_head_it_is(checkpoint):
    assert dpmd.Model(checkpoint, head="ice").info()["notes"] == [
        "the head 'ice' of a multi-task checkpoint; others: 'water'"
    ]


# Commands -----------------------------------------------------------------------------------------

COMMANDS = {
    "info": ["info", "MODEL"],
    "convert": ["convert", "MODEL", "FOLDER/new.dpmd"],
    "energy": ["energy", "MODEL", "-s", "BOX"],
    "test": ["test", "MODEL", "-s", "BOX"],
    "deviation": ["deviation", "MODEL", "MODEL", "-s", "BOX", "-o", "FOLDER/table"],
    "bench": ["bench", "MODEL"],
    "serve": ["serve", "MODEL", "--structure", "BOX", "--unix", "nobody"],
}


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_every_command_that_names_a_model_takes_the_head(checkpoint, small_box, tmp_path, words):
    places = {"MODEL": str(checkpoint), "BOX": str(small_box), "FOLDER": str(tmp_path)}
    words = [str(places.get(word, word.replace("FOLDER", str(tmp_path)))) for word in words]

    result = command(*words, "--head", "steam")
    unnamed = command(*words)

    assert result.exit_code == 2 and "no head 'steam' in it; its heads are 'water', 'ice'" in result.stderr
    assert unnamed.exit_code == 2 and "the heads 'water', 'ice'; choose one with --head NAME" in unnamed.stderr


@pytest.mark.parametrize("head", HEADS)
def test_a_command_computes_with_the_head(checkpoint, converted, small_box, head):
    expected = command("energy", converted[head], "-s", small_box, "--forces")

    found = command("energy", checkpoint, "-s", small_box, "--forces", "--head", head)

    assert found.exit_code == 0 and found.stdout == expected.stdout


def test_info_shows_the_head(checkpoint):
    text = command("info", checkpoint, "--head", "ice", "--no-compress").stdout

    assert any(
        line.split(None, 1) == ["note", "the head 'ice' of a multi-task checkpoint; others: 'water'"]
        for line in text.splitlines()
    )


# Runs ---------------------------------------------------------------------------------------------


def short(path):
    """The input file, of a run of a few steps."""
    path.write_text(path.read_text().replace("steps = 60", "steps = 5"))
    return path


def test_a_run_takes_the_head_of_its_input(write_input, checkpoint, converted, tmp_path):
    head = ("[structure]", 'head = "ice"\n[structure]')
    from_head = dpmd_run(short(write_input("a", replace=head, model=checkpoint)))
    from_file = dpmd_run(short(write_input("b", model=converted["ice"])))

    assert from_head.exit_code == from_file.exit_code == 0, from_head.stderr + from_file.stderr
    rows = [[row[:-1] for row in thermo_rows(tmp_path / name)] for name in "ab"]  # without the number of the run
    assert rows[0] == rows[1]


def test_a_run_without_the_head_says_which_key_is_missing(write_input, checkpoint):
    result = dpmd_run(write_input("a", model=checkpoint))

    assert result.exit_code == 2
    assert "the heads 'water', 'ice'; choose one with --head NAME" in result.stderr
    assert "model.head in " in result.stderr


def test_models_of_the_deviation_take_the_same_head(write_input, checkpoint, converted):
    keys = f'head = "ice"\n[deviation]\nmodels = ["{checkpoint}"]\nevery = 10\n[structure]'
    good = dpmd_run(short(write_input("a", replace=("[structure]", keys), model=checkpoint)))
    mixed = keys.replace(str(checkpoint), str(converted["ice"]))
    bad = dpmd_run(short(write_input("b", replace=("[structure]", mixed), model=checkpoint)))

    assert good.exit_code == 0, good.stderr
    assert bad.exit_code == 2 and "ice.dpmd: head 'ice': only a multi-task checkpoint (.pt) has heads" in bad.stderr
