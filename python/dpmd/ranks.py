"""The processes that share a simulation: which they are, and what they do together."""

from __future__ import annotations

import atexit
import functools
import hashlib
import json
import os
import platform
import shutil
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from dpmd import _core
from dpmd.device import devices
from dpmd.errors import DeviceError, InputError, RankError
from dpmd.handle import SharedHandle

__all__ = ["RankReport", "Ranks", "mpi_world", "single_rank"]

Value = TypeVar("Value")

_CAUSE_FIRST_SECONDS = 1.0

# Registered now, so that functions registered later are called first and may do things together with other ranks.
atexit.register(_core.leave_mpi_world)


@dataclass(frozen=True)
class RankReport:
    """How a simulation is shared."""

    rank: int
    """The rank that this report is about."""
    n_ranks: int
    grid: tuple[int, int, int]
    """Parts of the box along each lattice vector."""
    imbalance: float
    """The largest number of atoms of a rank over the mean."""
    n_owned: int
    """The number of atoms of this rank."""
    n_ghosts: int
    """The number of images and of other ranks' atoms that are neighbours of this rank's atoms."""
    n_remote_ghosts: int
    """The number of these that other ranks own."""
    n_sent: int
    """The number of ghosts that other ranks have of this rank's atoms."""
    n_peers: int
    """The number of ranks with which this one exchanges messages in every step."""
    n_migrated: int
    """The number of atoms, over all ranks, that have moved to another rank so far."""
    migration_seconds: float
    """This rank's time for it."""


