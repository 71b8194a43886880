"""What a run shows while it runs: a table of thermodynamics and, on a terminal, a progress bar."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import isfinite
from time import perf_counter
from typing import Any

from dpmd.cli.running.voice import Voice
from dpmd.ranks import Ranks

# Key of Simulation.thermo(), heading, width, most decimals. With the mark at the end a row has 80 characters.
_COLUMNS = (
    ("step", "step", 10, 0),
    ("time", "time/ps", 10, 3),
    ("temperature", "T/K", 8, 2),
    ("potential_energy", "E_pot/eV", 14, 5),
    ("conserved_energy", "E_conserved/eV", 14, 5),
    ("pressure", "P/bar", 9, 1),
    ("density", "g/cm3", 7, 4),
)
_MARK = " !"
_ROWS_PER_RUN = 40


def table_spacing(first_step: int, last_step: int, thermo_every: int) -> int:
    """Steps between rows of the table: a multiple of ``thermo_every``, with about 40 of them over a run."""
    lines = max(last_step - first_step, 1) / thermo_every
    return thermo_every * max(1, round(lines / _ROWS_PER_RUN))


def fitted(value: float, width: int, decimals: int) -> str:
    """A number in ``width`` characters: a long one has fewer decimals, and in the end an exponent."""
    for n in range(decimals, -1, -1):
        text = f"{value:{width}.{n}f}"
        if len(text) <= width:
            return text
    return f"{value:{width}.{max(width - 8, 0)}e}"


class Console:
    """Rows of the table at regular steps, and the progress of the run in between.

    A terminal shows a progress bar. Where there is no terminal (output to a file, or through mpirun, whose output may
    go anywhere), a line reports the progress from time to time.

    Args:
        first_step: The step at which the run begins.
        last_step: The step at which it is to end.
        thermo_every: Rows come at multiples of this many steps; for programs, at every multiple.
        timestep: fs.
        ranks: The processes of the run.
        voice: Where rows and lines are written.
        heartbeat: Seconds between progress lines; 0: none.
    """

    def __init__(
        self,
        first_step: int,
        last_step: int,
        thermo_every: int,
        timestep: float,
        ranks: Ranks,
        voice: Voice,
        heartbeat: float,
    ) -> None:
        self.table_every = table_spacing(first_step, last_step, thermo_every)
        self._every = thermo_every if voice.mode == "json" else self.table_every
        self._first, self._last, self._timestep = first_step, last_step, timestep
        self._voice, self._heartbeat = voice, heartbeat
        self._has_bar = ranks.size == 1 and voice.mode == "text" and sys.stdout.isatty()
        self._columns: list[tuple[str, str, int, int]] = []
        self._bar: Any = None
        self._task: Any = None
        self._start = self._last_beat = perf_counter()

    @contextmanager
    def opened(self) -> Iterator[None]:
        """A context in which a terminal shows the progress bar."""
        if not self._has_bar:
            yield
            return
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self._bar = Progress(
            BarColumn(),
            TextColumn("{task.completed}/{task.total} steps"),
            TextColumn("{task.fields[speed]}"),
            TimeRemainingColumn(),
            redirect_stderr=sys.stderr.isatty(),
        )
        self._task = self._bar.add_task("", total=self._last, completed=self._first, speed="")
        usual, console = self._voice.print, self._bar.console
        self._voice.print = lambda line: console.print(line, highlight=False, markup=False, emoji=False, soft_wrap=True)
        try:
            with self._bar:
                yield
        finally:
            self._voice.print = usual

    def next_row(self, step: int) -> int:
        """The first step after ``step`` that has a row."""
        return (step // self._every + 1) * self._every

    def row(self, thermo: Mapping[str, Any], marks: Sequence[str] = ()) -> None:
        """Print a row, with the heading before the first; ``marks``: the problems found since the last row."""
        self._voice.record(dict(thermo) | {"warnings": list(marks)})
        step = thermo["step"]
        if step % self.table_every and step not in (self._first, self._last):
            return
        if not self._columns:
            self._columns = [column for column in _COLUMNS if isfinite(thermo[column[0]])]
            self._voice.show(" ".join(f"{heading:>{width}}" for _, heading, width, _ in self._columns))
        values = dict(thermo) | {"time": thermo["time"] / 1000}
        cells = [fitted(values[key], width, decimals) for key, _, width, decimals in self._columns]
        self._voice.show(" ".join(cells) + (_MARK if marks else ""))

    def progress(self, step: int) -> None:
        """Move the bar, or print a progress line when it is due."""
        speed = f"{self.speed(step):.3g} ns/day"
        if self._bar is not None:
            self._bar.update(self._task, completed=step, speed=speed)
        elif self._heartbeat and perf_counter() - self._last_beat >= self._heartbeat:
            self._last_beat = perf_counter()
            self._voice.show(f"at step {step} of {self._last}, {speed}, {self._time_left(step)} left")

    def speed(self, step: int) -> float:
        """Nanoseconds of simulated time per day since this object was made."""
        elapsed = max(perf_counter() - self._start, 1e-9)
        return (step - self._first) * self._timestep * 1e-6 / elapsed * 86400

    def _time_left(self, step: int) -> str:
        """Hours, minutes and seconds."""
        seconds = (self._last - step) * (perf_counter() - self._start) / max(step - self._first, 1)
        minutes, seconds = divmod(round(seconds), 60)
        return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"
