"""A lock that a forked process does not wait for."""

from __future__ import annotations

import os
from threading import RLock
from weakref import WeakSet

from dpmd.errors import InputError

_all: WeakSet[ForkAwareLock] = WeakSet()


class ForkAwareLock:
    """A context that threads enter one at a time, and that a thread may enter repeatedly.

    In a process that was forked while another thread was inside, that thread no longer exists: the context is refused.

    Args:
        what: The thing that threads take turns with, for the message.
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._lock = RLock()
        self._is_lost = False
        _all.add(self)

    def __enter__(self) -> None:
        """Raises InputError in a process that was forked while another thread was inside."""
        if self._is_lost:
            raise InputError(
                f"{self._what} was in use by a thread when this process was forked: make another one here, or start "
                "processes with multiprocessing's spawn or forkserver"
            )
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def _was_forked(self) -> None:
        if self._lock.acquire(blocking=False):
            self._lock.release()
        else:
            self._is_lost = True


def _look_after_locks() -> None:
    for lock in list(_all):
        lock._was_forked()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_look_after_locks)
