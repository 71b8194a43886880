"""Whether the files of a run are whole."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dpmd import _core
from dpmd.cli.running.files import CHECKPOINT, CUT, LEFT_PART, RECORD
from dpmd.cli.running.lock import LOCK_NAME, look_at_lock
from dpmd.cli.running.outputs import Output, kind_of, misplaced_step
from dpmd.cli.running.record import RunRecord
from dpmd.errors import InputError


@dataclass(frozen=True)
class Finding:
    """What was found out about a file."""

    name: str
    text: str
    is_damage: bool = False


def check_run(run: Path) -> list[Finding]:
    """A finding for each file of the run in a folder; ``run`` is the folder or the checkpoint in it.

    Raises:
        InputError: There is no run.
    """
    folder = run.parent if run.name == CHECKPOINT and not os.path.isdir(run) else run
    if not os.path.isdir(folder):
        raise InputError(f"{folder}: there is no such folder; dpmd check takes the folder of a run, or its checkpoint")
    if not any(os.path.lexists(folder / name) for name in (CHECKPOINT, RECORD)):
        raise InputError(f"{folder} is not the folder of a run: it has neither {RECORD} nor {CHECKPOINT}")
    try:
        return _Check(folder).findings()
    except OSError as error:
        raise InputError(f"{folder}: cannot be read: {error}") from error


class _Check:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = self._look_at_lock()
        self._record, self._found_record = self._read_record()
        self._checkpoint, self._found_checkpoint = self._read_checkpoint()
        known = self._checkpoint or {"files": [], "step": 0, "run_id": None, "n_atoms": 0}
        self._step: int = known["step"]
        self._kept: dict[str, dict[str, Any]] = {one["name"]: one for one in known["files"]}
        """What the checkpoint knows about each file."""
        self._run_id = known["run_id"] if self._record is None else self._record.run_id
        self._n_atoms: int = known["n_atoms"] if self._record is None else self._record.n_atoms
        self._last_step = 0  # the last step of the records seen so far

    def findings(self) -> list[Finding]:
        """The run's lock, record and checkpoint, its files, and what else is in the folder."""
        listed = {} if self._record is None else self._record.files
        unlisted = {name: Output(kind_of(name), ()) for name in self._kept if name not in listed}
        files = [self._judge(name, output) for name, output in (listed | unlisted).items()]
        checkpoint = self._found_checkpoint or self._absent_checkpoint()
        return [self._lock, self._found_record, checkpoint, *files, *self._left_over()]

    def _look_at_lock(self) -> Finding:
        try:
            holder, lives = look_at_lock(self._folder)
        except FileNotFoundError:
            return Finding(LOCK_NAME, "none: no run works here")
        except OSError as error:
            return Finding(LOCK_NAME, f"cannot be read: {error.strerror}", True)
        if lives:
            return Finding(LOCK_NAME, f"a run works here ({holder or 'just started'}); its files grow meanwhile")
        if holder is None:
            return Finding(LOCK_NAME, "names no run")
        if not holder.is_here:
            return Finding(
                LOCK_NAME, f"held by {holder}, which cannot be checked from here; if that run is dead, remove the file"
            )
        return Finding(LOCK_NAME, f"left by {holder}, which is dead; the next run takes it over")

    def _read_record(self) -> tuple[RunRecord | None, Finding]:
        anew = "; --resume of its input file writes it anew"
        path = self._folder / RECORD
        try:
            record = RunRecord.read(path)
        except ValueError as error:
            state = f"cannot be used ({error})" if path.exists() else "is missing"
            return None, Finding(RECORD, state + anew, True)
        return record, Finding(RECORD, f"run {record.run_id} of {record.input}")

    def _read_checkpoint(self) -> tuple[dict[str, Any] | None, Finding | None]:
        """(None, None) when there is no checkpoint."""
        path = self._folder / CHECKPOINT
        if not path.exists():
            return None, None
        if not path.is_file():
            return None, Finding(CHECKPOINT, "is no regular file", True)
        try:
            checkpoint = _core.read_checkpoint(str(path))
        except InputError as error:
            return None, Finding(CHECKPOINT, str(error), True)
        number = checkpoint["run_id"]
        if self._record is not None and number != self._record.run_id:
            return None, Finding(CHECKPOINT, f"of another run: {number} in place of {self._record.run_id}", True)
        return checkpoint, Finding(CHECKPOINT, f"step {checkpoint['step']}, {checkpoint['n_atoms']} atoms")

    def _absent_checkpoint(self) -> Finding:
        every = 0 if self._record is None else self._record.checkpoint_every
        if self._last_step > every:
            return Finding(
                CHECKPOINT, f"is gone: the files reach step {self._last_step}, and it was due every {every} steps", True
            )
        return Finding(CHECKPOINT, "none yet: nothing to resume from")

    def _judge(self, name: str, output: Output) -> Finding:
        path, kept = self._folder / name, self._kept.get(name)
        if not path.exists():
            begun = kept is not None or any(part.every and part.first < self._step for part in output.parts)
            return Finding(name, "is gone" if begun else "not begun yet", begun)
        if not path.is_file():
            return Finding(name, "is no regular file", True)
        n_kept = 0 if kept is None else int(kept["n_bytes"])
        try:
            scan = _core.scan_records(str(path), output.format, self._n_atoms, checksum_bytes=n_kept)
        except InputError as error:
            return Finding(name, str(error), True)
        steps = np.asarray(scan["steps"], dtype=np.int64)
        self._last_step = max(self._last_step, int(steps[-1]) if steps.size else 0)
        fault = self._fault(output, kept, scan, steps)
        return Finding(name, self._summary(output, scan, steps) if fault is None else fault, fault is not None)

    def _fault(
        self, output: Output, kept: dict[str, Any] | None, scan: dict[str, Any], steps: np.ndarray
    ) -> str | None:
        if scan["damage"] is not None:
            return scan["damage"]
        if kept is not None and scan["n_bytes"] < kept["n_bytes"]:
            return f"has {scan['n_bytes']} bytes; there were {kept['n_bytes']} at the checkpoint of step {self._step}"
        others = sorted(set(scan["run_ids"]) - {self._run_id})
        if others:
            return f"has records of run {others[0]}; this is run {self._run_id}"
        misplaced = misplaced_step(output, steps, self._step)  # before the checksum, which cannot tell where
        if misplaced is None and kept is not None and scan["checksum"] != kept["checksum"]:
            return f"was changed before the checkpoint of step {self._step}: its checksum is different now"
        return misplaced

    def _summary(self, output: Output, scan: dict[str, Any], steps: np.ndarray) -> str:
        noun = "row" if output.kind in ("thermo", "deviation") else "frame"
        text = f"{steps.size} {noun}{'' if steps.size == 1 else 's'}"
        text += f", to step {steps[-1]}" if steps.size else ""
        behind = int((steps > self._step).sum())
        if behind and self._found_checkpoint is not None:
            text += f"; {behind} behind the checkpoint, which --resume will keep aside and write again"
        torn = scan["n_bytes"] - scan["whole_bytes"]  # negative if a run at work has written more meanwhile
        return text + (f"; the last one is incomplete ({torn} bytes)" if torn > 0 else "")

    def _left_over(self) -> list[Finding]:
        """The remaining files of interest in the folder."""
        found = []
        for path in sorted(self._folder.iterdir()):
            if path.name.endswith(CUT):
                found.append(Finding(path.name, "cut off by --resume; kept until the run reaches its last step"))
            elif LEFT_PART.fullmatch(path.name):
                found.append(Finding(path.name, "half written; the next start removes it"))
        return found
