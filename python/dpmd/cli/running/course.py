"""The course of a run, from its first step to its last or to whatever ends it early."""

from __future__ import annotations

from time import perf_counter

import typer

from dpmd.cli.running.console import Console
from dpmd.cli.running.interrupt import Interruption
from dpmd.cli.running.log import RunLog
from dpmd.cli.running.opening import say_opening
from dpmd.cli.running.ranks import sharing_line
from dpmd.cli.running.setup import Preparation, attach_outputs
from dpmd.cli.running.terms import with_keys
from dpmd.cli.running.voice import Voice
from dpmd.cli.running.watch import Watch, start_temperature
from dpmd.errors import Error
from dpmd.ranks import Ranks
from dpmd.simulation import Simulation

STATUS = {"finished": 0, "stopped": 3, "interrupted": 130}  # the exit status for each way in which a run may end

_SLICE_SECONDS = 0.2  # how long the engine runs before signals are checked and the progress bar is moved


def run_course(
    ready: Preparation,
    ranks: Ranks,
    last_step: int,
    again: str,
    heartbeat: float,
    voice: Voice,
    interruption: Interruption,
) -> int:
    """Run to the last step, or until an interruption or the watch ends it, and report it; returns the exit status."""
    simulation, config, folder = ready.simulation, ready.config, ready.folder
    first, start = simulation.step, perf_counter()
    try:
        attach_outputs(ready)
        log = RunLog(folder.log if ranks.is_first else None, voice.warn)
        verb = "resumed" if ready.is_resumed else "started"
        log.header(f"{verb}: {config.source}", ready.potential, config.as_plain())
        voice.keep(log)
        say_opening(ready, ranks, last_step, voice)
        console = Console(
            first, last_step, config.output.thermo_every, config.dynamics.timestep, ranks, voice, heartbeat
        )
        watch = _watch(ready, ranks, console, voice)
        interruption.stops(simulation.stop)
        with console.opened():
            _advance(simulation, last_step, console, watch, interruption, ranks)
        seconds = perf_counter() - start
        simulation.write_checkpoint(folder.checkpoint)
    except Error as error:
        reason = with_keys(str(error), config.source)
        voice.note(f"failed after step {simulation.step}: {reason}")
        voice.end("failed", step=simulation.step, steps=last_step, error=reason)
        if ranks.is_first and simulation.step == 0 and not ready.is_resumed:
            folder.discard()
        raise
    speed = console.speed(simulation.step)
    if ranks.size > 1:
        voice.show(sharing_line(simulation, ranks, seconds))
    end = _say_end(simulation, last_step, watch, speed, again, voice)
    facts = {"step": simulation.step, "steps": last_step, "ns_per_day": speed, "seconds": seconds}
    voice.end(end, **facts, warnings=watch.summary(), files=folder.files())
    return STATUS[end]


def end_before_start(ranks: Ranks, interruption: Interruption, voice: Voice) -> None:
    """End a run that was interrupted during its preparation, before it wrote anything. Collective."""
    if ranks.largest(interruption.requested):
        voice.show("interrupted before the first step: nothing was written")
        voice.end("interrupted", step=0)
        raise typer.Exit(STATUS["interrupted"])


def _watch(ready: Preparation, ranks: Ranks, console: Console, voice: Voice) -> Watch:
    known = ready.potential.info()["min_neighbor_distance"]
    start = ranks.by_first(lambda: start_temperature(ready.folder.thermo)) if ready.is_resumed else None
    return Watch(ready.config, ready.simulation, known, start, console.table_every, voice)


def _advance(
    simulation: Simulation,
    last_step: int,
    console: Console,
    watch: Watch,
    interruption: Interruption,
    ranks: Ranks,
) -> None:
    """Run in short slices until the last step or an interruption. Rank 0 sets the pace; any rank may be interrupted."""
    n = 1
    simulation.run(0)  # so that the files contain the first step even when it is the only one
    console.row(simulation.thermo(), watch.marks())
    while simulation.step < last_step and not ranks.largest(interruption.requested or bool(watch.stopped_by)):
        step, start = simulation.step, perf_counter()
        n = int(ranks.largest(n if ranks.is_first else 0))
        simulation.run(min(n, console.next_row(step) - step, last_step - step))
        done = simulation.step - step
        if done == n:  # a full slice: its time determines the length of the next one
            n = max(1, min(2 * n, int(n * _SLICE_SECONDS / max(perf_counter() - start, 1e-6))))
        console.progress(simulation.step)
        if simulation.step == console.next_row(step) or simulation.step == last_step or watch.stopped_by:
            console.row(simulation.thermo(), watch.marks())


def _say_end(simulation: Simulation, last_step: int, watch: Watch, speed: float, again: str, voice: Voice) -> str:
    """Print the last lines; returns how the run has ended."""
    step, findings = simulation.step, watch.summary()
    if watch.stopped_by:
        voice.warn(f"stopped at step {step} of {last_step}, checkpoint written: {watch.stopped_by}")
        voice.show(f"continue with: {again}")
        return "stopped"
    if step < last_step:
        voice.show(f"interrupted at step {step} of {last_step}; checkpoint written, {speed:.4g} ns/day")
    else:
        voice.show(f"finished {step} steps, {speed:.4g} ns/day" + (", but:" if findings else ""))
    for line in findings:
        voice.show(f"  {line}")
    if step < last_step:
        voice.show(f"continue with: {again}")
    return "finished" if step == last_step else "interrupted"
