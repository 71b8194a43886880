"""The models and structures with which everything is checked."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from stand_in import COPPER, random_model
from worker import load_model, potential_of

TREE = Path(__file__).resolve().parents[2]
ALL_PERIODIC = [True, True, True]
_LATTICE_CONSTANT, _DISPLACEMENT = 3.61, 0.05  # Å, of copper


@dataclass(frozen=True)
class Structure:
    """Atoms in a periodic box with right angles."""

    positions: np.ndarray
    """[n, 3] Å."""
    types: np.ndarray
    """[n] int32."""
    edges: np.ndarray
    """[3] Å."""

    @property
    def cell(self) -> np.ndarray:
        """[3, 3] Å."""
        return np.diag(self.edges)

    def repeated(self, counts: tuple[int, int, int]) -> Structure:
        """Copies along the axes."""
        grid = np.array(list(itertools.product(*map(range, counts))), dtype=float)
        positions = (self.positions[None, :, :] + (grid * self.edges)[:, None, :]).reshape(-1, 3)
        return Structure(positions, np.tile(self.types, len(grid)), self.edges * counts)

    def of_about(self, n_atoms: int) -> Structure:
        """A nearly cubic multiple with about `n_atoms` atoms."""
        return self.repeated(self.counts(n_atoms))

    def counts(self, n_atoms: int) -> tuple[int, int, int]:
        """Copies along the axes that give about `n_atoms` atoms, none of them more than twice another."""
        wanted = max(1.0, n_atoms / len(self.types))
        side = round(wanted ** (1 / 3))
        near = [k for k in range(side - 5, side + 6) if k > 0]
        triples = [t for t in itertools.combinations_with_replacement(near, 3) if t[2] <= 2 * t[0]]
        return min(triples, key=lambda t: (abs(t[0] * t[1] * t[2] - wanted), t[2] - t[0]))


@dataclass(frozen=True)
class System:
    """A model with a structure for it."""

    name: str
    description: str
    model: bytes
    """A ``.dpmd`` file."""
    structure: Structure
    masses: np.ndarray
    """[n_types] atomic mass units."""
    is_trained: bool


def water(core: Any, path: Path | None) -> System:
    """64 water molecules with the model of the example, or another one with types O and H."""
    file = path or TREE / "examples" / "water" / "water_small.dpmd"
    model = file.read_bytes()
    type_map = load_model(core, model, str(file)).type_map
    lines = (TREE / "examples" / "water" / "water_192.extxyz").read_text(encoding="utf-8").splitlines()
    lattice = re.search(r'Lattice="([^"]+)"', lines[1])
    atoms = [line.split() for line in lines[2:] if line.strip()]
    positions = np.array([[float(x) for x in atom[1:4]] for atom in atoms])
    types = np.array([type_map.index(atom[0]) for atom in atoms], dtype=np.int32)
    edges = np.array([float(x) for x in lattice[1].split()]).reshape(3, 3).diagonal().copy()
    masses = np.array([{"O": 15.999, "H": 1.008}[name] for name in type_map])
    return System("water", file.name, model, Structure(positions, types, edges), masses, is_trained=True)


def copper(core: Any, path: Path | None, side: int = 4) -> System:
    """4 side³ atoms of displaced fcc copper with a model file, or with random weights in the Gordon Bell shape."""
    sample, masses = _fcc(side), np.array([63.546])
    if path is not None:
        return System("copper", path.name, path.read_bytes(), sample, masses, is_trained=True)
    structure = _fcc(4)
    distances = core.neighbor_list(structure.positions, structure.cell, ALL_PERIODIC, COPPER.cutoff)[3]
    n = len(structure.types)
    untamed = potential_of(core, load_model(core, random_model(COPPER, distances, n), "copper"))
    arguments = (structure.positions, structure.types, structure.cell, ALL_PERIODIC, False, None, None)
    forces = untamed.compute(*arguments)[1]
    model = random_model(COPPER, distances, n, scale=1 / np.sqrt(np.mean(forces**2)))  # 1 eV/Å, as in a hot metal
    description = "random weights, shape of the 2020 Gordon Bell copper"
    return System("copper", description, model, sample, masses, is_trained=False)


def _fcc(side: int) -> Structure:
    cubes = np.array(list(itertools.product(range(side), repeat=3)), dtype=float)
    basis = np.array([[0, 0, 0], [0, 0.5, 0.5], [0.5, 0, 0.5], [0.5, 0.5, 0]])
    sites = _LATTICE_CONSTANT * (cubes[:, None, :] + basis).reshape(-1, 3)
    positions = sites + np.random.default_rng(1).uniform(-_DISPLACEMENT, _DISPLACEMENT, sites.shape)
    edges = np.full(3, side * _LATTICE_CONSTANT)
    return Structure(positions, np.zeros(len(sites), dtype=np.int32), edges)
