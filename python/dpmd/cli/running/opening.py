"""The first lines of a run: what runs, in which form and from where, and what is odd about the input."""

from __future__ import annotations

from dpmd.cli.running.setup import Preparation
from dpmd.cli.running.voice import Voice
from dpmd.config import RunConfig
from dpmd.ranks import Ranks

_SHORTEST, _LONGEST = 0.05, 10.0  # fs; the fastest vibrations, of O-H, take 9 fs


def say_opening(ready: Preparation, ranks: Ranks, last_step: int, voice: Voice) -> None:
    """Show them; every line of a run's beginning goes through here."""
    info, config = ready.potential.info(), ready.config
    shared = f" on each of {ranks.description}" if ranks.size > 1 else ""
    voice.show(
        f"{config.source}: {ready.simulation.n_atoms} atoms, {info['device']} ({info['kernels']}), "
        f"{info['threads']} threads{shared}, to step {last_step}; files in {ready.folder.path}"
    )
    voice.show(f"precision {ready.potential.form()}")
    for line in [] if ready.structure is None else ready.structure.describe():
        voice.show(line)
    for line in dump_hints(ready):
        voice.show(line)
    voice.show(ready.origin)
    for line in [*ready.oddities, *ready.simulation.resume_notes, *timestep_hints(config)]:
        voice.warn(line)


def dump_hints(ready: Preparation) -> list[str]:
    """A line when dumps lose what a run that starts from them would need."""
    dumps = [path.name for path in ready.folder.trajectories if path.suffix != ".extxyz"]
    if not dumps or not ready.simulation.fixed.size:
        return []
    return [f"{', '.join(dumps)}: LAMMPS dumps do not hold which atoms are fixed; .extxyz does"]


def timestep_hints(config: RunConfig) -> list[str]:
    """A line when a time looks as if it had another unit, or the time step is longer than atoms allow."""
    timestep = config.dynamics.timestep
    place = f"{config.source}: dynamics.timestep = {timestep:g} fs"
    if timestep < _SHORTEST:
        meant = f"; if picoseconds were meant, write timestep = {1000 * timestep:g}" if timestep >= 1e-5 else ""
        return [f"{place} is very short{meant}"]
    if timestep > _LONGEST:
        return [f"{place} is longer than the fastest vibrations of most materials take; the run may blow up"]
    return [
        f"{config.source}: dynamics.{key} = {value:g} fs is shorter than {least} steps; if picoseconds were meant, "
        f"write {key} = {1000 * value:g}"
        for key, least in (("damping", 10), ("pressure_damping", 100))
        if (value := getattr(config.dynamics, key)) is not None and value < least * timestep
    ]
