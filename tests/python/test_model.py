"""Models that are loaded once and shared."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import dpmd
from dpmd.ase import DPMD


@pytest.fixture(scope="module")
def model(water_model) -> dpmd.Model:
    return dpmd.Model(water_model)


def test_a_model_is_packed_once_for_each_that_computes(model, water_atoms) -> None:
    potential = dpmd.Potential(model)
    assert potential.model is model
    assert potential.bytes == model.bytes > 10_000

    simulation = dpmd.Simulation(potential, water_atoms)
    simulation.run(1)

    assert potential.bytes == model.bytes, "the potential has computed nothing itself"
    assert 0 < simulation.model_bytes < 3 * model.bytes
    potential.compute(water_atoms)
    assert potential.bytes >= model.bytes + simulation.model_bytes


def test_all_that_compute_with_a_model_agree(model, water_atoms) -> None:
    expected = dpmd.Potential(model).compute(water_atoms)
    moving = water_atoms.copy()
    moving.calc = DPMD(model, threads=2)

    assert moving.get_potential_energy() == expected.energy
    assert (dpmd.Simulation(model, water_atoms).forces == expected.forces).all()
    for result in dpmd.Committee([model, dpmd.Potential(model), model]).compute(water_atoms):
        assert (result.forces == expected.forces).all()
    deep_pot = dpmd.DeepPot(model)
    assert deep_pot.potential.model is model
    energies, _, _ = deep_pot.eval(
        water_atoms.positions[None],
        np.asarray(water_atoms.cell)[None],
        [0 if s == "O" else 1 for s in water_atoms.symbols],
    )
    assert energies.item() == expected.energy


def test_models_judge_a_simulation_of_their_own(model, other_water_model, water_atoms, tmp_path) -> None:
    simulation = dpmd.Simulation(model, water_atoms)
    simulation.deviation([dpmd.Model(other_water_model), dpmd.Potential(other_water_model)], tmp_path / "d.out", 1)
    simulation.run(1)

    assert simulation.largest_force_deviation > 0
    with pytest.raises(dpmd.InputError, match=r"models\[1\] = 3 must be a dpmd.Potential or a dpmd.Model"):
        simulation.deviation([model, 3], tmp_path / "e.out", 1)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"precision": "mix32"}, "precision"),
        ({"overflow": "keep_nearest", "compress": False}, "overflow, compress"),
        ({"tolerance": 1e-5}, "tolerance"),
    ],
)
def test_options_of_a_model_are_refused_with_one_that_is_loaded(model, options, named) -> None:
    for use in (dpmd.Potential, dpmd.DeepPot, DPMD, lambda m, **given: dpmd.Committee([m], **given)):
        with pytest.raises(dpmd.InputError, match=f"^{named}: .* loaded already"):
            use(model, **options)


def test_what_a_device_cannot_run_is_refused_before_anything_is_computed(water_model) -> None:
    with pytest.raises(dpmd.InputError, match="need a GPU"):
        dpmd.Potential(dpmd.Model(water_model, precision="mix32-tf32"))


def test_a_model_says_what_it_is_and_in_which_form(water_model) -> None:
    compressed = dpmd.Model(water_model, precision="mix32", compress=True)
    info, on_device = compressed.info(), dpmd.Potential(compressed).info()

    assert info["type_map"] == compressed.type_map == ["O", "H"]
    assert info["compression"]["form"] == "moment form"
    assert compressed.form().startswith("mix32, compressed")
    assert info.items() <= on_device.items()
    assert set(on_device) - set(info) == {"device", "kernels", "choices", "threads"}


def test_a_calculator_of_a_model_is_not_pickled(model) -> None:
    import pickle

    with pytest.raises(dpmd.InputError, match="made from a dpmd.Model, which cannot be pickled"):
        pickle.dumps(DPMD(model))


def test_threads_share_a_model(model, water_atoms) -> None:
    expected = dpmd.Potential(model).compute(water_atoms).forces

    def compute(_: int) -> bool:
        return bool((dpmd.Potential(model, threads=1).compute(water_atoms).forces == expected).all())

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(compute, range(8)))
