"""run.json: the settings that determine the course of a run, its number, and the files that it writes."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from dpmd.cli.running.outputs import Output, Part, kind_of
from dpmd.config import RunConfig
from dpmd.errors import InputError

_NO_EFFECT_ON_RESULTS = {"dynamics": ("steps",), "model": ("file", "threads", "device")}
PROGRAM = "dpmd run"
_MOST_BYTES = 1 << 24
_ID_DIGITS = 13  # hexadecimal digits: 52 bits, which every JSON reader holds exactly


def run_settings(config: RunConfig) -> dict[str, Any]:
    """The settings that determine the course of a run; a resumed run must have the same ones."""
    tables = config.as_plain()
    settings = {name: tables[name] for name in ("model", "structure", "dynamics", "velocities")}
    settings["model"]["sha256"] = _sha256(config.model.file)
    settings["structure"]["sha256"] = _sha256(config.structure.file)
    del settings["structure"]["file"]
    for table, keys in _NO_EFFECT_ON_RESULTS.items():
        for key in keys:
            del settings[table][key]
    return json.loads(json.dumps(settings))  # the same as when it is read from the file


def run_id_of(settings: dict[str, Any]) -> int:
    """The number of the run with these settings, 0 < id < 2^52. Equal runs have equal numbers."""
    text = json.dumps(settings, sort_keys=True, separators=(",", ":"))
    return int(hashlib.sha256(text.encode()).hexdigest()[:_ID_DIGITS], 16) or 1


@dataclass(frozen=True)
class RunRecord:
    """The contents of ``run.json``."""

    run_id: int
    input: str
    """The input file."""
    n_atoms: int
    checkpoint_every: int
    """The number of steps between checkpoints."""
    settings: dict[str, Any]
    files: dict[str, Output]
    """The files that grow, by name."""

    @classmethod
    def read(cls, path: Path) -> RunRecord:
        """Read a record; raises ValueError, with the reason, if that is impossible."""
        try:
            if not stat.S_ISREG(path.stat().st_mode) or path.stat().st_size > _MOST_BYTES:
                raise ValueError("no regular file, or too long for one")
            document = json.loads(path.read_text(encoding="utf-8"))
            if document["program"] != PROGRAM:
                raise ValueError(f"written by {document['program']!r}")
            files = {str(name): _output(name, parts) for name, parts in document["files"].items()}
            numbers = [int(document[key]) for key in ("run_id", "n_atoms", "checkpoint_every")]
            settings = {table: dict(values) for table, values in document["settings"].items()}
            if run_id_of(settings) != numbers[0]:
                raise ValueError("its settings do not agree with its number")
            return cls(numbers[0], str(document["input"]), *numbers[1:], settings, files)
        except OSError as error:
            raise ValueError(error.strerror) from error
        except (KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError(f"{type(error).__name__}: {error}") from error

    def write(self, path: Path) -> None:
        """Replace the file atomically: even after a crash it is either the old or the new one. Raises OSError."""
        document = {"program": PROGRAM} | asdict(self)
        document["files"] = {
            name: [{"from": part.first, "every": part.every} for part in output.parts]
            for name, output in self.files.items()
        }
        aside = path.with_name(f"{path.name}.{os.getpid()}.part")
        try:
            with open(aside, "w", encoding="utf-8") as file:
                file.write(json.dumps(document, indent=2) + "\n")
                file.flush()
                os.fsync(file.fileno())
            aside.replace(path)
        except OSError:
            with suppress(OSError):
                aside.unlink()
            raise
        _sync_folder(path.parent)


def _output(name: str, parts: Any) -> Output:
    """Build a record from JSON; raises ValueError if no run wrote it."""
    if Path(name).name != name:
        raise ValueError(f"{name!r} is no file of the folder")
    numbers = [(int(part["from"]), int(part["every"])) for part in parts]
    if not numbers or any(first < 0 or every < 0 or max(first, every) >= 1 << 62 for first, every in numbers):
        raise ValueError(f"{name!r} has {parts!r}")
    return Output(kind_of(name), tuple(Part(first, every) for first, every in sorted(numbers)))


def _sync_folder(folder: Path) -> None:
    """Write the name of the file to disk as well, where folders can be synchronised."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _sha256(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
