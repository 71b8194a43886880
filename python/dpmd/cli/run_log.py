"""run.log: which software, model and settings made the files of a run, and what the terminal showed."""

from __future__ import annotations

import json
import os
import platform
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np

import dpmd
from dpmd.shown import plain


class RunLog:
    """Appends lines to a file, each with the time.

    Args:
        path: The log file; None: nothing is written.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def write(self, line: str) -> None:
        """Append one line."""
        if self._path is None:
            return
        now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        with open(self._path, "a", encoding="utf-8") as file:
            file.write(f"{now} {plain(line)}\n")

    def header(self, title: str, potential: dpmd.Potential, settings: dict[str, Any]) -> None:
        """Append versions, machine, model and settings."""
        self.write(title)
        software = f"dpmd {dpmd.__version__}, Python {platform.python_version()}"
        self.write(f"{software}, NumPy {np.__version__}")
        self.write(f"{platform.platform()}, {os.cpu_count()} logical cores, {platform.node()}")
        self.write(f"model {json.dumps(potential.info(), ensure_ascii=False)}")
        for table, values in settings.items():
            self.write(f"[{table}] {json.dumps(values, ensure_ascii=False)}")
