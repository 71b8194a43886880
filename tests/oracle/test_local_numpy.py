"""The NumPy reference is right: it gives DeePMD-kit's numbers, and its forces are slopes of its energies."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dpmd.importers import import_model
from dpmd.models.nets import Table
from golden.se_atten_models import is_se_atten
from model_files.dpmodel_files import write_yaml
from model_files.graph_files import graph_of, write_pb
from model_files.parts import environment_of
from model_files.toy_model import Toy, compress, model_dict
from oracle.activations import activate
from oracle.environment_numpy import find_pairs, switch
from oracle.local_numpy import evaluate
from oracle.nets_numpy import look_up

ORACLE = Path(__file__).resolve().parents[1] / "data" / "oracle"
SUFFIXES = (".pb", ".pth", ".dp", ".yaml")
MODELS = [
    p.name
    for p in sorted(ORACLE.iterdir())
    if p.suffix in SUFFIXES and not is_se_atten(p) and not p.name.startswith("srtab")
]
CELL = np.array([[6.1, 0.0, 0.0], [1.3, 5.7, 0.0], [-0.8, 0.9, 6.4]])


def systems_of(path):
    """(name, values) for every system in a file of DeePMD-kit's numbers."""
    with np.load(path) as file:
        values = {key: file[key] for key in file.files}
    names = sorted({key.rpartition("/")[0] for key in values if "/" in key})
    for name in names:
        yield name, {k.rpartition("/")[2]: v for k, v in values.items() if k.startswith(f"{name}/")}


def assert_agrees(spec, system, tolerances):
    found = evaluate(
        spec,
        system["positions"],
        system["types"],
        system.get("cell"),
        system.get("fparam"),
        system.get("aparam"),
    )
    energy, force, virial = tolerances
    assert np.abs(found.atom_energies - system["atom_energies"]).max() < energy
    assert abs(found.energy - system["energy"]) < energy * len(system["types"])
    assert np.abs(found.forces - system["forces"]).max() < force
    assert np.abs(found.atom_virials - system["atom_virials"]).max() < force
    assert np.abs(found.virial - system["virial"]).max() < virial
    return found


# DeePMD-kit's numbers -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", MODELS)
def test_it_agrees_with_deepmd_kit_on_models_of_the_project(name):
    path = ORACLE / name
    spec = import_model(path)
    # Sums run in another order, and the hottest systems have forces of 1e5 eV/Å. Models in single
    # precision compute their sums in it.
    double = spec.precision == "float64"
    tolerances = (1e-10, 2e-9, 2e-9) if double else (5e-6, 1e-5, 1e-4)

    for _, system in systems_of(path.with_suffix(".npz")):
        assert_agrees(spec, system, tolerances)


FIXTURES = [f"fixtures/deeppot_sea.{suffix}" for suffix in ("pb", "pth", "yaml", "dp")]


@pytest.mark.parametrize("name", ["fixtures/deeppot.pb", *FIXTURES, "water_small.pb"])
def test_it_agrees_with_deepmd_kit_on_shared_models(shared, name):
    spec = import_model(shared / "models" / name)
    stem = name.removeprefix("fixtures/").partition(".")[0]
    stem = f"fixture_{stem}_pb" if "/" in name else stem

    for _, system in systems_of(shared / "oracle" / f"{stem}.npz"):
        assert_agrees(spec, system, (1e-10, 1e-9, 1e-9))


@pytest.mark.parametrize("suffix", ["pb", "pth", "yaml", "dp"])
@pytest.mark.parametrize("name", ["se_e2_r", "hybrid-se_a-se_r", "hybrid-se_a-se_a"])
def test_it_agrees_with_deepmd_kit_on_radial_descriptors_and_hybrids(shared, name, suffix):
    spec = import_model(shared / "models/local" / f"{name}.{suffix}")
    own = shared / "oracle/local" / f"{name}_pb.npz"
    oracle = own if suffix == "pb" and own.exists() else shared / "oracle/local" / f"{name}.npz"

    for _, system in systems_of(oracle):
        assert_agrees(spec, system, (1e-12, 1e-11, 1e-10))


def test_it_agrees_with_a_compressed_single_precision_model(shared):
    spec = import_model(shared / "models" / "cu_v2_fp32_compressed.pb")

    for _, system in systems_of(shared / "oracle" / "cu_v2_fp32_compressed.npz"):
        # The oracle computes in single precision: 1e-7 of the terms of its sums.
        assert_agrees(spec, system, (5e-6, 1e-5, 1e-4))


