"""DeepPot: the shapes and rules of deepmd.infer.DeepPot."""

from __future__ import annotations

import numpy as np
import pytest

import dpmd
from dpmd.deep_pot import DeepPot
from dpmd.errors import InputError
from dpmd.models.spec import ModelSpec
from golden.oracles import systems
from model_files.dpmodel_files import write_dp


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


def test_types_from_loadtxt_are_taken(model, frames) -> None:
    coords, cells, types = frames

    assert np.array_equal(model.eval(coords, cells, np.array(types, float))[1], model.eval(*frames)[1])


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
    # rounding of the fixed-point sums, whose neighbours are in another order
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
    assert model.get_sel_type() == [0, 1]
    assert not model.get_has_spin()


def test_every_argument_of_deepmds_constructor_is_taken(model, water_model, frames) -> None:
    assert dpmd.DeepPot is DeepPot
    same = DeepPot(
        str(water_model),
        auto_batch_size=1024,
        neighbor_list=None,
        head=None,
        nlist_backend="vesin",
        no_jit=True,
        load_prefix="load",
        default_tf_graph=False,
        input_map=None,
    )

    assert np.array_equal(same.eval(*frames)[1], model.eval(*frames)[1])


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ({"input_map": {"a": 1}}, "input_map would put other tensors in place of the model's"),
        ({"auto_batch_size": "many"}, "auto_batch_size = 'many' must be"),
        ({"threads": "2"}, "threads = '2' must be a whole number"),
    ],
)
def test_an_argument_that_would_change_results_is_refused(water_model, argument, message: str) -> None:
    with pytest.raises(InputError, match=message):
        DeepPot(water_model, **argument)


def test_a_model_closes_with_its_block(water_model, frames) -> None:
    with DeepPot(water_model) as opened:
        assert opened.eval(*frames)[0].shape == (2, 1)
    opened.close()

    for call in (lambda: opened.eval(*frames), opened.get_rcut, opened.get_model, lambda: opened.potential):
        with pytest.raises(InputError, match="closed"):
            call()


def test_arguments_of_other_models_are_taken_as_none_and_refused_by_name(model, frames) -> None:
    expected = model.eval(*frames)[1]

    assert np.array_equal(model.eval(*frames, efield=None, spin=None, charge_spin=None, later=None)[1], expected)
    for name in ("efield", "spin", "charge_spin", "later"):
        with pytest.raises(InputError, match=f"{name} is given, but this model"):
            model.eval(*frames, **{name: np.zeros((2, 192, 3))})
        with pytest.raises(InputError, match=name):
            model.eval_descriptor(*frames, **{name: 1})


def test_descriptors_and_hidden_layers_are_those_of_the_potential(model, water_potential, frames) -> None:
    coords, cells, types = frames
    expected = water_potential.describe(coords.reshape(2, -1, 3), types, cells)

    descriptors, hidden = model.eval_descriptor(*frames), model.eval_fitting_last_layer(*frames)
    single = model.eval_embedding(*frames)

    assert descriptors.shape == (2, 192, 512) and hidden.shape == (2, 192, 120)
    assert np.array_equal(descriptors, expected.descriptors) and np.array_equal(hidden, expected.hidden)
    assert [a.dtype for a in single] == [np.float32] * 3
    assert np.array_equal(single[0], descriptors.astype(np.float32))
    assert np.array_equal(single[2], hidden.sum(axis=1).astype(np.float32))
    assert model.eval_descriptor(*frames, dtype="fp32").dtype == np.float32
    with pytest.raises(InputError, match="dtype = 'fp16'"):
        model.eval_descriptor(*frames, dtype="fp16")


def test_a_model_tells_what_it_is_not(model, oracle) -> None:
    assert not any((model.has_spin, model.has_efield, model.has_hessian, model.has_chg_spin_ebd()))
    assert not model.has_default_chg_spin() and not model.has_default_fparam()
    assert (model.use_spin, model.get_ntypes_spin()) == ([], 0)
    assert DeepPot(oracle / "pt_default_fparam.dp").has_default_fparam()
    assert DeepPot(oracle / "pt_atom_exclude.dp").get_sel_type() == [0]  # DeePMD-kit 3.2.0: [0]
    assert model.get_model() is model.potential
    with pytest.raises(InputError, match="no type embedding"):
        model.eval_typeebd()
    for name in ("output_def", "output_def_mag"):
        with pytest.raises(InputError, match=name):
            getattr(model, name)


