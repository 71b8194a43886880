"""Runs that are killed while they write, in every ensemble: once resumed, all files are those of an undisturbed run.

A kill happens at a random moment, or at a call that changes a file: before it, after it, or when half of it is done. A
resumed run is sometimes killed again.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path
from threading import Lock
from typing import Any

from attack.counts import Budget, Counts, DataLossError
from attack.tiny_input import ENSEMBLES, TinyInput
from attack.tiny_runs import differences, ended, results, start

_SHIM = Path(__file__).parent / "kill_shim.c"
_AT_RANDOM = 0.2  # share of the kills; the others are at calls


@dataclass(frozen=True)
class _Undisturbed:
    results: dict[str, Any]
    seconds: float
    calls: dict[str, list[int]]
    """Numbers of the calls that change files, by call and file."""


def run(budget: Budget) -> Counts:
    """Attacks until the time is over."""
    counts = Counts(budget.name)
    tiny = TinyInput(budget.scratch)
    killer = _Killer(budget, tiny)
    stages: dict[str, int] = defaultdict(int)
    cases = iter([budget.case] if budget.case is not None else count())
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        waiting = {pool.submit(killer.attempt, case) for case in islice(cases, os.cpu_count())}
        while waiting:
            done = next(as_completed(waiting))
            waiting.remove(done)
            case, stage, error, folder = done.result()
            counts.inputs += 1
            stages[stage] += 1
            if error is not None:
                counts.losses += isinstance(error, DataLossError)
                counts.hangs += isinstance(error, subprocess.TimeoutExpired)
                counts.crashes += not isinstance(error, (DataLossError, subprocess.TimeoutExpired))
                counts.notes.append(budget.kept(case, folder, f"{stage}\n{error}"))
            shutil.rmtree(folder, ignore_errors=True)
            if not budget.is_over and (case := next(cases, None)) is not None:
                waiting.add(pool.submit(killer.attempt, case))
    counts.notes.append("killed at: " + ", ".join(f"{stage} ({n})" for stage, n in sorted(stages.items())))
    return counts


class _Killer:
    def __init__(self, budget: Budget, tiny: TinyInput) -> None:
        self._budget, self._tiny = budget, tiny
        self._shim = budget.scratch / "kill_shim.so"
        build = [os.environ.get("CC", "cc"), "-shared", "-fPIC", "-O1", "-o", str(self._shim), str(_SHIM), "-ldl"]
        subprocess.run(build, check=True)
        self._whole: dict[str, _Undisturbed] = {}
        self._locks = {name: Lock() for name in ENSEMBLES}

    def _undisturbed(self, ensemble: str) -> _Undisturbed:
        """The undisturbed run, done when first asked for."""
        with self._locks[ensemble]:
            if ensemble not in self._whole:
                self._whole[ensemble] = self._run_whole(ensemble)
            return self._whole[ensemble]

    def _run_whole(self, ensemble: str) -> _Undisturbed:
        folder = self._budget.scratch / f"whole-{ensemble}"
        input_file, log = self._tiny.write(folder, ensemble), folder / "calls.log"
        began = time.monotonic()
        status, output = ended(start(input_file, environment=self._shimmed(folder, {"DPMD_KILL_LOG": str(log)})))
        if status != 0:
            raise RuntimeError(f"{input_file}: {output}")
        calls: dict[str, list[int]] = defaultdict(list)
        for number, line in enumerate(log.read_text().splitlines(), 1):
            call, name = line.split(" ", 1)
            calls[f"{call} {_without_number(name)}"].append(number)
        return _Undisturbed(results(folder / "run"), time.monotonic() - began, calls)

    def _shimmed(self, folder: Path, settings: dict[str, str]) -> dict[str, str]:
        return {"LD_PRELOAD": str(self._shim), "DPMD_KILL_FOLDER": f"{folder / 'run'}/"} | settings

    def attempt(self, case: int) -> tuple[int, str, BaseException | None, Path]:
        """Kill a run, resume it, compare. Returns the case, where it was killed, what was wrong, and its folder."""
        rng = random.Random(f"{self._budget.name} {self._budget.seed} {case}")
        ensemble = list(ENSEMBLES)[case % len(ENSEMBLES)]
        folder = self._budget.scratch / f"kill-{case}"
        stage = "at random"
        try:
            input_file = self._tiny.write(folder, ensemble)
            stage = self._kill(input_file, ensemble, rng, ())
            if rng.random() < 0.25 and (folder / "run" / "checkpoint.safetensors").is_file():
                self._kill(input_file, ensemble, rng, ("--resume",))
            self._finish(input_file)
            wrong = differences(results(folder / "run"), self._undisturbed(ensemble).results)
            left = [path.name for path in (folder / "run").glob("*.part")]
            if wrong:
                raise DataLossError(f"{ensemble}: not as in the undisturbed run: {', '.join(wrong)}")
            if left:
                raise DataLossError(f"{ensemble}: left behind: {', '.join(left)}")
        except Exception as error:
            return case, stage, error, folder
        return case, stage, None, folder

    def _kill(self, input_file: Path, ensemble: str, rng: random.Random, options: tuple[str, ...]) -> str:
        """Start a run that usually does not reach its end; returns where it was killed."""
        whole = self._undisturbed(ensemble)
        if rng.random() < _AT_RANDOM:
            process = start(input_file, *options)
            time.sleep(rng.uniform(0.3, 1.0) * whole.seconds)
            process.kill()
            ended(process)
            return "a moment"
        kind = rng.choice(sorted(whole.calls))  # rare calls as often as common ones
        settings = {
            "DPMD_KILL_AT": str(rng.choice(whole.calls[kind])),
            "DPMD_KILL_HOW": rng.choice(("before", "torn", "after")),
        }
        ended(start(input_file, *options, environment=self._shimmed(input_file.parent, settings)))
        return kind

    def _finish(self, input_file: Path) -> None:
        """Resume to the end, as a user would; before the first checkpoint a run must be started anew."""
        resumable = (input_file.parent / "run" / "checkpoint.safetensors").is_file()
        status, output = ended(start(input_file, "--resume" if resumable else "--force"))
        if status != 0:
            raise DataLossError(f"{'--resume' if resumable else '--force'} fails: {output}")


def _without_number(name: str) -> str:
    """``checkpoint.safetensors.part`` of ``checkpoint.safetensors.1234.part``."""
    return ".".join(part for part in name.split(".") if not part.isdigit())