# Its own consistency -----------------------------------------------------------------------------


def crowd(n_atoms, seed, n_types=2, spacing=1.1):
    """Random atoms in CELL, none closer than ``spacing`` to another or its images."""
    rng = np.random.default_rng(seed)
    positions = np.empty((0, 3))
    while len(positions) < n_atoms:
        trial = np.vstack([positions, rng.random(3) @ CELL])
        if not len(find_pairs(trial, np.zeros(len(trial), int), CELL, spacing).centre):
            positions = trial
    return positions, rng.integers(0, n_types, n_atoms)


RADIAL = Toy(descriptor="se_e2_r", sel=[40, 40], rcut_smth=0.7, one_side=True, exclude_types=[[0, 1]])


def spec_of(folder, toy, graph=False, tables=False):
    model = model_dict(toy)
    if tables:
        compress(model)
    if graph:
        return import_model(write_pb(folder / "m.pb", graph_of(model)))
    return import_model(write_yaml(folder / "m.yaml", model))


def worst_slope_error(spec, positions, types, cell, h=1e-5, **parameters):
    """Largest difference of forces and virial from finite differences of the energy."""

    def energy(x, c):
        return evaluate(spec, x, types, c, **parameters).energy

    found = evaluate(spec, positions, types, cell, **parameters)
    errors = []
    for atom in (0, len(types) - 1):
        for axis in range(3):
            step = np.zeros_like(positions)
            step[atom, axis] = h
            slope = (energy(positions + step, cell) - energy(positions - step, cell)) / (2 * h)
            errors.append(abs(found.forces[atom, axis] + slope))
    for a, b in ((0, 0), (0, 1), (2, 1)):
        strain = np.zeros((3, 3))
        strain[b, a] = h
        up, down = np.eye(3) + strain, np.eye(3) - strain
        ends = [energy(positions @ s, None if cell is None else cell @ s) for s in (up, down)]
        errors.append(abs(found.virial[a, b] + (ends[0] - ends[1]) / (2 * h)))
    return max(errors)


@pytest.mark.parametrize(
    "activation",
    ["tanh", "gelu", "relu", "relu6", "softplus", "sigmoid", "silu", "silut:0.5", "linear"],
)
def test_forces_and_virial_are_slopes_of_the_energy(tmp_path, activation):
    spec = spec_of(tmp_path, Toy(sel=[40, 40], activation=activation, n_fparam=1, n_aparam=1))
    positions, types = crowd(9, seed=3)
    parameters = {"fparam": [0.3], "aparam": np.linspace(0, 1, 9)[:, None]}

    # Central differences at 1e-5 Å: rounding 1e-16/1e-5 and curvature 1e-10, times forces of 100.
    assert worst_slope_error(spec, positions, types, CELL, **parameters) < 1e-6
    assert worst_slope_error(spec, positions, types, None, **parameters) < 1e-6


@pytest.mark.parametrize("graph", [True, False])
@pytest.mark.parametrize("one_side", [True, False])
def test_slopes_are_right_with_exclusions_protection_and_vacuum(tmp_path, graph, one_side):
    toy = Toy(sel=[40, 40], one_side=one_side, exclude_types=[[0, 1]], atom_ener=[None, -1.0], fit=[4, 8])
    spec = spec_of(tmp_path, toy, graph)
    environment_of(spec).protection = 0.1
    positions, types = crowd(9, seed=5)

    assert worst_slope_error(spec, positions, types, CELL) < 1e-6


@pytest.mark.parametrize("graph", [True, False])
def test_slopes_are_right_for_a_hybrid(tmp_path, graph):
    spec = spec_of(tmp_path, Toy(sel=[40, 40], parts=[RADIAL, Toy(sel=[40, 40], rcut=2.7, axis=3, seed=8)]), graph)
    positions, types = crowd(9, seed=6)

    assert [d.type for d in spec.terms[0].descriptors] == ["se_e2_a", "se_e2_r", "se_e2_a"]
    assert worst_slope_error(spec, positions, types, CELL) < 1e-6


