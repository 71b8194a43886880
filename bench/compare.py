#!/usr/bin/env python3
"""Compares two runs of a benchmark program: python bench/compare.py OLD.json NEW.json

The files are what google-benchmark writes with --benchmark_out=FILE (or prints with --benchmark_format=json). With
--benchmark_repetitions medians are compared, and a change is marked when it exceeds both the threshold and twice the
scatter of the repetitions. Needs nothing but Python; with rich the table is easier to read.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_NANOSECONDS = {"ns": 1.0, "us": 1e3, "ms": 1e6, "s": 1e9}
# The suffixes that google-benchmark adds to a name.
_HOW_TIMED = re.compile(r"/(?:real_time|manual_time|process_time|iterations:\d+|repeats:\d+|min_time:[\d.]+)(?=/|$)")
# Differences in these make times incomparable, or compare something other than two versions of the code.
_CONTEXT = {
    "host_name": "machine",
    "processor": "processor",
    "num_cpus": "number of cores",
    "mhz_per_cpu": "clock",
    "cpu_scaling_enabled": "clock scaling",
    "instruction_sets": "instruction sets",
    "compiler": "compiler",
    "dpmd_build": "build type of dpmd",
    "library_build_type": "build type of google-benchmark",
    "model": "model",
}


class UnreadableError(Exception):
    """A file is not a result of google-benchmark; the message says which one and why."""


@dataclass(frozen=True)
class Measured:
    """One case of one file."""

    time: float
    """Median, ns."""
    scatter: float | None
    """Standard deviation of the repetitions, divided by the median; None: it ran once."""


@dataclass
class Run:
    """One file."""

    context: dict[str, Any] = field(default_factory=dict)
    cases: dict[str, Measured] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    """The errors of cases that found a fault."""


@dataclass(frozen=True)
class Row:
    """A case that both files have."""

    name: str
    old: Measured
    new: Measured

    @property
    def ratio(self) -> float:
        """New time over old time."""
        return self.new.time / self.old.time

    @property
    def noise(self) -> float | None:
        """Standard deviation of the ratio; None: not known."""
        if self.old.scatter is None or self.new.scatter is None:
            return None
        return self.ratio * math.hypot(self.old.scatter, self.new.scatter)

    def verdict(self, threshold: float) -> str:
        """`faster`, `slower`, or nothing if the change is within the threshold or the scatter."""
        if abs(self.ratio - 1) <= max(threshold, 2 * (self.noise or 0)):
            return ""
        return "faster" if self.ratio < 1 else "slower"


def read(path: Path) -> Run:
    """The cases of a file. Raises UnreadableError where it is not a result."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UnreadableError(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise UnreadableError(f"{path} is not JSON ({error}); write it with --benchmark_out={path}") from error
    try:
        return _run_of(document)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise UnreadableError(f"{path} is JSON, but not of google-benchmark ({error!r})") from error


def _run_of(document: dict[str, Any]) -> Run:
    run = Run(dict(document["context"]))
    times: dict[str, list[float]] = {}
    aggregates: dict[str, dict[str, float]] = {}
    for entry in document["benchmarks"]:
        name = _HOW_TIMED.sub("", str(entry.get("run_name", entry["name"])))
        if entry.get("error_occurred"):
            run.failed[name] = str(entry.get("error_message", "no message"))
            continue
        if entry.get("run_type") != "aggregate":
            times.setdefault(name, []).append(entry["real_time"] * _NANOSECONDS[entry["time_unit"]])
            continue
        kind = entry["aggregate_name"]
        unit = 1.0 if entry.get("aggregate_unit") == "percentage" else _NANOSECONDS[entry["time_unit"]]
        aggregates.setdefault(name, {})[kind] = entry["real_time"] * unit
    for name, values in times.items():
        median = statistics.median(values)
        run.cases[name] = Measured(median, statistics.stdev(values) / median if len(values) > 1 else None)
    for name, values in aggregates.items():
        if name not in times and "median" in values:
            scatter = values["stddev"] / values["median"] if "stddev" in values else None
            run.cases[name] = Measured(values["median"], scatter)
    for name in run.failed:
        run.cases.pop(name, None)
    for name, case in run.cases.items():
        if not case.time > 0:
            raise ValueError(f"{name} takes no time")
    return run


