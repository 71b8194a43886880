"""Shared models with local frames: energies are DeePMD-kit's, forces and virials their derivatives."""

from __future__ import annotations

import numpy as np
import pytest

import dpmd
from dpmd.importers import import_model
from golden.oracles import DEVICE, systems

CASES = {
    "local/loc_frame": ("local/loc_frame_pb", "triclinic"),
    "published/cu_v2_11": ("published/cu_v2_11", "bulk_triclinic"),
}
every_case = pytest.mark.parametrize("case", CASES)
STEP = 1e-5  # Å
STRAIN = 1e-6  # so small that no neighbour crosses the cutoff, where the energy jumps
# An atom's own images come in pairs at the same distance: their order is that of rounding, and the energy with it.
AT_EQUAL_DISTANCES = ("primitive_many_images",)


@pytest.fixture
def files(shared, case):
    """The model, DeePMD-kit's numbers for it and the name of one system."""
    oracle, name = CASES[case]
    return shared / "models" / f"{case}.pb", shared / "oracle" / f"{oracle}.npz", name


def potential_of(model) -> dpmd.Potential:
    """Atoms may have more neighbours than slots: the nearest count, as in DeePMD-kit."""
    return dpmd.Potential(model, overflow="keep_nearest", device=DEVICE)


@every_case
def test_energies_of_atoms_are_those_of_deepmd_kit(files):
    model, oracle, _ = files
    potential = potential_of(model)
    for name, system in systems(oracle).items():
        if name in AT_EQUAL_DISTANCES:
            continue
        found = potential.compute(system["positions"], system["types"], system.get("cell"), atomic=True)
        assert np.abs(found.atom_energies - system["atom_energies"]).max() < 1e-11, name


@pytest.mark.parametrize(
    ("case", "names"), [("local/loc_frame", ["liquid", "triclinic"]), ("published/cu_v2_11", ["cluster_13"])]
)
def test_forces_are_those_of_deepmd_kit_where_these_are_derivatives(files, names):
    model, oracle, _ = files
    for name in names:
        system = systems(oracle)[name]
        found = potential_of(model).compute(system["positions"], system["types"], system.get("cell"), atomic=True)
        assert np.abs(found.forces - system["forces"]).max() < 1e-11, name
        assert np.abs(found.atom_virials - system["atom_virials"]).max() < 1e-11, name


@every_case
def test_forces_are_derivatives_of_the_energy_and_sum_to_zero(files):
    model, oracle, name = files
    potential, system = potential_of(model), systems(oracle)[name]
    positions, rest = system["positions"], (system["types"], system["cell"])
    found = potential.compute(positions, *rest)

    assert np.abs(found.forces.sum(axis=0)).max() < 1e-9
    for atom, axis in [(0, 0), (1, 2), (7, 1), (11, 0), (20, 2)]:
        moved = np.zeros_like(positions)
        moved[atom, axis] = STEP
        energies = [potential.compute(positions + side * moved, *rest).energy for side in (-1, 1)]
        assert abs((energies[0] - energies[1]) / (2 * STEP) - found.forces[atom, axis]) < 1e-7, (atom, axis)


@every_case
def test_the_virial_is_the_derivative_by_strain(files):
    model, oracle, name = files
    potential, system = potential_of(model), systems(oracle)[name]
    found = potential.compute(system["positions"], system["types"], system["cell"])

    for a, b in [(0, 0), (1, 1), (0, 1), (2, 0)]:
        energies = []
        for side in (-1, 1):
            strain = np.eye(3)
            strain[a, b] += side * STRAIN
            energies.append(
                potential.compute(system["positions"] @ strain, system["types"], system["cell"] @ strain).energy
            )
        # a row vector r becomes r + r_a e_b: dE = sum over pairs of g_b d_a, and the virial is -g_b d_a
        assert abs((energies[0] - energies[1]) / (2 * STRAIN) - found.virial[b, a]) < 1e-5, (a, b)


@every_case
def test_turning_the_system_turns_the_forces(files):
    model, oracle, name = files
    potential, system = potential_of(model), systems(oracle)[name]
    turn, _ = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))
    turn *= np.linalg.det(turn)  # no mirror: local frames are right-handed, and see one
    plain = potential.compute(system["positions"], system["types"], system["cell"])
    turned = potential.compute(system["positions"] @ turn, system["types"], system["cell"] @ turn)

    assert abs(turned.energy - plain.energy) < 1e-9
    assert np.abs(turned.forces - plain.forces @ turn).max() < 1e-9


@every_case
def test_converting_changes_no_bit(files, tmp_path):
    model, oracle, name = files
    import_model(model).save(tmp_path / "model.dpmd")
    system = systems(oracle)[name]
    direct, converted = (
        potential_of(path).compute(system["positions"], system["types"], system["cell"])
        for path in (model, tmp_path / "model.dpmd")
    )

    assert direct.energy == converted.energy and np.array_equal(direct.forces, converted.forces)
