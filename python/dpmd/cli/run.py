"""``dpmd run INPUT.toml``."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dpmd.cli.options import real, whole

if TYPE_CHECKING:
    from dpmd.cli.running.setup import Preparation
    from dpmd.cli.running.voice import Voice


def _print_keys(wanted: bool) -> None:
    if wanted:
        from dpmd.config import describe_keys

        typer.echo(describe_keys())
        raise typer.Exit


def run(
    context: typer.Context,
    input_file: Annotated[Path, typer.Argument(metavar="INPUT.toml", help="The input file.")],
    resume: Annotated[bool, typer.Option("--resume", help="Continue from the run's checkpoint.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Delete the run in the folder and start anew.")] = False,
    device: Annotated[str | None, typer.Option(help="Where to run; overrides the input file.")] = None,
    threads: Annotated[
        int | None, typer.Option(min=1, help="Number of threads of each rank; overrides the input file.")
    ] = None,
    grid: Annotated[
        str | None, typer.Option(help="How ranks divide the box, e.g. 2x2x1; overrides the input file.")
    ] = None,
    steps: Annotated[int | None, whole(0, help="Steps of the whole run, e.g. 1e6; overrides the input file.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show warnings and errors only.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a JSON object for each line of thermo.csv, and one at the end.")
    ] = False,
    heartbeat: Annotated[float, real(0, help="Seconds between progress lines where no bar is shown; 0: none.")] = 60.0,
    keys: Annotated[
        bool,
        typer.Option("--keys", callback=_print_keys, is_eager=True, help="List the keys of the input file and stop."),
    ] = False,
) -> None:
    """Run molecular dynamics.

    If it is started by mpirun, all processes share the run. Ctrl-C writes a checkpoint and stops; --resume then
    continues exactly where the run stopped, with any number of processes.
    """
    from dpmd.cli.running.interrupt import Interruption
    from dpmd.standard_streams import outlive_streams

    outlive_streams()
    interruption = context.with_resource(Interruption())  # now, because what follows takes time

    from dpmd.cli.running.course import end_before_start, run_course
    from dpmd.cli.running.ranks import one_failure, world
    from dpmd.cli.running.setup import prepared
    from dpmd.cli.running.terms import in_terms_of
    from dpmd.cli.running.voice import Voice
    from dpmd.errors import InputError

    ranks = world()
    interruption.take()
    voice = Voice(ranks, "json" if as_json else "quiet" if quiet else "text")
    with one_failure(ranks), voice.failing(), in_terms_of(input_file):
        if resume and force:
            raise InputError("--resume continues the run, --force deletes it: give one of them")
        if quiet and as_json:
            raise InputError("--quiet shows nothing, --json shows lines for programs: give one of them")
        with prepared(
            input_file,
            ranks,
            resume,
            force,
            device,
            threads,
            grid,
            before_start=lambda: end_before_start(ranks, interruption, voice),
        ) as ready:
            last_step = ready.config.dynamics.steps if steps is None else steps
            if ready.simulation.step >= last_step and resume:
                _say_nothing_left(ready, last_step, voice)
                status = 0
            else:
                again = ["mpirun", "-n", str(ranks.size)] if ranks.size > 1 else []
                again += ["dpmd", "run", str(input_file), "--resume"]
                again += ["--device", device] if device is not None else []
                again += ["--grid", grid] if grid is not None else []
                again += ["--steps", str(steps)] if steps is not None else []
                status = run_course(ready, ranks, last_step, shlex.join(again), heartbeat, voice, interruption)
            if status == 0:
                ranks.by_first(ready.folder.remove_cut)
        if status:
            raise typer.Exit(status)


def _say_nothing_left(ready: Preparation, last_step: int, voice: Voice) -> None:
    step = ready.simulation.step
    for line in ready.oddities:
        voice.warn(line)
    voice.show(f"{ready.folder.path} is at step {step} of {last_step}: nothing left to do; --steps extends the run")
    voice.end("finished", step=step, steps=last_step, files=ready.folder.files())
