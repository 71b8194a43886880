"""From a checked input file to a simulation that is ready to run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dpmd.cli.running.folder import RunFolder
from dpmd.cli.running.ranks import chosen_grid, require_same
from dpmd.cli.running.record import run_settings
from dpmd.config import RunConfig, load_config
from dpmd.ensembles import ENSEMBLES, Ensemble
from dpmd.errors import InputError
from dpmd.potential import Potential
from dpmd.ranks import Ranks
from dpmd.simulation import Simulation
from dpmd.structure import Structure, read_structure


@dataclass(frozen=True)
class Preparation:
    """Everything that a run needs."""

    config: RunConfig
    folder: RunFolder
    potential: Potential
    judges: list[Potential]
    """Models for the deviation."""
    simulation: Simulation
    origin: str
    """Where the velocities, or the whole state, come from."""
    structure: Structure | None
    """What a new run starts from; None for a resumed run."""
    oddities: list[str]
    """Of the folder."""
    writes_other_files: bool
    """Than the checkpoint knows that it was resumed from."""

    @property
    def is_resumed(self) -> bool:
        """Whether the run continues from its checkpoint."""
        return self.structure is None


@contextmanager
def prepared(
    input_file: Path,
    ranks: Ranks,
    resume: bool,
    force: bool,
    device: str | None,
    threads: int | None,
    grid: str | None,
    before_start: Callable[[], None],
) -> Iterator[Preparation]:
    """Read and check everything, and lock the run's folder; ``device``, ``threads`` and ``grid`` override the file.

    ``before_start`` is called last before a new run's folder is created, and may raise.
    Collective: every rank reads the input files, rank 0 handles the folder, and a failure on one rank fails on all.
    """
    config = ranks.together(lambda: load_config(input_file))
    parts = ranks.together(lambda: chosen_grid(grid, config, ranks))
    settings = ranks.together(lambda: run_settings(config))
    require_same(ranks, settings)
    folder = RunFolder(config, settings)
    if resume:
        ranks.by_first(folder.require_checkpoint)
    with folder.locked(ranks) as oddities:
        if resume:
            oddities += ranks.by_first(folder.require_resumable)
        else:
            ranks.by_first(lambda: folder.require_free(force))
        n_threads = ranks.threads()

        def load(file: Path | None = None) -> Potential:
            n = threads or config.model.threads or n_threads
            return ranks.together(lambda: _load_potential(config, ranks, device, n, file))

        potential, judges = load(), [load(file) for file in config.deviation.models]
        sharing = {"ranks": ranks, "grid": parts, "most_imbalance": config.ranks.most_imbalance}
        if resume:
            simulation = Simulation.resume(folder.checkpoint, potential, run_id=folder.run_id, **sharing)
            step, n_atoms = simulation.step, simulation.n_atoms
            others = ranks.by_first(lambda: folder.go_on(step, n_atoms))
            origin = f"from the checkpoint of step {step}"
            yield Preparation(config, folder, potential, judges, simulation, origin, None, oddities, others)
        else:
            structure = ranks.together(lambda: _start_structure(config, potential))
            simulation, origin = _new_simulation(config, potential, structure, sharing | {"run_id": folder.run_id})
            simulation.thermo()  # the first forces: if they fail, no folder is left
            before_start()
            ranks.by_first(lambda: folder.start(len(structure)))
            yield Preparation(config, folder, potential, judges, simulation, origin, structure, oddities, False)


def _load_potential(
    config: RunConfig, ranks: Ranks, device: str | None, threads: int | None, file: Path | None = None
) -> Potential:
    """Load the model, or another model in the same form."""
    model = config.model
    return Potential(
        model.file if file is None else file,
        device=ranks.device(model.device if device is None else device),
        precision=model.precision,
        threads=threads,
        overflow=model.overflow,
        compress=model.compress,
        tolerance=model.tolerance,
        head=model.head,
    )


def _new_simulation(
    config: RunConfig, potential: Potential, structure: Structure, sharing: dict[str, Any]
) -> tuple[Simulation, str]:
    """A simulation at step 0 with velocities, and a text that says where these come from."""
    dynamics, table = config.dynamics, config.velocities
    keeps_velocities = structure.has_velocities and not table.replace
    simulation = Simulation(
        potential,
        timestep=dynamics.timestep,
        ensemble=ensemble(config),
        skin=dynamics.skin,
        seed=dynamics.seed,
        positions=structure.positions,
        types=structure.types,
        cell=structure.cell,
        pbc=structure.pbc,
        velocities=structure.velocities if keeps_velocities else None,
        masses=structure.masses | (config.model.masses or {}),
        fixed=structure.fixed,
        fparam=structure.fparam,
        aparam=structure.aparam,
        **sharing,
    )
    if keeps_velocities:
        sharing["ranks"].together(lambda: _refuse_velocities_without_effect(config))
        moving = "" if structure.fixed is not None else ", less that of their centre of mass"
        return simulation, f"velocities of {config.structure.file}{moving}"
    seed = dynamics.seed if table.seed is None else table.seed
    temperature = _start_temperature(config)
    simulation.initialize_velocities(temperature, seed)
    return simulation, f"velocities drawn at {temperature:g} K with seed {seed}"


def _refuse_velocities_without_effect(config: RunConfig) -> None:
    for key in ("temperature", "seed"):
        value = getattr(config.velocities, key)
        if value is not None:
            raise InputError(
                f"{config.source}: velocities.{key} = {value:g} has no effect, since {config.structure.file} holds "
                "velocities; set velocities.replace = true to draw new ones, or remove the key to keep the file's"
            )


def attach_outputs(ready: Preparation) -> None:
    """Let the simulation write its thermo log, trajectories, deviations and checkpoints."""
    simulation, config, folder = ready.simulation, ready.config, ready.folder
    output, table = config.output, config.deviation
    simulation.thermo_log(folder.thermo, output.thermo_every)
    for path in folder.trajectories:
        simulation.trajectory(
            path,
            output.trajectory_every,
            velocities=output.velocities,
            forces=output.forces,
            virial=output.virial and path.suffix == ".extxyz",
            time=output.time,
        )
    if ready.judges:
        simulation.deviation(
            ready.judges,
            folder.deviation,
            table.every,
            relative=table.relative,
            relative_v=table.relative_v,
            atomic=table.atomic,
            selected=folder.selected,
            lower=0.0 if table.lower is None else table.lower,
            upper=float("inf") if table.upper is None else table.upper,
        )
    simulation.checkpoint(folder.checkpoint, output.checkpoint_every)
    if ready.writes_other_files:  # so that a run that is killed before its next checkpoint can continue from this one
        simulation.write_checkpoint(folder.checkpoint)


def ensemble(config: RunConfig) -> Ensemble:
    """The ensemble of [dynamics]."""
    kind, keys = config.dynamics.kind(), config.dynamics.ensemble_keys()
    values = {row.name: getattr(config.dynamics, row.name) for row in kind.parameters if row.name in keys}
    return ENSEMBLES[kind.name](**values)


def _start_structure(config: RunConfig, potential: Potential) -> Structure:
    """The structure, replicated, with the parameters that the model takes."""
    table = config.structure
    structure = read_structure(table.file, potential.type_map, table.read_options())
    structure.require_movable(config.model.masses or ())
    structure.drop_parameters(potential.n_fparam, potential.n_aparam)
    for name in ("fparam", "aparam"):
        given = getattr(config.model, name)
        if given is not None and getattr(structure, name) is not None:
            raise InputError(
                f"{config.source}: model.{name} = {list(given)}, but {table.file} has {name} of its own: "
                "remove one of them"
            )
    if config.model.fparam is not None:
        structure.fparam = np.array(config.model.fparam)
    if config.model.aparam is not None:
        structure.aparam = np.tile(config.model.aparam, (len(structure), 1))
    return structure if table.replicate == (1, 1, 1) else _replicated(config, structure)


def _replicated(config: RunConfig, structure: Structure) -> Structure:
    try:
        return structure.repeat(config.structure.replicate)
    except InputError as error:
        raise InputError(
            f"{config.source}: structure.replicate = {list(config.structure.replicate)}: {error}"
        ) from None


def _start_temperature(config: RunConfig) -> float:
    temperature = config.velocities.temperature
    temperature = config.dynamics.temperature if temperature is None else temperature
    if temperature is None:
        raise InputError(
            f"{config.source}: velocities.temperature is missing: {config.structure.file} holds no velocities"
            + (" that copies could keep" if config.structure.replicate != (1, 1, 1) else "")
            + ', and ensemble "nve" has no temperature of its own'
        )
    return temperature
