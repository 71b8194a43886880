"""The command dpmd behind a program that counts how often it runs."""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class CountedConverter:
    """A program in a folder, with a cache beside it."""

    folder: Path

    def __post_init__(self) -> None:
        runs, command = shlex.quote(str(self._runs)), shlex.quote(str(_command()))
        self._program.write_text(f'#!/bin/sh\necho "$2" >> {runs}\nexec {command} "$@"\n')
        self._program.chmod(0o700)

    @property
    def environment(self) -> dict[str, str]:
        """Variables for programs that are to use it."""
        return {"DPMD_COMMAND": str(self._program), "DPMD_CACHE": str(self.cache)}

    @property
    def cache(self) -> Path:
        """The cache folder."""
        return self.folder / "cache"

    @property
    def n_runs(self) -> int:
        """How often it has run."""
        return len(self._runs.read_text().splitlines()) if self._runs.is_file() else 0

    def cached(self) -> list[Path]:
        """What is in the cache folder."""
        return sorted(self.cache.iterdir()) if self.cache.is_dir() else []

    @property
    def _program(self) -> Path:
        return self.folder / "converter"

    @property
    def _runs(self) -> Path:
        return self.folder / "conversions"


def _command() -> Path:
    return Path(sys.executable).with_name("dpmd")
