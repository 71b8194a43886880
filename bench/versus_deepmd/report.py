"""The measurements as a table and as JSON."""

from __future__ import annotations

import datetime
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

from comparisons import Comparison
from measurement import MAX_FOREIGN_CORES, Layout, Measurement
from rich.table import Table


@dataclass(frozen=True)
class Row:
    """One comparison on a number of cores: runs of both programs in turn."""

    comparison: Comparison
    layout: Layout
    theirs: list[Measurement]
    """DeePMD-kit's runs."""
    ours: list[Measurement]
    """dpmd's runs."""

    @property
    def times(self) -> tuple[float, float]:
        """Medians, µs per atom and step: DeePMD-kit's, dpmd's."""
        return median(m.us_per_atom_step for m in self.theirs), median(m.us_per_atom_step for m in self.ours)

    @property
    def ratio(self) -> float:
        """DeePMD-kit's time divided by dpmd's."""
        theirs, ours = self.times
        return theirs / ours

    @property
    def ratios(self) -> list[float]:
        """The ratio of each turn."""
        return [t.us_per_atom_step / o.us_per_atom_step for t, o in zip(self.theirs, self.ours, strict=True)]

    @property
    def memory_mb(self) -> tuple[float, float]:
        """Peak memory, 1e6 bytes: DeePMD-kit's, dpmd's."""
        return max(m.usage.memory_mb for m in self.theirs), max(m.usage.memory_mb for m in self.ours)

    @property
    def disturbed(self) -> bool:
        """Whether another program had a noticeable share of the cores in any turn."""
        return any(m.usage.foreign_cores > MAX_FOREIGN_CORES for m in (*self.theirs, *self.ours))


def table(rows: Sequence[Row]) -> Table:
    """The rows with their commitments."""
    result = Table(title="µs per atom and step, medians; ratio: DeePMD-kit's time over dpmd's; MB: peak memory")
    if any(row.disturbed for row in rows):
        result.caption = "~: something else kept the machine busy meanwhile; measure again"
    for name in ("comparison", "DeePMD-kit", "dpmd", "cores"):
        result.add_column(name, no_wrap=True)
    numbers = (
        "atoms",
        "DeePMD-kit\nµs",
        "dpmd\nµs",
        "ratio",
        "each turn",
        "commit",
        "aim",
        "DeePMD-kit\nMB",
        "dpmd\nMB",
    )
    for name in numbers:
        result.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        comparison, (theirs, ours), memory = row.comparison, row.times, row.memory_mb
        result.add_row(
            comparison.name,
            str(comparison.deepmd),
            str(comparison.dpmd),
            str(row.layout),
            str(row.ours[0].n_atoms),
            f"{theirs:.1f}",
            f"{ours:.2f}",
            f"[{_colour(row)}]{'~' if row.disturbed else ''}{row.ratio:.2f}[/]",
            f"{min(row.ratios):.2f}-{max(row.ratios):.2f}",
            "" if comparison.commitment is None else f"{comparison.commitment:g}",
            "" if comparison.aim is None else f"{comparison.aim:g}",
            f"{memory[0]:.0f}",
            f"{memory[1]:.0f}",
        )
    return result


def document(
    rows: Sequence[Row], failures: Mapping[str, str], settings: Mapping[str, Any], versions: Mapping[str, str]
) -> dict[str, Any]:
    """Everything, as plain values."""
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "machine": _machine(),
        "versions": {"dpmd": _dpmd_version(), "python": platform.python_version(), **versions},
        "settings": dict(settings),
        "comparisons": [_plain(row) for row in rows],
        "failures": dict(failures),
    }


def _colour(row: Row) -> str:
    comparison = row.comparison
    if comparison.aim is not None and row.ratio >= comparison.aim:
        return "bold green"
    return "green" if comparison.commitment is None or row.ratio >= comparison.commitment else "red"


def _plain(row: Row) -> dict[str, Any]:
    comparison = row.comparison
    theirs, ours = row.times
    return {
        "name": comparison.name,
        "system": asdict(comparison.system),
        "deepmd": asdict(comparison.deepmd),
        "dpmd": asdict(comparison.dpmd),
        "layout": asdict(row.layout),
        "deepmd_us_per_atom_step": theirs,
        "dpmd_us_per_atom_step": ours,
        "ratio": row.ratio,
        "commitment": comparison.commitment,
        "aim": comparison.aim,
        "disturbed": row.disturbed,
        "deepmd_memory_mb": row.memory_mb[0],
        "dpmd_memory_mb": row.memory_mb[1],
        "deepmd_runs": [asdict(m) for m in row.theirs],
        "dpmd_runs": [asdict(m) for m in row.ours],
    }


def _machine() -> dict[str, Any]:
    """The first processor of /proc/cpuinfo, cores and memory."""
    lines = Path("/proc/cpuinfo").read_text().split("\n\n")[0].splitlines()
    cpu = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in lines)}
    wanted = ("model name", "cpu family", "model", "stepping")
    vector_units = [flag for flag in cpu.get("flags", "").split() if flag.startswith(("sse4", "avx", "fma", "amx"))]
    return {
        "cpu": {key: cpu[key] for key in wanted if key in cpu} | {"vector_units": vector_units},
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "system": platform.platform(),
        "load_average": os.getloadavg(),
    }


def _dpmd_version() -> str:
    """Version, and the commit where this is a git checkout."""
    import dpmd

    command = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return dpmd.__version__
    return f"{dpmd.__version__} {done.stdout.strip()}".strip()
