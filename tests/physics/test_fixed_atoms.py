"""Atoms that do not move: how they are given, what they keep, and what is refused."""

from __future__ import annotations

import ase.io
import numpy as np
import pytest
from ase import constraints, units

import dpmd

FIXED = [0, 1, 2, 9, 13]


@pytest.fixture
def pinned(droplet):
    """The droplet with five atoms under two overlapping FixAtoms."""
    atoms = droplet.copy()
    atoms.set_constraint([constraints.FixAtoms(indices=[0, 1, 2]), constraints.FixAtoms(indices=[13, 9, 1])])
    return atoms


@pytest.fixture
def free(droplet):
    """The indices of the free atoms."""
    return np.setdiff1d(np.arange(len(droplet)), FIXED)


def test_atoms_under_fix_atoms_stay_where_they_are(make, ensemble, pinned, free):
    simulation = make(ensemble, atoms=pinned)
    start, fractions = simulation.positions, simulation.positions @ np.linalg.inv(simulation.cell)

    simulation.run(20)

    np.testing.assert_array_equal(simulation.fixed, FIXED)
    np.testing.assert_array_equal(simulation.velocities[FIXED], 0)
    assert np.abs(simulation.positions - start)[free].min() > 0
    if isinstance(ensemble, dpmd.MTK):
        now = simulation.positions @ np.linalg.inv(simulation.cell)
        np.testing.assert_allclose(now[FIXED], fractions[FIXED], rtol=0, atol=1e-14)
        assert np.abs(simulation.positions - start)[FIXED].max() > 0
    else:
        np.testing.assert_array_equal(simulation.positions[FIXED], start[FIXED])


def test_indices_and_masks_mean_the_same_and_replace_those_of_atoms(potential, pinned, droplet):
    mask = np.isin(np.arange(len(droplet)), FIXED)
    for fixed in (FIXED, FIXED[::-1], np.array(FIXED, dtype=np.uint8), mask, mask.tolist()):
        simulation = dpmd.Simulation(potential, droplet, fixed=fixed)
        np.testing.assert_array_equal(simulation.fixed, FIXED)
        assert simulation.fixed.dtype == np.int32
    np.testing.assert_array_equal(dpmd.Simulation(potential, pinned, fixed=[4]).fixed, [4])
    assert dpmd.Simulation(potential, pinned, fixed=[]).fixed.shape == (0,)
    assert dpmd.Simulation(potential, droplet).fixed.shape == (0,)


def test_a_thermostat_sees_the_free_atoms_only(make, pinned, free):
    simulation = make(dpmd.Bussi(330, 50), atoms=pinned)

    velocities, masses = simulation.velocities[free], simulation.masses[free]
    thermo = simulation.thermo()

    assert simulation.degrees_of_freedom == 3 * len(free)
    assert thermo["temperature"] == pytest.approx(330, rel=1e-10)
    kinetic = 0.5 * np.sum(masses[:, None] * velocities**2) * units._amu / units._e * 1e10
    assert thermo["kinetic_energy"] == pytest.approx(kinetic, rel=1e-8)
    assert kinetic == pytest.approx(0.5 * 3 * len(free) * 330 * 8.617333262e-5, rel=1e-8)
    # no momentum is removed, because the fixed atoms absorb it
    assert np.abs((masses[:, None] * velocities).sum(axis=0)).max() > 1e-3


def test_the_density_counts_fixed_atoms(potential, pinned, droplet):
    pinned_density, free_density = (dpmd.Simulation(potential, a).thermo()["density"] for a in (pinned, droplet))

    assert pinned_density == free_density


def test_energy_is_conserved_beside_fixed_atoms(make, pinned):
    simulation = make(dpmd.NVE(), timestep=0.25, atoms=pinned)
    energies = []
    simulation.callback(lambda s: energies.append(s.thermo()["conserved_energy"]), 5)

    simulation.run(400)

    # velocity Verlet oscillates with the bonds' vibrations; the thermal energy is 0.8 eV
    assert np.ptp(energies) < 5e-3
    assert abs(np.mean(energies[40:]) - np.mean(energies[:40])) < 1e-3


def test_a_resumed_run_keeps_its_fixed_atoms_bit_for_bit(make, ensemble, pinned, water_model, tmp_path):
    simulation = make(ensemble, atoms=pinned)
    simulation.run(15)
    simulation.write_checkpoint(tmp_path / "c")
    simulation.run(25)

    resumed = dpmd.Simulation.resume(tmp_path / "c", dpmd.Potential(water_model, threads=2))
    resumed.run(25)

    np.testing.assert_array_equal(resumed.fixed, FIXED)
    assert resumed.degrees_of_freedom == simulation.degrees_of_freedom
    np.testing.assert_array_equal(resumed.positions, simulation.positions)
    np.testing.assert_array_equal(resumed.velocities, simulation.velocities)


