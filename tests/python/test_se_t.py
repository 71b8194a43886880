"""se_e3 runs: energies against NumPy, forces against energies, tables against nets, and what a user sees of it."""

from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

import dpmd
from descriptor_checks import (
    CELL,
    assert_a_run_conserves_the_energy,
    assert_energies_are_those_of_numpy,
    assert_forces_and_virial_are_slopes,
    assert_tables_reproduce_the_nets,
    crowd,
)
from dpmd import DeepPot
from dpmd.cli import app
from dpmd.errors import InputError
from dpmd.importers import import_model
from model_files.dpmodel_files import write_dp
from model_files.parts import descriptor_of, environment_of


@pytest.fixture
def spec(oracle):
    """A model with room for any crowd, to be changed."""
    out = import_model(oracle / "three_body_compressed.pb")
    nets = import_model(oracle / "three_body_types.pb")
    descriptor_of(out).embedding.networks = [
        row[: 2 - a] for a, row in enumerate(descriptor_of(nets).embedding.networks[:2])
    ]
    for network in out.terms[0].fitting.networks:
        network.layers[0].weight = np.repeat(network.layers[0].weight, 2, axis=0)
    environment_of(out).sel = [60, 60]
    return out


def saved(spec, folder):
    spec.save(folder / "m.dpmd")
    return folder / "m.dpmd"


def assert_is_that_of_numpy(spec, folder) -> None:
    assert_energies_are_those_of_numpy(spec, saved(spec, folder))


@pytest.mark.parametrize("excluded", [[], [(0, 1)], [(1, 1)]])
@pytest.mark.parametrize("rule", ["drop", "keep", "zero"])
def test_excluded_pairs_add_nothing_whatever_the_rule(spec, tmp_path, excluded, rule):
    environment_of(spec).exclude_types, environment_of(spec).excluded_slots = excluded, rule

    assert_is_that_of_numpy(spec, tmp_path)


def test_protection_and_exclusions_of_the_model_count(spec, tmp_path):
    environment_of(spec).protection = 0.1
    (term,) = spec.terms
    term.pair_exclude_types, term.atom_exclude_types = [(0, 1)], [1]

    assert_is_that_of_numpy(spec, tmp_path)


def test_a_pair_of_types_without_a_net_adds_nothing(spec, tmp_path):
    descriptor_of(spec).embedding.networks[0][1] = None

    assert_is_that_of_numpy(spec, tmp_path)


def test_forces_and_virial_are_slopes_of_the_energy(spec, tmp_path):
    assert_forces_and_virial_are_slopes(spec, saved(spec, tmp_path))


def test_a_neighbour_that_leaves_the_cutoff_leaves_no_jump(spec, tmp_path):
    potential = dpmd.Potential(saved(spec, tmp_path))
    ends = [
        potential.compute(np.array([[0, 0, 0], [1.5, 0, 0], [0, r, 0]]), [0, 1, 1], atomic=True)
        for r in (4 - 1e-6, 4 + 1e-6)
    ]

    assert abs(ends[0].energy - ends[1].energy) < 1e-12
    assert np.abs(ends[0].forces - ends[1].forces).max() < 1e-8


def test_our_tables_reproduce_the_nets(spec, tmp_path):
    found = assert_tables_reproduce_the_nets(saved(spec, tmp_path))

    assert found["form"] == "moment form" and found["functions"] == [8, 8] and found["features"] == [8, 8]
    assert found["predicted_speedup"][0] > 1


def test_atoms_that_are_too_close_for_the_tables_take_the_nets(spec, tmp_path):
    path = saved(spec, tmp_path)
    exact, fast = (dpmd.Potential(path, compress=on) for on in (False, True))
    close = 0.5 * fast.info()["compression"]["exact_nets_below"]
    positions, types = np.array([[0, 0, 0], [close, 0, 0], [0, 3.0, 0], [5.0, 3.0, 0]]), [0, 1, 1, 0]

    left, right = (one.compute(positions, types, atomic=True).atom_energies for one in (exact, fast))

    assert (left[:2] == right[:2]).all()


def test_a_serialised_model_read_again_is_the_model(shared, tmp_path):
    positions, types = crowd()
    frame = positions.reshape(1, -1), CELL.reshape(1, 9), types
    model = DeepPot(shared / "models/local/se_e3.yaml")

    tree = model.serialize()
    again = DeepPot(write_dp(tmp_path / "again.dp", tree))

    assert tree["descriptor"]["type"] == "se_e3"
    assert [net is None for net in tree["descriptor"]["embeddings"]["networks"]] == [False, True, False, False]
    assert all(np.array_equal(a, b) for a, b in zip(model.eval(*frame), again.eval(*frame), strict=True))
    assert again.get_model_size() == model.get_model_size()


def test_the_dictionary_divides_by_sel_alone(spec, tmp_path):
    with pytest.raises(InputError, match=r"divided by \[18, 34\] and not by sel, \[60, 60\]"):
        DeepPot(saved(spec, tmp_path)).serialize()


def test_info_and_convert_name_the_descriptor(oracle, tmp_path):
    path = str(oracle / "three_body_types.pb")

    values = json.loads(CliRunner().invoke(app, ["info", path, "--json"]).stdout)
    converted = CliRunner().invoke(app, ["convert", path, str(tmp_path / "m.dpmd")]).stdout

    assert values["descriptor"]["type"] == "se_e3" and values["descriptor"]["sel"] == [18, 30, 9]
    assert values["descriptor"]["pair_normalization"] == [18, 30, 9]
    assert "se_e3, types O H Na" in converted
    assert descriptor_of(import_model(tmp_path / "m.dpmd")).type == "se_e3"


def test_a_run_conserves_the_energy(spec, tmp_path):
    potential = dpmd.Potential(saved(spec, tmp_path), compress=True)

    assert_a_run_conserves_the_energy(potential, steps=400, timestep=0.1, moves=1e-3, within=1e-4)
