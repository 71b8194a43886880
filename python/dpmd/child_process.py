"""Processes in which libraries read files that nothing inside this one could stop.

A child imports a module of dpmd once and serves task after task, each under limits of memory and time of its own. Tasks
and answers are lines of JSON, behind which a child may send bytes.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

from dpmd.errors import InputError

_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv.pop(1)); from importlib import import_module; "
    "import_module(sys.argv.pop(1)).main()"
)
# Threads of a linear algebra library would count against the memory of a child and have nothing to do.
_ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")


class Child:
    """A process that runs ``main`` of a module, which calls ``serve``."""

    _idle: ClassVar[list[Child]] = []

    def __init__(self, module: str, place: object) -> None:
        if not sys.executable:
            raise InputError(
                f"{place}: no Python interpreter to read it with; convert it to extended XYZ or .npy first"
            )
        self._module, self._owner, self._is_waiting = module, os.getpid(), True
        try:
            self._process: Any = subprocess.Popen(
                [sys.executable, "-c", _START, json.dumps(sys.path), module],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, **_ONE_THREAD},
                start_new_session=True,  # what a terminal interrupts is the process that it started
            )
        except OSError as error:
            raise InputError(f"{place}: no process could be started to read it: {error}") from error

    @classmethod
    @contextmanager
    def taken(cls, module: str, place: object) -> Iterator[Child]:
        """One that has nothing to do, or a new one; it is kept when it has answered to the end.

        Args:
            module: What it runs.
            place: The file that it is for, for messages.
        """
        child = cls._from_idle(module) or cls(module, place)
        try:
            yield child
        finally:
            if child._is_waiting:
                cls._idle.append(child)
            else:
                child._end()

    @classmethod
    def _from_idle(cls, module: str) -> Child | None:
        for child in [one for one in cls._idle if one._module == module]:
            try:
                cls._idle.remove(child)
            except ValueError:  # another thread's by now
                continue
            if child._owner == os.getpid() and child._process.poll() is None:  # else a fork's, or gone
                return child
        return None

    def ask(self, place: object, task: dict[str, Any], memory: int, seconds: int) -> Iterator[tuple[Any, BinaryIO]]:
        """Its answers to a task, each with the stream on which what belongs to it follows.

        Args:
            place: The file, for messages.
            task: Keyword arguments of what it serves.
            memory: Bytes that it may take for it.
            seconds: Of CPU time that it may take, which a machine with much else to do stretches.

        Raises:
            InputError: As it says, or since it has not lived to say so.
        """
        self._is_waiting = False
        try:
            write_line(self._process.stdin, {"task": task, "memory": memory, "seconds": seconds})
            while "end" not in (answer := self._answer(place)):
                yield answer, self._process.stdout
        except (EOFError, BrokenPipeError):
            raise InputError(f"{place}: {self._last_words(seconds)}") from None
        self._is_waiting = True
        if answer["end"]:
            raise InputError(answer["end"])

    def _answer(self, place: object) -> Any:
        line = self._process.stdout.readline()
        if not line.endswith(b"\n"):
            raise EOFError
        try:
            return json.loads(line)
        except ValueError as error:
            raise InputError(f"{place}: reading it gave an unusable answer: {error}") from error

    def _last_words(self, seconds: int) -> str:
        status = self._process.wait()
        if status == -signal.SIGXCPU:
            return f"reading it takes more than {seconds} s, too long for its size; it is damaged, or must be converted"
        if status > 0:
            return "the process that reads it could not start, or has failed"
        return "the library that reads it failed on it; the file is damaged, or needs too much memory"

    def _end(self) -> None:
        self._process.kill()
        self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()


def serve(work: Callable[..., None]) -> None:
    """Do tasks until stdin ends: ``work`` takes the stream for answers and the task's keyword arguments."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what libraries print is no answer
    for line in sys.stdin.buffer:
        asked, problem = json.loads(line), ""
        _limit(asked["memory"], asked["seconds"])
        try:
            work(answers, **asked["task"])
        except InputError as error:
            problem = str(error)
        write_line(answers, {"end": problem})


def write_line(stream: BinaryIO, message: dict[str, Any]) -> None:
    """One line of JSON, at once."""
    stream.write(json.dumps(message).encode() + b"\n")
    stream.flush()


def _limit(memory: int, seconds: int) -> None:
    """Let this process take so many bytes and seconds of CPU more than it has now, where the system can."""
    try:
        import resource
    except ImportError:
        return
    sizes = Path("/proc/self/statm")
    pages = int(sizes.read_text().split()[0]) if sizes.exists() else 1 << 18
    used = resource.getrusage(resource.RUSAGE_SELF)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for which, most in (
        (resource.RLIMIT_AS, pages * resource.getpagesize() + memory),
        (resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + 1 + seconds),
    ):
        hard = resource.getrlimit(which)[1]
        resource.setrlimit(which, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
