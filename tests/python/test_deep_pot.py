"""DeepPot: the shapes and rules of deepmd.infer.DeepPot."""

from __future__ import annotations

import numpy as np
import pytest

import dpmd
from dpmd.deep_pot import DeepPot
from dpmd.errors import InputError


@pytest.fixture(scope="module")
def model(water_model) -> DeepPot:
    return DeepPot(water_model)


@pytest.fixture(scope="module")
def frames(water_atoms):
    """Two frames: coordinates (2, 576), cells (2, 9), types (192)."""
    cell = np.asarray(water_atoms.cell).reshape(9)
    noise = np.random.default_rng(1).normal(0, 0.02, (192, 3))
    coords = np.stack([water_atoms.positions, water_atoms.positions + noise]).reshape(2, -1)
    types = [0 if s == "O" else 1 for s in water_atoms.symbols]
    return coords, np.stack([cell, 1.01 * cell]), types


def test_values_are_those_of_the_potential(model, water_potential, frames) -> None:
    coords, cells, types = frames

    e, f, v, ae, av = model.eval(coords, cells, types, atomic=True)

    for k in range(2):
        expected = water_potential.compute(coords[k].reshape(-1, 3), types, cells[k], atomic=True)
        assert e[k, 0] == expected.energy
        assert np.array_equal(f[k], expected.forces)
        assert np.array_equal(v[k], expected.virial.reshape(9))
        assert np.array_equal(ae[k, :, 0], expected.atom_energies)
        assert np.array_equal(av[k], expected.atom_virials.reshape(192, 9))


def test_shapes_are_those_of_deepmd(model, frames) -> None:
    coords, cells, types = frames

    plain = model.eval(coords, cells, types)
    atomic = model.eval(coords, cells, types, atomic=True)

    assert [a.shape for a in plain] == [(2, 1), (2, 192, 3), (2, 9)]
    assert [a.shape for a in atomic] == [(2, 1), (2, 192, 3), (2, 9), (2, 192, 1), (2, 192, 9)]


def test_coordinates_and_cells_of_any_shape_are_reshaped(model, frames) -> None:
    coords, cells, types = frames
    expected = model.eval(coords, cells, types)[1]

    for x in (coords, coords.reshape(2, 192, 3), coords.reshape(-1), coords.tolist()):
        for box in (cells, cells.reshape(2, 3, 3), cells.reshape(-1)):
            assert np.array_equal(model.eval(x, box, types)[1], expected)


def test_none_as_cells_is_an_open_system(model, water_potential, frames) -> None:
    coords, _, types = frames

    e, _, _ = model.eval(coords, None, types)

    assert e[0, 0] == water_potential.compute(coords[0].reshape(-1, 3), types).energy


def test_mixed_types_give_every_frame_its_own(model, frames) -> None:
    coords, cells, types = frames
    order = np.random.default_rng(2).permutation(192)
    shuffled = np.stack([coords[0].reshape(-1, 3), coords[1].reshape(-1, 3)[order]])
    mixed = np.stack([np.array(types), np.array(types)[order]])

    e, f, _ = model.eval(shuffled, cells, mixed, mixed_type=True)

    expected_e, expected_f, _ = model.eval(coords, cells, types)
    # rounding of the fixed-point sums, whose terms come in another order of neighbours
    assert np.allclose(e, expected_e, rtol=0, atol=1e-9)
    assert np.allclose(f[1], expected_f[1][order], rtol=0, atol=1e-9)


def test_frame_and_atomic_parameters_take_every_short_form(oracle) -> None:
    model = DeepPot(oracle / "fparam_aparam.pb")
    n_fparam, n_aparam = model.get_dim_fparam(), model.get_dim_aparam()
    coords = np.array([[0, 0, 0, 0.9, 0, 0, 0, 0.9, 0], [0, 0, 0, 1.0, 0, 0, 0, 0.9, 0]])
    types = [0, 1, 1]
    fparam, aparam = np.linspace(0.1, 0.3, n_fparam), np.linspace(0.2, 0.4, n_aparam)
    full_fparam = np.broadcast_to(fparam, (2, n_fparam))
    full_aparam = np.broadcast_to(aparam, (2, 3, n_aparam))

    expected = model.eval(coords, None, types, fparam=full_fparam, aparam=full_aparam)[1]

    for fp in (fparam, full_fparam.reshape(-1)):
        for ap in (aparam, full_aparam[0], full_aparam.reshape(2, -1)):
            assert np.array_equal(model.eval(coords, None, types, fparam=fp, aparam=ap)[1], expected)
    other = model.eval(coords, None, types, fparam=fparam + 1, aparam=aparam)[1]
    assert not np.allclose(other, expected)


def test_getters_tell_what_the_model_is(model, water_potential) -> None:
    assert model.get_rcut() == water_potential.cutoff == 6.0
    assert model.get_type_map() == ["O", "H"]
    assert model.get_ntypes() == 2
    assert (model.get_dim_fparam(), model.get_dim_aparam()) == (0, 0)
    assert model.get_sel_type() == []
    assert not model.get_has_spin()


def test_it_is_exported_with_the_arguments_of_deepmd(water_model) -> None:
    assert dpmd.DeepPot is DeepPot
    assert DeepPot(str(water_model), auto_batch_size=True, neighbor_list=None).get_ntypes() == 2

    with pytest.raises(InputError, match="head"):
        DeepPot(water_model, head="H2O")


def test_precision_and_compression_reach_the_potential(model, water_model, frames) -> None:
    fast = DeepPot(water_model, precision="mix32", compress=True, tolerance=1e-5)

    assert fast.eval(*frames)[1] == pytest.approx(model.eval(*frames)[1], abs=1e-3)
    info = fast.potential.info()
    assert (info["precision"], info["compression"]["tolerance"]) == ("mix32", 1e-5)


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ((np.zeros(10), None, [0, 1, 1]), "coords"),
        ((np.zeros((2, 9)), np.eye(3), [0, 1, 1]), "cells"),
        ((np.zeros((2, 9)), np.zeros((2, 8)), [0, 1, 1]), "cells"),
        ((np.zeros((1, 9)), None, 0), "atom_types"),
        ((np.zeros((1, 9)), None, [0, 1, 9]), "type"),
        ((np.array([["x"] * 9]), None, [0, 1, 1]), "coords"),
    ],
)
def test_a_wrong_shape_names_the_argument(model, arguments, name: str) -> None:
    with pytest.raises(InputError, match=name):
        model.eval(*arguments)


def test_mixed_types_must_have_a_row_per_frame(model) -> None:
    for types in ([0, 1, 1], [[0, 1, 1]] * 3):
        with pytest.raises(InputError, match="atom_types"):
            model.eval(np.zeros((2, 9)), None, types, mixed_type=True)
