"""One run at a time in a folder: a lock that belongs to the process of the run, and ends with it."""

from __future__ import annotations

import errno
import fcntl
import os
import platform
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from dpmd.errors import InputError

LOCK_NAME = "run.lock"

_LINES = ("host: ", "pid: ", "started: ")
_TRIES, _PAUSE = 4, 0.05  # seconds; `dpmd check` holds the lock for a moment to find out who has it
_FLAGS = os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
_HELD = (errno.EACCES, errno.EAGAIN)
_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL)


@dataclass(frozen=True)
class Holder:
    """Who works in a folder, according to the lock file."""

    host: str
    pid: int
    started: str
    """The start time, UTC."""

    @classmethod
    def this_process(cls) -> Holder:
        """This process, starting now."""
        return cls(platform.node(), os.getpid(), datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"))

    @classmethod
    def parse(cls, text: str) -> Holder | None:
        """Parse the text of a lock file; None if no run wrote it."""
        values = dict(line.split(": ", 1) for line in text.splitlines() if ": " in line)
        try:
            pid = int(values["pid"])
            return cls(values["host"], pid, values["started"]) if 0 < pid < 1 << 31 else None
        except (KeyError, ValueError):
            return None

    @staticmethod
    def is_beginning(text: str) -> bool:
        """Whether the text is incomplete because its run was killed while it wrote it."""
        *whole, last = text.split("\n")
        if len(whole) >= len(_LINES):
            return False
        is_torn = last.startswith(_LINES[len(whole)]) or _LINES[len(whole)].startswith(last)
        is_whole = all(line.startswith(key) for line, key in zip(whole, _LINES, strict=False))
        return is_torn and is_whole and (len(whole) < 2 or whole[1].removeprefix(_LINES[1]).isdecimal())

    def text(self) -> str:
        """The text of the lock file."""
        return f"host: {self.host}\npid: {self.pid}\nstarted: {self.started}\n"

    @property
    def is_here(self) -> bool:
        """Whether it names this machine."""
        return self.host == platform.node()

    def lives_here(self) -> bool:
        """Whether a process of this machine has the number."""
        if not self.is_here:
            return False
        try:
            os.kill(self.pid, 0)
        except OSError as error:
            return error.errno == errno.EPERM  # a process of another user
        return True

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}, since {self.started}"


class RunLock:
    """The file ``run.lock`` in the folder of a run, locked as long as the run lives, and removed afterwards.

    The kernel frees the lock of a process that dies, so a file left by a dead process of this machine is taken over.
    Locks may not work across machines, so a file that names another machine is believed.

    Args:
        folder: Created if it does not exist, and removed again if the run leaves nothing in it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._path = folder, folder / LOCK_NAME
        self._descriptor: int | None = None
        self._made: list[Path] = []

    def take(self) -> list[str]:
        """Lock the folder; returns remarks about anything unusual.

        Raises:
            InputError: Another run has the lock, or the lock file cannot be written.
        """
        try:
            while self._descriptor is None:
                descriptor = self._open()
                try:
                    warnings = self._lock(descriptor)
                    if _is_file(descriptor, self._path):  # its last holder may have removed it meanwhile
                        self._claim(descriptor)
                        self._descriptor = descriptor
                finally:
                    if self._descriptor is None:
                        os.close(descriptor)
            return warnings
        except OSError as error:
            self._remove_made()
            raise InputError(f"{self._path}: cannot be written: {error.strerror}") from error
        except InputError:
            self._remove_made()
            raise

    def release(self) -> None:
        """Remove the file and free the lock, in this order, so that no other run can take it in between."""
        if self._descriptor is None:
            return
        with suppress(OSError):
            if _is_file(self._descriptor, self._path):
                self._path.unlink()
        os.close(self._descriptor)
        self._descriptor = None
        self._remove_made()

    def _open(self, tries: int = _TRIES) -> int:
        """Open the lock file, after creating the folders that lead to it."""
        missing = [folder for folder in (self._folder, *self._folder.parents) if not folder.exists()]
        self._made = missing or self._made
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            return os.open(self._path, _FLAGS | os.O_RDWR | os.O_CREAT, 0o666)
        except FileNotFoundError:  # a run that has left nothing has just removed its folder
            if tries == 1:
                raise
            return self._open(tries - 1)

    def _lock(self, descriptor: int) -> list[str]:
        for k in range(_TRIES):
            if k > 0:
                time.sleep(_PAUSE)
            try:
                fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return []
            except OSError as error:
                if error.errno in _NO_LOCKS:
                    return self._do_without(descriptor, error)
                if error.errno not in _HELD:
                    raise
        raise self._in_use(_read(descriptor)[1])

    def _do_without(self, descriptor: int, error: OSError) -> list[str]:
        """On a file system without locks the file itself acts as the lock while the process that it names lives."""
        holder = _read(descriptor)[1]
        if holder is not None and holder.pid != os.getpid() and holder.lives_here():
            raise self._in_use(holder)
        return [
            f"{self._path}: this file system has no locks ({error.strerror}); two runs that start in the folder at the "
            "same moment would not notice each other"
        ]

    def _in_use(self, holder: Holder | None) -> InputError:
        return InputError(
            f"{self._folder} is in use by another run ({'just started' if holder is None else holder}); wait for its "
            "end, or choose another output.directory"
        )

    def _claim(self, descriptor: int) -> None:
        """Write the holder into the locked file."""
        text, holder = _read(descriptor)
        if holder is None and not Holder.is_beginning(text):
            raise InputError(
                f"{self._path} is not the lock of a run of dpmd; move it away, or choose another output.directory"
            )
        if holder is not None and not holder.is_here:
            raise InputError(
                f"{self._path}: a run uses the folder ({holder}), and whether it is alive cannot be checked from here; "
                "if it is dead, remove the file"
            )
        try:
            os.ftruncate(descriptor, 0)
            new = Holder.this_process().text().encode()
            if os.pwrite(descriptor, new, 0) < len(new):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError:
            with suppress(OSError):
                self._path.unlink()
            raise

    def _remove_made(self) -> None:
        for folder in self._made:
            with suppress(OSError):  # the folder is not empty
                folder.rmdir()
        self._made = []


def look_at_lock(folder: Path) -> tuple[Holder | None, bool]:
    """The holder that the lock file names, and whether its run is alive as far as this machine can tell.

    Raises:
        OSError: There is no lock file, or it cannot be read.
    """
    descriptor = os.open(folder / LOCK_NAME, _FLAGS | os.O_RDONLY)
    try:
        _, holder = _read(descriptor)
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError as error:
            return holder, error.errno in _HELD or (holder is not None and holder.lives_here())
        return holder, False
    finally:
        os.close(descriptor)


def _read(descriptor: int) -> tuple[str, Holder | None]:
    text = os.pread(descriptor, 4096, 0).decode("utf-8", "replace")
    return text, Holder.parse(text)


def _is_file(descriptor: int, path: Path) -> bool:
    """Whether the path still leads to the open file."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    except FileNotFoundError:
        return False
