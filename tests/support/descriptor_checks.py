"""What holds for a model of any descriptor: in a crowd of atoms, and as a user meets it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import dpmd
from dpmd.models.spec import ModelSpec
from oracle.environment_numpy import find_pairs
from oracle.local_numpy import evaluate

CELL = np.array([[7.1, 0.0, 0.0], [1.3, 6.7, 0.0], [-0.8, 0.9, 7.4]])
MASSES = [16.0, 2.0]


def crowd(n_atoms: int = 14, seed: int = 3, apart: float = 1.1) -> tuple[np.ndarray, np.ndarray]:
    """Random positions in CELL, ``apart`` Å at least, and types."""
    rng = np.random.default_rng(seed)
    positions = np.empty((0, 3))
    while len(positions) < n_atoms:
        trial = np.vstack([positions, rng.random(3) @ CELL])
        if not len(find_pairs(trial, np.zeros(len(trial), int), CELL, apart).centre):
            positions = trial
    return positions, rng.integers(0, 2, n_atoms)


def assert_energies_are_those_of_numpy(spec: ModelSpec, path: Path, **parameters) -> None:
    """``path`` holds the model."""
    (positions, types), potential = crowd(), dpmd.Potential(path)
    for cell in (CELL, None):
        found = potential.compute(positions, types, cell, atomic=True, **parameters)
        expected = evaluate(spec, positions, types, cell, **parameters).atom_energies
        # Sums in another order; the energies of random nets are a few eV.
        assert np.abs(found.atom_energies - expected).max() < 1e-12


def assert_forces_and_virial_are_slopes(spec: ModelSpec, path: Path, h: float = 1e-5) -> None:
    """Against energies of NumPy."""
    positions, types = crowd()
    found = dpmd.Potential(path).compute(positions, types, CELL)

    def slope(energy) -> float:
        return (energy(h) - energy(-h)) / (2 * h)

    # Central differences at 1e-5 Å: rounding 1e-15/1e-5 and curvature 1e-10, times forces of 10.
    for atom, axis in ((0, 0), (5, 1), (13, 2)):
        unit = np.zeros_like(positions)
        unit[atom, axis] = 1
        moved = slope(lambda by, unit=unit: evaluate(spec, positions + by * unit, types, CELL).energy)
        assert abs(found.forces[atom, axis] + moved) < 1e-7
    for a, b in ((0, 0), (2, 1)):
        unit = np.zeros((3, 3))
        unit[b, a] = 1
        strained = slope(
            lambda by, unit=unit: (
                evaluate(spec, positions @ (np.eye(3) + by * unit), types, CELL @ (np.eye(3) + by * unit)).energy
            )
        )
        assert abs(found.virial[a, b] + strained) < 1e-7


def assert_tables_reproduce_the_nets(path: Path) -> dict:
    """Return what ``info()`` says of the compression."""
    positions, types = crowd()
    exact, fast = (dpmd.Potential(path, compress=on) for on in (False, True))
    found = fast.info()["compression"]
    assert found["form"] != "exact nets", found
    left, right = (one.compute(positions, types, CELL, atomic=True) for one in (exact, fast))
    assert 0 < np.abs(left.forces - right.forces).max() < 3e-7
    assert np.abs(left.atom_energies - right.atom_energies).max() < 3e-7
    return found


def assert_same_bits(first: dpmd.Potential, second: dpmd.Potential) -> None:
    """Everything that a call returns."""
    positions, types = crowd()
    left, right = (one.compute(positions, types, CELL, atomic=True) for one in (first, second))
    for name in ("energy", "forces", "virial", "atom_energies", "atom_virials"):
        assert np.array_equal(getattr(left, name), getattr(right, name)), name


def assert_ase_gives_what_the_potential_does(path: Path) -> None:
    """Energies in eV, forces in eV/Å."""
    ase = pytest.importorskip("ase")
    from dpmd.ase import DPMD

    positions, types = crowd()
    expected = dpmd.Potential(path).compute(positions, types, CELL)
    atoms = ase.Atoms(np.array(["O", "H"])[types], positions, cell=CELL, pbc=True, calculator=DPMD(path))
    assert atoms.get_potential_energy() == pytest.approx(expected.energy, abs=1e-12)
    assert np.allclose(atoms.get_forces(), expected.forces, rtol=0, atol=1e-12)


def assert_a_run_conserves_the_energy(
    potential: dpmd.Potential, steps: int = 600, timestep: float = 0.5, moves: float = 1e-2, within: float = 1e-5
) -> None:
    """``moves``, ``within``: by how much the potential energy has to change, and the conserved one may, eV."""
    positions, types = crowd()
    frame = {"positions": positions, "types": types, "cell": CELL}
    simulation = dpmd.Simulation(potential, **frame, masses=MASSES, timestep=timestep)
    simulation.initialize_velocities(300)
    before = simulation.thermo()
    simulation.run(steps)
    after = simulation.thermo()
    assert abs(after["potential_energy"] - before["potential_energy"]) > moves
    assert abs(after["conserved_energy"] - before["conserved_energy"]) < within
