"""Properties of any interatomic potential, tested with the small water model, and its arguments."""

from __future__ import annotations

import math
import os
import signal
import threading

import numpy as np
import pytest

import dpmd

# Forces are sums in steps of 2^-43 = 1.1e-13 eV/Å, about 200 terms per atom (math/fixed_point.hpp): two evaluations of
# the same physics differ by a few 1e-12. The energy, near 3e4 eV, has a last place of 4e-12.
SAME_FORCE = 1e-11
SAME_ENERGY = 1e-10


@pytest.fixture(scope="module")
def frame(water_atoms):
    """Positions, types and a triclinic cell of the water box, slightly sheared."""
    cell = np.asarray(water_atoms.cell) @ np.array([[1, 0, 0], [0.1, 1, 0], [-0.05, 0.08, 1]])
    positions = water_atoms.get_scaled_positions() @ cell
    types = np.array([0 if s == "O" else 1 for s in water_atoms.symbols])
    return positions, types, cell


def test_forces_are_minus_the_energy_gradient(water_potential, frame) -> None:
    positions, types, cell = frame
    forces = water_potential.compute(positions, types, cell).forces
    h = 1e-4

    for atom, axis in [(0, 0), (17, 1), (64, 2), (100, 0), (191, 1)]:
        energies = []
        for step in (-2, -1, 1, 2):
            moved = positions.copy()
            moved[atom, axis] += step * h
            energies.append(water_potential.compute(moved, types, cell).energy)
        gradient = (energies[0] - 8 * energies[1] + 8 * energies[2] - energies[3]) / (12 * h)

        # fourth-order difference: h^4 truncation, 1e-10/h rounding
        assert -gradient == pytest.approx(forces[atom, axis], abs=2e-6)


def strain_derivative(potential, positions, types, cell, h=1e-5) -> np.ndarray:
    """Central differences, [3, 3]: x' = x (1 + e), and dE/de_ab = -sum_i x_a F_b is the virial's transpose."""
    numeric = np.empty((3, 3))
    for a in range(3):
        for b in range(3):
            strained = []
            for sign in (1, -1):
                strain = np.eye(3)
                strain[a, b] += sign * h
                strained.append(potential.compute(positions @ strain, types, cell @ strain).energy)
            numeric[a, b] = (strained[0] - strained[1]) / (2 * h)
    return numeric.T


def test_virial_is_minus_the_strain_derivative(water_potential, frame) -> None:
    virial = water_potential.compute(*frame).virial

    # the last place of energies near 3e4 eV, 4e-12, divided by 2e-5
    np.testing.assert_allclose(-strain_derivative(water_potential, *frame), virial, atol=1e-6)


def test_sums_over_atoms_cost_no_digit_of_a_strain_derivative(oracle) -> None:
    potential = dpmd.Potential(oracle / "three_types.pb", threads=1)
    with np.load(oracle / "three_types.npz") as data:
        positions, types, cell = (data[f"periodic/{name}"] for name in ("positions", "types", "cell"))
    positions, types, cell = positions.reshape(-1, 3), types.reshape(-1), cell.reshape(3, 3)

    virial = potential.compute(positions, types, cell).virial

    # the last place of -39 eV is 7e-15; terms rounded to 1e-12 would leave 1e-7
    np.testing.assert_allclose(-strain_derivative(potential, positions, types, cell), virial, atol=5e-9)


def test_atomic_values_sum_to_the_totals(water_potential, frame) -> None:
    result = water_potential.compute(*frame, atomic=True)

    assert result.energy == math.fsum(result.atom_energies)  # which rounds once
    np.testing.assert_allclose(result.atom_virials.sum(axis=0), result.virial, atol=1e-10)


def test_forces_sum_to_zero(water_potential, frame) -> None:
    forces = water_potential.compute(*frame).forces

    # each pair's force is added and subtracted as the same integer: the sum is zero up to float64 summation
    assert np.abs(forces.sum(axis=0)).max() < 1e-12


