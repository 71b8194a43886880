"""Checkpoints: the same bits as without interruption, and errors that name what is wrong."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

import dpmd


def bits(simulation):
    """All visible values of a simulation."""
    thermo = simulation.thermo()
    arrays = [simulation.positions, simulation.velocities, simulation.forces, simulation.cell]
    numbers = [thermo[key] for key in ("potential_energy", "kinetic_energy", "conserved_energy", "pressure")]
    return [array.tobytes() for array in arrays], numbers, simulation.step, simulation.time


@pytest.mark.parametrize("threads", (1, 2))
def test_a_resumed_run_continues_bit_for_bit(make, ensemble, water_model, tmp_path, threads):
    # written between two builds of the neighbour list, and read with another number of threads
    path = tmp_path / "run.ckpt"
    simulation = make(ensemble, seed=5)
    simulation.run(30)
    simulation.run(1)
    builds = simulation.n_list_builds
    while simulation.n_list_builds == builds:
        simulation.run(1)
    simulation.run(3)
    simulation.write_checkpoint(path)
    at_checkpoint = bits(simulation)
    simulation.run(70)

    resumed = dpmd.Simulation.resume(path, dpmd.Potential(water_model, threads=threads))
    assert bits(resumed) == at_checkpoint
    resumed.run(70)

    assert simulation.n_list_builds > builds + 2
    assert bits(resumed) == bits(simulation)
    assert resumed.ensemble == ensemble


def test_results_do_not_depend_on_the_number_of_threads(water_model, water_atoms):
    results = []
    for threads in (1, 2, 3):
        simulation = dpmd.Simulation(
            dpmd.Potential(water_model, threads=threads), water_atoms, ensemble=dpmd.Bussi(330, 100), seed=2
        )
        simulation.initialize_velocities(330, seed=1)
        simulation.run(20)
        results.append(bits(simulation))

    assert results[1] == results[0]
    assert results[2] == results[0]


def test_open_systems_and_momentum_survive(make, potential, droplet, tmp_path):
    drop = droplet.copy()
    drop.pbc = [True, False, False]
    simulation = make(dpmd.Langevin(330, 20), atoms=drop, zero_momentum=False, masses={"H": 2.0})
    simulation.run(20)
    simulation.write_checkpoint(tmp_path / "c")

    resumed = dpmd.Simulation.resume(tmp_path / "c", potential)
    for one in (simulation, resumed):
        one.run(20)

    np.testing.assert_array_equal(resumed.positions, simulation.positions)
    np.testing.assert_array_equal(resumed.velocities, simulation.velocities)
    np.testing.assert_array_equal(resumed.masses, simulation.masses)
    assert resumed.degrees_of_freedom == 72


def test_frame_and_atomic_parameters_act_and_survive(oracle, tmp_path):
    model = dpmd.Potential(oracle / "fparam_aparam.pb")
    data = np.load(oracle / "fparam_aparam.npz")
    given = {key: data[f"periodic/{key}"] for key in ("positions", "types", "cell", "fparam", "aparam")}
    simulation = dpmd.Simulation(model, timestep=0.1, ensemble=dpmd.Bussi(300, 50), **given)
    np.testing.assert_allclose(simulation.forces, data["periodic/forces"], atol=1e-9)
    simulation.run(5)
    simulation.write_checkpoint(tmp_path / "c")

    resumed = dpmd.Simulation.resume(tmp_path / "c", model)
    for one in (simulation, resumed):
        one.run(5)

    np.testing.assert_array_equal(resumed.positions, simulation.positions)
    parameters = {key: given[key] for key in ("fparam", "aparam")}
    result = model.compute(resumed.positions, resumed.types, resumed.cell, **parameters)
    np.testing.assert_array_equal(resumed.forces, result.forces)


def test_the_periodic_checkpoint_is_the_last_multiple(make, potential, tmp_path):
    simulation = make(dpmd.Bussi(330, 50))
    simulation.checkpoint(tmp_path / "c", every=10)

    simulation.run(9)
    assert not (tmp_path / "c").exists()
    simulation.run(16)

    resumed = dpmd.Simulation.resume(tmp_path / "c", potential)
    assert resumed.step == 20
    resumed.run(5)
    np.testing.assert_array_equal(resumed.positions, simulation.positions)


@pytest.fixture
def checkpoint(make, tmp_path):
    simulation = make(dpmd.Bussi(330, 50))
    simulation.write_checkpoint(tmp_path / "run.ckpt")
    return tmp_path / "run.ckpt"


def test_another_ensemble_is_refused_by_name(checkpoint, potential):
    dpmd.Simulation.resume(checkpoint, potential, ensemble=dpmd.Bussi(330, 50))

    with pytest.raises(dpmd.InputError, match=r"Bussi\(temperature=330.*not with Langevin\(temperature=300"):
        dpmd.Simulation.resume(checkpoint, potential, ensemble=dpmd.Langevin(300, 50))
    with pytest.raises(dpmd.InputError, match="damping=50"):
        dpmd.Simulation.resume(checkpoint, potential, ensemble=dpmd.Bussi(330, 51))


def altered_model(water_model, path, change):
    """The water model with a change in its document and tensors, under another name."""
    from safetensors.numpy import load_file, save_file

    with open(water_model, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    document, tensors = json.loads(header["__metadata__"]["dpmd"]), load_file(water_model)
    change(document, tensors)
    save_file(tensors, path, metadata={"format": "dpmd", "dpmd": json.dumps(document)})
    return dpmd.Potential(path)


def test_another_type_map_is_refused(checkpoint, water_model, tmp_path):
    model = altered_model(water_model, tmp_path / "m.dpmd", lambda d, t: d.update(type_map=["H", "O"]))

    with pytest.raises(dpmd.InputError, match="type map 'O H', but the model has 'H O'"):
        dpmd.Simulation.resume(checkpoint, model)


def test_another_model_is_refused_by_its_source(checkpoint, water_model, tmp_path):
    model = altered_model(water_model, tmp_path / "m.dpmd", lambda d, t: d["source"].update(sha256="f" * 64))

    with pytest.raises(dpmd.InputError, match="another model.*sha256 ffffffffffff"):
        dpmd.Simulation.resume(checkpoint, model)


def test_another_model_is_refused_by_its_energy(checkpoint, water_model, tmp_path):
    def shift(document, tensors):
        tensors["terms.0.fitting.energy_shift"] = tensors["terms.0.fitting.energy_shift"] + 1e-4

    with pytest.raises(dpmd.InputError, match="energy of its atoms was.*another model"):
        dpmd.Simulation.resume(checkpoint, altered_model(water_model, tmp_path / "m.dpmd", shift))


@pytest.mark.parametrize(
    "options",
    [{"precision": "mix32"}, {"compress": True}, {"compress": True, "tolerance": 1e-5}, {"compress": "table"}],
    ids=str,
)
def test_another_form_of_the_model_is_refused_both_ways(droplet, checkpoint, potential, water_model, options):
    other = dpmd.Potential(water_model, threads=1, **options)
    dpmd.Simulation(other, droplet).write_checkpoint(checkpoint.parent / "other")

    with pytest.raises(dpmd.InputError, match="form 'double, exact nets', not '.*; give the same precision"):
        dpmd.Simulation.resume(checkpoint, other)
    with pytest.raises(dpmd.InputError, match="not 'double, exact nets'"):
        dpmd.Simulation.resume(checkpoint.parent / "other", potential)
    dpmd.Simulation.resume(checkpoint.parent / "other", other)


def test_where_compression_was_refused_the_exact_nets_go_on(oracle, droplet, tmp_path):
    asked = dpmd.Potential(oracle / "act_relu6_relu.pb", compress=True)
    dpmd.Simulation(asked, droplet).write_checkpoint(tmp_path / "c")

    assert dpmd.Simulation.resume(tmp_path / "c", dpmd.Potential(oracle / "act_relu6_relu.pb")).step == 0


def test_damage_anywhere_is_an_input_error(checkpoint, potential, tmp_path):
    content, rng = checkpoint.read_bytes(), np.random.default_rng(3)
    damaged = tmp_path / "damaged"
    cut = [content[:n] for n in (0, 4, 9, 200, len(content) // 2, len(content) - 1)]
    flipped = []
    for place in rng.integers(0, len(content), 300):
        one = bytearray(content)
        one[place] ^= 1 << rng.integers(0, 8)
        flipped.append(bytes(one))

    undetected = 0
    for bad in cut + flipped:
        damaged.write_bytes(bad)
        try:
            resumed = dpmd.Simulation.resume(damaged, potential)
        except dpmd.InputError:
            continue
        # a flipped bit that changes nothing: a space at the end of the header
        assert resumed.step == 0
        undetected += 1

    assert undetected <= 3


def test_other_files_are_refused(water_model, potential, tmp_path):
    shutil.copy(water_model, tmp_path / "model")

    with pytest.raises(dpmd.InputError, match="is not a checkpoint but 'dpmd'"):
        dpmd.Simulation.resume(tmp_path / "model", potential)
    with pytest.raises(dpmd.InputError, match="nowhere"):
        dpmd.Simulation.resume(tmp_path / "nowhere", potential)


def test_a_checkpoint_that_cannot_be_written_leaves_the_old_one(make, tmp_path, checkpoint, potential):
    before = checkpoint.read_bytes()

    with pytest.raises(dpmd.InputError, match="no_such_folder"):
        make().write_checkpoint(tmp_path / "no_such_folder" / "c")

    assert checkpoint.read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["run.ckpt"]
