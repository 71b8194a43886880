"""The targets of libFuzzer (``fuzz/``), under AddressSanitizer and UBSan, each on all cores."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Iterable
from pathlib import Path

from attack.counts import Budget, Counts

_DICTIONARY = Path(__file__).parent / "fuzz" / "json.dict"
_OPTIONS = {  # small inputs are tried most often; a megabyte is more than any of these files has
    "-entropic": 0,  # takes more time than the targets do
    "-max_len": 1 << 16,
    "-timeout": 10,
    "-rss_limit_mb": 2048,
    "-print_final_stats": 1,
    "-dict": _DICTIONARY,
}


def run(budget: Budget) -> Counts:
    """Runs the fuzzers until the time is over, or each process has found something."""
    counts = Counts(budget.name)
    program = budget.build / budget.name
    if not program.is_file():
        counts.left_out = f"no {program}; CONTRIBUTING.md says how it is built"
        return counts
    corpus = budget.scratch / "corpus"
    corpus.mkdir()
    n = max(1, os.cpu_count() or 1)
    started = [_start(program, budget, corpus, k) for k in range(n)]
    for process, log in started:
        process.wait()
        _count(counts, budget, program, process.returncode, log)
    return counts


def _start(program: Path, budget: Budget, corpus: Path, k: int) -> tuple[subprocess.Popen[bytes], Path]:
    log = budget.scratch / f"log-{k}"
    budget.keep.mkdir(parents=True, exist_ok=True)
    options: Iterable[tuple[str, object]] = [
        *_OPTIONS.items(),
        ("-seed", budget.seed % 2**31 + k + 1),
        ("-max_total_time", max(1, int(budget.seconds))),
        ("-artifact_prefix", f"{budget.keep}/{budget.name}-"),
    ]
    command = [str(program), *(f"{name}={value}" for name, value in options), str(corpus)]
    environment = os.environ | {"TMPDIR": str(budget.scratch), "UBSAN_OPTIONS": "print_stacktrace=1"}
    with open(log, "wb") as output:
        return subprocess.Popen(command, stdout=output, stderr=output, env=environment), log


def _count(counts: Counts, budget: Budget, program: Path, status: int, log: Path) -> None:
    text = log.read_text(errors="replace")
    found = re.search(r"stat::number_of_executed_units: (\d+)", text)
    counts.inputs += int(found[1]) if found else 0
    if status == 0:
        return
    kept = re.search(r"Test unit written to (\S+)", text)
    if "DATA LOSS" in text or "UNDETECTED FLIP" in text:
        counts.losses += 1
    elif kept and "/timeout-" in kept[1].replace(f"{budget.name}-", ""):
        counts.hangs += 1
    else:
        counts.crashes += 1
    lines = [line for line in text.splitlines() if re.match(r"SUMMARY|DATA LOSS|UNDETECTED|.*runtime error", line)]
    again = shlex.join([str(program), kept[1]]) if kept else f"no input; its log ends: {text[-400:]}"
    counts.notes.append(f"{lines[0] if lines else f'exit status {status}'}\n    again: {again}")
