"""Only regular files are read: a fifo waits for ever, a device has no end, and what /proc shows has no size."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

from dpmd.errors import InputError

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a fifo"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
)


def require_regular(path: str | Path) -> int:
    """The size of a file in bytes.

    Raises:
        InputError: There is no such file, or it is a folder, a fifo, a device or a socket.
    """
    try:
        return _size(path, os.stat(path))
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error


def open_regular(path: str | Path) -> BinaryIO:
    """The file, open for reading.

    Raises:
        InputError: As ``require_regular``, or it may not be read.
    """
    try:
        # without waiting for somebody to write into a fifo that stands here by now
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    try:
        _size(path, os.fstat(descriptor))
        os.set_blocking(descriptor, True)
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def _size(path: str | Path, status: os.stat_result) -> int:
    if not stat.S_ISREG(status.st_mode):
        kind = next((name for is_kind, name in _KINDS if is_kind(status.st_mode)), "none that can be read")
        raise InputError(f"{path}: is {kind}, not a file; give a regular file")
    return status.st_size


def _unreadable(path: str | Path, error: Exception) -> InputError:
    return InputError(f"{path!s}: cannot be read: {getattr(error, 'strerror', None) or error}")
