"""The first lines of a run: what runs, in which form and from where, and what is odd about the input."""

from __future__ import annotations

from dpmd.cli.run_setup import Preparation
from dpmd.cli.run_voice import Voice
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
    voice.show(ready.origin)
    for line in timestep_hints(config):
        voice.warn(line)


def timestep_hints(config: RunConfig) -> list[str]:
    """A line when the time step looks as if it had another unit, or is longer than atoms allow."""
    timestep = config.dynamics.timestep
    place = f"{config.source}: dynamics.timestep = {timestep:g} fs"
    if timestep < _SHORTEST:
        meant = f"; if picoseconds were meant, write timestep = {1000 * timestep:g}" if timestep >= 1e-5 else ""
        return [f"{place} is very short{meant}"]
    if timestep > _LONGEST:
        return [f"{place} is longer than the fastest vibrations of most materials take; the run may blow up"]
    return []
