#!/usr/bin/env python3
"""Checks and measures a GPU backend on a real device: python bench/device_check --out DIR

Builds the tree, runs the tests of the device, compares forces, energies and virials with the CPU backend of the same
build, follows the energy of NVE runs, times MD steps from 192 atoms to 10 million, and ends with a table and
DIR/device_check.json. The exit status is 1 when a check failed. Needs the toolchain of the device, CMake, Ninja, and
Python with NumPy and pybind11; with GoogleTest the native tests, too.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

import cases
from build import Build, machine
from report import FAILED, MEASURED, OK, SKIPPED, Report, Row
from worker import CaseError, Worker

SYSTEMS = ("water", "copper")
PRECISIONS = ("double", "mix32", "mix16")
FORMS = {"exact": "off", "compressed": "moment"}
SIZES = (192, 4096, 100_000, 1_000_000, 10_000_000)

# Largest deviation from the CPU in the same precision and form. Terms of all sums are rounded to 2⁻⁴⁰ = 1e-12 on both
# sides, the rest is the order of additions: 2⁻⁵³ of some hundred terms in double, 2⁻²⁴ in mix32. In mix16 a sum that
# ends on another side of a tie becomes another bfloat16, 2⁻⁸ away. Forces eV/Å, the rest eV; of forces about 1 eV/Å.
LIMITS = {
    "double": {"force_max": 1e-8, "force_rms": 1e-9, "energy_per_atom": 1e-9, "virial_per_atom": 1e-8},
    "mix32": {"force_max": 1e-4, "force_rms": 1e-5, "energy_per_atom": 1e-5, "virial_per_atom": 1e-4},
    "mix16": {"force_max": 1e-1, "force_rms": 1e-2, "energy_per_atom": 2e-3, "virial_per_atom": 2e-2},
}
ATOM_LIMIT = 10  # times that of the mean, for the energy and the virial of single atoms
# Against the exact nets in double the device may be this much worse than the CPU, and by the force limit.
TO_EXACT = 1.2
DRIFT_LIMIT = 3e-6  # eV/atom/ps, beyond four standard errors of the slope
DEVICE_SHARE = 0.9  # of its memory that a case may fill
_PATIENCE = 90.0  # seconds beyond what a case should take: models are loaded and compressed


class Script:
    """All sections, within a budget of time."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._end = time.perf_counter() + options.budget
        self._options = options
        self.report = Report(machine(), options.out / "device_check.json")
        self._build = Build((options.build or options.out / "build").resolve(), options.backend)
        self._memory = 0
        self._worker: Worker

    def run(self) -> None:
        """Everything."""
        options = self._options
        if options.no_build:
            self.report.add(Row("build", "build", SKIPPED, note="--no-build"))
        else:
            self._build.make(self.report, options.cmake, 0.6 * self._left())
        if options.backend == "emulator":
            self._build.run_tests(self.report, self._left())
            return
        if self._build.core is None:
            self.report.add(Row("build", "extension module", FAILED, note="is not there: nothing can be measured"))
            return
        models = {name: path for name, path in (("water", options.water), ("copper", options.copper)) if path}
        device = "cpu" if options.backend == "cpu" else f"{options.backend}:0"
        self._worker = Worker(cases.Bench, self._build.core, device, models)
        try:
            if self._describe(device):
                self._accuracy()
                self._drift()
                self._build.measure_ceilings(self.report, min(60.0, self._left()))
                if not options.no_build:
                    self._build.run_tests(self.report, 0.4 * self._left())
                self._speed()
        finally:
            self._worker.close()

    def _left(self) -> float:
        return self._end - time.perf_counter()

    def _call(self, section: str, case: str, seconds: float, function: Any, *arguments: Any) -> dict[str, Any] | None:
        """The case's values; None when it failed or took longer, with a row that says how."""
        if self._left() < 1:
            self.report.add(Row(section, case, SKIPPED, note="no time is left"))
            return None
        try:
            return self._worker.call(min(seconds, self._left()), function, *arguments)
        except CaseError as error:
            self.report.add(Row(section, case, FAILED, note=str(error)))
            return None

    def _describe(self, device: str) -> bool:
        found = self._call("device", device, _PATIENCE, cases.describe)
        if found is None:
            return False
        self.report.machine |= {f"model of {name}": one["model"] for name, one in found["systems"].items()}
        for name, product, architecture, memory, unusable in found["devices"]:
            if name == device:
                self._memory = memory
                self.report.machine["device"] = f"{product}, {architecture}, {memory / 2**30:.1f} GiB"
            elif name == self._options.backend:
                self.report.add(Row("device", device, FAILED, note=unusable))
                return False
        return True

    def _accuracy(self) -> None:
        n_atoms = 192 if self._options.quick else 1536
        for system in SYSTEMS:
            for precision in PRECISIONS:
                for form, compress in FORMS.items():
                    case = f"{system}, {precision}, {form}"
                    how = (system, precision, compress, n_atoms)
                    found = self._call("accuracy", case, _PATIENCE, cases.accuracy, *how)
                    if found is not None:
                        self.report.add(_judged(case, found, precision))

    def _drift(self) -> None:
        steps, seconds = (200, 5.0) if self._options.quick else (16000, 20.0)
        for precision in ("double", "mix32"):
            for form, compress in FORMS.items():
                case = f"water, {precision}, {form}"
                how = ("water", precision, compress, steps, seconds)
                found = self._call("NVE drift", case, seconds + _PATIENCE, cases.drift, *how)
                if found is not None:
                    self.report.add(_judged_drift(case, found))

    def _speed(self) -> None:
        last: dict[str, dict[str, Any]] = {}
        for n_atoms in SIZES[:2] if self._options.quick else SIZES:
            for system in SYSTEMS:
                for form, compress in reversed(FORMS.items()):
                    for precision in reversed(PRECISIONS):
                        kind = f"{system}, {precision}, {form}"
                        self._one_speed(kind, (system, precision, compress), n_atoms, last)

    def _one_speed(self, kind: str, how: tuple[str, str, str], n_atoms: int, last: dict[str, dict[str, Any]]) -> None:
        """One case, unless the last smaller one shows that it cannot be done."""
        case, seconds = f"{kind}, {n_atoms:,}", 0.2 if self._options.quick else 0.5
        if kind in last:
            needed, memory = _forecast(last[kind], n_atoms)
            if self._memory and memory > DEVICE_SHARE * self._memory:
                note = f"needs about {memory / 2**30:.0f} GiB of the device"
                self.report.add(Row("MD step", case, SKIPPED, note=note))
                return
        else:
            needed = 2.0
        if needed + seconds > self._left():
            note = f"needs about {needed + seconds:.0f} s, {max(0.0, self._left()):.0f} s are left"
            self.report.add(Row("MD step", case, SKIPPED, note=note))
            return
        found = self._call("MD step", case, 3 * needed + seconds + _PATIENCE, cases.speed, *how, n_atoms, seconds)
        if found is not None:
            last[kind] = found
            n_exact = found["more"]["n_exact"]
            note = f"{n_exact} atoms took the exact nets" if n_exact else ""
            self.report.add(Row("MD step", case, MEASURED, found, note))


