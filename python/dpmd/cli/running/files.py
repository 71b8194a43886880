"""Which files were demonstrably made by a run of dpmd: only those are ever deleted."""

from __future__ import annotations

import json
import os
import re
import stat
from functools import cached_property
from pathlib import Path
from typing import Any

from dpmd import _core
from dpmd.cli.running.outputs import Output, kind_of
from dpmd.cli.running.record import PROGRAM, RunRecord
from dpmd.errors import InputError

CHECKPOINT, LOG, RECORD = "checkpoint.safetensors", "run.log", "run.json"
CUT = ".cut"
LEFT_PART = re.compile(rf"({re.escape(CHECKPOINT)}|{re.escape(RECORD)})\.\d+\.part")
"""Temporary names of files that are put in place when they are complete."""

_MOST_BYTES = 1 << 16  # how much of the beginning of a file is read
_CHECKPOINT_FORMAT = b"dpmd checkpoint"
_LOG_LINE = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ (started|resumed): "
_THERMO_HEADING = r"step,time,temperature,[a-z_,]*,run_id"
_DEVIATION_HEADING = r"# +step +max_devi_v "
_FIRST_WORDS = {
    "thermo": ["step,time,temperature,"],
    "deviation": ["#       step "],
    "lammps": ["ITEM: TIMESTEP", "ITEM: UNITS"],
}
_TORN_NUMBERS = r"[-+.,eE\d naif]*"


