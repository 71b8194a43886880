"""The results of the checks: rows that are printed as they come, and again in a table at the end."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

_NOTE = 120  # characters of a note in the table

TIMED = ("NVE drift", "ceilings", "MD step", "largest system")
OK, MEASURED, SKIPPED, FAILED = "ok", "measured", "skipped", "FAILED"


@dataclass(frozen=True)
class Row:
    """One case of one section."""

    section: str
    case: str
    verdict: str
    values: dict[str, Any] = field(default_factory=dict)
    """Numbers and texts by name, with units in the name unless they are eV, Å or fs; "more" goes only to the file."""
    note: str = ""
    """Why it failed or was skipped."""


class Report:
    """All rows.

    Args:
        machine: The machine on which everything ran.
        file: Holds everything as JSON after each row.
        remark: A remark to print with all times.
    """

    def __init__(self, machine: dict[str, Any], file: Path, remark: str = "") -> None:
        self.machine = machine | ({"remark": remark} if remark else {})
        self._file, self._remark = file, remark
        self.rows: list[Row] = []

    def add(self, row: Row) -> None:
        """Keep a row and show it."""
        self.rows.append(row)
        print(f"{row.section}: {row.case}: {row.verdict}" + (f": {row.note}" if row.note else ""), flush=True)
        document = {"machine": self.machine, "failed": self.failed, "rows": [asdict(one) for one in self.rows]}
        self._file.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    @property
    def failed(self) -> bool:
        """Whether any check failed."""
        return any(row.verdict == FAILED for row in self.rows)

    def print_table(self) -> None:
        """Prints everything, one part per section."""
        print("\n" + "\n".join(f"{name}: {_text(value)}" for name, value in self.machine.items()))
        for section in dict.fromkeys(row.section for row in self.rows):
            rows = [row for row in self.rows if row.section == section]
            _print_section(section, rows, self._remark if section in TIMED else "")
        verdicts = [row.verdict for row in self.rows]
        print("\n" + ", ".join(f"{verdicts.count(one)} {one}" for one in (OK, MEASURED, SKIPPED, FAILED)), flush=True)


def _print_section(section: str, rows: list[Row], remark: str) -> None:
    names = [name for name in dict.fromkeys(name for row in rows for name in row.values) if name != "more"]
    lines = [
        [section, *names, ""],
        *([row.case, *(_text(row.values.get(n)) for n in names), row.verdict] for row in rows),
    ]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    print()
    for line, note in zip(lines, [remark, *(row.note[:_NOTE] for row in rows)], strict=True):
        cells = [
            line[0].ljust(widths[0]),
            *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)),
        ]
        print("  ".join([*cells, note]).rstrip())


def _text(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
