"""Hybrids run: energies and forces against NumPy, tables against nets, equal bits, and what a user sees of them."""

from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

import dpmd
from descriptor_checks import CELL, assert_a_run_conserves_the_energy, assert_ase_gives_what_the_potential_does, crowd
from dpmd import DeepPot
from dpmd.benchmark import measure, model_structure
from dpmd.cli import app
from dpmd.importers import import_model
from model_files.dpmodel_files import write_dp, write_yaml
from model_files.every_format import WRITERS, every_format
from model_files.toy_model import Toy, compress, model_dict
from oracle.local_numpy import evaluate
from run_input import dpmd_run

RESULTS = ("energy", "forces", "virial", "atom_energies", "atom_virials")


def three_parts(excluded: bool = True, **values) -> dict:
    """Three descriptors; the two of the larger cutoff have excluded pairs if these are wanted."""
    first, second = ([[1, 1]], [[0, 1]]) if excluded else ([], [])
    radial = Toy(
        descriptor="se_e2_r", sel=[40, 40], rcut_smth=0.7, neuron=[4, 6], one_side=True, exclude_types=second, seed=8
    )
    near = Toy(sel=[40, 40], rcut=2.9, neuron=[4, 8], axis=3, one_side=True, seed=9)
    settings = {"sel": [40, 40], "neuron": [4, 8], "fit": [12, 12], "exclude_types": first} | values
    return model_dict(Toy(**settings, parts=[radial, near]))


@pytest.fixture(scope="module")
def hybrid(tmp_path_factory):
    """A hybrid of three as a .dpmd file. Its energy is smooth: an excluded neighbour may change it in a step."""
    folder = tmp_path_factory.mktemp("hybrid")
    import_model(write_yaml(folder / "m.yaml", three_parts(excluded=False, one_side=True))).save(folder / "hybrid.dpmd")
    return folder / "hybrid.dpmd"


def assert_is_that_of_numpy(path, **parameters) -> None:
    positions, types = crowd()
    spec, potential = import_model(path), dpmd.Potential(path)
    for cell in (CELL, None):
        found = potential.compute(positions, types, cell, atomic=True, **parameters)
        expected = evaluate(spec, positions, types, cell, **parameters)
        # Sums in another order; energies of random nets are a few eV, forces some ten eV/Å in steps of 1e-13.
        assert np.abs(found.atom_energies - expected.atom_energies).max() < 1e-12
        assert np.abs(found.forces - expected.forces).max() < 1e-10
        assert np.abs(found.virial - expected.virial).max() < 1e-10


@every_format
@pytest.mark.parametrize("one_side", [False, True])
def test_results_are_those_of_numpy(tmp_path, form, one_side):
    path = WRITERS[form](tmp_path, three_parts(one_side=one_side, n_fparam=1, n_aparam=1, atom_ener=[None, -1.0]))

    assert_is_that_of_numpy(path, fparam=np.array([0.3]), aparam=np.linspace(0, 1, 14)[:, None])


@pytest.mark.parametrize("form", ["tensorflow-graph", "torchscript", "dpmodel-hdf5"])
def test_trained_tables_are_looked_up(tmp_path, form):
    model = three_parts(one_side=True)
    compress(model)

    assert_is_that_of_numpy(WRITERS[form](tmp_path, model))


def test_exclusions_of_the_model_count_in_every_part(tmp_path):
    model = three_parts()
    model["descriptor"]["list"][2]["env_protection"] = 0.1
    model["pair_exclude_types"], model["atom_exclude_types"] = [[0, 1]], [1]

    assert_is_that_of_numpy(write_dp(tmp_path / "m.dp", model))


def test_a_graph_may_have_excluded_pairs_in_a_part_of_short_cutoff(tmp_path):
    model = three_parts(one_side=True)
    model["descriptor"]["list"][1]["rcut"] = 3.1

    assert_is_that_of_numpy(WRITERS["tensorflow-graph"](tmp_path, model))


def test_a_sum_of_terms_is_that_of_numpy(tmp_path, hybrid):
    spec = import_model(write_yaml(tmp_path / "m.yaml", three_parts()))
    spec.terms += import_model(hybrid).terms
    spec.save(tmp_path / "sum.dpmd")

    assert_is_that_of_numpy(tmp_path / "sum.dpmd")
    again = write_dp(tmp_path / "again.dp", DeepPot(tmp_path / "sum.dpmd").serialize())
    assert_is_that_of_numpy(again)
    text = CliRunner().invoke(app, ["info", str(tmp_path / "sum.dpmd"), "--no-compress"]).stdout
    assert "the sum of 2 models" in text and "descriptor_1.3" in text, text


@pytest.mark.parametrize("precision", ["double", "mix32"])
def test_our_tables_reproduce_the_nets(hybrid, precision):
    positions, types = crowd()

    exact, fast = dpmd.Potential(hybrid), dpmd.Potential(hybrid, precision=precision, compress=True)

    assert fast.info()["compression"]["form"] == "moment form", fast.info()["compression"]
    left, right = (one.compute(positions, types, CELL, atomic=True) for one in (exact, fast))
    limit = {"double": 3e-7, "mix32": 1e-4}[precision]
    assert np.abs(left.forces - right.forces).max() < limit
    assert np.abs(left.atom_energies - right.atom_energies).max() < limit


@pytest.mark.parametrize("compress", [False, True])
def test_bits_do_not_depend_on_the_number_of_threads(hybrid, compress):
    positions, types = crowd(40, seed=5, apart=1.0)

    one, four = (
        dpmd.Potential(hybrid, threads=n, compress=compress).compute(positions, types, CELL, atomic=True)
        for n in (1, 4)
    )

    for name in RESULTS:
        assert np.array_equal(getattr(one, name), getattr(four, name)), name


