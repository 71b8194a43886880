"""se_e3_tebd runs: energies against NumPy, forces against energies, tables against nets, and what a user sees of it."""

from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

import dpmd
from descriptor_checks import (
    CELL,
    assert_a_run_conserves_the_energy,
    assert_same_bits,
    assert_tables_reproduce_the_nets,
    crowd,
)
from dpmd import DeepPot
from dpmd.cli import app
from dpmd.errors import InputError
from dpmd.importers import import_model
from model_files.dpmodel_files import write_dp
from model_files.parts import descriptor_of, environment_of
from model_files.typed_three_body import N_SLOTS, typed_three_body
from oracle.local_numpy import evaluate

FUNCTIONS = (
    {},
    {"type_input": "strip"},
    {"type_input": "strip", "smooth": False, "output_type_embedding": False},
    {"neuron": (7, 14)},  # the first layer adds its inputs, the types among them
)
every_function = pytest.mark.parametrize("settings", FUNCTIONS, ids=str)


def saved(spec, folder):
    spec.save(folder / "m.dpmd")
    return folder / "m.dpmd"


def assert_results_are_those_of_numpy(spec, folder, **options) -> None:
    positions, types = crowd()
    potential = dpmd.Potential(saved(spec, folder), **options)
    for cell in (CELL, None):
        found, expected = potential.compute(positions, types, cell, atomic=True), evaluate(spec, positions, types, cell)
        # Sums in another order; the energies of random nets are a few eV.
        assert np.abs(found.atom_energies - expected.atom_energies).max() < 1e-12
        assert np.abs(found.forces - expected.forces).max() < 1e-11
        assert np.abs(found.virial - expected.virial).max() < 1e-10


@every_function
def test_results_are_those_of_numpy(settings, tmp_path):
    assert_results_are_those_of_numpy(typed_three_body(**settings), tmp_path)


@pytest.mark.parametrize("rule", ["drop", "keep", "zero"])
def test_excluded_pairs_add_nothing_whatever_the_rule(rule, tmp_path):
    spec = typed_three_body("strip")
    environment_of(spec).exclude_types, environment_of(spec).excluded_slots = [(0, 1)], rule

    assert_results_are_those_of_numpy(spec, tmp_path)


def test_protection_and_exclusions_of_the_model_count(tmp_path):
    spec = typed_three_body("strip")
    environment_of(spec).protection = 0.1
    (term,) = spec.terms
    term.pair_exclude_types, term.atom_exclude_types = [(0, 1)], [1]

    assert_results_are_those_of_numpy(spec, tmp_path)


@every_function
def test_the_nearest_of_all_types_are_seen_when_slots_are_few(settings, tmp_path):
    spec = typed_three_body(**settings)
    environment_of(spec).sel = [9]

    with pytest.raises(InputError, match="neighbours within 4 Å, but the model's sel is 9"):
        dpmd.Potential(saved(spec, tmp_path)).compute(*crowd(), CELL)
    assert_results_are_those_of_numpy(spec, tmp_path, overflow="keep_nearest")


def test_the_shift_of_empty_slots_adds_nothing(tmp_path):
    (positions, types), spec = crowd(), typed_three_body("strip")
    energies = []
    for shift in (0.0, 0.3):
        environment_of(spec).shift[:, 0] = shift
        energies.append(dpmd.Potential(saved(spec, tmp_path)).compute(positions, types, CELL).energy)

    assert energies[0] == energies[1]


@every_function
def test_forces_and_virial_are_slopes_of_the_energy(settings, tmp_path):
    (positions, types), h = crowd(), 1e-4
    potential = dpmd.Potential(saved(typed_three_body(**settings), tmp_path))

    found = potential.compute(positions, types, CELL)

    def slope(energy) -> float:
        """By four points: curvature is h^4, rounding 1e-14/1e-4."""
        at = [energy(k * h) for k in (-2, -1, 1, 2)]
        return (at[0] - 8 * at[1] + 8 * at[2] - at[3]) / (12 * h)

    assert np.abs(found.forces).max() > 0.1
    for atom, axis in ((0, 0), (5, 1), (13, 2)):
        unit = np.zeros_like(positions)
        unit[atom, axis] = 1.0
        moved = slope(lambda x, unit=unit: potential.compute(positions + x * unit, types, CELL).energy)
        assert abs(found.forces[atom, axis] + moved) < 1e-7
    for a, b in ((0, 0), (2, 1)):
        unit = np.zeros((3, 3))
        unit[b, a] = 1.0

        def strained(x: float, unit=unit) -> float:
            by = np.eye(3) + x * unit
            return potential.compute(positions @ by, types, CELL @ by).energy

        assert abs(found.virial[a, b] + slope(strained)) < 1e-6


