"""Local frames run: energies against NumPy, forces against energies, and what a user sees of them."""

from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

import dpmd
from dpmd.cli import app
from dpmd.errors import InputError
from dpmd.importers import import_model
from model_files.frame_graphs import AXIS_RULE, frame_graph
from model_files.graph_files import write_pb
from model_files.parts import descriptor_of
from oracle.environment_numpy import find_pairs
from oracle.local_frame_numpy import atom_energies

CELL = np.array([[7.1, 0.0, 0.0], [1.3, 6.7, 0.0], [-0.8, 0.9, 7.4]])


@pytest.fixture
def model(tmp_path):
    return write_pb(tmp_path / "frames.pb", frame_graph())


def crowd(n_atoms: int = 14, apart: float = 1.3) -> tuple[np.ndarray, np.ndarray]:
    """Random positions in CELL, ``apart`` Å at least, and types."""
    rng = np.random.default_rng(3)
    positions = np.empty((0, 3))
    while len(positions) < n_atoms:
        trial = np.vstack([positions, rng.random(3) @ CELL])
        if not len(find_pairs(trial, np.zeros(len(trial), int), CELL, apart).centre):
            positions = trial
    return positions, np.arange(n_atoms) % 2


def test_attributes_of_the_operation_are_slots_and_axes(model):
    d = descriptor_of(import_model(model))

    assert (d.cutoff, d.sel_full, d.sel_radial) == (4.2, [6, 2], [24, 24])
    # a neighbour of the second class stands behind the two of the first
    assert [[(a.neighbor_type, a.place) for a in axes] for axes in d.axes] == [[(1, 0), (1, 1)], [(0, 0), (1, 2)]]


def test_integers_of_axis_rule_behind_those_of_all_types_have_no_effect(tmp_path, model):
    longer = write_pb(tmp_path / "longer.pb", frame_graph(axis_rule=(*AXIS_RULE, 0, 0, 0, 0, 0, 2)))
    positions, types = crowd()

    energies = [dpmd.Potential(path).compute(positions, types, CELL).energy for path in (model, longer)]

    assert energies[0] == energies[1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"axis_rule": AXIS_RULE[:6]}, "axis_rule .* has fewer than 6 integers for each type"),
        ({"axis_rule": (0, 2, 0, *AXIS_RULE[3:])}, r"names no neighbour in \[0, 2, 0\]"),
        ({"sel_radial": (24,)}, r"sel_a \[6, 2\] and sel_r \[24\] are not slots by type"),
        ({"sel_radial": (24, 25)}, "its slots give 81 features, the fitting nets take 80"),
        ({"n_features": 79}, r"t_avg, t_std have shape \(2, 79\), expected \(2, 80\)"),
    ],
)
def test_parts_that_do_not_fit_together_are_refused(tmp_path, change, message):
    with pytest.raises(InputError, match=message):
        import_model(write_pb(tmp_path / "m.pb", frame_graph(**change)))


@pytest.mark.parametrize(
    ("axes", "message"),
    [
        ((0, 1, 0, 0, 1, 0, *AXIS_RULE[6:]), "both axes are the same neighbour"),
        ((0, 1, 0, 1, 1, 24, *AXIS_RULE[6:]), "place = 26, but neighbours of type 1 have 26 slots"),
    ],
)
def test_axes_that_span_no_frame_are_refused(tmp_path, axes, message):
    with pytest.raises(InputError, match=message):
        dpmd.Potential(write_pb(tmp_path / "m.pb", frame_graph(axis_rule=axes)))


@pytest.mark.parametrize(("cell", "size"), [(CELL, 1.0), (None, 0.6)], ids=["periodic", "open"])
def test_energies_are_those_of_numpy(model, cell, size):
    positions, types = crowd()
    positions = size * positions  # every atom of the open one has enough neighbours, too
    found = dpmd.Potential(model).compute(positions, types, cell, atomic=True)

    # sums in another order; the energies of random nets are a few eV
    assert np.abs(found.atom_energies - atom_energies(import_model(model), positions, types, cell)).max() < 1e-12


def test_forces_are_derivatives_of_the_energy(model):
    potential, (positions, types) = dpmd.Potential(model), crowd()
    found, step = potential.compute(positions, types, CELL), 1e-5

    for atom, axis in np.ndindex(4, 3):
        moved = np.zeros_like(positions)
        moved[atom, axis] = step
        energies = [potential.compute(positions + side * moved, types, CELL).energy for side in (-1, 1)]
        assert abs((energies[0] - energies[1]) / (2 * step) - found.forces[atom, axis]) < 1e-7


def test_an_atom_with_too_few_neighbours_for_its_axes_is_named(model):
    with pytest.raises(InputError, match=r"no local frame: its neighbours number 1 of type \w and number \d of type "):
        dpmd.Potential(model).compute(np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0]]), np.array([0, 1, 1]))


def test_a_converted_model_has_the_same_bits(model, tmp_path):
    import_model(model).save(tmp_path / "m.dpmd")
    positions, types = crowd()
    direct, converted = (dpmd.Potential(p).compute(positions, types, CELL) for p in (model, tmp_path / "m.dpmd"))

    assert direct.energy == converted.energy and np.array_equal(direct.forces, converted.forces)


def test_info_says_what_the_model_is(model):
    done = CliRunner().invoke(app, ["info", str(model), "--json"])
    assert done.exit_code == 0, done.output
    descriptor = json.loads(done.stdout)["descriptor"]

    assert descriptor["type"] == "loc_frame" and descriptor["cutoff"] == 4.2 and descriptor["sel"] == [30, 26]
    assert descriptor["axes"] == {"O": "H 1, H 2", "H": "O 1, H 3"}


def test_compression_says_why_there_is_none(model):
    report = dpmd.Potential(model, compress=True).info()["compression"]

    assert "loc_frame has no embedding nets" in report["refusal"]


def test_the_dictionary_of_deepmd_kit_cannot_hold_it(model):
    with pytest.raises(InputError, match="knows no descriptor loc_frame"):
        dpmd.DeepPot(model).serialize()
    assert dpmd.DeepPot(model).get_model_size()["descriptor"] == 0
