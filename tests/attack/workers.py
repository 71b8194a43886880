"""Cases are tried in worker processes with limits: a crash or a hang costs one case and is counted."""

from __future__ import annotations

import importlib
import multiprocessing
import os
import random
import resource
import shutil
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, process_time, sleep
from typing import Any

from attack.counts import Budget, Counts, DataLossError

_MEMORY = 4 << 30  # address space of a worker beyond what it has at its start, bytes
_MOST_SECONDS, _MOST_MEMORY = 5.0, 500e6  # s and bytes that a case may cost: docs/limits.md
_NONE = -1.0


def attack_in_workers(module: str, budget: Budget, case_seconds: float = 20.0) -> Counts:
    """Try cases of a module until the time is over.

    The module has ``prepare(folder)``, called once per worker, and ``attempt(state, rng, folder)``, called per case
    with what ``prepare`` returned. A case must write its input to the folder before it tries it. Any exception is a
    failure; ``DataLossError`` is counted separately.
    """
    counts = Counts(budget.name)
    n = 1 if budget.case is not None else max(1, os.cpu_count() or 1)
    workers = [_Worker(module, budget, k, n) for k in range(n)]
    try:
        while not budget.is_over and any(worker.is_busy for worker in workers):
            sleep(0.1)
            for worker in workers:
                worker.look(counts, case_seconds)
    finally:
        for worker in workers:
            worker.end(counts)
    return counts


class _Worker:
    """A process that tries the cases first, first + stride, ...; when it dies, a new one takes over."""

    def __init__(self, module: str, budget: Budget, first: int, stride: int) -> None:
        self._module, self._budget, self._stride = module, budget, stride
        self._first = budget.case if budget.case is not None else first
        self._folder = budget.scratch / f"worker-{first}"
        self._context = multiprocessing.get_context("spawn")
        self._failures = self._context.SimpleQueue()
        self.is_busy = True
        self._start(self._first)

    def _start(self, case: int) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(parents=True)
        # case being tried, since when, cases done
        self._shared = self._context.Array("d", [_NONE, monotonic(), 0.0], lock=False)
        only = self._budget.case is not None
        arguments = (self._module, self._budget, case, self._stride, only, self._folder, self._shared, self._failures)
        self._process = self._context.Process(target=_work, args=arguments, daemon=True)
        self._process.start()

    def look(self, counts: Counts, case_seconds: float) -> None:
        """Count failures since the last check."""
        self._collect(counts)
        case, since, _ = self._shared
        if not self._process.is_alive():
            if self._process.exitcode == 0:
                self.is_busy = False  # its only case is done
            else:
                self._lost(counts, case, f"the process ended with exit code {self._process.exitcode}", hang=False)
        elif case != _NONE and monotonic() - since > case_seconds:
            self._process.kill()
            self._process.join()
            self._lost(counts, case, f"no end after {case_seconds:g} s", hang=True)

    def _lost(self, counts: Counts, case: float, reason: str, hang: bool) -> None:
        if case == _NONE:
            raise RuntimeError(f"{self._module}: a worker failed before its first case: {reason}")
        counts.inputs += int(self._shared[2]) + 1
        counts.hangs += hang
        counts.crashes += not hang
        counts.notes.append(self._budget.kept(int(case), self._folder / "case", reason))
        self._shared[2] = 0
        if self._budget.case is None:
            self._start(int(case) + self._stride)
        else:
            self.is_busy = False

    def _collect(self, counts: Counts) -> None:
        while not self._failures.empty():
            is_loss, note = self._failures.get()
            counts.losses += is_loss
            counts.crashes += not is_loss
            counts.notes.append(note)

    def end(self, counts: Counts) -> None:
        """Stop, and count what was done."""
        self._process.kill()
        self._process.join()
        self._collect(counts)
        counts.inputs += int(self._shared[2])


def _work(
    module: str, budget: Budget, case: int, stride: int, only: bool, folder: Path, shared: Any, failures: Any
) -> None:
    """The main function of a worker."""
    attacked = importlib.import_module(module)
    state = attacked.prepare(folder)
    here = folder / "case"
    _limit_memory()
    with open(os.devnull, "w") as nothing:
        sys.stderr = nothing
        for number in _numbers(case, stride, only):
            shutil.rmtree(here, ignore_errors=True)
            here.mkdir()
            shared[1] = monotonic()
            shared[0] = float(number)
            try:
                with _bounded_costs():
                    attacked.attempt(state, random.Random(f"{budget.name} {budget.seed} {number}"), here)
            except BaseException as error:
                failures.put((isinstance(error, DataLossError), budget.kept(number, here, traceback.format_exc())))
            shared[0] = _NONE
            shared[2] += 1


def _numbers(case: int, stride: int, only: bool) -> Iterator[int]:
    yield case
    while not only:
        case += stride
        yield case


@contextmanager
def _bounded_costs() -> Iterator[None]:
    """No input of these sizes may cost more than the readers promise; only processor time counts."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # resets the peak
    before, start = _memory("VmRSS"), process_time()
    yield
    seconds, more = process_time() - start, _memory("VmHWM") - before
    assert seconds < _MOST_SECONDS and more < _MOST_MEMORY, f"cost {seconds:.1f} s and {more / 1e6:.0f} MB"


def _memory(name: str) -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    return 1024 * int(status.split(f"{name}:")[1].split()[0])


def _limit_memory() -> None:
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + _MEMORY, used + _MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
