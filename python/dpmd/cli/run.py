"""``dpmd run INPUT.toml``."""

from __future__ import annotations

import shlex
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from dpmd.cli.run_console import Console
    from dpmd.cli.run_interrupt import Interruption
    from dpmd.cli.run_setup import Preparation
    from dpmd.ranks import Ranks
    from dpmd.simulation import Simulation

_SLICE_SECONDS = 0.2  # how long the engine runs between looks at signals and the progress bar


def _print_keys(wanted: bool) -> None:
    if wanted:
        from dpmd.config import describe_keys

        typer.echo(describe_keys())
        raise typer.Exit


def run(
    input_file: Annotated[Path, typer.Argument(metavar="INPUT.toml", help="The input file.")],
    resume: Annotated[bool, typer.Option("--resume", help="Continue from the run's checkpoint.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Delete the run that is in the folder.")] = False,
    device: Annotated[str | None, typer.Option(help="Where it runs, before the input file's.")] = None,
    threads: Annotated[
        int | None, typer.Option(min=1, help="Number of threads of each rank, before the input file's.")
    ] = None,
    grid: Annotated[str | None, typer.Option(help="How ranks cut the box, as 2x2x1, before the input file's.")] = None,
    steps: Annotated[int | None, typer.Option(min=0, help="Steps of the whole run, before the input file's.")] = None,
    keys: Annotated[
        bool,
        typer.Option("--keys", callback=_print_keys, is_eager=True, help="List the keys of the input file and stop."),
    ] = False,
) -> None:
    """Run molecular dynamics.

    Started by mpirun, all its processes share the run. Ctrl-C writes a checkpoint and stops; --resume then continues
    exactly where it was, with any number of processes.
    """
    from dpmd.cli.run_ranks import one_failure, say, world
    from dpmd.cli.run_setup import prepare
    from dpmd.errors import InputError

    ranks = world()
    with one_failure(ranks):
        if resume and force:
            raise InputError("--resume continues the run, --force deletes it: give one of them")
        ready = prepare(input_file, ranks, resume, force, device, threads, grid)
        last_step = ready.config.dynamics.steps if steps is None else steps
        if ready.simulation.step >= last_step and resume:
            say(
                ranks,
                f"{ready.folder.path} is at step {ready.simulation.step} of {last_step}: nothing left to do; "
                "--steps extends the run",
            )
            return
        again = ["mpirun", "-n", str(ranks.size)] if ranks.size > 1 else []
        again += ["dpmd", "run", str(input_file), "--resume"]
        again += ["--device", device] if device is not None else []
        again += ["--grid", grid] if grid is not None else []
        again += ["--steps", str(steps)] if steps is not None else []
        _run(ready, ranks, last_step, "resumed" if resume else "started", shlex.join(again))


def _run(ready: Preparation, ranks: Ranks, last_step: int, verb: str, again: str) -> None:
    """Run to the last step or an interruption, and tell about it."""
    from dpmd.cli.run_console import Console
    from dpmd.cli.run_interrupt import Interruption
    from dpmd.cli.run_log import RunLog
    from dpmd.cli.run_ranks import end_together, say, sharing_line
    from dpmd.cli.run_setup import attach_outputs
    from dpmd.errors import Error

    simulation, config, folder, potential = ready.simulation, ready.config, ready.folder, ready.potential
    attach_outputs(ready)
    log = RunLog(folder.log if ranks.is_first else None)
    log.header(f"{verb}: {config.source}, to step {last_step}, {ready.origin}", potential, config.as_plain())
    info = potential.info()
    shared = f" on each of {ranks.description}" if ranks.size > 1 else ""
    say(
        ranks,
        f"{config.source}: {simulation.n_atoms} atoms, {info['device']} ({info['kernels']}), "
        f"{info['threads']} threads{shared}, to step {last_step}; files in {folder.path}\n"
        f"precision {potential.form()}\n{ready.origin}",
    )
    for line in [] if ready.structure is None else ready.structure.describe():
        log.write(line)
        say(ranks, line)
    first, start = simulation.step, perf_counter()
    console = Console(first, last_step, config.output.thermo_every, config.dynamics.timestep, ranks)
    with Interruption(simulation.stop) as interruption:
        try:
            with console.opened():
                _advance(simulation, last_step, console, interruption, ranks)
        except Error as error:
            log.write(f"failed after step {simulation.step}: {error}")
            raise
        seconds = perf_counter() - start
        simulation.write_checkpoint(folder.checkpoint)

    speed = f"{console.speed(simulation.step):.4g} ns/day"
    if ranks.size > 1:
        line = sharing_line(simulation, ranks, seconds)
        log.write(line)
        say(ranks, line)
    if simulation.step < last_step:
        log.write(f"interrupted at step {simulation.step}, {speed}")
        say(ranks, f"stopped at step {simulation.step} of {last_step}; checkpoint written, {speed}")
        say(ranks, f"continue with: {again}")
        end_together(ranks)
        raise typer.Exit(130)
    log.write(f"finished at step {simulation.step}, {speed}")
    say(ranks, f"finished {simulation.step} steps, {speed}")


def _advance(
    simulation: Simulation, last_step: int, console: Console, interruption: Interruption, ranks: Ranks
) -> None:
    """Run in short slices until the last step or an interruption. Rank 0 sets the pace, any rank may be interrupted."""
    n = 1
    simulation.run(0)  # the files get the first step even when it is the only one
    console.row(simulation.thermo())
    while simulation.step < last_step and not ranks.largest(interruption.requested):
        step, start = simulation.step, perf_counter()
        n = int(ranks.largest(n if ranks.is_first else 0))
        simulation.run(min(n, console.next_row(step) - step, last_step - step))
        done = simulation.step - step
        if done == n:  # a full slice: its time says how long the next should be
            n = max(1, min(2 * n, int(n * _SLICE_SECONDS / max(perf_counter() - start, 1e-6))))
        console.progress(simulation.step)
        if simulation.step == console.next_row(step) or simulation.step == last_step:
            console.row(simulation.thermo())
