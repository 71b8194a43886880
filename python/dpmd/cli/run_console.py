"""What a run shows while it runs: a table of thermodynamics and, on a terminal, a progress bar."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from math import isfinite
from time import perf_counter
from typing import Any

from dpmd.ranks import Ranks

# Key of Simulation.thermo(), heading, format.
_COLUMNS = (
    ("step", "step", "{:>10d}"),
    ("time", "time/ps", "{:>10.3f}"),
    ("temperature", "T/K", "{:>9.2f}"),
    ("potential_energy", "E_pot/eV", "{:>15.5f}"),
    ("conserved_energy", "E_conserved/eV", "{:>15.5f}"),
    ("pressure", "P/bar", "{:>11.1f}"),
    ("density", "rho/g/cm3", "{:>10.4f}"),
)
_ROWS_PER_RUN = 40


class Console:
    """Rows at equal distances, about 40 of them over a run.

    Args:
        first_step: Step the run begins at.
        last_step: Step it is to end at.
        thermo_every: Rows come at multiples of this.
        timestep: fs.
        ranks: Rank 0 shows it all, but no bar when there are several: mpirun hands its output on, to nobody knows what.
    """

    def __init__(self, first_step: int, last_step: int, thermo_every: int, timestep: float, ranks: Ranks) -> None:
        lines = max(last_step - first_step, 1) / thermo_every
        self._every = thermo_every * max(1, round(lines / _ROWS_PER_RUN))
        self._first, self._last, self._timestep = first_step, last_step, timestep
        self._shown, self._has_bar = ranks.is_first, ranks.size == 1 and sys.stdout.isatty()
        self._columns: list[tuple[str, str, str]] = []
        self._bar: Any = None
        self._task: Any = None
        self._start = perf_counter()

    def opened(self) -> AbstractContextManager[Any]:
        """A context in which a terminal shows the progress bar."""
        if not self._has_bar:
            return nullcontext()
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self._bar = Progress(
            BarColumn(),
            TextColumn("{task.completed}/{task.total} steps"),
            TextColumn("{task.fields[speed]}"),
            TimeRemainingColumn(),
        )
        self._task = self._bar.add_task("", total=self._last, completed=self._first, speed="")
        return self._bar

    def next_row(self, step: int) -> int:
        """The first step after ``step`` that has a row."""
        return (step // self._every + 1) * self._every

    def row(self, thermo: Mapping[str, float]) -> None:
        """Print a line of the table, the heading before the first."""
        if not self._shown:
            return
        if not self._columns:
            self._columns = [c for c in _COLUMNS if isfinite(thermo[c[0]])]
            widths = [len(form.format(0)) for _, _, form in self._columns]
            heads = zip(self._columns, widths, strict=True)
            self._print(" ".join(f"{column[1]:>{width}}" for column, width in heads))
        values = dict(thermo) | {"time": thermo["time"] / 1000}
        self._print(" ".join(form.format(values[key]) for key, _, form in self._columns))

    def progress(self, step: int) -> None:
        """Move the bar."""
        if self._bar is not None:
            speed = f"{self.speed(step):.3g} ns/day"
            self._bar.update(self._task, completed=step, speed=speed)

    def speed(self, step: int) -> float:
        """Nanoseconds of simulated time per day, since this object was made."""
        elapsed = max(perf_counter() - self._start, 1e-9)
        return (step - self._first) * self._timestep * 1e-6 / elapsed * 86400

    def _print(self, line: str) -> None:
        if self._bar is not None:
            self._bar.console.print(line, highlight=False, soft_wrap=True)
        else:
            print(line, flush=True)