def warnings(old: Run, new: Run) -> list[str]:
    """What may have changed the times, other than the code."""
    return [
        f"{words} differs: {old.context.get(key)} and {new.context.get(key)}"
        for key, words in _CONTEXT.items()
        if old.context.get(key) != new.context.get(key)
    ]


def text_of_time(nanoseconds: float) -> str:
    """A time with four digits and a unit."""
    unit = next((name for name, size in reversed(_NANOSECONDS.items()) if nanoseconds >= size), "ns")
    return f"{nanoseconds / _NANOSECONDS[unit]:.4g} {unit}"


HEADER = ("benchmark", "old", "new", "new/old", "scatter", "")


def cells(row: Row, threshold: float) -> tuple[str, ...]:
    """A line of the table."""
    noise = "" if row.noise is None else f"±{row.noise:.3f}"
    times = text_of_time(row.old.time), text_of_time(row.new.time)
    return (row.name, *times, f"{row.ratio:.3f}", noise, row.verdict(threshold))


def print_plain(lines: Sequence[tuple[str, ...]]) -> None:
    """The table in columns of text."""
    widths = [max(len(line[k]) for line in [HEADER, *lines]) for k in range(len(HEADER))]
    for line in [HEADER, *lines]:
        first, rest = (
            line[0].ljust(widths[0]),
            [cell.rjust(width) for cell, width in zip(line, widths, strict=True)][1:],
        )
        print("  ".join([first, *rest]).rstrip())


def print_rich(lines: Sequence[tuple[str, ...]]) -> None:
    """The table with rich."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table()
    for k, title in enumerate(HEADER):
        table.add_column(title, justify="left" if k == 0 else "right", overflow="fold", no_wrap=k > 0)
    styles = {"faster": "green", "slower": "red"}
    for line in lines:
        table.add_row(*(Text(cell, style=styles.get(line[-1], "")) for cell in line))
    Console().print(table)


def printer() -> Callable[[Sequence[tuple[str, ...]]], None]:
    """The function that prints: with rich if it is installed and the output is a terminal, otherwise as plain text."""
    if not sys.stdout.isatty():
        return print_plain
    try:
        import rich  # noqa: F401
    except ImportError:
        return print_plain
    return print_rich


def report(old: Run, new: Run, wanted: re.Pattern[str], threshold: float) -> None:
    """Prints everything."""
    for warning in warnings(old, new):
        print(f"warning: {warning}")
    names = [name for name in old.cases if wanted.search(name) and name in new.cases]
    rows = [Row(name, old.cases[name], new.cases[name]) for name in names]
    if rows:
        printer()([cells(row, threshold) for row in rows])
        mean = math.exp(statistics.fmean(math.log(row.ratio) for row in rows))
        verdicts = [row.verdict(threshold) for row in rows]
        print(
            f"{len(rows)} cases: {verdicts.count('faster')} faster, {verdicts.count('slower')} slower;"
            f" geometric mean of new/old {mean:.3f}"
        )
        if any(row.noise is None for row in rows):
            print("without scatter: ran once, use --benchmark_repetitions to tell changes from noise")
    else:
        print("no case is in both files")
    for run, other, word in ((old, new, "old"), (new, old, "new")):
        for name, message in run.failed.items():
            if wanted.search(name):
                print(f"failed in {word}: {name}: {message}")
        for name in run.cases:
            if wanted.search(name) and name not in other.cases and name not in other.failed:
                print(f"only in {word}: {name}")


def expression(text: str) -> re.Pattern[str]:
    """A regular expression from the command line."""
    try:
        return re.compile(text)
    except re.error as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a regular expression: {error}") from error


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns 0, or 2 when a file cannot be read."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old", type=Path, metavar="OLD.json")
    parser.add_argument("new", type=Path, metavar="NEW.json")
    parser.add_argument("--filter", type=expression, default="", help="only cases whose name has this expression")
    parser.add_argument("--threshold", type=float, default=0.05, help="smaller changes are not marked (%(default)s)")
    options = parser.parse_args(arguments)
    try:
        old, new = read(options.old), read(options.new)
    except UnreadableError as error:
        print(f"compare.py: {error}", file=sys.stderr)
        return 2
    report(old, new, options.filter, options.threshold)
    return 0


if __name__ == "__main__":
    sys.exit(main())