def test_translation_and_wrapping_change_nothing(water_potential, frame) -> None:
    positions, types, cell = frame
    before = water_potential.compute(positions, types, cell)
    shifts = np.random.default_rng(1).integers(-3, 4, size=(len(types), 3))

    after = water_potential.compute(positions + [0.37, -11.1, 5.0] + shifts @ cell, types, cell)

    assert after.energy == pytest.approx(before.energy, abs=SAME_ENERGY)
    np.testing.assert_allclose(after.forces, before.forces, atol=SAME_FORCE)


def test_rotation_rotates_forces_and_virial(water_potential, frame) -> None:
    positions, types, cell = frame
    before = water_potential.compute(positions, types, cell)
    q, r = np.linalg.qr(np.random.default_rng(2).normal(size=(3, 3)))
    rotation = q * np.sign(np.diag(r))

    after = water_potential.compute(positions @ rotation, types, cell @ rotation)

    assert after.energy == pytest.approx(before.energy, abs=SAME_ENERGY)
    np.testing.assert_allclose(after.forces, before.forces @ rotation, atol=SAME_FORCE)
    np.testing.assert_allclose(after.virial, rotation.T @ before.virial @ rotation, atol=1e-9)


def test_permuting_atoms_permutes_forces_bit_for_bit(water_potential, frame) -> None:
    positions, types, cell = frame
    before = water_potential.compute(positions, types, cell)
    order = np.random.default_rng(3).permutation(len(types))

    after = water_potential.compute(positions[order], types[order], cell)

    assert after.energy == before.energy
    np.testing.assert_array_equal(after.forces, before.forces[order])


def test_threads_change_no_bit(water_model, frame) -> None:
    results = [dpmd.Potential(water_model, threads=n).compute(*frame) for n in (1, 2, 3)]

    for other in results[1:]:
        assert other.energy == results[0].energy
        np.testing.assert_array_equal(other.forces, results[0].forces)
        np.testing.assert_array_equal(other.virial, results[0].virial)


def test_energy_and_forces_are_continuous_across_the_cutoff(water_potential) -> None:
    distances = water_potential.cutoff + np.array([-1e-3, -1e-6, 1e-6, 1e-3])

    results = [water_potential.compute([[0, 0, 0], [d, 0, 0]], [0, 0]) for d in distances]

    # the switch vanishes as the cube of the distance to the cutoff
    energies = [r.energy for r in results]
    assert max(energies) - min(energies) < 1e-9
    assert max(np.abs(r.forces).max() for r in results) < 1e-5
    assert np.abs(results[2].forces).max() == 0


def test_replicating_the_box_replicates_the_energy(water_potential, water_atoms) -> None:
    once = water_potential.compute(water_atoms)
    twice = water_potential.compute(water_atoms.repeat((2, 1, 1)))

    assert twice.energy == pytest.approx(2 * once.energy, abs=1e-8)
    np.testing.assert_allclose(twice.forces[:192], once.forces, atol=SAME_FORCE)


def test_a_skin_serves_moving_atoms_and_cells(water_model, water_potential, frame) -> None:
    positions, types, cell = frame
    kept = dpmd.Potential(water_model, skin=1.0)
    rng = np.random.default_rng(4)

    for _ in range(20):
        positions = positions + rng.normal(scale=0.04, size=positions.shape)
        strain = np.eye(3) + rng.normal(scale=0.003, size=(3, 3))
        positions, cell = positions @ strain, cell @ strain
        fresh, reused = (p.compute(positions, types, cell) for p in (water_potential, kept))

        np.testing.assert_allclose(reused.forces, fresh.forces, atol=SAME_FORCE)
        assert reused.energy == pytest.approx(fresh.energy, abs=SAME_ENERGY)


