"""Many frames in one call: the same numbers as frame by frame."""

from __future__ import annotations

import numpy as np
import pytest

import dpmd

NAMES = ("energy", "forces", "virial", "atom_energies", "atom_virials")


@pytest.fixture(scope="module")
def frames(water_atoms):
    """Three frames, each with its own cell."""
    found = []
    for k in range(3):
        atoms = water_atoms[:48]
        atoms.set_cell(np.asarray(water_atoms.cell) * (1 + 0.01 * k), scale_atoms=True)
        atoms.rattle(0.02, seed=k)
        found.append(atoms)
    return found


@pytest.fixture(scope="module")
def singly(water_potential, frames):
    return [water_potential.compute(one, atomic=True) for one in frames]


def same(batch, results) -> bool:
    return all(
        np.array_equal(getattr(batch, name)[k], getattr(one, name)) for name in NAMES for k, one in enumerate(results)
    )


def test_a_list_of_atoms_gives_what_each_gives(water_potential, frames, singly) -> None:
    batch = water_potential.compute(frames, atomic=True)

    shapes = [getattr(batch, name).shape for name in NAMES]
    assert shapes == [(3,), (3, 48, 3), (3, 3, 3), (3, 48), (3, 48, 3, 3)]
    assert same(batch, singly)


def test_arrays_have_an_axis_of_frames_where_frames_differ(water_potential, frames, singly) -> None:
    x = np.stack([one.positions for one in frames])
    cells = np.stack([np.asarray(one.cell) for one in frames])
    types = np.array([0 if s == "O" else 1 for s in frames[0].symbols])

    for cell in (cells, cells.reshape(3, 9)):
        for of_types in (types, np.tile(types, (3, 1)), list(frames[0].symbols)):
            assert same(water_potential.compute(x, of_types, cell, atomic=True), singly)
    one_cell = water_potential.compute(x, types, cells[0])
    assert one_cell.energy[0] == singly[0].energy and one_cell.energy[1] != singly[1].energy
    assert one_cell.atom_energies is None
    flags = water_potential.compute(x[:2], types, cells[:2], pbc=[[True] * 3, [False] * 3])
    assert flags.energy[0] == singly[0].energy
    assert flags.energy[1] == water_potential.compute(x[1], types).energy


def test_types_may_differ_from_frame_to_frame(water_potential, frames, singly) -> None:
    order = np.random.default_rng(1).permutation(48)
    types = np.array([0 if s == "O" else 1 for s in frames[0].symbols])
    x = np.stack([frames[0].positions, frames[0].positions[order]])

    batch = water_potential.compute(x, np.stack([types, types[order]]), np.asarray(frames[0].cell))

    assert batch.energy[0] == batch.energy[1] == singly[0].energy
    assert np.array_equal(batch.forces[1], singly[0].forces[order])


def test_parameters_of_frames_and_atoms_have_an_axis_of_frames(oracle) -> None:
    potential, rng = dpmd.Potential(oracle / "fparam_aparam.pb"), np.random.default_rng(2)
    x = np.array([[0, 0, 0], [0.9, 0, 0], [0, 0.9, 0]]) + rng.normal(0, 0.01, (2, 3, 3))
    fparam, aparam = rng.uniform(0, 1, (2, potential.n_fparam)), rng.uniform(0, 1, (2, 3, potential.n_aparam))

    batch = potential.compute(x, [0, 1, 1], fparam=fparam, aparam=aparam)
    shared = potential.compute(x, [0, 1, 1], fparam=fparam[0], aparam=aparam[0])

    for k in range(2):
        assert batch.energy[k] == potential.compute(x[k], [0, 1, 1], fparam=fparam[k], aparam=aparam[k]).energy
        assert shared.energy[k] == potential.compute(x[k], [0, 1, 1], fparam=fparam[0], aparam=aparam[0]).energy


def test_a_committee_takes_batches(water_model, other_water_model, frames) -> None:
    committee = dpmd.Committee([water_model, other_water_model])

    batches = committee.compute(frames, atomic=True)

    by_frame = [committee.compute(one, atomic=True) for one in frames]
    assert len(batches) == 2
    for m, batch in enumerate(batches):
        assert same(batch, [results[m] for results in by_frame])


def test_a_batch_without_frames_has_shapes(water_potential) -> None:
    batch = water_potential.compute(np.zeros((0, 3, 3)), [0, 1, 1], atomic=True)

    shapes = [getattr(batch, name).shape for name in NAMES]
    assert shapes == [(0,), (0, 3, 3), (0, 3, 3), (0, 3), (0, 3, 3, 3)]


def test_what_does_not_fit_the_frames_is_named(water_potential, frames, water_atoms) -> None:
    x = np.zeros((2, 3, 3))

    with pytest.raises(dpmd.InputError, match=r"types has shape \(3, 3\), but positions has 2 frames"):
        water_potential.compute(x, [[0, 1, 1]] * 3)
    with pytest.raises(dpmd.InputError, match=r"cell has shape \(3, 3, 3\), but positions has 2 frames"):
        water_potential.compute(x, [0, 1, 1], np.stack([np.eye(3)] * 3))
    with pytest.raises(dpmd.InputError, match=r"positions\[1\] has 192 atoms, positions\[0\] has 48"):
        water_potential.compute([frames[0], water_atoms])
    with pytest.raises(dpmd.InputError, match=r"positions\[1\] is ndarray, among ASE Atoms"):
        water_potential.compute([frames[0], x])
    with pytest.raises(dpmd.InputError, match=r"positions has shape \(3, 4\).*transpose it"):
        water_potential.compute(np.zeros((2, 3, 4)), [0, 1, 1, 0])
    with pytest.raises(dpmd.InputError, match="types is missing"):
        water_potential.compute(x)


def test_an_error_says_of_which_frame_it_is(water_potential, water_model) -> None:
    x = np.array([[[0, 0, 0], [1, 0, 0]], [[0, 0, 0], [np.nan, 0, 0]], [[0, 0, 0], [0, 0, 0]]])

    for model in (water_potential, dpmd.Committee([water_model])):
        with pytest.raises(dpmd.InputError, match=r"^frame 1: positions\[1\]\[0\] = nan"):
            model.compute(x, [0, 1])
        with pytest.raises(dpmd.InputError, match="^frame 1: atoms 0 and 1 .* same place"):
            model.compute(x[::2], [0, 1])
    with pytest.raises(dpmd.InputError, match="^frame 1: cell must have shape|^frame 1: pbc = "):
        water_potential.compute(x, [0, 1], np.eye(3), pbc=[[True] * 3, [2] * 3, [True] * 3])
