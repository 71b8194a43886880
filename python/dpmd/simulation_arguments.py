"""The arguments of a simulation, converted for the core."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from dpmd.arguments import (
    as_atomic_parameters,
    as_atoms,
    as_cell,
    as_count,
    as_frame_parameters,
    as_items,
    as_number,
    as_pbc,
    as_types,
    as_vectors,
)
from dpmd.atom_parameters import parameters_of
from dpmd.committee import model_of
from dpmd.ensembles import ENSEMBLES, Ensemble
from dpmd.errors import InputError
from dpmd.fixed_atoms import fixed_atoms
from dpmd.frames import box_of
from dpmd.masses import type_masses
from dpmd.model import Model
from dpmd.potential import Potential
from dpmd.ranks import Ranks, single_rank
from dpmd.shown import shown

if TYPE_CHECKING:
    from ase import Atoms


def start_arguments(
    potential: Potential,
    atoms: Atoms | None,
    positions: Any,
    types: Any,
    cell: Any,
    pbc: Any,
    velocities: Any,
    masses: Any,
    fparam: Any,
    aparam: Any,
    fixed: Any,
) -> tuple[Any, ...]:
    """The initial state for the core: the arrays, or those of ``atoms`` where they are None."""
    if atoms is not None:
        atoms = as_atoms(atoms, "atoms")
        types = atoms.get_chemical_symbols() if types is None else types
        positions = atoms.get_positions() if positions is None else positions
        fparam, aparam = parameters_of(atoms, potential.n_fparam, potential.n_aparam, fparam, aparam)
        cell, pbc = box_of(atoms, cell, pbc)
    if positions is None or types is None:
        raise InputError("a simulation needs atoms, or positions and types")
    box, type_indices = as_cell(cell), as_types(types, potential.type_map)
    still = fixed_atoms(fixed, atoms, type_indices.size)
    if velocities is None and atoms is not None:
        velocities = _ase_velocities(atoms, still)
    return (
        as_vectors(positions, type_indices.size, "positions"),
        type_indices,
        box,
        as_pbc(pbc, box),
        None if velocities is None else as_vectors(velocities, type_indices.size, "velocities"),
        type_masses(masses, potential.type_map, atoms, type_indices),
        as_frame_parameters(fparam),
        as_atomic_parameters(aparam, type_indices.size),
        still,
    )


def sharing_arguments(ranks: Ranks, grid: Sequence[int] | None, most_imbalance: float) -> tuple[Any, ...]:
    """How the core is to share the work; with zeros it chooses."""
    given = (0, 0, 0) if grid is None else as_items(grid, "grid", "three whole numbers")
    parts = tuple(as_count(n, "grid", at_most=2**31 - 1) for n in given)
    if len(parts) != 3:
        raise InputError(f"grid = {list(parts)} must have three numbers, the parts along each lattice vector")
    return ranks._core, parts, as_number(most_imbalance, "most_imbalance")


def checked_ranks(ranks: Ranks | None) -> Ranks:
    """The processes; None stands for only this one."""
    if ranks is not None and not isinstance(ranks, Ranks):
        raise InputError(f"ranks = {shown(ranks)} must be dpmd.mpi_world(), or None for this process alone")
    return single_rank() if ranks is None else ranks


def as_potential(potential: Potential | Model) -> Potential:
    """The potential; a model is run on the CPU, with the default number of threads."""
    if isinstance(potential, Model):
        return Potential(potential)
    if not isinstance(potential, Potential):
        raise InputError(f"potential = {shown(potential)} must be a dpmd.Potential or a dpmd.Model")
    return potential


def core_models(models: Sequence[Potential | Model]) -> list[Any]:
    """The native objects of models."""
    given = list(as_items(models, "models", "models or potentials"))
    for k, model in enumerate(given):
        if model_of(model) is None:
            raise InputError(f"models[{k}] = {shown(model)} must be a dpmd.Potential or a dpmd.Model")
    return [model_of(model)._core for model in given]


def core_ensemble_of(ensemble: Ensemble) -> tuple[str, dict[str, Any]]:
    """Its name and its values."""
    if not isinstance(ensemble, Ensemble):
        first, *others = ENSEMBLES
        raise InputError(f"ensemble must be one of dpmd.{first}(), {', '.join(others)}, not {shown(ensemble)}")
    return ensemble._to_core()


def as_seed(seed: int) -> int:
    """From 0 to 2^64 - 1."""
    return as_count(seed, "seed", at_least=0, at_most=2**64 - 1)


def _ase_velocities(atoms: Atoms, fixed: np.ndarray) -> np.ndarray | None:
    """[n, 3] Å/fs, or None if the atoms have none; zero for fixed atoms, whatever their velocities were before."""
    from ase import units

    if not atoms.has("momenta"):
        return None
    return np.where(np.isin(np.arange(len(atoms)), fixed)[:, None], 0.0, atoms.get_velocities() * units.fs)