def test_what_the_training_was_is_told_as_far_as_the_file_tells(oracle, water_model, tmp_path) -> None:
    born_in_torch, water = DeepPot(oracle / "pt_default_fparam.dp"), DeepPot(water_model)

    assert born_in_torch.get_observed_types() == {"type_num": 2, "observed_type": ["H", "O"]}  # DeePMD-kit 3.2.0: same
    with pytest.raises(InputError, match="does not say which types its training data had"):
        water.get_observed_types()
    assert born_in_torch.get_model_def_script()["descriptor"]["sel"] == [18, 34]
    assert set(water.get_model_def_script()) >= {"type_map", "descriptor", "fitting_net"}
    # embedding 1-16-32-64 for two neighbour types, fitting 512-120-120-120-1 with time steps of two layers, for two
    embedding = 2 * (2 * 16 + 17 * 32 + 33 * 64)
    fitting = 2 * (513 * 120 + 2 * (121 * 120 + 120) + 121)
    sizes = {"descriptor": embedding, "fitting-net": fitting, "total": embedding + fitting}
    assert water.get_model_size() == sizes

    spec = ModelSpec.load(water_model)
    spec.training_script = None
    spec.save(tmp_path / "bare.dpmd")
    with pytest.raises(InputError, match="bare.dpmd holds no training input"):
        DeepPot(tmp_path / "bare.dpmd").get_model_def_script()
    with pytest.raises(InputError, match="tables in place of its embedding nets"):
        DeepPot(oracle / "compressed.pb").get_model_size()


@pytest.mark.parametrize(
    "name", ["atom_ener_some.pb", "fparam_aparam.pb", "gelu_pairs.pb", "pt_default_fparam.dp", "pt_exclude_pairs.dp"]
)
def test_a_serialised_model_read_again_is_the_model(oracle, tmp_path, name: str) -> None:
    system = next(iter(systems((oracle / name).with_suffix(".npz")).values()))
    frame = system["positions"].reshape(1, -1), system.get("cell"), system["types"].reshape(-1)
    parameters = {key: system[key] for key in ("fparam", "aparam") if key in system}
    model = DeepPot(oracle / name)

    again = DeepPot(write_dp(tmp_path / "again.dp", model.serialize()))

    assert again.get_type_map() == model.get_type_map()
    assert again.get_sel_type() == model.get_sel_type()
    # a .pb keeps its cutoffs in single precision, this format in double
    assert np.allclose(again.eval(*frame, **parameters)[1], model.eval(*frame, **parameters)[1], rtol=0, atol=1e-6)
    assert again.get_model_size() == model.get_model_size()


@pytest.mark.parametrize(("name", "why"), [("compressed.pb", "tables"), ("exclude_pairs.pb", "excluded pairs")])
def test_a_model_that_the_dictionary_has_no_words_for_is_not_serialised(oracle, name: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        DeepPot(oracle / name).serialize()


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
        (
            (np.zeros((2, 3, 3)), None, [[0, 1, 1], [0, 1, 1]]),
            "one row of types serves all frames; pass mixed_type=True",
        ),
        ((np.zeros((1, 9)), None, [0, 1, 9]), "type"),
        ((np.array([["x"] * 9]), None, [0, 1, 1]), "coords"),
        ((np.zeros((3, 4)), None, [0, 1, 1, 0]), "coords has shape .*last axis must hold the 3 coordinates"),
        ((np.zeros((2, 3, 4)), None, [0, 1, 1, 0]), "coords has shape"),
        ((np.ma.masked_all((1, 9)), None, [0, 1, 1]), "coords has masked values"),
        ((np.zeros((1, 9)), None, [0, 1, 0.5]), r"types\[2\] = 0.5"),
    ],
)
def test_a_wrong_shape_names_the_argument(model, arguments, name: str) -> None:
    with pytest.raises(InputError, match=name):
        model.eval(*arguments)


def test_mixed_types_must_have_a_row_per_frame(model) -> None:
    for types in ([0, 1, 1], [[0, 1, 1]] * 3):
        with pytest.raises(InputError, match="atom_types"):
            model.eval(np.zeros((2, 9)), None, types, mixed_type=True)
