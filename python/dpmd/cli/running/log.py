"""run.log: the software, model and settings behind the files of a run, and what the terminal showed."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np

import dpmd
from dpmd.shown import plain


def _open_at_once(path: str, flags: int) -> int:
    """Open a file without waiting: a fifo that nobody reads is an error."""
    return os.open(path, flags | os.O_NONBLOCK, 0o666)


class RunLog:
    """Appends lines to a file, each with the time. If that fails the run goes on, since the log is not a result.

    Args:
        path: The log file; None: nothing is written.
        warn: Called once with the reason why the file cannot be written.
    """

    def __init__(self, path: Path | None, warn: Callable[[str], object]) -> None:
        self._path, self._warn = path, warn
        self._has_failed = False

    def write(self, line: str) -> None:
        """Append one line."""
        if self._path is None:
            return
        now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        try:
            with open(self._path, "a", encoding="utf-8", errors="backslashreplace", opener=_open_at_once) as file:
                file.write(f"{now} {plain(line)}\n")
        except OSError as error:
            if not self._has_failed:
                self._has_failed = True
                self._warn(
                    f"{self._path} cannot be written: {error.strerror}; the run goes on, but lines are missing there"
                )

    def header(self, title: str, potential: dpmd.Potential, settings: dict[str, Any]) -> None:
        """Append versions, machine, model and settings."""
        self.write(title)
        software = f"dpmd {dpmd.__version__}, Python {platform.python_version()}"
        self.write(f"{software}, NumPy {np.__version__}")
        self.write(f"{platform.platform()}, {os.cpu_count()} logical cores, {platform.node()}")
        self.write(f"model {json.dumps(potential.info(), ensure_ascii=False)}")
        for table, values in settings.items():
            self.write(f"[{table}] {json.dumps(values, ensure_ascii=False)}")
