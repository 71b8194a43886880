#!/usr/bin/env python3
"""Checks and measures a GPU backend on a real device: python bench/device_check --out DIR

Builds the tree, runs the tests of the device, compares forces, energies and virials with the CPU backend of the same
build, follows the energy of NVE runs, times MD steps from 192 atoms to 10 million, looks for the largest system, and
ends with a table and DIR/device_check.json. The exit status is 1 when a check failed. Needs the toolchain of the
device, CMake, Ninja, and Python with NumPy and pybind11, and GoogleTest for the native tests. With --backend emulator
all of it is done with a few hundred atoms on the emulator of the tests, to try the script without a GPU.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

import cases
import judge
from build import KINDS, Build, machine
from plan import EMULATED, FULL, QUICK, Plan
from report import FAILED, MEASURED, SKIPPED, Report, Row
from worker import CaseError, Worker

SYSTEMS = ("water", "copper")
PRECISIONS = ("double", "mix32", "mix16")
DEVICE_PRECISIONS = ("double", "mix32", "mix32-3xtf32", "mix32-tf32", "mix16")  # two of them are not for CPUs
FORMS = {"exact": "off", "compressed": "moment"}
LARGEST = ("mix32", "compressed")  # for which the largest system is searched
DEVICE_SHARE = 0.9  # the share of its memory that a case may fill
_TRIES = 4  # to find the largest system
_RESERVE = 0.15  # the share of the budget for it


class Script:
    """Runs all sections within a budget of time."""

    def __init__(self, options: argparse.Namespace, plan: Plan) -> None:
        self._budget = options.budget or plan.budget
        self._end = time.perf_counter() + self._budget
        self._options, self._plan = options, plan
        self.report = Report(machine(), options.out / "device_check.json", plan.remark)
        self._build = Build((options.build or options.out / "build").resolve(), options.backend)
        self._memory = 0
        self._last: dict[str, dict[str, Any]] = {}
        self._worker: Worker

    def run(self) -> None:
        """Run everything."""
        options = self._options
        if options.no_build:
            self.report.add(Row("build", "build", SKIPPED, note="--no-build"))
        else:
            self._build.make(self.report, options.cmake, 0.6 * self._left())
        if self._build.core is None:
            self.report.add(Row("build", "extension module", FAILED, note="is not there: nothing can be measured"))
            return
        models = {name: path for name, path in (("water", options.water), ("copper", options.copper)) if path}
        self._build.use_modules()
        device, side = self._build.kind.device, self._plan.copper_side
        self._worker = Worker(cases.Bench, self._build.core, device, models, side)
        try:
            if self._describe():
                self._accuracy()
                self._drift()
                self._build.measure_ceilings(self.report, min(60.0, self._left()))
                if not options.no_build:
                    self._build.run_tests(self.report, 0.4 * self._left())
                self._speed()
                self._largest()
        finally:
            self._worker.close()

    def _left(self) -> float:
        return self._end - time.perf_counter()

    def _call(self, section: str, case: str, seconds: float, function: Any, *arguments: Any) -> dict[str, Any] | None:
        """The case's values; None when it failed or took too long, with a row that says how."""
        if self._left() < 1:
            self.report.add(Row(section, case, SKIPPED, note="no time is left"))
            return None
        try:
            return self._worker.call(min(seconds, self._left()), function, *arguments)
        except CaseError as error:
            self.report.add(Row(section, case, FAILED, note=str(error)))
            return None

    def _describe(self) -> bool:
        kind = self._build.kind
        found = self._call("device", kind.device, self._plan.patience, cases.describe)
        if found is None:
            return False
        self.report.machine |= {f"model of {name}": one["model"] for name, one in found["systems"].items()}
        unusable = ""
        for name, product, architecture, memory, reason in found["devices"]:
            if name == kind.device:
                self._memory = memory
                self.report.machine["device"] = f"{product}, {architecture}, {memory / 2**30:.1f} GiB"
                return True
            if name == kind.device.split(":")[0]:
                unusable = reason
        if self._options.backend == "cpu":
            return True
        self.report.add(Row("device", kind.device, FAILED, note=unusable or f"is not among {found['devices']}"))
        return False

    def _accuracy(self) -> None:
        precisions = PRECISIONS if self._options.backend == "cpu" else DEVICE_PRECISIONS
        for system in SYSTEMS:
            for precision in precisions:
                for form, compress in FORMS.items():
                    case = f"{system}, {precision}, {form}"
                    how = (system, precision, compress, self._plan.accuracy_atoms)
                    found = self._call("accuracy", case, self._plan.patience, cases.accuracy, *how)
                    if found is not None:
                        self.report.add(judge.accuracy(case, found, precision))

    def _drift(self) -> None:
        steps, seconds = self._plan.drift_steps, self._plan.drift_seconds
        for precision in ("double", "mix32"):
            for form, compress in FORMS.items():
                case = f"water, {precision}, {form}"
                how = ("water", precision, compress, steps, seconds)
                found = self._call("NVE drift", case, seconds + self._plan.patience, cases.drift, *how)
                if found is not None:
                    self.report.add(judge.drift(case, found))

    def _speed(self) -> None:
        for n_atoms in self._plan.sizes:
            for system in SYSTEMS:
                for form, compress in reversed(FORMS.items()):
                    for precision in reversed(PRECISIONS):
                        self._one_speed(f"{system}, {precision}, {form}", (system, precision, compress), n_atoms)

    def _one_speed(self, kind: str, how: tuple[str, str, str], n_atoms: int) -> None:
        """Run one case, unless the last smaller one shows that it cannot be done."""
        case, seconds = f"{kind}, {n_atoms:,}", self._plan.step_seconds
        if kind in self._last:
            needed, memory = _forecast(self._last[kind], n_atoms)
            if self._memory and memory > DEVICE_SHARE * self._memory:
                note = f"needs about {memory / 2**30:.0f} GiB of the device"
                self.report.add(Row("MD step", case, SKIPPED, note=note))
                return
        else:
            needed = 2.0
        left = self._left() - _RESERVE * self._budget
        if needed + seconds > left:
            note = f"needs about {needed + seconds:.0f} s, {max(0.0, left):.0f} s are left"
            self.report.add(Row("MD step", case, SKIPPED, note=note))
            return
        found = self._call(
            "MD step", case, 3 * needed + seconds + self._plan.patience, cases.speed, *how, n_atoms, seconds
        )
        if found is not None:
            self._last[kind] = found
            n_fallback = found["more"]["n_fallback"]
            note = f"{n_fallback} atoms took the networks as trained" if n_fallback else ""
            self.report.add(Row("MD step", case, MEASURED, found, note))

    def _largest(self) -> None:
        self._worker.close()  # frees all that its potentials keep
        precision, form = LARGEST
        for k, system in enumerate(SYSTEMS):
            kind = f"{system}, {precision}, {form}"
            if not self._memory or kind not in self._last:
                note = "the device's memory is not known" if not self._memory else "no smaller one was timed"
                self.report.add(Row("largest system", kind, SKIPPED, note=note))
                continue
            until = self._end - self._left() * (len(SYSTEMS) - k - 1) / (len(SYSTEMS) - k)
            self.report.add(self._search(kind, (system, precision, FORMS[form]), self._last[kind], until))

    def _search(self, kind: str, how: tuple[str, str, str], smaller: dict[str, Any], until: float) -> Row:
        """Find the largest system that runs. The first size is predicted from a smaller system."""
        best, too_many = None, self._plan.most_atoms + 1
        note, seconds_per_atom = "", 2 * _forecast(smaller, 1)[0]
        n_atoms = _filling(smaller, self._memory, too_many)
        for _ in range(_TRIES):
            left = until - time.perf_counter()
            if n_atoms * seconds_per_atom > left:
                needed = n_atoms * seconds_per_atom
                note = f"{n_atoms:,} atoms need about {needed:.0f} s, {max(0.0, left):.0f} s are left"
                break
            try:
                found = self._worker.call(left, cases.largest, *how, n_atoms)
            except CaseError as error:
                if not _is_full(str(error)):
                    return Row("largest system", kind, FAILED, best or {}, f"{n_atoms:,} atoms: {error}")
                too_many, note = n_atoms, f"{n_atoms:,} atoms are too many"
                n_atoms = int(0.8 * n_atoms)
            else:
                best, seconds_per_atom = found, found["seconds"] / found["atoms"]
                n_atoms = _filling(found, self._memory, too_many)
            if best is not None and n_atoms < 1.1 * best["atoms"]:
                break
        if best is None:
            return Row("largest system", kind, SKIPPED, note=note)
        if not note and n_atoms >= self._plan.most_atoms:
            note = "more were not tried"
        return Row("largest system", kind, MEASURED, best, note)


