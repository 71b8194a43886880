"""Configures and builds the tree, runs its device tests, and describes the machine."""

from __future__ import annotations

import os
import platform
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from report import FAILED, MEASURED, OK, SKIPPED, Report, Row
from systems import TREE


@dataclass(frozen=True)
class Kind:
    """What is specific to a backend's build."""

    device: str
    """The name that users give it."""
    tests: str
    """An expression for the names of its tests in ctest: Suite.Test/cuda_0."""
    modules: str = "cpp"
    """The folder of the build that holds the module."""
    options: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    """The targets to build; all when empty."""


# Programs of bench/ that measure the limits of the device. Each prints lines "NAME VALUE UNIT".
CEILINGS = ("device_copy", "device_gemm")
_EMULATED_TESTS = ("test_se_a_evaluator", "test_evaluate_faults", "test_gpu_simulation")  # CI runs them all
KINDS = {
    "cuda": Kind(
        "cuda:0", "/cuda_", options=("-DDPMD_CUDA=ON", "-DCMAKE_CUDA_ARCHITECTURES=native", "-DDPMD_BENCH=ON")
    ),
    "hip": Kind("hip:0", "/hip_", options=("-DDPMD_HIP=ON", "-DDPMD_BENCH=ON")),
    # the module of a GPU, compiled for the emulator
    "emulator": Kind(
        "cuda:0",
        r"^(se_a_evaluator|evaluate_faults)\..*/emulator$|^gpu_simulation\.",
        modules="tests/backend/gpu/modules",
        options=("-DDPMD_BENCH=ON",),
        targets=("_core", "dpmd_emulated_module", *CEILINGS, *_EMULATED_TESTS),
    ),
    "cpu": Kind("cpu", ""),
}
_PROBE = "cmake_minimum_required(VERSION 3.22)\nproject(probe CXX)\nfind_package({} REQUIRED)\n"


@dataclass(frozen=True)
class Build:
    """A build folder."""

    folder: Path
    backend: str

    @property
    def kind(self) -> Kind:
        """The kind of the backend."""
        return KINDS[self.backend]

    @property
    def core(self) -> Path | None:
        """The extension module, if it was built."""
        return next(iter(self.folder.glob("python/_core*.so")), None)

    def make(self, report: Report, options: list[str], seconds: float) -> None:
        """Configure and build."""
        start = time.perf_counter()
        has_tests = self.backend != "cpu" and self._finds("GTest")
        if self.backend != "cpu" and not has_tests:
            report.add(Row("build", "tests", SKIPPED, note="GoogleTest was not found"))
        ours, targets = list(self.kind.options), list(self.kind.targets)
        if self.backend == "emulator" and not self._finds("benchmark"):  # a real device's programs are built without it
            report.add(Row("build", "ceilings", SKIPPED, note="google-benchmark was not found"))
            ours, targets = [], [name for name in targets if name not in CEILINGS]
        hooks = subprocess.run([sys.executable, "-m", "pybind11", "--cmakedir"], capture_output=True, text=True)
        configure = ["cmake", "-S", str(TREE), "-B", str(self.folder), "-G", "Ninja", "-DDPMD_PYTHON=ON"]
        configure += [f"-DPython_EXECUTABLE={sys.executable}", f"-Dpybind11_DIR={hooks.stdout.strip()}"]
        configure += [*ours, f"-DDPMD_TESTS={'ON' if has_tests else 'OFF'}", *options]
        if _logged(report, "build", "configure", configure, self.folder.with_suffix(".configure.log"), seconds):
            build = ["cmake", "--build", str(self.folder), *(["--target", *targets] if targets else [])]
            build += ["--", "-k", "0"]  # one broken program does not stop the others
            rest = seconds - (time.perf_counter() - start)
            _logged(report, "build", "compile", build, self.folder.with_suffix(".build.log"), rest)

    def use_modules(self) -> None:
        """Let this process and those it starts open the modules of this build."""
        os.environ["DPMD_MODULES"] = str(self.folder / self.kind.modules)

    def run_tests(self, report: Report, seconds: float) -> None:
        """Run the native tests of this backend."""
        if not self.kind.tests:
            report.add(Row("tests", self.backend, SKIPPED, note="has no tests of a device"))
        elif (self.folder / "tests" / "CTestTestfile.cmake").is_file():
            command = ["ctest", "--test-dir", str(self.folder), "-R", self.kind.tests, "--no-tests=error"]
            command += ["--output-on-failure", "--timeout", "120"]
            log = self.folder.with_suffix(".tests.log")
            _logged(report, "tests", self.backend, command, log, seconds, r"% tests passed")
        else:
            report.add(Row("tests", self.backend, SKIPPED, note="were not built"))

    def measure_ceilings(self, report: Report, seconds: float) -> None:
        """Measure the rates that bound every kernel, with the programs of the tree."""
        for name in CEILINGS:
            program = self.folder / "bench" / name
            if not program.is_file():
                report.add(Row("ceilings", name, SKIPPED, note="this build has no such program"))
                continue
            try:
                run = subprocess.run([str(program)], capture_output=True, text=True, timeout=seconds, check=True)
            except (OSError, subprocess.SubprocessError) as error:
                report.add(Row("ceilings", name, FAILED, note=str(error)))
                continue
            for line in run.stdout.splitlines():
                case, value, unit = line.split()
                report.add(Row("ceilings", case, MEASURED, {"value": float(value), "unit": unit}))

    def _finds(self, package: str) -> bool:
        probe = self.folder.with_suffix(f".probe_{package}")
        probe.mkdir(parents=True, exist_ok=True)
        (probe / "CMakeLists.txt").write_text(_PROBE.format(package), encoding="utf-8")
        command = ["cmake", "-S", str(probe), "-B", str(probe / "build")]
        return subprocess.run(command, capture_output=True).returncode == 0