@every_function
def test_the_energy_does_not_change_when_everything_is_moved_turned_or_renumbered(settings, tmp_path):
    positions, types = crowd()
    potential = dpmd.Potential(saved(typed_three_body(**settings), tmp_path))
    rng = np.random.default_rng(1)
    turn, order = np.linalg.qr(rng.normal(size=(3, 3)))[0], rng.permutation(len(types))
    found = potential.compute(positions, types, CELL)

    moved = potential.compute(positions + [0.3, -2.0, 9.1], types, CELL)
    turned = potential.compute(positions @ turn.T, types, CELL @ turn.T)
    renumbered = potential.compute(positions[order], types[order], CELL)

    for other in (moved, turned, renumbered):
        assert abs(other.energy - found.energy) < 1e-11
    assert np.abs(turned.forces - found.forces @ turn.T).max() < 1e-10
    assert np.abs(renumbered.forces - found.forces[order]).max() < 1e-10
    assert np.abs(found.forces.sum(axis=0)).max() < 1e-12


@every_function
def test_a_neighbour_that_leaves_the_cutoff_leaves_no_jump(settings, tmp_path):
    potential = dpmd.Potential(saved(typed_three_body(**settings), tmp_path))
    ends = [
        potential.compute(np.array([[0, 0, 0], [1.5, 0, 0], [0, r, 0]]), [0, 1, 1], atomic=True)
        for r in (4 - 1e-6, 4 + 1e-6)
    ]

    assert abs(ends[0].energy - ends[1].energy) < 1e-12
    assert np.abs(ends[0].forces - ends[1].forces).max() < 1e-8


@every_function
def test_the_order_of_two_types_counts_in_the_net_but_both_orders_are_added(settings, tmp_path):
    """The net is not symmetric, and the sum over all pairs is."""
    (positions, types), spec = crowd(), typed_three_body(**settings)
    before = evaluate(spec, positions, types, CELL)
    d = descriptor_of(spec)
    swapped = d.network if d.type_input == "concat" else d.type_network
    first = swapped.layers[0]
    start = 1 if d.type_input == "concat" else 0
    halves = first.weight[start : start + 3].copy(), first.weight[start + 3 : start + 6].copy()
    first.weight[start : start + 3], first.weight[start + 3 : start + 6] = halves[1], halves[0]
    if first.skip == "none":  # a skip connection keeps its order
        found = dpmd.Potential(saved(spec, tmp_path)).compute(positions, types, CELL)
        assert abs(found.energy - before.energy) < 1e-12
    first.weight[start : start + 3] = halves[0]
    assert abs(evaluate(spec, positions, types, CELL).energy - before.energy) > 1e-6


@every_function
@pytest.mark.parametrize("compress", [False, True])
def test_bits_do_not_depend_on_threads(settings, compress, tmp_path):
    path, (positions, types) = saved(typed_three_body(**settings), tmp_path), crowd(40, seed=4, apart=0.95)
    results = [dpmd.Potential(path, compress=compress, threads=n).compute(positions, types, CELL) for n in (1, 2, 5)]

    for other in results[1:]:
        assert other.energy == results[0].energy
        assert np.array_equal(other.forces, results[0].forces)
        assert np.array_equal(other.virial, results[0].virial)


@every_function
def test_our_tables_reproduce_the_nets(settings, tmp_path):
    found = assert_tables_reproduce_the_nets(saved(typed_three_body(**settings), tmp_path))

    assert found["functions"] == [settings.get("neuron", (4, 8))[-1]] * 2


@pytest.mark.parametrize(("precision", "limit"), [("mix32", 1e-4), ("mix16", 0.2)])
@every_function
def test_lower_precisions_stay_near(settings, precision, limit, tmp_path):
    positions, types = crowd()
    path = saved(typed_three_body(**settings), tmp_path)

    exact = dpmd.Potential(path).compute(positions, types, CELL)

    for compress in (False, True):
        found = dpmd.Potential(path, precision=precision, compress=compress).compute(positions, types, CELL)
        assert 0 < np.abs(found.forces - exact.forces).max() < limit * max(1.0, np.abs(exact.forces).max())


