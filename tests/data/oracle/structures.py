"""The structures that the models are trained on and evaluated for."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

OXYGEN, HYDROGEN, SODIUM = 0, 1, 2


@dataclass
class System:
    """Atoms, with a cell (rows are lattice vectors) or open."""

    positions: np.ndarray
    types: np.ndarray
    cell: np.ndarray | None = None
    fparam: np.ndarray | None = None
    aparam: np.ndarray | None = None


def images(cell: np.ndarray | None, reach: float) -> np.ndarray:
    """Translations that bring every periodic image within `reach` of the home cell."""
    if cell is None:
        return np.zeros((1, 3))
    heights = 1.0 / np.linalg.norm(np.linalg.inv(cell), axis=0)
    counts = [int(np.ceil(reach / height)) + 1 for height in heights]
    steps = np.stack(np.meshgrid(*[np.arange(-n, n + 1) for n in counts], indexing="ij"), axis=-1)
    return steps.reshape(-1, 3) @ cell


def distances(system: System, reach: float) -> np.ndarray:
    """All distances [centre, neighbour, image]; an atom's distance to itself is infinite."""
    shifts = images(system.cell, reach)
    delta = system.positions[None, :, None, :] + shifts[None, None] - system.positions[:, None, None, :]
    result = np.linalg.norm(delta, axis=-1)
    result[result == 0.0] = np.inf
    return result


def smallest_distance(system: System) -> float:
    """Smallest distance between two atoms, images included."""
    return float(distances(system, 3.0).min())


def neighbour_counts(system: System, cutoff: float, n_types: int) -> np.ndarray:
    """Largest number of neighbours of each type."""
    near = (distances(system, cutoff) <= cutoff).sum(axis=2)
    return np.array([near[:, system.types == t].sum(axis=1).max() for t in range(n_types)])


def random_water(rng: np.random.Generator, n_molecules: int, cell: np.ndarray | None, closest: float = 0.88) -> System:
    """Randomly oriented, roughly water-shaped molecules; rejection keeps atoms `closest` apart."""
    span = cell if cell is not None else np.eye(3) * 2.9 * n_molecules ** (1 / 3)
    while True:
        positions, types = [], []
        for _ in range(4000):
            if len(positions) == 3 * n_molecules:
                return System(np.array(positions), np.array(types), cell)
            oxygen = rng.random(3) @ span
            axes = rng.normal(size=(2, 3))
            axes /= np.linalg.norm(axes, axis=1)[:, None]
            molecule = [oxygen, oxygen + rng.uniform(0.9, 1.1) * axes[0], oxygen + rng.uniform(0.9, 1.1) * axes[1]]
            trial = System(np.array(positions + molecule), np.array(types + [OXYGEN, HYDROGEN, HYDROGEN]), cell)
            if smallest_distance(trial) >= closest:
                positions, types = list(trial.positions), list(trial.types)


BOX = np.diag([6.3, 6.8, 7.4])
TRICLINIC = np.array([[6.4, 0.0, 0.0], [1.9, 6.1, 0.0], [-1.3, 1.6, 6.7]])
TINY = np.array([[3.7, 0.0, 0.0], [0.4, 3.6, 0.0], [0.2, -0.3, 3.9]])


def evaluation_systems(rng: np.random.Generator) -> dict[str, System]:
    """The usual four systems: a box, a sheared box, a droplet, a cell smaller than the cutoff."""
    systems = {
        "periodic": random_water(rng, 8, BOX),
        "triclinic": random_water(rng, 6, TRICLINIC),
        "open": random_water(rng, 5, None),
        "tiny_cell": random_water(rng, 1, TINY),
    }
    # Unwrapped coordinates must not matter.
    systems["triclinic"].positions[3:6] += TRICLINIC[0] - 2.0 * TRICLINIC[2]
    return systems


def training_systems(rng: np.random.Generator) -> list[list[System]]:
    """Groups of frames with the same atoms: boxes and sheared boxes of 6 molecules, droplets of 4."""
    return [
        [random_water(rng, 6, BOX), random_water(rng, 6, TRICLINIC), random_water(rng, 6, 0.95 * BOX)],
        [random_water(rng, 4, None), random_water(rng, 4, None)],
    ]


def choose(*names: str) -> Callable[[np.random.Generator], dict[str, System]]:
    """Only some of the usual systems."""

    def systems(rng: np.random.Generator) -> dict[str, System]:
        every = evaluation_systems(rng)
        return {name: every[name] for name in names}

    return systems


def hot(rng: np.random.Generator) -> dict[str, System]:
    """The box, and the box with four hydrogens pushed far closer to an oxygen than any training distance."""
    base = random_water(rng, 8, BOX)
    pressed = copy.deepcopy(base)
    for molecule, distance in enumerate([0.7, 0.5, 0.3, 0.15]):
        oxygen, hydrogen = 3 * molecule, 3 * molecule + 1
        bond = pressed.positions[hydrogen] - pressed.positions[oxygen]
        pressed.positions[hydrogen] = pressed.positions[oxygen] + distance * bond / np.linalg.norm(bond)
    return {"periodic": base, "hot": pressed}


def with_parameters(rng: np.random.Generator) -> dict[str, System]:
    """The usual systems with two frame parameters and one atomic parameter."""
    systems = evaluation_systems(rng)
    for system in systems.values():
        system.fparam = 0.7 + 0.3 * rng.normal(size=2)
        system.aparam = -0.4 + 0.5 * rng.normal(size=(len(system.types), 1))
    return systems


def with_fparam(rng: np.random.Generator) -> dict[str, System]:
    """The usual systems with one frame parameter."""
    systems = evaluation_systems(rng)
    for system in systems.values():
        system.fparam = 0.7 + 0.3 * rng.normal(size=1)
    return systems


def with_and_without_fparam(rng: np.random.Generator) -> dict[str, System]:
    """One droplet with the default frame parameter and with another one."""
    default = random_water(rng, 5, None)
    given = copy.deepcopy(default)
    given.fparam = np.array([0.25])
    return {"open_default": default, "open_given": given, "periodic_default": random_water(rng, 8, BOX)}


def salted(systems: dict[str, System]) -> dict[str, System]:
    """The same systems with every fifth hydrogen turned into a third type."""
    for system in systems.values():
        system.types[np.flatnonzero(system.types == HYDROGEN)[::5]] = SODIUM
    return systems


def three_types(rng: np.random.Generator) -> dict[str, System]:
    """Systems with three types, one without the third, one without the first."""
    systems = salted(evaluation_systems(rng))
    systems["no_sodium"] = random_water(rng, 5, None)
    systems["no_oxygen"] = random_water(rng, 5, None)
    systems["no_oxygen"].types[systems["no_oxygen"].types == OXYGEN] = SODIUM
    return systems


def three_types_training(rng: np.random.Generator) -> list[list[System]]:
    """Training structures with three types."""
    groups = training_systems(rng)
    for frames in groups:
        salted({str(index): frame for index, frame in enumerate(frames)})
    return groups
