"""Two runs started at once in one folder: one is refused, the other's files are those of a single run."""

from __future__ import annotations

import random
import shutil
import subprocess
import time

from attack.counts import Budget, Counts, DataLossError
from attack.tiny_input import ENSEMBLES, TinyInput
from attack.tiny_runs import differences, ended, results, start

_STEPS = 400  # enough for the two to overlap


def run(budget: Budget) -> Counts:
    """Attacks until the time is over."""
    counts = Counts(budget.name)
    tiny = TinyInput(budget.scratch)
    alone = {}
    case = 0 if budget.case is None else budget.case
    while True:
        rng = random.Random(f"{budget.name} {budget.seed} {case}")
        ensemble = list(ENSEMBLES)[case % len(ENSEMBLES)]
        if ensemble not in alone:
            input_file = tiny.write(budget.scratch / f"alone-{ensemble}", ensemble, _STEPS)
            status, output = ended(start(input_file))
            if status != 0:
                raise RuntimeError(output)
            alone[ensemble] = results(input_file.parent / "run")
        folder = budget.scratch / f"pair-{case}"
        try:
            _attempt(tiny, folder, ensemble, rng, alone[ensemble])
        except (DataLossError, subprocess.TimeoutExpired, OSError) as error:
            counts.losses += not isinstance(error, subprocess.TimeoutExpired)
            counts.hangs += isinstance(error, subprocess.TimeoutExpired)
            counts.notes.append(budget.kept(case, folder, str(error)))
        shutil.rmtree(folder, ignore_errors=True)
        counts.inputs += 1
        case += 1
        if budget.is_over or budget.case is not None:
            return counts


def _attempt(tiny: TinyInput, folder, ensemble: str, rng: random.Random, alone: dict) -> None:
    input_file = tiny.write(folder, ensemble, _STEPS)
    options = rng.choice(((), (), ("--force",)))
    first = start(input_file, *options)
    time.sleep(rng.choice((0.0, 0.0, rng.uniform(0, 0.5))))
    second = start(input_file, *options)
    ends = [ended(first), ended(second)]
    statuses = sorted(status for status, _ in ends)
    said = "\n".join(output for _, output in ends)
    if statuses != [0, 2]:
        raise DataLossError(f"{said}\nexit statuses {statuses}: not one that ran and one that was refused")
    wrong = differences(results(folder / "run"), alone)
    if wrong:
        raise DataLossError(f"{said}\nnot as of a run alone: {', '.join(wrong)}")