def _is_full(message: str) -> bool:
    """Whether a case ended because the device or the machine ran out of memory."""
    return "memory" in message.lower() or "exit code -9" in message


def _filling(found: dict[str, Any], memory: int, too_many: int) -> int:
    """The number of atoms that fill the device, given the bytes per atom of a smaller system, but below `too_many`."""
    return min(int(DEVICE_SHARE * memory / found["bytes_per_atom"]), too_many - 1)


def _forecast(last: dict[str, Any], n_atoms: int) -> tuple[float, float]:
    """Seconds without repetitions, and bytes, extrapolated from a smaller case: both are at most linear in atoms."""
    ratio, stepping = n_atoms / last["atoms"], 5e-3 * last["ms_per_step"] + 1e-3 * last["ms_per_list"]
    return ratio * (last["setup_s"] + stepping), n_atoms * last["bytes_per_atom"]


def main() -> int:
    """Returns 0, or 1 when a check failed."""
    parser = argparse.ArgumentParser(
        prog="device_check", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True, help="folder of the build and of the results")
    parser.add_argument("--backend", choices=tuple(KINDS), default="cuda", help="[%(default)s]")
    parser.add_argument("--quick", action="store_true", help="small systems and short runs")
    parser.add_argument("--budget", type=float, metavar="SECONDS", help="for everything [480]")
    parser.add_argument("--build", type=Path, metavar="DIR", help="build here instead of in the output folder")
    parser.add_argument("--no-build", action="store_true", help="take the build that is there; runs no native tests")
    parser.add_argument("--cmake", action="append", default=[], metavar="OPTION", help="for cmake, as -DX=Y. Repeat.")
    parser.add_argument("--water", type=Path, metavar="FILE.dpmd", help="model of O and H [that of the example]")
    parser.add_argument("--copper", type=Path, metavar="FILE.dpmd", help="model of copper [random weights]")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    script = Script(options, EMULATED if options.backend == "emulator" else QUICK if options.quick else FULL)
    script.run()
    script.report.print_table()
    return 1 if script.report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