def _judged(case: str, found: dict[str, Any], precision: str) -> Row:
    """Accuracy against the limits."""
    every, limits = found | found["more"], dict(LIMITS[precision])
    limits["atom_energy_max"] = ATOM_LIMIT * limits["energy_per_atom"]
    limits["atom_virial_max"] = ATOM_LIMIT * limits["virial_per_atom"]
    limits["force_rms_to_exact"] = TO_EXACT * every["cpu_rms_to_exact"] + limits["force_rms"]
    broken = [f"{name} {every[name]:.1e} > {limit:.1e}" for name, limit in limits.items() if not every[name] <= limit]
    refusal = every["not_compressed"]
    note = "; ".join(broken) or (f"not compressed: {refusal}" if refusal else "")
    return Row("accuracy", case, FAILED if broken else OK, found, note)


def _judged_drift(case: str, found: dict[str, Any]) -> Row:
    """The slope of the energy against the limit, once it can be told from the energy's oscillation."""
    limit = DRIFT_LIMIT + 4 * found["slope_error"]
    if found["picoseconds"] < 1:
        return Row("NVE drift", case, MEASURED, found, "too short to be judged")
    if abs(found["slope"]) <= limit:
        return Row("NVE drift", case, OK, found)
    return Row("NVE drift", case, FAILED, found, f"slope beyond {limit:.1e} eV/atom/ps")


def _forecast(last: dict[str, Any], n_atoms: int) -> tuple[float, float]:
    """Seconds without repetitions, and bytes, from a smaller case: both are linear in atoms at most."""
    ratio, stepping = n_atoms / last["atoms"], 5e-3 * last["ms_per_step"] + 1e-3 * last["ms_per_list"]
    return ratio * (last["setup_s"] + stepping), n_atoms * last["bytes_per_atom"]


def main() -> int:
    """0, or 1 when a check failed."""
    parser = argparse.ArgumentParser(
        prog="device_check", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True, help="folder of the build and of the results")
    parser.add_argument("--backend", choices=("cuda", "hip", "emulator", "cpu"), default="cuda", help="[%(default)s]")
    parser.add_argument("--quick", action="store_true", help="small systems and short runs")
    parser.add_argument("--budget", type=float, default=480.0, metavar="SECONDS", help="for everything [%(default)s]")
    parser.add_argument("--build", type=Path, metavar="DIR", help="build here instead of in the output folder")
    parser.add_argument("--no-build", action="store_true", help="take the build that is there; runs no native tests")
    parser.add_argument("--cmake", action="append", default=[], metavar="OPTION", help="for cmake, as -DX=Y. Repeat.")
    parser.add_argument("--water", type=Path, metavar="FILE.dpmd", help="model of O and H [that of the example]")
    parser.add_argument("--copper", type=Path, metavar="FILE.dpmd", help="model of copper [random weights]")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    script = Script(options)
    script.run()
    script.report.print_table()
    return 1 if script.report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
