"""Standard output and standard error that may fail: a pipe without a reader (``| head``), a full disk, a closed
terminal.

Python notices late, in whatever code happens to write, and again when it ends. Here a stream that fails is given up
at once, and everything written to it afterwards is discarded.
"""

from __future__ import annotations

import errno
import io
import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

__all__ = ["guarded_streams", "new_losses", "outlive_streams"]

PIPE_CLOSED = 128 + 13  # the exit status that a shell shows for programs ended by SIGPIPE
REFUSED = 2


class _Descriptor(io.FileIO):
    """The raw stream below the text layer of a standard stream.

    Args:
        number: The descriptor.
        name: Its name for messages.
        is_result: Whether losing it ends a command.
    """

    def __init__(self, number: int, name: str, is_result: bool) -> None:
        super().__init__(number, "w", closefd=False)
        self.title, self.ends_command = name, is_result
        self.loss: OSError | None = None
        self.is_told = False

    def write(self, data: object) -> int:
        """Write what can be written; once the stream is lost, everything counts as written."""
        if self.loss is None:
            try:
                return self._write_when_ready(data)
            except OSError as error:
                self.loss = error
                if self.ends_command:
                    _end(self)
        return memoryview(data).nbytes  # type: ignore[arg-type]

    def _write_when_ready(self, data: object) -> int:
        while (n := super().write(data)) is None:  # type: ignore[arg-type]
            select.select([], [self], [])  # another program that shares the stream has made it non-blocking
        return n


_guarded: list[_Descriptor] = []


@contextmanager
def guarded_streams() -> Iterator[None]:
    """Replace the standard streams of this process until its end.

    Without standard output a command has no result and ends: silently and with the status of SIGPIPE if the reader has
    gone, otherwise with a line and status 2. Losing standard error has no consequences.
    """
    _occupy_closed()
    _guarded[:] = [_Descriptor(1, "standard output", True), _Descriptor(2, "standard error", False)]
    sys.stdout, sys.stderr = _text(_guarded[0], sys.stdout), _text(_guarded[1], sys.stderr)
    try:
        yield
    finally:
        sys.stdout.flush()


def outlive_streams() -> None:
    """From now on, let the command go on without standard output."""
    for one in _guarded:
        one.ends_command = False


def new_losses() -> list[str]:
    """Messages about streams lost since the last call."""
    lost = [one for one in _guarded if one.loss is not None and not one.is_told]
    for one in lost:
        one.is_told = True
    return [_words(one) for one in lost]


def _end(stream: _Descriptor) -> None:
    if stream.loss is not None and stream.loss.errno == errno.EPIPE:
        raise SystemExit(PIPE_CLOSED)
    sys.stderr.write(f"dpmd: error: {_words(stream)}\n")
    sys.stderr.flush()
    raise SystemExit(REFUSED)


def _words(stream: _Descriptor) -> str:
    is_closed = stream.loss is not None and stream.loss.errno == errno.EBADF
    reason = "it is closed" if is_closed else stream.loss and stream.loss.strerror
    return f"{stream.title} cannot be written: {reason}"


def _occupy_closed() -> None:
    """Keep files that are opened later from getting the numbers of closed standard streams.

    Read-only descriptors take these numbers, so that writing fails as before.
    """
    while (number := os.open(os.devnull, os.O_RDONLY)) <= 2:
        os.set_inheritable(number, True)
    os.close(number)


def _text(stream: _Descriptor, before: io.TextIOWrapper | None) -> io.TextIOWrapper:
    """A text stream in place of Python's, which is None if the stream was closed."""
    if before is None:
        return io.TextIOWrapper(io.BufferedWriter(stream), encoding="utf-8", errors="backslashreplace")
    with suppress(OSError):
        before.flush()
    return io.TextIOWrapper(
        io.BufferedWriter(stream),
        encoding=before.encoding,
        errors=before.errors,
        line_buffering=before.line_buffering,
        write_through=before.write_through,
    )