class Ranks(SharedHandle):
    """The processes that ``mpiexec`` has started together, as seen by one of them; ``mpi_world()`` returns this object.

    Functions marked collective must be called on every rank in the same order, and hence by one thread of each: while a
    thread communicates with other ranks, or runs a simulation that they share, collective calls of other threads are an
    ``InputError``. If ranks call different functions, or one ends while others call one, a ``RankError`` names both.
    """

    _instead = "each process asks mpi_world() for its own"

    def __init__(self, core: _core.Communicator) -> None:
        self._core = core

    @property
    def rank(self) -> int:
        """The number of this process, from 0."""
        return self._core.rank

    @property
    def size(self) -> int:
        """The number of processes."""
        return self._core.size

    @property
    def local_rank(self) -> int:
        """The number of this process among those on this machine."""
        return self._core.local_rank

    @property
    def local_size(self) -> int:
        """The number of processes on this machine."""
        return self._core.local_size

    @property
    def description(self) -> str:
        """Such as ``"4 ranks of MPICH 5.0.1"``."""
        return self._core.description

    @property
    def is_first(self) -> bool:
        """Whether this is rank 0, which prints and writes files."""
        return self.rank == 0

    def together(self, work: Callable[[], Value]) -> Value:
        """Call ``work`` on every rank, and fail on all if it fails on one. Collective.

        The work itself must not be collective: the others would wait for a rank that has failed.

        Raises:
            Exception: On the lowest rank that failed, the exception that it raised; on all others, the same
                ``InputError`` or ``DeviceError``, or a ``RankError`` with the text of any other exception.
        """
        return self._together(work, "together()")

    def _together(self, work: Callable[[], Value], name: str) -> Value:
        """The same, with a name that is shown to a rank that does something else."""
        if self.size == 1:
            return work()
        result, failure = None, None
        try:
            result = work()
        except Exception as error:
            failure = error
        reports = [json.loads(report) for report in self._core.all_gather(_report(failure), name)]
        failed = next((rank for rank, (kind, _) in enumerate(reports) if kind), None)
        if failed is None:
            return result  # type: ignore[return-value]
        if failed == self.rank and failure is not None:
            raise failure
        kind, text = reports[failed]
        if kind == "other":
            raise RankError(f"rank {failed} failed: {text}")
        raise {"input": InputError, "device": DeviceError}[kind](text if failed == 0 else f"on rank {failed}: {text}")

    def by_first(self, work: Callable[[], Value]) -> Value:
        """Call ``work`` on rank 0 and return its result, which must be valid JSON, on all ranks. Collective.

        If it fails, it fails on all ranks, as in ``together``.
        """
        value = self._together(lambda: work() if self.is_first else None, "by_first()")
        if self.size == 1:
            return value  # type: ignore[return-value]
        text = json.dumps(value) if self.is_first else ""
        return json.loads(self._core.broadcast(text.encode(), 0, "by_first()"))

    def largest(self, value: float) -> float:
        """The largest of all ranks' values. Collective."""
        return self._core.largest(float(value))

    def threads(self) -> int | None:
        """The number of threads for each rank, ``Potential(threads=...)``, so that each core is used once. Collective.

        Ranks that may run on the same cores share them evenly; if ``mpiexec`` has bound ranks to separate cores, each
        takes its own. None with one rank, or if ``OMP_NUM_THREADS`` gives the number.
        """
        if self.size == 1:
            return None
        cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
        place = hashlib.sha256(f"{platform.node()} {list(cores)}".encode()).digest()
        sharing = self._core.all_gather(place, "threads()").count(place)
        return None if "OMP_NUM_THREADS" in os.environ else max(1, len(cores) // sharing)

    def device(self, name: str) -> str:
        """The device of this rank: with ``"cuda"``, ``"hip"`` and ``"auto"`` the ranks take the machine's GPUs in turn.

        A device with a number is used by every rank, and so is the CPU.
        """
        if self.size == 1 or name not in ("cuda", "hip", "auto"):
            return name
        usable = [one.name for one in devices() if not one.unusable]
        kind = name if name != "auto" or not usable else usable[0].partition(":")[0]
        own = [one for one in usable if one.partition(":")[0] == kind]
        return own[self.local_rank % len(own)] if own else name

    def abort(self, reason: str) -> None:
        """End the whole job: this rank cannot go on, and the others must not wait for it."""
        self._core.abort(reason)

    def _text(self) -> str:
        return f"Ranks(rank {self.rank} of {self.description})"


def single_rank() -> Ranks:
    """A single rank, however this process was started."""
    return Ranks(_core.single_rank())


@functools.cache
def mpi_world() -> Ranks:
    """All processes that ``mpiexec`` has started together, or a single rank without ``mpiexec``.

    The MPI library is the one that the process has already loaded, for instance through ``mpi4py``, or the one named by
    ``DPMD_LIBMPI``, or the first that is found of MPICH and Open MPI, also where pip installs them
    (``library_folders``). With several ranks, an uncaught exception in any thread ends the whole job from then on, so
    that the others do not wait forever, and so does a rank that exits while another goes on.

    Raises:
        RankError: ``mpiexec`` has started this process, but no MPI library can be used.
    """
    ranks = Ranks(_core.mpi_world([str(folder) for folder in library_folders()]))
    if ranks.size > 1:
        _abort_on_uncaught(ranks)
    return ranks


def library_folders() -> list[Path]:
    """The folders in which pip installs libraries of the packages that this Python sees, beside each folder of
    packages.

    The loader does not look there, and the packages may be in a different environment from dpmd.
    """
    folders = [Path(entry).parents[1] for entry in sys.path if Path(entry).name in ("site-packages", "dist-packages")]
    return [folder for folder in dict.fromkeys(folders) if folder.name in ("lib", "lib64")]


def mpi_parts() -> dict[str, str | None]:
    """Where to find what several ranks need: dpmd's ``module`` for MPI, and the ``mpiexec`` that starts them.

    MPI itself is neither loaded nor started: its library is looked for only if ``mpiexec`` has started the process.
    """
    folder = str(Path(sys.executable).parent)
    found = shutil.which("mpiexec", path=folder) or shutil.which("mpiexec")
    return {"module": _core.mpi_module() or None, "mpiexec": found}


def _abort_on_uncaught(ranks: Ranks) -> None:
    usual, usual_in_thread = sys.excepthook, threading.excepthook

    def say_and_abort(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> Any:
        _wait_for_cause(ranks, error)
        usual(kind, error, trace)
        _abort(ranks, kind, error)

    def say_and_abort_in_thread(arguments: threading.ExceptHookArgs) -> Any:
        usual_in_thread(arguments)
        if arguments.exc_type is not SystemExit:
            _abort(ranks, arguments.exc_type, arguments.exc_value)

    sys.excepthook = say_and_abort
    threading.excepthook = say_and_abort_in_thread


def _wait_for_cause(ranks: Ranks, error: BaseException) -> None:
    """Makes several ranks that fail for one reason print it once: the rank with the cause, otherwise rank 0."""
    if isinstance(error, RankError):
        time.sleep(_CAUSE_FIRST_SECONDS * (1 if ranks.is_first else 2))


def _abort(ranks: Ranks, kind: type[BaseException], error: BaseException | None) -> None:
    sys.stderr.flush()
    ranks.abort(f"{kind.__name__}: {error}")


def _report(failure: Exception | None) -> bytes:
    """The kind and the text of a failure, for the other ranks."""
    if failure is None:
        return json.dumps(["", ""]).encode()
    if isinstance(failure, InputError):
        return json.dumps(["input", str(failure)]).encode()
    if isinstance(failure, DeviceError):
        return json.dumps(["device", str(failure)]).encode()
    return json.dumps(["other", f"{type(failure).__name__}: {failure}"]).encode()
