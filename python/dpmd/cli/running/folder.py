"""The folder of a run: its files, when it may be used, and what is removed from it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from dpmd import _core
from dpmd.cli.running.files import CHECKPOINT, CUT, LEFT_PART, LOG, RECORD, MadeFiles
from dpmd.cli.running.lock import LOCK_NAME, RunLock
from dpmd.cli.running.outputs import DEVIATION, SELECTED, THERMO, Output, continued, outputs_of
from dpmd.cli.running.record import RunRecord, run_id_of
from dpmd.config import RunConfig
from dpmd.errors import InputError
from dpmd.ranks import Ranks


class RunFolder:
    """The paths of a run's files, and what may be done to them.

    Functions that judge or change the folder are called on rank 0, while the folder is locked.

    Args:
        config: The checked input file.
        settings: The settings that determine the course of the run.
    """

    def __init__(self, config: RunConfig, settings: dict[str, Any]) -> None:
        self._config, self._settings, self._outputs = config, settings, outputs_of(config)
        self.run_id = run_id_of(settings)
        self.path = config.directory
        self.thermo = self.path / THERMO
        self.checkpoint = self.path / CHECKPOINT
        self.log = self.path / LOG
        self.record = self.path / RECORD
        names = config.output.trajectory if config.output.trajectory_every else ()
        self.trajectories = [self.path / name for name in names]
        self.deviation = self.path / DEVIATION
        self.selected = self.path / SELECTED if SELECTED in self._outputs else None
        self._replaced: list[Path] = []  # files of an earlier run, which are deleted at the start

    @contextmanager
    def locked(self, ranks: Ranks) -> Iterator[list[str]]:
        """Lock the folder against other runs; gives remarks about anything unusual. Collective.

        The run must not read what it writes. This is checked first, since even the lock file is written.
        """
        lock = RunLock(self.path)
        ranks.by_first(self._require_inputs_apart)
        warnings = ranks.by_first(lock.take)
        try:
            yield warnings
        finally:
            lock.release()

    def require_free(self, force: bool) -> None:
        """Raise InputError if a new run would meet files: any file, or with ``force`` those that no run has made."""
        made = MadeFiles(self.path)
        found = self._present(made)
        if force:
            foreign = ((path, made.why_foreign(path)) for path in found)
            for path, reason in foreign:
                if reason is not None:
                    raise InputError(
                        f"{path} {reason}; --force deletes only files that were demonstrably made by a run of dpmd: "
                        "move it away, or choose another output.directory"
                    )
            self._replaced = found
        elif found and made.record is None and made.checkpoint is None:
            raise InputError(
                f"{found[0]} exists already, but there is no {RECORD} or checkpoint to show that a run made it; "
                "move it away, or choose another output.directory"
            )
        elif found:
            can_go_on = "--resume continues it" if self.checkpoint.is_file() else "it ended before its first checkpoint"
            raise InputError(
                f"{self.path} holds a run already ({found[0].name}); {can_go_on}, --force "
                "deletes it and starts anew, and another output.directory keeps it"
            )

    def require_checkpoint(self) -> None:
        """Raise InputError if there is no checkpoint; needs no lock."""
        if not os.path.isfile(self.checkpoint):
            raise InputError(
                f"{self.path} has no checkpoint to resume from; run without --resume"
                + (" and with --force" if self._present(MadeFiles(self.path)) else "")
            )

    def require_resumable(self) -> list[str]:
        """Raise InputError if the checkpoint is of another run; returns remarks about anything unusual."""
        checkpoint = _core.read_checkpoint(str(self.checkpoint))
        made = MadeFiles(self.path)
        record = made.record
        if record is not None and record.run_id != self.run_id:
            raise InputError(self._difference(record))
        if checkpoint["run_id"] != self.run_id:
            raise InputError(self._other_checkpoint(checkpoint["run_id"], record))
        if record is not None:
            return []
        if os.path.lexists(self.record) and (reason := made.why_foreign(self.record)) is not None:
            raise InputError(f"{self.record} {reason}; move it away")
        state = "damaged" if self.record.exists() else "missing"
        return [f"{self.record} was {state}; the checkpoint is of this input, and it is written anew"]

    def start(self, n_atoms: int) -> None:
        """Delete what an earlier run has left, and start the record of this one."""
        with self._changed():
            self._delete(self._replaced)
            self._delete(self._parts())
            self._new_record(n_atoms, continued({}, self._outputs, 0, set())).write(self.record)

    def go_on(self, step: int, n_atoms: int) -> bool:
        """Update the record when a run is resumed, which may write other files, or write more or less often. Returns
        whether it does, or starts a file again."""
        with self._changed():
            self._delete(self._parts())
            made = MadeFiles(self.path)
            record = made.record
            before = {} if record is None else record.files
            self._delete(made.begun_at(step))
            present = {name for name in before.keys() | self._outputs if os.path.exists(self.path / name)}
            renewed = self._new_record(n_atoms, continued(before, self._outputs, step, present))
            if renewed != record:
                renewed.write(self.record)
            return renewed.files != before or not self._outputs.keys() <= present

    def discard(self) -> None:
        """Remove what a run that failed before its first step has left, so that the corrected input can start."""
        with suppress(OSError):  # the error of the run is more important
            self._delete(self.path / name for name in (CHECKPOINT, LOG, *self._outputs, RECORD))

    def remove_cut(self) -> None:
        """Remove what resuming has cut off and kept aside, when the run has reached its end."""
        with suppress(OSError):  # the run is complete all the same
            self._delete(self.path / (name + CUT) for name in MadeFiles(self.path).names | self._outputs.keys())

    def files(self) -> dict[str, Any]:
        """The existing files of the run, by their purpose."""
        named = {
            "thermo": self.thermo,
            "log": self.log,
            "settings": self.record,
            "checkpoint": self.checkpoint,
            "deviation": self.deviation,
            "selected": self.selected,
        }
        found: dict[str, Any] = {name: str(path) for name, path in named.items() if path is not None and path.exists()}
        return found | {"trajectories": [str(path) for path in self.trajectories if path.exists()]}

    def _new_record(self, n_atoms: int, files: dict[str, Output]) -> RunRecord:
        every = self._config.output.checkpoint_every
        return RunRecord(self.run_id, str(self._config.source), n_atoms, every, self._settings, files)

    def _present(self, made: MadeFiles) -> list[Path]:
        """Existing files that this run would write or an earlier one has written. Those that list the others come last,
        so that an interrupted deletion can be repeated."""
        growing = dict.fromkeys((THERMO, *self._outputs, *sorted(made.names)))
        names = (CHECKPOINT, LOG, *growing, *(name + CUT for name in growing), RECORD)
        return [path for path in (self.path / name for name in names) if os.path.lexists(path)]

    def _parts(self) -> list[Path]:
        """Temporary files that a run left when it was killed before it could put them in place."""
        return [path for path in self.path.iterdir() if LEFT_PART.fullmatch(path.name)]

    def _inputs(self) -> list[tuple[str, Path]]:
        config = self._config
        judges = [("deviation.models", file) for file in config.deviation.models]
        files = [("structure.file", config.structure.file), ("model.file", config.model.file)]
        return [("the input file", config.source), *files, *judges]

    def _require_inputs_apart(self) -> None:
        for name in (CHECKPOINT, LOG, RECORD, LOCK_NAME, *self._outputs, *(name + CUT for name in self._outputs)):
            read = self._input_at(self.path / name)
            if read is not None:
                raise InputError(
                    f"{self._config.source}: {self.path / name} is {read}, and the run would write there; choose "
                    "another output.directory"
                )

    def _input_at(self, path: Path) -> str | None:
        """Which of the files that the run reads is at this path, whatever its name."""
        for key, file in self._inputs():
            with suppress(OSError):  # a file that does not exist is not the same file
                if path.samefile(file):
                    return key
        return None

    def _delete(self, files: Iterable[Path]) -> None:
        for file in files:
            if self._input_at(file) is None:
                file.unlink(missing_ok=True)

    @contextmanager
    def _changed(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise InputError(f"{self.path}: cannot be written: {error}") from error

    def _difference(self, record: RunRecord) -> str:
        """The setting in which this run differs from that of the record."""
        source = self._config.source
        for table, values in self._settings.items():
            for key, value in values.items():
                old = record.settings.get(table, {}).get(key)
                if old != value:
                    return (
                        f"{source}: {table}.{key} is {value!r}, but the run in {self.path} was started with {old!r}; a "
                        "resumed run keeps its settings: restore the value, or start a new run"
                    )
        return f"{source}: the run in {self.path} was started with other settings; start a new run"

    def _other_checkpoint(self, number: int, record: RunRecord | None) -> str:
        if record is not None:
            return (
                f"{self.checkpoint} is the checkpoint of run {number}, but the folder is that of run {self.run_id}: "
                "restore the folder's own checkpoint, or start a new run"
            )
        return (
            f"{self._config.source}: the settings are not those of {self.checkpoint} (run {self.run_id} and {number}), "
            f"and {RECORD}, which would show the difference, is missing or damaged; restore them, or start a new run"
        )