def test_one_potential_serves_many_threads(water_potential, frame) -> None:
    expected = water_potential.compute(*frame)
    results = []

    threads = [threading.Thread(target=lambda: results.append(water_potential.compute(*frame))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(results) == 4
    assert all((r.forces == expected.forces).all() for r in results)


def test_a_potential_computes_while_its_simulation_runs(water_model, water_atoms, frame) -> None:
    potential = dpmd.Potential(water_model)
    expected = potential.compute(*frame)
    simulation = dpmd.Simulation(potential, water_atoms, timestep=0.5, ensemble=dpmd.NVE(), skin=0.0)
    alone = dpmd.Simulation(potential, water_atoms, timestep=0.5, ensemble=dpmd.NVE(), skin=0.0)
    alone.run(20)

    runner = threading.Thread(target=simulation.run, args=(20,))
    runner.start()
    results = [potential.compute(*frame) for _ in range(10)]
    runner.join()

    assert all((r.forces == expected.forces).all() for r in results)
    np.testing.assert_array_equal(simulation.positions, alone.positions)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
def test_a_forked_process_computes_the_same(water_model, frame) -> None:
    potential = dpmd.Potential(water_model, threads=2)
    expected = potential.compute(*frame)

    child = os.fork()
    if child == 0:
        signal.alarm(60)  # turns a hang into a failure
        same = (potential.compute(*frame).forces == expected.forces).all()
        os._exit(0 if same else 1)

    assert os.waitpid(child, 0)[1] == 0


def test_atoms_symbols_and_arrays_mean_the_same(water_potential, water_atoms) -> None:
    from_atoms = water_potential.compute(water_atoms)

    from_symbols = water_potential.compute(
        water_atoms.positions.tolist(),
        list(water_atoms.symbols),
        np.asarray(water_atoms.cell).ravel(),
    )

    np.testing.assert_array_equal(from_atoms.forces, from_symbols.forces)


def test_an_open_system_and_an_empty_one_are_fine(water_potential) -> None:
    lone = water_potential.compute([[0.0, 0.0, 0.0]], ["O"], atomic=True)
    empty = water_potential.compute(np.zeros((0, 3)), [])

    assert lone.energy == pytest.approx(lone.atom_energies[0], abs=1e-12)
    assert not lone.forces.any()
    assert empty.energy == 0 and empty.forces.shape == (0, 3)


def test_virtual_atoms_have_no_energy_and_no_influence(water_potential, frame) -> None:
    positions, types, cell = frame
    expected = water_potential.compute(positions, types, cell)

    with_virtual = water_potential.compute(
        np.vstack([positions, [[1.0, 1.0, 1.0]]]), np.append(types, -1), cell, atomic=True
    )

    assert with_virtual.energy == expected.energy
    np.testing.assert_array_equal(with_virtual.forces[:-1], expected.forces)
    assert not with_virtual.forces[-1].any() and with_virtual.atom_energies[-1] == 0


def test_a_slab_ignores_the_cell_vector_it_does_not_repeat_along(water_potential, water_atoms) -> None:
    slab = water_atoms.copy()
    slab.pbc = (True, True, False)
    tall = slab.copy()
    tall.cell[2] *= 10

    first, second = water_potential.compute(slab), water_potential.compute(tall)

    np.testing.assert_allclose(first.forces, second.forces, atol=SAME_FORCE)
    assert first.energy > water_potential.compute(water_atoms).energy  # surfaces cost energy


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"positions": [[0, 0, np.nan], [1, 0, 0]]}, r"positions\[0\]\[2\] = nan"),
        ({"positions": [[0, 0, 0]]}, r"positions has shape \(1, 3\), but there are 2 types"),
        ({"positions": [[0, 0, 0], [0, 0, 0]]}, "atoms 0 and 1 .* same place"),
        ({"positions": [["a", 0, 0], [1, 0, 0]]}, "positions must be an array of real numbers"),
        ({"types": [0, 2]}, r"types\[1\] = 2 .* 0 to 1"),
        ({"types": [0, -2]}, r"types\[1\] = -2"),
        ({"types": ["O", "Xx"]}, "'Xx' is not in the model's type map"),
        ({"types": [0.0, 0.5]}, r"types\[1\] = 0.5 .* 0 to 1"),
        ({"types": [0, 2**40]}, r"types\[1\] = 1099511627776 .* 0 to 1"),
        ({"types": [0j, 1]}, "types must be whole numbers or names"),
        ({"types": None}, "types is missing"),
        ({"cell": np.zeros((3, 3))}, "cell vector 0 is zero"),
        ({"cell": [[1, 0, 0], [0, 1, 0], [1, 1, 0]]}, "lie in a plane"),
        ({"cell": [1, 2]}, "cell must have shape"),
        ({"cell": [1e-4, 10, 10]}, "thin along lattice vector 0"),
        ({"pbc": True}, "there is no cell"),
        ({"fparam": [1.0]}, "fparam has 1 values; this model takes 0"),
        ({"aparam": [1.0, 2.0]}, "aparam has 2 values; this model takes 0"),
    ],
)
def test_bad_arguments_are_named(water_potential, change, message) -> None:
    arguments = {"positions": [[0, 0, 0], [1, 0, 0]], "types": [0, 1]} | change

    with pytest.raises(dpmd.InputError, match=message):
        water_potential.compute(**arguments)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"device": "tpu"}, dpmd.InputError, "device = 'tpu'"),
        ({"precision": "half"}, dpmd.InputError, "precision = 'half'"),
        ({"overflow": "ignore"}, dpmd.InputError, "overflow = 'ignore'"),
        ({"instruction_set": "mmx"}, dpmd.InputError, "instruction set 'mmx'"),
        ({"skin": -1.0}, dpmd.InputError, "skin = -1"),
        ({"threads": -1}, dpmd.InputError, "threads = -1"),
        ({"compress": "zip"}, dpmd.InputError, "compress = 'zip'"),
        ({"compress": True, "tolerance": 0.0}, dpmd.InputError, "tolerance = 0.0 eV/Å must lie between"),
        ({"compress": True, "tolerance": float("nan")}, dpmd.InputError, "tolerance = nan"),
        ({"tolerance": 1e-6}, dpmd.InputError, "tolerance = 1e-06 eV/Å has no effect"),
    ],
)
def test_bad_options_are_named(water_model, options, error, message) -> None:
    with pytest.raises(error, match=message):
        dpmd.Potential(water_model, **options)


