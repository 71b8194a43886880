"""Signals as a request to stop after the current step: from Ctrl-C, a batch system or a closing terminal."""

from __future__ import annotations

import signal
from collections.abc import Callable
from time import monotonic
from types import FrameType, TracebackType
from typing import Any

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1)
_MAY_BE_IGNORED = (signal.SIGHUP, signal.SIGQUIT)  # by nohup, or by a shell for background jobs

# One request may come as several signals: from the terminal and from mpirun, or SIGTERM and SIGHUP from systemd.
_ONE_REQUEST_SECONDS = 1.0


class Interruption:
    """While entered, SIGINT, SIGTERM, SIGHUP, SIGQUIT or SIGUSR1 is a request to stop; another a second later acts as
    usual.

    SIGUSR1 is the signal that Slurm can send some time before the end of a job, and that Open MPI's mpirun passes on
    without ending the job itself. SIGHUP and SIGQUIT stay ignored if they were.

    Args:
        stop: Called when the signal arrives. None: there is nothing to stop yet; ``stops`` will set it.
    """

    def __init__(self, stop: Callable[[], None] | None = None) -> None:
        self.requested = False
        self._stop = stop
        self._usual: dict[int, Any] = {}
        self._since = 0.0

    def stops(self, stop: Callable[[], None]) -> None:
        """Set what to call when the signal arrives, or call it now if the signal has arrived."""
        self._stop = stop
        if self.requested:
            stop()

    def __enter__(self) -> Interruption:
        for number in _SIGNALS:
            usual = signal.getsignal(number)
            if usual != signal.SIG_IGN or number not in _MAY_BE_IGNORED:
                self._usual[number] = usual
        self.take()
        return self

    def take(self) -> None:
        """Take the signals, again after MPI has started: UCX would log more from its first SIGHUP on."""
        for number in self._usual:
            signal.signal(number, self._request)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._restore()

    def _request(self, number: int, frame: FrameType | None) -> None:
        if not self.requested:
            self.requested, self._since = True, monotonic()
            if self._stop is not None:
                self._stop()
        elif monotonic() - self._since > _ONE_REQUEST_SECONDS:
            self._restore()
            signal.raise_signal(number)

    def _restore(self) -> None:
        for number, handler in self._usual.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)  # None: another library's handler