def machine() -> dict[str, Any]:
    """Date, processor, driver."""
    names = re.findall(r"model name\s*: (.*)", _text_of(Path("/proc/cpuinfo")))
    out: dict[str, Any] = {
        "date": datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "processor": f"{names[0] if names else platform.machine()}, {os.cpu_count()} logical cores",
        "system": platform.platform(),
        "version": _output("git", "-C", str(TREE), "describe", "--always", "--dirty"),
        "driver": _output("nvidia-smi", "--query-gpu=name,driver_version,clocks.max.sm", "--format=csv,noheader")
        or _output("rocm-smi", "--showdriverversion", "--csv"),
        "compiler": (_output("nvcc", "--version").splitlines() or _output("hipcc", "--version").splitlines() or [""])[
            -1
        ],
    }
    return {name: value for name, value in out.items() if value}


def _logged(
    report: Report,
    section: str,
    case: str,
    command: list[str],
    log: Path,
    seconds: float,
    wanted: str = "",
) -> bool:
    """Runs a command with its output in a file; the row shows the last line, or the wanted one."""
    start = time.perf_counter()
    log.parent.mkdir(parents=True, exist_ok=True)
    try:
        with open(log, "w", encoding="utf-8") as file:
            code: int | None = subprocess.run(command, stdout=file, stderr=file, timeout=max(seconds, 1.0)).returncode
        note = "" if code == 0 else f"exit code {code}, see {log.name}"
    except (OSError, subprocess.TimeoutExpired) as error:
        code, note = None, str(error)
    lines = [line.strip() for line in _text_of(log).splitlines() if line.strip()]
    told = [line for line in lines if wanted and re.search(wanted, line)]
    errors = [line for line in lines if re.search(r"error|FAILED", line)] if code != 0 else []
    row = Row(
        section,
        case,
        OK if code == 0 else FAILED,
        {"seconds": time.perf_counter() - start},
        "; ".join(part for part in (note, *told[-1:], *errors[:2]) if part),
    )
    report.add(row)
    return code == 0


def _output(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""


def _text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