class MadeFiles:
    """What is known of the run in a folder, and whether the files there belong to it.

    A thermo log, an extended XYZ frame and a checkpoint name the run. A LAMMPS dump and ``model_devi.out`` cannot: they
    belong to a run if its record lists them and if they agree with their checksum, once a checkpoint has one.

    Args:
        folder: The folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cached_property
    def record(self) -> RunRecord | None:
        """The run's record; None when there is none that can be used."""
        try:
            return RunRecord.read(self._folder / RECORD)
        except ValueError:
            return None

    @cached_property
    def checkpoint(self) -> dict[str, Any] | None:
        """The result of ``_core.read_checkpoint``; None when there is no checkpoint or it is damaged."""
        path = self._folder / CHECKPOINT
        try:
            return _core.read_checkpoint(str(path)) if os.path.isfile(path) else None
        except InputError:
            return None

    @property
    def names(self) -> set[str]:
        """Names of files that grow, from the record and the checkpoint."""
        listed = set() if self.record is None else set(self.record.files)
        if self.checkpoint is not None:
            listed |= {one["name"] for one in self.checkpoint["files"] if Path(one["name"]).name == one["name"]}
        return listed

    @property
    def run_id(self) -> int | None:
        """The number of the run, from its record or otherwise from its checkpoint."""
        known = self.record.run_id if self.record is not None else None
        return self.checkpoint["run_id"] if known is None and self.checkpoint is not None else known

    def begun_at(self, step: int) -> list[Path]:
        """Files that a resumed run started at this step and that hold no record yet, because it was killed before the
        checkpoint knew of them."""
        if self.record is None or step == 0:
            return []
        files = ((self._folder / name, output) for name, output in self.record.files.items())
        return [
            path for path, output in files if output.parts[0].first == step and self._is_without_record(path, output)
        ]

    def why_foreign(self, path: Path) -> str | None:
        """Why the run in the folder cannot have made this file; None when it did make it."""
        if not stat.S_ISREG(path.lstat().st_mode):
            return "is not a regular file"
        name = path.name.removesuffix(CUT)
        try:
            with open(path, "rb") as file:
                beginning = file.read(_MOST_BYTES)
        except OSError as error:
            return f"cannot be read ({error.strerror})"
        if not beginning and (name in self.names or name in (LOG, RECORD, CHECKPOINT)):
            return None  # started, but nothing was written yet
        if name == RECORD:
            return self._foreign_record(beginning)
        if name == CHECKPOINT:
            return self._foreign_checkpoint(beginning)
        lines = beginning.decode("utf-8", "replace").split("\n")
        if self._is_torn(path, lines):
            return None
        if name == LOG:
            return None if re.match(_LOG_LINE, lines[0]) else "does not begin as the log of a run"
        judge = {"thermo": self._foreign_thermo, "lammps": self._foreign_dump, "deviation": self._foreign_deviation}
        return judge.get(kind_of(name), self._foreign_frames)(path, lines)

    def _is_without_record(self, path: Path, output: Output) -> bool:
        if not path.is_file() or path.is_symlink() or path.stat().st_size > _MOST_BYTES or self.record is None:
            return False
        scan = _core.scan_records(str(path), output.format, self.record.n_atoms)
        return len(scan["steps"]) == 0 and scan["damage"] is None

    def _is_torn(self, path: Path, lines: list[str]) -> bool:
        """Whether it holds only a part of what the run writes there first, because the run was killed meanwhile."""
        name, text = path.name.removesuffix(CUT), "\n".join(lines)
        if self.record is None or name not in {LOG, *self.record.files}:
            return False
        if name == LOG:
            return len(lines) == 1 and _agree(re.sub(r"\d", "0", text), "0000-00-00T00:00:00Z started: ")
        kind = kind_of(name)
        if kind in ("extxyz", "selected"):
            return len(lines) <= 2 and _agree(text, f"{self.record.n_atoms}\nLattice=")
        if path.name != name and kind != "lammps":
            return len(lines) == 1 and re.fullmatch(_TORN_NUMBERS, text) is not None
        return len(lines) == 1 and any(_agree(text, words) for words in _FIRST_WORDS[kind])

    def _foreign_record(self, beginning: bytes) -> str | None:
        if self.record is not None:
            return None
        try:
            document = json.loads(beginning)
            was_one = document["program"] == PROGRAM
        except (ValueError, RecursionError):
            was_one = self.checkpoint is not None  # before it was damaged
        except (KeyError, TypeError):
            was_one = False
        return None if was_one else "is not the record of a run"

    def _foreign_checkpoint(self, beginning: bytes) -> str | None:
        if _CHECKPOINT_FORMAT not in beginning:
            return "is not a checkpoint of dpmd"
        other = self.checkpoint is not None and self.checkpoint["run_id"] != self.run_id
        return f"is the checkpoint of another run ({self.checkpoint['run_id']})" if other and self.checkpoint else None

    def _foreign_thermo(self, path: Path, lines: list[str]) -> str | None:
        if not path.name.endswith(CUT) and not re.fullmatch(_THERMO_HEADING, lines.pop(0)):
            return "lacks the heading of a thermo log"
        is_whole = len(lines) > 1 and lines[0]  # the first row; the run may have been killed at any moment after it
        return self._other_run(lines[0].rsplit(",", 1)[-1]) if is_whole else None

    def _foreign_frames(self, path: Path, lines: list[str]) -> str | None:
        heading = "\n".join(lines) if path.name.endswith(CUT) else "".join(lines[1:2])
        found = re.search(r"\brun_id=(\d+)", heading)
        return "does not begin with a frame of a run" if found is None else self._other_run(found[1])

    def _foreign_dump(self, path: Path, lines: list[str]) -> str | None:
        if not re.match(r"ITEM: (UNITS|TIME|TIMESTEP)$", lines[0]):
            return "does not begin as a LAMMPS dump"
        return self._unlisted(path)

    def _foreign_deviation(self, path: Path, lines: list[str]) -> str | None:
        if not re.match(r" *\d+ " if path.name.endswith(CUT) else _DEVIATION_HEADING, lines[0]):
            return "does not begin as model_devi.out"
        return self._unlisted(path)

    def _other_run(self, text: str) -> str | None:
        if self.run_id is None or text == str(self.run_id):
            return None
        return f"belongs to another run ({text} instead of {self.run_id})"

    def _unlisted(self, path: Path) -> str | None:
        """The reason for a file that does not name its run."""
        if path.name.removesuffix(CUT) not in self.names:
            return f"is not among the files that {RECORD} lists"
        known = next((one for one in (self.checkpoint or {"files": []})["files"] if one["name"] == path.name), None)
        if known is None or self.checkpoint is None:
            return None
        scan = _core.scan_records(
            str(path), kind_of(path.name), self.checkpoint["n_atoms"], checksum_bytes=known["n_bytes"]
        )
        return None if scan["checksum"] == known["checksum"] else "is not as the run wrote it"


def _agree(text: str, words: str) -> bool:
    """Whether the two texts agree as far as both go."""
    return text.startswith(words) or words.startswith(text)
