"""Only regular files are read: a fifo may block forever, a device has no end, and files in /proc have no size.

``cpp/src/io/regular_file.hpp`` does the same in the core.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

from dpmd.errors import InputError

MAX_MODEL_BYTES = 1 << 30
MAX_TEXT_BYTES = 256 << 20  # for lists and settings that people and programs write as text

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
        InputError: The file does not exist, or it is a folder, a fifo, a device or a socket.
    """
    try:
        status = os.stat(path)
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    return _size(path, status)


def open_regular(path: str | Path) -> BinaryIO:
    """The file, open for reading.

    Raises:
        InputError: As for ``require_regular``, or reading is not permitted.
    """
    require_regular(path)  # opening a device may have side effects
    try:
        # without waiting for a writer in case the file is a fifo by now
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


def read_regular(path: str | Path, most_bytes: int = MAX_MODEL_BYTES) -> bytes:
    """The bytes of a file.

    Raises:
        InputError: As for ``open_regular``; or the file is larger than ``most_bytes``, or than its stated size.
    """
    with open_regular(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size > most_bytes:
            raise InputError(f"{path}: has {size} bytes, more than the {most_bytes} that dpmd reads of its kind")
        try:
            content = file.read(size + 1)
        except OSError as error:
            raise _unreadable(path, error) from error
    if len(content) > size:
        raise InputError(f"{path}: holds more than its size of {size} bytes; it is growing, or not an ordinary file")
    return content


def read_text(path: str | Path, most_bytes: int = MAX_TEXT_BYTES) -> str:
    """The UTF-8 text of a file, without a byte order mark, its lines ended by newlines.

    Raises:
        InputError: As for ``read_regular``, or the file is not UTF-8.
    """
    try:
        text = read_regular(path, most_bytes).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: cannot be read as text: {error}") from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _size(path: str | Path, status: os.stat_result) -> int:
    if not stat.S_ISREG(status.st_mode):
        kind = next((name for is_kind, name in _KINDS if is_kind(status.st_mode)), "none that can be read")
        raise InputError(f"{path}: is {kind}, not a file; give a regular file")
    if status.st_size == 0 and _is_of_the_kernel(status):
        raise InputError(f"{path}: is a view into the kernel, not a file; copy it to a file first")
    return status.st_size


def _is_of_the_kernel(status: os.stat_result) -> bool:
    """Whether it is in /proc, where files have no size and reading some of them blocks forever."""
    try:
        return status.st_dev == os.stat("/proc").st_dev
    except OSError:
        return False


def _unreadable(path: str | Path, error: Exception) -> InputError:
    return InputError(f"{path!s}: cannot be read: {getattr(error, 'strerror', None) or error}")
