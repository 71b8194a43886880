"""The first lines of a run: what runs, in which form and from which state, and doubts about the input."""

from __future__ import annotations

from dpmd.cli.running.setup import Preparation
from dpmd.cli.running.voice import Voice
from dpmd.config import RunConfig
from dpmd.ranks import Ranks

_SHORTEST, _LONGEST = 0.05, 10.0  # fs; the fastest vibrations, of O-H, take 9 fs


def say_opening(ready: Preparation, ranks: Ranks, last_step: int, voice: Voice) -> None:
    """Show the first lines; every line at the start of a run is printed here."""
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
    """A line if dumps lose something that a run started from them would need."""
    dumps = [path.name for path in ready.folder.trajectories if path.suffix != ".extxyz"]
    if not dumps or not ready.simulation.fixed.size:
        return []
    return [f"{', '.join(dumps)}: LAMMPS dumps do not hold which atoms are fixed; .extxyz does"]


def timestep_hints(config: RunConfig) -> list[str]:
    """A line if a time seems to be in another unit, or the time step is too long for the atoms."""
    timestep = config.dynamics.timestep
    place = f"{config.source}: dynamics.timestep = {timestep:g} fs"
    if timestep < _SHORTEST:
        meant = f"; if picoseconds were meant, write timestep = {1000 * timestep:g}" if timestep >= 1e-5 else ""
        return [f"{place} is very short{meant}"]
    if timestep > _LONGEST:
        return [f"{place} is longer than the period of the fastest vibrations of most materials; the run may blow up"]
    return [
        f"{config.source}: dynamics.{key} = {value:g} fs is shorter than {least} steps; if picoseconds were meant, "
        f"write {key} = {1000 * value:g}"
        for key, least in (("damping", 10), ("pressure_damping", 100))
        if (value := getattr(config.dynamics, key)) is not None and value < least * timestep
    ]
