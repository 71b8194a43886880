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
    threads: Annotated[int | None, typer.Option(min=1, help="Number of threads, before the input file's.")] = None,
    steps: Annotated[int | None, typer.Option(min=0, help="Steps of the whole run, before the input file's.")] = None,
    keys: Annotated[
        bool,
        typer.Option("--keys", callback=_print_keys, is_eager=True, help="List the keys of the input file and stop."),
    ] = False,
) -> None:
    """Run molecular dynamics.

    Ctrl-C writes a checkpoint and stops; --resume then continues exactly where it was.
    """
    from dpmd.cli.run_console import Console
    from dpmd.cli.run_folder import RunFolder, run_record
    from dpmd.cli.run_interrupt import Interruption
    from dpmd.cli.run_log import RunLog
    from dpmd.cli.run_setup import attach_outputs, load_potential, new_simulation
    from dpmd.config import load_config
    from dpmd.errors import Error, InputError
    from dpmd.simulation import Simulation

    if resume and force:
        raise InputError("--resume continues the run, --force deletes it: give one of them")
    config = load_config(input_file)
    folder, record = RunFolder(config), run_record(config)
    if resume:
        folder.require_resumable(record)
    elif not force:
        folder.require_unused()
    potential = load_potential(config, device, threads)
    if resume:
        simulation = Simulation.resume(folder.checkpoint, potential)
        origin = f"from the checkpoint of step {simulation.step}"
    else:
        simulation, origin = new_simulation(config, potential)
        folder.start(record)
    last_step = config.dynamics.steps if steps is None else steps
    if simulation.step >= last_step and resume:
        typer.echo(
            f"{folder.path} is at step {simulation.step} of {last_step}: nothing left to do; --steps extends the run"
        )
        return
    attach_outputs(simulation, config, folder)

    log = RunLog(folder.log)
    verb = "resumed" if resume else "started"
    log.header(f"{verb}: {input_file}, to step {last_step}, {origin}", potential, config.as_plain())
    info = potential.info()
    typer.echo(
        f"{input_file}: {len(simulation.atoms())} atoms, {info['device']} ({info['kernels']}), "
        f"{info['threads']} threads, to step {last_step}; files in {folder.path}\n"
        f"precision {potential.form()}\n{origin}"
    )
    console = Console(simulation.step, last_step, config.output.thermo_every, config.dynamics.timestep)
    try:
        with Interruption(simulation.stop) as interruption, console.opened():
            _advance(simulation, last_step, console, interruption)
    except Error as error:
        log.write(f"failed after step {simulation.step}: {error}")
        raise
    simulation.write_checkpoint(folder.checkpoint)

    speed = f"{console.speed(simulation.step):.4g} ns/day"
    if simulation.step < last_step:
        log.write(f"interrupted at step {simulation.step}, {speed}")
        command = ["dpmd", "run", str(input_file), "--resume"]
        command += ["--device", device] if device is not None else []
        command += ["--steps", str(steps)] if steps is not None else []
        typer.echo(f"stopped at step {simulation.step} of {last_step}; checkpoint written, {speed}")
        typer.echo(f"continue with: {shlex.join(command)}")
        raise typer.Exit(130)
    log.write(f"finished at step {simulation.step}, {speed}")
    typer.echo(f"finished {simulation.step} steps, {speed}")


def _advance(simulation: Simulation, last_step: int, console: Console, interruption: Interruption) -> None:
    """Run in short slices until the last step or an interruption."""
    n = 1
    simulation.run(0)  # the files get the first step even when it is the only one
    console.row(simulation.thermo())
    while simulation.step < last_step and not interruption.requested:
        step, start = simulation.step, perf_counter()
        simulation.run(min(n, console.next_row(step) - step, last_step - step))
        done = simulation.step - step
        if done == n:  # a full slice: its time says how long the next should be
            n = max(1, min(2 * n, int(n * _SLICE_SECONDS / max(perf_counter() - start, 1e-6))))
        console.progress(simulation.step)
        if simulation.step == console.next_row(step) or simulation.step == last_step:
            console.row(simulation.thermo())