@pytest.mark.parametrize("extrapolation", ["linear", "clamp"])
def test_tables_give_the_slope_of_their_value(extrapolation):
    rng = np.random.default_rng(1)
    table = Table(rng.normal(size=(12, 12)), -1.0, -1.0, 0.0, 2.0, 0.125, 0.5, extrapolation)
    s = np.concatenate([rng.uniform(-0.99, 1.99, 50), [-1.7, -3.0, 2.3, 7.0]])
    h = 1e-6

    value, slope = look_up(table, s)
    numeric = (look_up(table, s + h)[0] - look_up(table, s - h)[0]) / (2 * h)

    assert np.abs(slope - numeric).max() < 1e-6
    outside = (s < -1) | (s >= 2)
    assert slope[outside].any() == (extrapolation == "linear")
    assert value.shape == slope.shape == (54, 2)


def test_activations_give_their_slope():
    z, h = np.linspace(-7.3, 8.1, 101), 1e-6
    for name in ("tanh", "gelu", "gelu_single", "relu", "relu6", "softplus", "sigmoid", "silu", "silut:3.0"):
        numeric = (activate(name, z + h)[0] - activate(name, z - h)[0]) / (2 * h)

        assert np.abs(activate(name, z)[1] - numeric).max() < 1e-8, name


def test_the_switch_is_smooth_at_both_ends():
    r = np.array([0.3, 1.8, 3.4, 5.0, 6.0])

    w, dw = switch(r, 1.8, 5.0 - 1.8)

    assert np.array_equal(w[[0, 1, 3, 4]], [1, 1, 0, 0]) and 0 < w[2] < 1
    assert np.array_equal(dw[[0, 1, 3, 4]], np.zeros(4)) and dw[2] < 0


def test_empty_slots_count(tmp_path):
    positions, types = crowd(4, seed=8)
    small = spec_of(tmp_path, Toy(sel=[40, 40]))
    large = spec_of(tmp_path, Toy(sel=[40, 40]))
    environment_of(large).sel = [50, 40]

    energies = [evaluate(spec, positions, types, CELL).energy for spec in (small, large)]

    assert abs(energies[0] - energies[1]) > 1e-6


def test_a_supercell_has_the_energy_of_its_cells(tmp_path):
    spec = spec_of(tmp_path, Toy(sel=[40, 40]))
    positions, types = crowd(5, seed=9)

    one = evaluate(spec, positions, types, CELL)
    doubled = np.vstack([positions, positions + CELL[1]])
    two = evaluate(spec, doubled, np.tile(types, 2), CELL * np.array([[1], [2], [1]]))

    assert abs(two.energy - 2 * one.energy) < 1e-11
    assert np.abs(two.forces[:5] - one.forces).max() < 1e-12


def test_atoms_with_a_negative_type_are_not_there(tmp_path):
    spec = spec_of(tmp_path, Toy(sel=[40, 40]))
    positions, types = crowd(6, seed=10)
    ghosts = types.copy()
    ghosts[[1, 4]] = -1
    real = np.flatnonzero(ghosts >= 0)

    found = evaluate(spec, positions, ghosts, CELL)
    expected = evaluate(spec, positions[real], types[real], CELL)

    assert np.allclose(found.atom_energies[real], expected.atom_energies, rtol=0, atol=1e-13)
    assert not found.atom_energies[[1, 4]].any() and not found.forces[[1, 4]].any()


def test_overflow_keeps_the_nearest_or_all(tmp_path):
    positions, types = crowd(9, seed=11)
    full = spec_of(tmp_path, Toy(sel=[40, 40]))
    tight = spec_of(tmp_path, Toy(sel=[2, 3]))
    environment_of(tight).normalization = environment_of(full).normalization
    environment_of(tight).overflow_order = "by_type"

    kept = evaluate(tight, positions, types, CELL, overflow="keep")
    cut = evaluate(tight, positions, types, CELL)

    assert kept.n_overflow == cut.n_overflow > 0
    assert abs(kept.energy - cut.energy) > 1e-6
    # Without empty slots the number of slots no longer matters.
    whole, cut_short = environment_of(full), environment_of(tight)
    whole.shift[:] = cut_short.shift[:] = 0.0
    whole.scale[:] = cut_short.scale
    every = evaluate(full, positions, types, CELL)
    again = evaluate(tight, positions, types, CELL, overflow="keep")
    assert abs(every.energy - again.energy) < 1e-11
