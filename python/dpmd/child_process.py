"""Separate processes for libraries whose reading of a file cannot be stopped from within the same process.

A child imports a module of dpmd once and then does task after task, each under its own limits of memory and time. The
module has a function ``answers``, which takes a task's keyword arguments and iterates over answers, and a text
``COMPLAINT``, which explains what a failure of the library means. Tasks and answers are lines of JSON; a line is
followed by the bytes of the arrays that it describes.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO, ClassVar

import numpy as np

from dpmd.errors import InputError
from dpmd.foreign import reading

Answer = tuple[Any, Mapping[str, np.ndarray]]  # JSON values, and arrays of numbers by name

_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv.pop(1)); "
    "from dpmd.child_process import serve; serve(sys.argv.pop(1))"
)
_NUMBERS = "fiub"  # kinds of arrays: numbers and flags
# Threads of a linear algebra library would count against the memory of a child but have nothing to do.
_ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")


class Child:
    """A process that does the tasks of a module."""

    _idle: ClassVar[list[Child]] = []

    def __init__(self, module: str, place: object) -> None:
        if not sys.executable:
            raise InputError(
                f"{place}: no Python interpreter to read it with; convert it first: a model to .dpmd, a structure to "
                "extended XYZ, a data set to .npy"
            )
        self._module, self._owner, self._is_waiting = module, os.getpid(), True
        try:
            self._process: Any = subprocess.Popen(
                [sys.executable, "-c", _START, json.dumps(sys.path), module],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, **_ONE_THREAD},
                start_new_session=True,  # so that Ctrl-C only reaches the process started in the terminal
            )
        except OSError as error:
            raise InputError(f"{place}: no process could be started to read it: {error}") from error

    @classmethod
    @contextmanager
    def taken(cls, module: str, place: object) -> Iterator[Child]:
        """An idle process, or a new one; it is kept if it has answered to the end.

        Args:
            module: The module that it runs.
            place: The file that it reads, for messages.
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
    def only_answer(cls, module: str, place: object, task: dict[str, Any], memory: int, seconds: int) -> Answer:
        """The answer to a task that has a single one; the arguments are those of ``taken`` and ``ask``.

        A process in which this fails is not used again, since native code that has met damage may be in any state.
        """
        with cls.taken(module, place) as child:
            try:
                [answer] = child.ask(place, task, memory, seconds)
            except InputError:
                child._is_waiting = False
                raise
            return answer

    @classmethod
    def _from_idle(cls, module: str) -> Child | None:
        for child in [one for one in cls._idle if one._module == module]:
            try:
                cls._idle.remove(child)
            except ValueError:  # another thread has taken it
                continue
            if child._owner == os.getpid() and child._process.poll() is None:  # else the parent's, or gone
                return child
        return None

    def ask(self, place: object, task: dict[str, Any], memory: int, seconds: int) -> Iterator[Answer]:
        """Its answers to a task.

        Args:
            place: The file, for messages.
            task: Keyword arguments of the module's ``answers``.
            memory: Bytes that it may allocate for the task.
            seconds: CPU time that it may take; the elapsed time may be longer on a busy machine.

        Raises:
            InputError: The process reports an error, or has died before it could.
        """
        self._is_waiting = False
        asked = {"place": str(place), "task": task, "memory": memory, "seconds": seconds}
        try:
            _send(self._process.stdin, asked, {})
            while True:
                message, arrays = self._received(place)
                if "end" in message:
                    break
                yield message["answer"], arrays
        except (EOFError, BrokenPipeError):
            raise InputError(f"{place}: {self._last_words(seconds)}") from None
        self._is_waiting = True
        if message["end"]:
            raise InputError(message["end"])

    def _received(self, place: object) -> Answer:
        line = self._process.stdout.readline()
        if not line.endswith(b"\n"):
            raise EOFError
        with reading(place, "reading it gave an unusable answer"):
            message, described = json.loads(line)
            if any(np.dtype(kind).kind not in _NUMBERS for kind, _ in described.values()):
                raise ValueError("arrays of something other than numbers")
            arrays = {name: np.empty(shape, kind) for name, (kind, shape) in described.items()}
        for array in arrays.values():
            if self._process.stdout.readinto(array.reshape(-1).view(np.uint8)) != array.nbytes:
                raise EOFError
        return message, arrays

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


def serve(name: str) -> None:
    """Do tasks of a module until stdin ends."""
    warnings.simplefilter("ignore")
    stream = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # output of libraries must not be taken for answers
    for line in sys.stdin.buffer:
        (asked, _), problem = json.loads(line), ""
        try:
            with reading(asked["place"], "the process that reads it could not start"):
                module = import_module(name)
            _limit(asked["memory"], asked["seconds"])
            with reading(asked["place"], module.COMPLAINT):
                for answer, arrays in module.answers(**asked["task"]):
                    _send(stream, {"answer": answer}, arrays)
        except InputError as error:
            problem = str(error)
        _send(stream, {"end": problem}, {})


def _send(stream: BinaryIO, message: dict[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
    """Write a line with the message and a description of its arrays, followed by their bytes, in one piece."""
    arrays = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    for name, array in arrays.items():
        if array.dtype.kind not in _NUMBERS:
            raise ValueError(f"{name} holds {array.dtype}, not numbers")
    described = {name: (array.dtype.str, array.shape) for name, array in arrays.items()}
    stream.write(json.dumps([message, described]).encode() + b"\n")
    for array in arrays.values():
        stream.write(array.reshape(-1).view(np.uint8))
    stream.flush()


def _limit(memory: int, seconds: int) -> None:
    """Limit how many more bytes and seconds of CPU time this process may take, if the system can do so."""
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
