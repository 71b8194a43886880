"""The folder of a run: its files, what started it, and when it may be used."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from dpmd.config import RunConfig
from dpmd.errors import InputError

_NO_EFFECT_ON_RESULTS = {"dynamics": ("steps",), "model": ("file", "threads", "device")}


def run_record(config: RunConfig) -> dict[str, Any]:
    """What fixes the course of a run; a resumed run must not differ in it."""
    tables = config.as_plain()
    record = {name: tables[name] for name in ("model", "structure", "dynamics", "velocities")}
    record["model"]["sha256"] = _sha256(config.model.file)
    record["structure"]["sha256"] = _sha256(config.structure.file)
    del record["structure"]["file"]
    for table, keys in _NO_EFFECT_ON_RESULTS.items():
        for key in keys:
            del record[table][key]
    return json.loads(json.dumps(record))  # as it comes back from the file


class RunFolder:
    """Paths of a run's files.

    Args:
        config: The checked input file.
    """

    def __init__(self, config: RunConfig) -> None:
        self._config = config
        self.path = config.directory
        self.thermo = self.path / "thermo.csv"
        self.checkpoint = self.path / "checkpoint.safetensors"
        self.log = self.path / "run.log"
        self.record = self.path / "run.json"
        names = config.output.trajectory if config.output.trajectory_every else ()
        self.trajectories = [self.path / name for name in names]
        table = config.deviation
        self.deviation = self.path / "model_devi.out"
        selects = table.lower is not None or table.upper is not None
        self.selected = self.path / "selected.extxyz" if selects else None

    def require_unused(self) -> None:
        """Raise InputError when the folder holds a run."""
        used = self._existing()
        if used:
            can_go_on = "--resume continues it" if self.checkpoint.is_file() else "it ended before its first checkpoint"
            raise InputError(
                f"{self.path} holds a run already ({used[0].name}); {can_go_on}, --force "
                "deletes it and starts anew, another output.directory keeps it"
            )

    def require_resumable(self, record: dict[str, Any]) -> None:
        """Raise InputError unless there is a checkpoint of a run with the same settings."""
        if not self.checkpoint.is_file():
            raise InputError(
                f"{self.path} has no checkpoint to resume from; run without --resume"
                + (" and with --force" if self._existing() else "")
            )
        before = self._read_record()["settings"]
        for table, values in record.items():
            for key, value in values.items():
                old = before.get(table, {}).get(key)
                if old != value:
                    raise InputError(
                        f"{self._config.source}: {table}.{key} is {value!r}, but the run in "
                        f"{self.path} was started with {old!r}; a resumed run keeps its settings: "
                        "restore the value, or start a new run"
                    )

    def start(self, record: dict[str, Any]) -> None:
        """Create the folder, empty of an earlier run, with the record of this one."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            for file in self._existing():
                file.unlink()
            document = {"input": str(self._config.source), "settings": record}
            document["outputs"] = self._config.as_plain()["output"]
            self.record.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
        except OSError as error:
            raise InputError(f"{self.path}: cannot be written: {error}") from error

    def discard(self) -> None:
        """Take away what a run that has failed before its first step has left, so that the mended input can start."""
        for file in self._existing():
            file.unlink()
        if not any(self.path.iterdir()):
            self.path.rmdir()

    def files(self) -> dict[str, Any]:
        """The run's files that are there, by what they are."""
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

    def _existing(self) -> list[Path]:
        """Files of a run that are here, also the trajectories of one with other names for them."""
        judged = [self.deviation, self.path / "selected.extxyz"]
        files = [self.checkpoint, self.thermo, self.log, self.record, *self.trajectories, *judged]
        if self.record.is_file():
            names = self._read_record()["trajectories"]
            files += [self.path / name for name in names if Path(name).name == name]
        return [file for file in dict.fromkeys(files) if file.exists()]

    def _read_record(self) -> dict[str, Any]:
        try:
            document = json.loads(self.record.read_text(encoding="utf-8"))
            return {
                "settings": dict(document["settings"]),
                "trajectories": [str(name) for name in document["outputs"]["trajectory"]],
            }
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"{self.record}: is missing or damaged ({error}); delete the folder to start anew"
            ) from error


def _sha256(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
