"""The process in which the HDF5 library reads a data set.

On some damaged files the library never ends, or ends the process that it is in; and a chunk of a few bytes can unpack
to gigabytes. So a child process opens the file, and each request has limits of time and memory that grow with its size.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from threading import Lock
from typing import Any, ClassVar
from weakref import WeakValueDictionary

import numpy as np

from dpmd.errors import InputError
from dpmd.regular_file import require_regular

_START = "import json, sys; sys.path[:] = json.loads(sys.argv.pop(1)); from dpmd.systems.hdf5_child import main; main()"
# What a request may take: so much, and so much for each megabyte of the file.
_SECONDS, _MEGABYTES_PER_SECOND = 3, 20  # of CPU time, which a machine with much else to do stretches
_BYTES, _BYTES_PER_BYTE = 192 << 20, 4
_ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")


class Hdf5Process:
    """A file that is open in a child process, which ends with this object."""

    _of_files: ClassVar[WeakValueDictionary[tuple[Any, ...], Hdf5Process]] = WeakValueDictionary()

    def __init__(self, path: Path) -> None:
        self.place, size = str(path), require_regular(path)
        self._limits = {
            "seconds": _SECONDS + (size >> 20) // _MEGABYTES_PER_SECOND,
            "memory": _BYTES + _BYTES_PER_BYTE * size,
        }
        self._lock = Lock()
        if not sys.executable:
            raise InputError(f"{path}: no Python interpreter to read it with; convert it to a deepmd/npy folder")
        try:
            self._process: Any = subprocess.Popen(
                [sys.executable, "-c", _START, json.dumps(sys.path), str(path.absolute())],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={**os.environ, **_ONE_THREAD},
                start_new_session=True,  # what a terminal interrupts is the process that it started
            )
        except OSError as error:
            raise InputError(f"{path}: no process could be started to read it: {error}") from error

    @classmethod
    def of(cls, path: Path) -> Hdf5Process:
        """The one that has the file open, or a new one."""
        status = path.stat()
        key = (os.getpid(), status.st_dev, status.st_ino, status.st_mtime_ns)
        found = cls._of_files.get(key)
        if found is None or found._process.poll() is not None:
            found = cls._of_files[key] = cls(path)
        return found

    def ask(self, place: str, **request: Any) -> Any:
        """The answer to a request.

        Raises:
            InputError: The file is damaged, or the library needs more for it than a file of its size should take.
        """
        with self._lock:
            return self._ask(place, request)

    def row(self, place: str, name: str, index: int) -> np.ndarray:
        """The numbers of a row of a dataset, flat."""
        with self._lock:
            size = self._ask(place, {"row": [name, index]})
            numbers = self._process.stdout.read(size)
        if len(numbers) != size:
            raise self._lost(place)
        return np.frombuffer(numbers, "<f8")

    def _ask(self, place: str, request: dict[str, Any]) -> Any:
        try:
            self._process.stdin.write(json.dumps({**request, **self._limits}).encode() + b"\n")
            self._process.stdin.flush()
            reply = json.loads(self._process.stdout.readline())
        except (OSError, ValueError):
            raise self._lost(place) from None
        if "error" in reply:
            raise InputError(f"{place}: a damaged HDF5 file: {reply['error']}")
        return reply["answer"]

    def _lost(self, place: str) -> InputError:
        self.end()
        return InputError(f"{place}: the HDF5 library failed on it or found no end; the file is damaged")

    def end(self) -> None:
        """Stop it, whatever it does."""
        process = getattr(self, "_process", None)
        if process is not None:
            process.kill()
            process.wait()
            process.stdin.close()
            process.stdout.close()

    __del__ = end
