"""se_e2_r runs: energies against NumPy, forces against energies, tables against nets, and what a user sees of it."""

from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

import dpmd
from descriptor_checks import (
    CELL,
    assert_a_run_conserves_the_energy,
    assert_ase_gives_what_the_potential_does,
    assert_energies_are_those_of_numpy,
    assert_forces_and_virial_are_slopes,
    assert_same_bits,
    assert_tables_reproduce_the_nets,
    crowd,
)
from dpmd import DeepPot
from dpmd.cli import app
from dpmd.errors import InputError
from dpmd.importers import import_model
from model_files.dpmodel_files import write_dp, write_yaml
from model_files.every_format import WRITERS, every_format
from model_files.parts import descriptor_of
from model_files.toy_model import Toy, compress, model_dict

# The rules for excluded pairs, each with a format and type_one_side.
RULES = {
    "the section is left out": ("tensorflow-graph", False),
    "its slots are rows of 0": ("tensorflow-graph", True),
    "its neighbours are rows of 0": ("torchscript", True),
}
every_rule = pytest.mark.parametrize("rule", RULES)


def toy(**values) -> dict:
    values = {"sel": [40, 40], "neuron": [4, 8], "fit": [12, 12]} | values
    return model_dict(Toy(descriptor="se_e2_r", **values))


def assert_is_that_of_numpy(path, **parameters) -> None:
    assert_energies_are_those_of_numpy(import_model(path), path, **parameters)


@every_format
@pytest.mark.parametrize("one_side", [False, True])
def test_energies_are_those_of_numpy(tmp_path, form, one_side):
    path = WRITERS[form](tmp_path, toy(one_side=one_side, n_fparam=1, n_aparam=1, atom_ener=[None, -1.0]))

    assert_is_that_of_numpy(path, fparam=np.array([0.3]), aparam=np.linspace(0, 1, 14)[:, None])


@every_rule
def test_excluded_pairs_follow_the_rule_of_their_format(tmp_path, rule):
    form, one_side = RULES[rule]
    for excluded in ([[0, 1]], [[1, 1]]):
        path = WRITERS[form](tmp_path, toy(one_side=one_side, exclude_types=excluded))

        assert_is_that_of_numpy(path)


def test_protection_and_exclusions_of_the_model_count(tmp_path):
    model = toy(one_side=True, exclude_types=[[1, 1]])
    model["descriptor"]["env_protection"] = 0.1
    model["pair_exclude_types"], model["atom_exclude_types"] = [[0, 1]], [1]

    assert_is_that_of_numpy(write_dp(tmp_path / "m.dp", model))


@pytest.mark.parametrize("form", ["tensorflow-graph", "torchscript", "dpmodel-hdf5"])
def test_trained_tables_are_looked_up(tmp_path, form):
    model = toy(one_side=True)
    compress(model)

    assert_is_that_of_numpy(WRITERS[form](tmp_path, model))


@pytest.mark.parametrize("activation", ["tanh", "gelu_tf", "silut:1.0", "relu6"])
def test_forces_and_virial_are_slopes_of_the_energy(tmp_path, activation):
    path = write_yaml(tmp_path / "m.yaml", toy(one_side=True, activation=activation))

    assert_forces_and_virial_are_slopes(import_model(path), path)


@pytest.mark.parametrize("rule", [None, *RULES])
def test_our_tables_reproduce_the_nets(tmp_path, rule):
    form, one_side = RULES.get(rule, ("torchscript", False))
    path = WRITERS[form](tmp_path, toy(one_side=one_side, exclude_types=[] if rule is None else [[0, 1]]))

    assert_tables_reproduce_the_nets(path)


@every_format
def test_converting_changes_no_bit(tmp_path, form):
    path = WRITERS[form](tmp_path, toy(one_side=True, exclude_types=[[0, 1]]))
    import_model(path).save(tmp_path / "model.dpmd")

    assert_same_bits(dpmd.Potential(path), dpmd.Potential(tmp_path / "model.dpmd"))


def test_a_serialised_model_read_again_is_the_model(tmp_path):
    positions, types = crowd()
    frame = positions.reshape(1, -1), CELL.reshape(1, 9), types
    model = DeepPot(write_yaml(tmp_path / "m.yaml", toy(one_side=True, exclude_types=[[0, 1]])))

    again = DeepPot(write_dp(tmp_path / "again.dp", model.serialize()))

    assert model.serialize()["descriptor"]["type"] == "se_r"
    assert all(np.array_equal(a, b) for a, b in zip(model.eval(*frame), again.eval(*frame), strict=True))
    assert again.get_model_size() == model.get_model_size()


def test_the_dictionary_has_no_words_for_the_rules_of_graphs(tmp_path):
    for one_side in (False, True):
        path = WRITERS["tensorflow-graph"](tmp_path, toy(one_side=one_side, exclude_types=[[0, 1]]))

        with pytest.raises(InputError, match="excluded pairs"):
            DeepPot(path).serialize()


def test_info_and_convert_name_the_descriptor(tmp_path):
    path = write_dp(tmp_path / "m.dp", toy(one_side=True))

    text = CliRunner().invoke(app, ["info", str(path), "--no-compress"]).stdout
    values = json.loads(CliRunner().invoke(app, ["info", str(path), "--no-compress", "--json"]).stdout)
    converted = CliRunner().invoke(app, ["convert", str(path), str(tmp_path / "m.dpmd")]).stdout

    assert "descriptor.type" in text and "se_e2_r" in text
    assert values["descriptor"]["type"] == "se_e2_r" and values["descriptor"]["sel"] == [40, 40]
    assert "se_e2_r, types O H" in converted
    assert descriptor_of(import_model(tmp_path / "m.dpmd")).type == "se_e2_r"


def test_the_ase_calculator_gives_what_the_potential_does(tmp_path):
    assert_ase_gives_what_the_potential_does(write_dp(tmp_path / "m.dp", toy()))


def test_a_run_conserves_the_energy(tmp_path):
    path = write_dp(tmp_path / "m.dp", toy(one_side=True))

    assert_a_run_conserves_the_energy(dpmd.Potential(path, compress=True))