def test_a_run_on_two_ranks_has_the_bits_of_one(run_on, write_input, hybrid, tmp_path):
    paths = {name: write_input(name, model=hybrid, replace=("steps = 60", "steps = 10")) for name in ("one", "two")}

    alone = dpmd_run(paths["one"])
    code, _, errors = run_on(2, "-m", "dpmd", "run", paths["two"])

    assert (alone.exit_code, code, errors) == (0, 0, ""), alone.output + errors
    names = {path.name for path in (tmp_path / "one").iterdir()} & {"thermo.csv", "checkpoint.safetensors"}
    assert names
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name


def test_descriptors_are_the_features_of_the_parts_one_behind_the_other(tmp_path):
    positions, types = crowd()
    whole = three_parts()
    path = write_yaml(tmp_path / "whole.yaml", whole)
    expected = []
    for k, width in enumerate((8 * 2, 6, 8 * 3)):
        part = whole["descriptor"]["list"][k]
        alone = model_dict(Toy(neuron=[1, width], axis=1, fit=[3]))
        write_yaml(tmp_path / "part.yaml", {**alone, "descriptor": part})
        expected.append(dpmd.Potential(tmp_path / "part.yaml").describe(positions, types, CELL).descriptors)

    found = DeepPot(path).eval_descriptor(positions.reshape(1, -1), CELL.reshape(1, 9), types)

    assert np.array_equal(found[0], np.concatenate(expected, axis=1))


@every_format
def test_converting_changes_no_bit(tmp_path, form):
    path = WRITERS[form](tmp_path, three_parts(one_side=True))
    import_model(path).save(tmp_path / "model.dpmd")
    positions, types = crowd()

    direct, converted = (
        dpmd.Potential(one).compute(positions, types, CELL, atomic=True) for one in (path, tmp_path / "model.dpmd")
    )

    for name in RESULTS:
        assert np.array_equal(getattr(direct, name), getattr(converted, name)), name


def test_a_serialised_model_read_again_is_the_model(tmp_path):
    positions, types = crowd()
    frame = positions.reshape(1, -1), CELL.reshape(1, 9), types
    model = DeepPot(write_yaml(tmp_path / "m.yaml", three_parts()))

    again = DeepPot(write_dp(tmp_path / "again.dp", model.serialize()))

    section = model.serialize()["descriptor"]
    assert section["type"] == "hybrid" and [one["type"] for one in section["list"]] == ["se_e2_a", "se_r", "se_e2_a"]
    assert all(np.array_equal(a, b) for a, b in zip(model.eval(*frame), again.eval(*frame), strict=True))
    assert again.get_model_size() == model.get_model_size()


def test_info_and_convert_say_what_the_parts_are(tmp_path):
    path = write_dp(tmp_path / "m.dp", three_parts())

    text = CliRunner().invoke(app, ["info", str(path), "--no-compress"]).stdout
    values = json.loads(CliRunner().invoke(app, ["info", str(path), "--no-compress", "--json"]).stdout)
    converted = CliRunner().invoke(app, ["convert", str(path), str(tmp_path / "m.dpmd")]).stdout

    rows = {line.split()[0]: line.split(None, 1)[1] for line in text.splitlines()}
    assert rows["descriptor.type"] == "hybrid"
    assert rows["descriptor.1"] == (
        "se_e2_a within 5 Å (smooth from 1.8 Å), sel 40 40, nets 4-8 by pairs of types, axis_neuron 2, "
        "without the type pairs 1-1"
    )
    assert rows["descriptor.2"].startswith("se_e2_r within 5 Å (smooth from 0.7 Å), sel 40 40, nets 4-6 by neighbour")
    parts = values["descriptor"]["list"]
    assert [one["type"] for one in parts] == ["se_e2_a", "se_e2_r", "se_e2_a"] and parts[2]["axis_neuron"] == 3
    assert "se_e2_a, se_e2_r, se_e2_a, types O H" in converted


def test_a_benchmark_takes_the_sel_of_the_widest_part(tmp_path):
    wide, near = Toy(sel=[30, 60], rcut=6.0), Toy(sel=[9, 9], rcut=3.0)
    path = write_yaml(tmp_path / "m.yaml", model_dict(Toy(sel=[9, 9], rcut=3.0, parts=[wide, near])))

    structure = model_structure(dpmd.Potential(path), 4096)

    neighbors = len(structure.positions) / np.linalg.det(structure.cell) * 4 / 3 * np.pi * 6.0**3
    assert neighbors == pytest.approx(0.6 * 90, rel=0.01)
    assert measure(path, n_atoms=27, threads=1, seconds=0.01, blocks=1).n_atoms == 27


def test_a_committee_may_mix_kinds(tmp_path, hybrid):
    positions, types = crowd()
    paths = [hybrid, write_yaml(tmp_path / "a.yaml", model_dict(Toy(sel=[40, 40])))]

    found = dpmd.Committee(paths).compute(positions, types, CELL)

    for one, path in zip(found, paths, strict=True):
        assert np.array_equal(one.forces, dpmd.Potential(path).compute(positions, types, CELL).forces)


def test_the_ase_calculator_gives_what_the_potential_does(hybrid):
    assert_ase_gives_what_the_potential_does(hybrid)


def test_a_run_conserves_the_energy(hybrid):
    assert_a_run_conserves_the_energy(dpmd.Potential(hybrid, compress=True))