@pytest.mark.parametrize("precision", ["double", "mix32", "mix16"])
def test_info_tells_precision_and_compression(water_model, precision) -> None:
    potential = dpmd.Potential(water_model, precision=precision, compress=True)

    info, found = potential.info(), potential.model._core.compression
    section = info["compression"]
    assert info["precision"] == precision
    assert section["asked_for"]
    assert section["form"] == "moment form"
    assert section["functions"] == found["n_basis"]
    assert max(section["functions"]) < section["of_channels"] == 64
    assert max(section["features"]) < section["of_descriptor"] == 512
    assert 0 < section["force_error"] <= section["tolerance"] == found["tolerance"]
    assert section["exact_nets_below"] == pytest.approx(0.9 * info["min_neighbor_distance"])
    for speedup, exact, now in zip(*(section[key] for key in SPEEDUP), strict=True):
        assert speedup == pytest.approx(exact / now, rel=0.01)
        assert speedup > 1
    assert potential.form().startswith(f"{precision}, compressed: {section['functions'][0]} for O")


SPEEDUP = ("predicted_speedup", "mflop_uncompressed", "mflop_per_atom")


def test_info_tells_when_there_is_no_compression_and_why(water_model, oracle) -> None:
    exact = dpmd.Potential(water_model)
    refused = dpmd.Potential(oracle / "act_relu6_relu.pb", compress=True)

    assert exact.info()["compression"] == {"asked_for": False, "form": "exact nets"}
    assert exact.form() == "double, exact nets"
    section = refused.info()["compression"]
    assert (section["asked_for"], section["form"]) == (True, "exact nets")
    assert "kinks" in section["refusal"]
    assert refused.form() == f"double, exact nets ({section['refusal']})"


def test_a_missing_file_is_an_input_error(tmp_path) -> None:
    with pytest.raises(dpmd.InputError, match="nothing.dpmd"):
        dpmd.Potential(tmp_path / "nothing.dpmd")


def test_the_instruction_set_can_be_forced_from_outside(water_model, monkeypatch) -> None:
    monkeypatch.setenv("DPMD_ISA", "avx9000")

    with pytest.raises(dpmd.InputError, match="avx9000"):
        dpmd.Potential(water_model)
