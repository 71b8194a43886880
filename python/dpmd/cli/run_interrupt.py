"""Ctrl-C, SIGTERM and SIGUSR1 as a request to stop after the current step."""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType, TracebackType


class Interruption:
    """While entered, the first SIGINT, SIGTERM or SIGUSR1 asks to stop; a second one acts as usual.

    SIGUSR1 is what Slurm can send some time before a job's end, and what Open MPI's mpirun hands on without ending the
    job itself.

    Args:
        stop: Called when the signal arrives.
    """

    def __init__(self, stop: Callable[[], None]) -> None:
        self.requested = False
        self._stop = stop
        self._usual: dict[int, object] = {}

    def __enter__(self) -> Interruption:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1):
            self._usual[number] = signal.signal(number, self._request)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._restore()

    def _request(self, number: int, frame: FrameType | None) -> None:
        self.requested = True
        self._restore()
        self._stop()

    def _restore(self) -> None:
        for number, handler in self._usual.items():
            signal.signal(number, handler)