def test_atoms_come_back_under_fix_atoms(make, pinned, potential):
    simulation = make(atoms=pinned)
    simulation.run(3)

    atoms = simulation.atoms()
    again = dpmd.Simulation(potential, atoms)

    (constraint,) = atoms.constraints
    assert isinstance(constraint, constraints.FixAtoms)
    np.testing.assert_array_equal(constraint.index, FIXED)
    np.testing.assert_array_equal(again.fixed, FIXED)
    np.testing.assert_allclose(again.velocities, simulation.velocities, rtol=1e-12, atol=1e-16)


def test_frames_of_a_trajectory_keep_their_fixed_atoms(make, pinned, potential, tmp_path):
    simulation = make(atoms=pinned)
    simulation.trajectory(tmp_path / "t.extxyz", every=2, velocities=True, forces=True)
    simulation.run(2)

    frame = ase.io.read(tmp_path / "t.extxyz")

    np.testing.assert_array_equal(frame.positions, simulation.positions)
    np.testing.assert_array_equal(frame.get_forces(apply_constraint=False), simulation.forces)
    np.testing.assert_array_equal(dpmd.Simulation(potential, frame).fixed, FIXED)


def test_momenta_that_atoms_had_before_they_were_fixed_are_dropped(potential, droplet, free):
    velocities = np.full((len(droplet), 3), 0.01)
    droplet = droplet.copy()
    droplet.set_velocities(velocities / units.fs)
    droplet.set_constraint(constraints.FixAtoms(indices=FIXED))

    for simulation in (dpmd.Simulation(potential, droplet), dpmd.Simulation(potential, droplet, fixed=FIXED)):
        np.testing.assert_array_equal(simulation.velocities[FIXED], 0)
        np.testing.assert_allclose(simulation.velocities[free], 0.01, rtol=1e-12)


def test_given_velocities_of_fixed_atoms_must_be_zero(potential, pinned):
    velocities = np.full((len(pinned), 3), 0.01)
    message = r"velocities\[{}\] = \(0.01, 0.01, 0.01\) Å/fs, but this atom is fixed"
    with pytest.raises(dpmd.InputError, match=message.format(13)):
        dpmd.Simulation(potential, pinned, fixed=[13], velocities=velocities)
    simulation = dpmd.Simulation(potential, pinned)
    with pytest.raises(dpmd.InputError, match=message.format(0)):
        simulation.velocities = velocities

    velocities[FIXED] = 0
    simulation.velocities = velocities

    np.testing.assert_array_equal(simulation.velocities, velocities)


@pytest.mark.parametrize(
    ("fixed", "message"),
    [
        ([0, 24], r"fixed\[1\] = 24 is not an atom; they are numbered 0 to 23"),
        ([-1], r"fixed\[0\] = -1 is not an atom"),
        ([2**32], "indices must fit 32-bit integers"),
        ([3, 5, 3], "fixed names atom 3 twice"),
        ([True] * 23, r"mask of shape \(23,\); \(24,\) is needed"),
        (np.zeros((24, 3), dtype=bool), r"mask of shape \(24, 3\)"),
        (range(24), "all 24 atoms are fixed"),
        ([0.0, 1.0], "list of atom indices or a mask of 24 flags, not float64"),
        ("bottom", "list of atom indices or a mask"),
        (3, "list of atom indices or a mask"),
        ([[0, 1]], r"of shape \(1, 2\)"),
    ],
)
def test_what_names_no_atoms_is_refused(potential, droplet, fixed, message):
    with pytest.raises(dpmd.InputError, match=message):
        dpmd.Simulation(potential, droplet, fixed=fixed)


@pytest.mark.parametrize(
    "constraint",
    [
        constraints.FixCartesian([0], mask=(True, False, False)),
        constraints.FixScaled([0], mask=(True, True, False)),
        constraints.FixBondLengths([[0, 1]]),
        constraints.FixedPlane([0], (0, 0, 1)),
        constraints.FixedLine([0], (0, 0, 1)),
        constraints.FixCom(),
        constraints.Hookean(a1=0, a2=1, rt=1.0, k=5.0),
    ],
    ids=lambda constraint: type(constraint).__name__,
)
def test_other_constraints_are_refused_by_name(potential, droplet, constraint):
    atoms = droplet.copy()
    atoms.set_constraint([constraints.FixAtoms(indices=[3]), constraint])

    for given in ({}, {"fixed": [1]}):
        with pytest.raises(dpmd.InputError, match=f"constraint {type(constraint).__name__} is not supported"):
            dpmd.Simulation(potential, atoms, **given)


def test_a_constraint_of_more_atoms_than_there_are_is_refused(potential, droplet):
    atoms = droplet.copy()
    atoms.set_constraint(constraints.FixAtoms(indices=[24]))

    with pytest.raises(dpmd.InputError, match="does not fit 24 atoms"):
        dpmd.Simulation(potential, atoms)