# What a user sees ---------------------------------------------------------------------------------


@every_function
def test_a_serialised_model_read_again_is_the_model(settings, tmp_path):
    spec = typed_three_body(**settings)
    environment_of(spec).normalization = N_SLOTS
    path = saved(spec, tmp_path)
    tree = DeepPot(path).serialize()

    again = write_dp(tmp_path / "again.dp", tree)

    assert tree["descriptor"]["type"] == "se_e3_tebd"
    assert_same_bits(dpmd.Potential(path), dpmd.Potential(again))
    assert DeepPot(again).get_model_size() == DeepPot(path).get_model_size()


def test_the_dictionary_divides_by_sel_alone(tmp_path):
    with pytest.raises(InputError, match="divided by 6 and not by the number of slots, 60"):
        DeepPot(saved(typed_three_body(), tmp_path)).serialize()


@every_function
def test_descriptors_and_types_can_be_seen(settings, tmp_path):
    (positions, types), spec = crowd(), typed_three_body(**settings)
    model = DeepPot(saved(spec, tmp_path))

    found = model.eval_descriptor(positions.reshape(1, -1), CELL.reshape(1, 9), types)

    d = descriptor_of(spec)
    n_channels = d.n_channels
    assert found.shape == (1, len(types), n_channels + (3 if d.output_type_embedding else 0))
    if d.output_type_embedding:
        assert np.array_equal(found[0, :, n_channels:], d.type_embedding[types])
    assert np.array_equal(model.eval_typeebd(), d.type_embedding)


def test_info_says_how_types_enter(tmp_path):
    path = str(saved(typed_three_body("strip"), tmp_path))

    values = json.loads(CliRunner().invoke(app, ["info", path, "--json"]).stdout)

    assert values["descriptor"] == {
        "type": "se_e3_tebd",
        "cutoff": 4.0,
        "cutoff_smooth": 0.5,
        "sel": [60],
        "exclude_types": [],
        "neuron": [4, 8],
        "type_embedding": "strip: that of both neighbours multiplies what the embedding net gives, less towards the "
        "cutoff (smooth); that of the atom stands in the features",
    }


def test_a_hybrid_with_attention_is_that_of_numpy(oracle, tmp_path):
    """Both parts have gradients beside those of their rows."""
    spec, other = typed_three_body("strip"), import_model(oracle / "pt_attention.dp")
    (term,) = spec.terms
    term.descriptors.append(descriptor_of(other))
    first = term.fitting.networks[0].layers[0]
    n_features = first.weight.shape[0] + other.terms[0].fitting.networks[0].layers[0].weight.shape[0]
    first.weight = np.random.default_rng(8).normal(size=(n_features, first.weight.shape[1])) / n_features

    assert_results_are_those_of_numpy(spec, tmp_path)


def test_unknown_ways_for_types_are_refused_by_name(tmp_path):
    spec = typed_three_body()
    environment_of(spec).normalization = N_SLOTS
    tree = DeepPot(saved(spec, tmp_path)).serialize()
    for key, value, message in (
        ("tebd_input_mode", "dot", "a type embedding that enters as 'dot' is not supported"),
        ("env_mat", {"use_exp_switch": True}, "use_exp_switch"),
        ("@version", 3, "version 3"),
    ):
        changed = {**tree, "descriptor": {**tree["descriptor"], key: value}}
        with pytest.raises(InputError, match=message):
            import_model(write_dp(tmp_path / "changed.dp", changed))


def test_tables_of_a_concat_model_are_an_error(tmp_path):
    spec = typed_three_body()
    environment_of(spec).normalization = N_SLOTS
    tree = DeepPot(saved(spec, tmp_path)).serialize()
    tree["descriptor"]["compress"] = {"@variables": {"compress_data": [], "compress_info": []}}

    with pytest.raises(InputError, match=r"types enter the embedding net \(concat\)"):
        import_model(write_dp(tmp_path / "m.dp", tree))


def test_a_run_conserves_the_energy(tmp_path):
    spec = typed_three_body("strip")
    spec.terms[0].fitting.networks[0].layers[-1].weight *= 0.1  # no atoms fall into each other

    potential = dpmd.Potential(saved(spec, tmp_path), compress=True)

    assert_a_run_conserves_the_energy(potential, steps=400, timestep=0.1)
