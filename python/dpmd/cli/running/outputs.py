"""The files to which a run adds records, and the steps at which it does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from dpmd.config import RunConfig

Kind = Literal["thermo", "extxyz", "lammps", "deviation", "selected"]

THERMO, DEVIATION, SELECTED = "thermo.csv", "model_devi.out", "selected.extxyz"
_KINDS: dict[str, Kind] = {".csv": "thermo", ".out": "deviation", ".extxyz": "extxyz", ".xyz": "extxyz"}


@dataclass(frozen=True)
class Part:
    """From the step ``first`` on, a record every ``every`` steps; 0: no further records."""

    first: int
    every: int


@dataclass(frozen=True)
class Output:
    """A file of a run."""

    kind: Kind
    parts: tuple[Part, ...]
    """In the order of their steps: a resumed run may write more or less often, or stop writing. Nothing is known about
    steps before the first part."""

    @property
    def format(self) -> str:
        """The name of the format for ``_core.scan_records``."""
        return "extxyz" if self.kind == "selected" else self.kind


def kind_of(name: str) -> Kind:
    """The kind of a file that a run writes."""
    return "selected" if name == SELECTED else _KINDS.get(Path(name).suffix, "lammps")


def outputs_of(config: RunConfig) -> dict[str, int]:
    """The number of steps between records, by the name of the file."""
    output, table = config.output, config.deviation
    files = {THERMO: output.thermo_every}
    if output.trajectory_every:
        files |= dict.fromkeys(output.trajectory, output.trajectory_every)
    if table.models:
        files[DEVIATION] = table.every
        if table.lower is not None or table.upper is not None:
            files[SELECTED] = table.every
    return files


def continued(before: dict[str, Output], now: dict[str, int], step: int, present: set[str]) -> dict[str, Output]:
    """The files of a run that continues from a step, or starts at step 0.

    Args:
        before: The files that it had.
        now: The number of steps between records from here on, by name.
        step: The step.
        present: Names of existing files; the others are started again.
    """
    files = {}
    for name in before.keys() & present | now.keys():
        parts = before[name].parts if name in before and name in present else ()
        parts = tuple(part for part in parts if part.first < step)
        every = now.get(name, 0)
        if not parts or parts[-1].every != every:
            parts += (Part(step, every),)
        files[name] = Output(kind_of(name), parts)
    return dict(sorted(files.items()))


def misplaced_step(output: Output, steps: np.ndarray, at_least: int) -> str | None:
    """What is wrong with the steps of a file's records; None if nothing is.

    Args:
        output: The file.
        steps: [n] int64, in the order of the file.
        at_least: The step up to which records must be there.
    """
    falling = np.flatnonzero(np.diff(steps) <= 0)
    if falling.size:
        return f"step {steps[falling[0] + 1]} follows step {steps[falling[0]]}"
    if output.kind == "selected" or not output.parts:
        return None
    last = max(at_least, int(steps[-1])) if steps.size else at_least
    ends = [part.first for part in output.parts[1:]] + [last]
    for k, (part, end) in enumerate(zip(output.parts, ends, strict=True)):
        if part.every:
            fault = _misplaced(part, end, steps, is_first=k == 0, is_last=k + 1 == len(ends))
            if fault:
                return fault
    return None


def _misplaced(part: Part, end: int, steps: np.ndarray, is_first: bool, is_last: bool) -> str | None:
    begin = -(-part.first // part.every) * part.every
    if begin == part.first and not is_first:  # the previous part may or may not have a record at this step
        begin += part.every
    inside = steps[(steps >= (part.first if is_first else part.first + 1)) & (steps <= end)]
    if not is_last and end % part.every:  # a record at this step belongs to the next part
        inside = inside[inside < end]
    count = max(0, (end - begin) // part.every + 1)
    expected = begin + part.every * np.arange(min(count, inside.size), dtype=np.int64)
    wrong = np.flatnonzero(inside[: expected.size] != expected)
    if wrong.size:
        found, wanted = int(inside[wrong[0]]), int(expected[wrong[0]])
        if found > wanted:
            return f"the record of step {wanted} is missing; the next is of step {found}"
        return f"a record is of step {found}, where one of step {wanted} is due"
    if inside.size > count:
        return f"a record is of step {inside[count]}, where none is due"
    if inside.size < count:
        return f"the record of step {begin + part.every * inside.size} is missing"
    return None
