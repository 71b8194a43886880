"""Standard output and standard error that may die: a pipe without reader (``| head``), a full disk, a closed terminal.

Python finds out late, in whatever code happens to write, and again when it ends. Here a stream that fails is given up
at once, and what is written to it from then on goes nowhere.
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

PIPE_CLOSED = 128 + 13  # what a shell shows of programs that SIGPIPE ends
REFUSED = 2


class _Descriptor(io.FileIO):
    """What stands below the text of a standard stream.

    Args:
        number: The descriptor.
        name: In words.
        is_result: Losing it ends a command.
    """

    def __init__(self, number: int, name: str, is_result: bool) -> None:
        super().__init__(number, "w", closefd=False)
        self.title, self.ends_command = name, is_result
        self.loss: OSError | None = None
        self.is_told = False

    def write(self, data: object) -> int:
        """Write what can be written; all counts as written once the stream is lost."""
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
            select.select([], [self], [])  # somebody has made it non-blocking; they may share it with us
        return n


_guarded: list[_Descriptor] = []


@contextmanager
def guarded_streams() -> Iterator[None]:
    """Stand for the standard streams of this process, to its end.

    Without standard output a command has no result, and ends: with the status of SIGPIPE and no word when its reader
    has gone, else with a line and status 2. Standard error is never missed.
    """
    _occupy_closed()
    _guarded[:] = [_Descriptor(1, "standard output", True), _Descriptor(2, "standard error", False)]
    sys.stdout, sys.stderr = _text(_guarded[0], sys.stdout), _text(_guarded[1], sys.stderr)
    try:
        yield
    finally:
        sys.stdout.flush()


def outlive_streams() -> None:
    """From here on the command goes on without standard output."""
    for one in _guarded:
        one.ends_command = False


def new_losses() -> list[str]:
    """What was lost since this was asked last, in words."""
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
    """Keep the numbers of closed standard streams from the files that are opened next.

    Descriptors that can only be read stand there, so that writing fails as before.
    """
    while (number := os.open(os.devnull, os.O_RDONLY)) <= 2:
        os.set_inheritable(number, True)
    os.close(number)


def _text(stream: _Descriptor, before: io.TextIOWrapper | None) -> io.TextIOWrapper:
    """The text stream in place of Python's, which is None where it was closed."""
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
