"""Descriptors and last hidden layers: DeePMD-kit's numbers and order, from which energies follow."""

from __future__ import annotations

import numpy as np
import pytest

import dpmd
from dpmd.importers import import_model
from golden.oracles import systems
from model_files.parts import fitting_of

# One-sided with parameters, two-sided, with excluded pairs, with trained tables, a hybrid.
RECORDED = ("fparam_aparam", "gelu_pairs", "exclude_pairs", "compressed", "hybrid_pairs")


def described(potential, system, **changes):
    given = {name: system[name] for name in ("positions", "types", "cell", "fparam", "aparam") if name in system}
    return potential.describe(**given | changes)


@pytest.mark.parametrize("name", RECORDED)
def test_descriptors_equal_deepmd_kits_in_value_and_order(oracle, name: str) -> None:
    with np.load(oracle / "descriptors.npz") as data:
        key, expected = next((key, data[key]) for key in data.files if key.startswith(f"{name}/"))
    system = systems(oracle / f"{name}.npz")[key.split("/")[1]]

    found = described(dpmd.Potential(oracle / f"{name}.pb"), system).descriptors

    # largest about 1; the two differ by the order of sums
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", ["fparam_aparam", "gelu_pairs", "three_types", "act_silut_silu"])
def test_the_last_layer_makes_the_energies_from_the_hidden_one(oracle, name: str) -> None:
    potential, spec = dpmd.Potential(oracle / f"{name}.pb"), import_model(oracle / f"{name}.pb")

    for system in systems(oracle / f"{name}.npz").values():
        hidden = described(potential, system).hidden
        types = system["types"].reshape(-1)
        last = [fitting_of(spec).networks[t].layers[-1] for t in types]
        made = [h @ layer.weight[:, 0] + layer.bias[0] for h, layer in zip(hidden, last, strict=True)]
        made += fitting_of(spec).energy_shift[types]
        np.testing.assert_allclose(made, system["atom_energies"].reshape(-1), rtol=0, atol=1e-10)


@pytest.fixture(scope="module")
def of_water(water_potential, water_atoms):
    return water_potential.describe(water_atoms)


@pytest.mark.parametrize("instruction_set", dpmd._core.instruction_sets())
def test_every_instruction_set_gives_the_same(water_model, water_atoms, of_water, instruction_set: str) -> None:
    found = dpmd.Potential(water_model, instruction_set=instruction_set).describe(water_atoms)

    np.testing.assert_allclose(found.descriptors, of_water.descriptors, rtol=0, atol=1e-13)
    np.testing.assert_allclose(found.hidden, of_water.hidden, rtol=0, atol=1e-11)


def test_threads_skin_and_compression_change_no_bit(water_model, water_atoms, of_water) -> None:
    for options in ({"threads": 3}, {"skin": 1.0}, {"compress": True}):
        found = dpmd.Potential(water_model, **options).describe(water_atoms)

        np.testing.assert_array_equal(found.descriptors, of_water.descriptors)
        np.testing.assert_array_equal(found.hidden, of_water.hidden)


def test_atoms_keep_their_order_and_forces_are_not_disturbed(water_model, water_atoms, of_water) -> None:
    potential, order = dpmd.Potential(water_model), np.random.default_rng(5).permutation(len(water_atoms))
    before = potential.compute(water_atoms)

    shuffled = potential.describe(water_atoms[order])

    np.testing.assert_array_equal(shuffled.descriptors, of_water.descriptors[order])
    np.testing.assert_array_equal(shuffled.hidden, of_water.hidden[order])
    np.testing.assert_array_equal(potential.compute(water_atoms).forces, before.forces)


def test_single_precision_is_near(water_model, water_atoms, of_water) -> None:
    found = dpmd.Potential(water_model, precision="mix32").describe(water_atoms)

    np.testing.assert_allclose(found.descriptors, of_water.descriptors, rtol=0, atol=1e-6)


def test_virtual_atoms_have_zeros_and_excluded_types_have_descriptions(water_potential, oracle) -> None:
    positions = [[0, 0, 0], [0.97, 0, 0], [-0.24, 0.93, 0], [1.5, 1.5, 1.5]]
    found = water_potential.describe(positions, [0, 1, 1, -1])
    without = water_potential.describe(positions[:3], [0, 1, 1])
    silent = dpmd.Potential(oracle / "pt_atom_exclude.dp")

    np.testing.assert_array_equal(found.descriptors[:3], without.descriptors)
    assert not found.descriptors[3].any() and not found.hidden[3].any()
    assert set(silent.compute(positions[:3], [0, 1, 1], atomic=True).atom_energies[1:]) == {0.0}
    assert silent.describe(positions[:3], [0, 1, 1]).hidden.any(axis=1).all()


def test_a_batch_has_an_axis_of_frames(water_potential, water_atoms, of_water) -> None:
    moved = water_atoms.copy()
    moved.rattle(0.02, seed=3)

    found = water_potential.describe([water_atoms, moved])

    assert found.descriptors.shape == (2, 192, 512) and found.hidden.shape == (2, 192, 120)
    np.testing.assert_array_equal(found.descriptors[0], of_water.descriptors)
    np.testing.assert_array_equal(found.hidden[1], water_potential.describe(moved).hidden)


def test_what_cannot_be_described_is_an_error(water_potential, oracle) -> None:
    with pytest.raises(dpmd.InputError, match="atoms 0 and 1 .* same place"):
        water_potential.describe([[0, 0, 0], [0, 0, 0]], [0, 1])
    with pytest.raises(dpmd.InputError, match=r"positions\[1\]\[0\] = nan"):
        water_potential.describe([[0, 0, 0], [np.nan, 0, 0]], [0, 1])
    with pytest.raises(dpmd.InputError, match="aparam has 0 values"):
        dpmd.Potential(oracle / "fparam_aparam.pb").describe([[0, 0, 0]], [0], fparam=[0.1, 0.2])
