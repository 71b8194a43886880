"""What a run prints, and where: to the terminal, standard error, run.log, or as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from math import isfinite
from typing import Any, Literal

import numpy as np
import typer

from dpmd.cli.running.log import RunLog
from dpmd.errors import Error
from dpmd.ranks import Ranks
from dpmd.standard_streams import new_losses

Mode = Literal["text", "quiet", "json"]


class Voice:
    """The single voice of all ranks: rank 0 prints, the others are silent. A run goes on even if its output is lost.

    Args:
        ranks: The processes of the run.
        mode: ``"text"`` shows lines on standard output; ``"quiet"`` shows none; ``"json"`` prints one JSON object per
            line instead, and nothing else. In all modes warnings go to standard error, and everything to the log.
    """

    def __init__(self, ranks: Ranks, mode: Mode) -> None:
        self._speaks, self.mode = ranks.is_first, mode
        self._log: RunLog | None = None
        self._has_ended = False
        self.print: Callable[[str], object] = typer.echo
        """How a line is printed on standard output; a progress bar replaces this function."""

    def keep(self, log: RunLog) -> None:
        """From now on, write everything to this log too."""
        self._log = log

    def show(self, line: str) -> None:
        """Print a line on the terminal and in the log."""
        self.note(line)
        if self.mode == "text":
            self._print(line)

    def note(self, line: str) -> None:
        """Write a line only to the log."""
        if self._log is not None:
            self._log.write(line)

    def warn(self, line: str) -> None:
        """Print a line on standard error and in the log."""
        self.note(f"warning: {line}")
        if self._speaks:
            typer.echo(f"dpmd: warning: {line}", err=True)
            self._tell_losses()

    def record(self, values: Mapping[str, Any]) -> None:
        """Print a line of JSON, for programs: arrays become lists, and numbers that are not finite become null."""
        if self.mode == "json":
            self._print(json.dumps({key: _plain(value) for key, value in values.items()}, ensure_ascii=False))

    def end(self, status: str, **values: Any) -> None:
        """Print the last line for programs."""
        if not self._has_ended:
            self.record({"status": status} | values)
        self._has_ended = True

    @contextmanager
    def failing(self) -> Iterator[None]:
        """A context in which an error also ends the output for programs."""
        try:
            yield
        except Error as error:
            self.end("failed", error=str(error))
            raise

    def _print(self, line: str) -> None:
        if self._speaks:
            self.print(line)
            self._tell_losses()

    def _tell_losses(self) -> None:
        if self._log is not None:
            for loss in new_losses():
                self.warn(f"{loss}; the run goes on")


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not isfinite(value) else value
