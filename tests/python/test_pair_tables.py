"""Pair tables, linear combinations and DP-ZBL, from every format that has them, and what a user sees of them."""

from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

import dpmd
from dpmd.benchmark import model_structure
from dpmd.cli import app
from dpmd.errors import InputError
from dpmd.importers import import_model
from model_files.combinations import linear, pair_table, zbl
from model_files.dpmodel_files import write_dp, write_yaml
from model_files.every_format import WRITERS
from model_files.toy_model import Toy, model_dict
from oracle.pair_table_numpy import table_energies, weights

CELL = np.array([[7.1, 0.0, 0.0], [1.3, 6.7, 0.0], [-0.8, 0.9, 7.4]])
FORMS = [form for form in WRITERS if form != "tensorflow-graph"]  # tests/data/oracle has graphs
every_form = pytest.mark.parametrize("form", FORMS)


def net(seed: int = 7, **values) -> dict:
    return model_dict(Toy(sel=[60, 60], neuron=[4, 8], fit=[12, 12], seed=seed, **values))


def frame(n_atoms: int = 14, seed: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Random atoms, at least half an Å apart."""
    rng = np.random.default_rng(seed)
    while True:
        positions = rng.random((n_atoms, 3)) @ CELL
        if np.linalg.norm(positions[:, None] - positions[None], axis=-1)[np.triu_indices(n_atoms, 1)].min() > 0.5:
            return positions, rng.integers(0, 2, n_atoms), CELL


def alone(tmp_path, member: dict) -> np.ndarray:
    """Atomic energies of a member as a model of its own."""
    return dpmd.Potential(write_dp(tmp_path / "member.dp", member)).compute(*frame(), atomic=True).atom_energies


def bias(model: dict) -> np.ndarray:
    return model["@variables"]["out_bias"].ravel()[frame()[1]]


def assert_atom_energies(path, expected: np.ndarray) -> None:
    found = dpmd.Potential(path).compute(*frame(), atomic=True).atom_energies
    assert np.abs(found - expected).max() < 1e-11


@every_form
@pytest.mark.parametrize("kind", ["list", "mean", "sum"])
def test_a_linear_combination_is_the_weighted_sum_of_its_members(tmp_path, form, kind):
    members = [net(), net(seed=8, rcut=4.1, exclude_types=[[0, 1]]), pair_table()]
    members[1]["atom_exclude_types"], members[2]["pair_exclude_types"] = [1], [[0, 0]]
    factors = {"list": [0.3, 1.5, -0.7], "mean": [1 / 3] * 3, "sum": [1.0] * 3}[kind]
    model = linear(members, factors if kind == "list" else kind)

    expected = sum(f * alone(tmp_path, member) for f, member in zip(factors, members, strict=True)) + bias(model)

    assert_atom_energies(WRITERS[form](tmp_path, model), expected)


@every_form
def test_dp_zbl_joins_the_table_to_the_nets_and_each_has_its_bias(tmp_path, form):
    nets, table = net(rcut=5.0), pair_table(cutoff=5.0)
    nets["descriptor"]["sel"] = [60, 60]
    model = zbl(nets, table)
    if form == "torch-checkpoint":  # which takes the sight of the table from the descriptor
        table["sel"] = [60, 60]
    path = WRITERS[form](tmp_path, model)
    spec = import_model(path)
    (read,) = spec.pair_tables

    w = weights(spec.blend, read, *frame())
    plain = import_model(write_dp(tmp_path / "table.dp", table)).terms[0]
    expected = w * table_energies(plain, *frame()) + (1 - w) * alone(tmp_path, nets) + bias(model)

    assert (w > 0).any() and (w < 1).any() and ((w > 0.01) & (w < 0.99)).any()
    assert_atom_energies(path, expected)


@every_form
def test_a_pair_table_alone_is_a_model(tmp_path, form):
    path = WRITERS[form](tmp_path, pair_table())
    spec = import_model(path)

    assert [term.kind for term in spec.terms] == ["pair_table"]
    assert_atom_energies(path, table_energies(spec.terms[0], *frame()))


def test_exclusions_of_a_combination_hold_for_every_member(tmp_path):
    model = zbl(net(), pair_table(), pair_exclude_types=[[0, 1]], atom_exclude_types=[1])
    spec = import_model(write_dp(tmp_path / "m.dp", model))

    assert all(term.pair_exclude_types == [(0, 1)] and term.atom_exclude_types == [1] for term in spec.terms)
    found = dpmd.Potential(tmp_path / "m.dp").compute(*frame(), atomic=True).atom_energies
    assert (found[frame()[1] == 1] == 0).all() and (found[frame()[1] == 0] != 0).all()


@pytest.mark.parametrize("kind", ["zbl", "linear"])
def test_forces_and_virial_are_slopes_of_the_energy(tmp_path, kind):
    members = [net(), pair_table()]
    path = write_yaml(tmp_path / "m.yaml", zbl(*members) if kind == "zbl" else linear(members, [0.4, 2.0]))
    potential, h = dpmd.Potential(path), 1e-5
    positions, types, cell = frame()

    found = potential.compute(positions, types, cell)

    for atom, axis in ((0, 0), (5, 1), (9, 2)):
        step = np.zeros_like(positions)
        step[atom, axis] = h
        up, down = (potential.compute(positions + s * step, types, cell).energy for s in (1, -1))
        assert found.forces[atom, axis] == pytest.approx(-(up - down) / (2 * h), abs=1e-6)
    strain = np.eye(3)
    strain[1, 0] += h
    up, down = (potential.compute(positions @ s, types, cell @ s).energy for s in (strain, np.linalg.inv(strain)))
    assert found.virial[0, 1] == pytest.approx(-(up - down) / (2 * h), abs=1e-5)


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (lambda: linear([net(), pair_table()], [1.0]), "expected 'mean', 'sum' or 2 numbers"),
        (lambda: linear([net(), pair_table()], [1.0, "much"]), r"weights\[1\]: expected a number"),
        (lambda: linear([net(type_map=["H", "O"]), pair_table()], "sum"), "different type maps"),
        (lambda: linear([], "sum"), "a combination of no models"),
        (lambda: linear([net(), None], "sum"), "a member is no model"),
        (lambda: zbl(net(), net()), "one model with networks and one pair table"),
        (lambda: zbl(net(), pair_table(cutoff=3.0)), "the pair table ends at 3 Å, before the descriptor"),
        (lambda: zbl(net(), pair_table(pair_exclude_types=[[0, 1]])), "exclusions of their own"),
        (lambda: zbl(net(), pair_table(), sw_rmin=3.0), "inner 3 and outer 2.2 must satisfy"),
        (lambda: zbl(net(), pair_table(), smin_alpha=0.0), "softness = 0 is below"),
        (lambda: linear([net(n_fparam=1), net(n_fparam=2)], "sum"), "all must take the same or none"),
    ],
)
def test_a_combination_that_does_not_fit_together_is_refused(tmp_path, model, message):
    path = write_dp(tmp_path / "m.dp", model())

    with pytest.raises(InputError, match=message):
        dpmd.Potential(path)


def test_a_damaged_table_is_refused(tmp_path):
    for info, message in (([0.3, 0.05, 94, 3], "for 3 types"), ([0.3, 0.05, 95, 2], "1504 coefficients do not fill")):
        table = pair_table()
        table["tab"]["@variables"]["tab_info"] = np.array(info)
        with pytest.raises(InputError, match=message):
            import_model(write_dp(tmp_path / "m.dp", table))


def test_a_file_keeps_tables_and_bridge(tmp_path):
    spec = import_model(write_dp(tmp_path / "m.dp", zbl(net(), pair_table())))
    spec.save(tmp_path / "m.dpmd")
    again = dpmd.models.ModelSpec.load(tmp_path / "m.dpmd")

    assert again.blend.kind == "bridge" and again.blend.least_sum == 1e-20
    assert np.array_equal(again.pair_tables[0].coefficients, spec.pair_tables[0].coefficients)
    first, second = (dpmd.Potential(tmp_path / name).compute(*frame()) for name in ("m.dp", "m.dpmd"))
    assert first.energy == second.energy and (first.forces == second.forces).all()


def test_info_says_what_a_combination_is(tmp_path):
    write_dp(tmp_path / "zbl.dp", zbl(net(), pair_table()))
    write_dp(tmp_path / "sum.dp", linear([net(), net(seed=9), pair_table()], "mean"))

    def info(name: str) -> dict:
        return json.loads(CliRunner().invoke(app, ["info", str(tmp_path / name), "--json"]).stdout)

    assert info("zbl.dp")["kind"].startswith("DP-ZBL: the pair table where the nearest neighbours are closer than 1 Å")
    assert info("zbl.dp")["pair_table"]["first"] == 0.3
    assert info("sum.dp")["kind"] == "the sum of 2 models and 1 pair table, as PyTorch computes it"
    assert {"descriptor_0", "descriptor_1", "pair_table"} <= info("sum.dp").keys()


@pytest.mark.parametrize("kind", ["linear", "pairtab"])
def test_a_benchmark_makes_a_structure_for_it(tmp_path, kind):
    model = linear([net(), pair_table(sel=120)], "mean") if kind == "linear" else pair_table()
    potential = dpmd.Potential(write_dp(tmp_path / "m.dp", model))

    structure = model_structure(potential, 27)

    assert np.isfinite(potential.compute(structure.positions, structure.types, structure.cell).energy)


@pytest.mark.parametrize("kind", ["zbl", "linear", "pairtab"])
def test_serialize_gives_a_dictionary_that_reads_as_the_same_model(tmp_path, kind):
    members = [net(), pair_table()]
    model = {"zbl": lambda: zbl(*members), "linear": lambda: linear(members, [0.4, 2.0]), "pairtab": pair_table}[kind]()
    path = write_dp(tmp_path / "m.dp", model)

    tree = dpmd.DeepPot(str(path)).serialize()
    again = write_dp(tmp_path / "again.dp", tree)

    expected = dpmd.Potential(path).compute(*frame(), atomic=True).atom_energies
    assert_atom_energies(again, expected)


def test_descriptors_of_a_table_alone_are_refused(tmp_path):
    potential = dpmd.Potential(write_dp(tmp_path / "m.dp", pair_table()))

    with pytest.raises(InputError, match="no networks"):
        potential.describe(*frame())
