"""DeePMD-kit's side: its own environment, ``dp compress``, and dynamics with LAMMPS."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from comparisons import DeepmdVariant
from lammps_run import Lammps, clean_environment
from measurement import BenchmarkError, Dynamics, Layout, Measurement, run_measured, tail

REQUIREMENT = "deepmd-kit[cpu,lmp]==3.2.0"

# Runs in DeePMD-kit's environment, and reports paths, versions, and what the lmp wrapper sets before it starts LAMMPS.
# The wrapper itself is bypassed: it would stay resident with all of TensorFlow's Python next to every rank.
_DESCRIBE = """
import json, os
from importlib.metadata import distributions
import lammps.executable
print(json.dumps({
    "lmp": os.path.join(lammps.executable.ROOT_DIR, "lmp"),
    "environment": {k: os.environ.get(k, "") for k in ("LD_LIBRARY_PATH", "LD_PRELOAD", "LAMMPS_PLUGIN_PATH")},
    "versions": {d.name: d.version for d in distributions()
                 if d.name in ("deepmd-kit", "lammps", "mpich", "tensorflow_cpu", "tensorflow", "numpy")},
}))
"""


class Deepmd:
    """An installed DeePMD-kit with LAMMPS.

    Args:
        work: Folder for the environment, compressed models and logs.
        venv: An environment that already has ``deepmd-kit[cpu,lmp]``; None makes one below ``work``, once.

    Raises:
        BenchmarkError: It cannot be installed, or lacks LAMMPS.
    """

    def __init__(self, work: Path, venv: Path | None) -> None:
        self._work = work
        self._venv = _installed(work / "venv", work / "pip.log") if venv is None else venv.absolute()
        description = self._describe()
        self._lmp: str = description["lmp"]
        self._loader_environment: dict[str, str] = {k: v for k, v in description["environment"].items() if v}
        self.versions: dict[str, str] = description["versions"]
        """Version of each package that matters."""

    def model(self, variant: DeepmdVariant, original: Path) -> Path:
        """The file to run: the original, or the result of ``dp compress`` with its default table, which is kept."""
        if not variant.compressed:
            return original
        digest = hashlib.sha256(original.read_bytes()).hexdigest()[:12]
        compressed = self._work / f"{original.stem}-{digest}-compressed.pb"
        if not compressed.is_file():
            self._compress(original, compressed)
        return compressed

    def measure(self, model: Path, types: Sequence[str], dynamics: Dynamics, layout: Layout, log: Path) -> Measurement:
        """Run dynamics with LAMMPS and DeePMD-kit's pair style."""
        lammps = Lammps(Path(self._lmp), self._tool("mpirun"), self._environment(layout.threads))
        return lammps.measure(f"deepmd {model}", types, dynamics, layout, log)

    def _describe(self) -> dict:
        python = self._tool("python")
        done = subprocess.run(
            [str(python), "-c", _DESCRIBE], env=clean_environment(), capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise BenchmarkError(
                f"{self._venv}: DeePMD-kit and LAMMPS cannot be imported there; it needs pip install "
                f'"{REQUIREMENT}":\n{done.stderr[-1500:]}'
            )
        return json.loads(done.stdout.splitlines()[-1])

    def _tool(self, name: str) -> Path:
        path = self._venv / "bin" / name
        if not path.exists():
            raise BenchmarkError(f'{path} is not there; the environment needs pip install "{REQUIREMENT}"')
        return path

    def _environment(self, threads: int) -> dict[str, str]:
        """The environment of LAMMPS: TensorFlow's threads, and no OpenMP threads in addition.

        With two threads of each, cu_v2_fp64 compressed took 170 to 200 µs per atom and step (two-core Xeon, Sapphire
        Rapids); with two of TensorFlow's and one of OpenMP 135 to 138, with one of each 169.
        """
        counts = {f"DP_{kind}_OP_PARALLELISM_THREADS": str(threads) for kind in ("INTRA", "INTER")}
        counts["OMP_NUM_THREADS"] = "1"
        return clean_environment() | self._loader_environment | counts | {"TF_CPP_MIN_LOG_LEVEL": "2"}

    def _compress(self, original: Path, compressed: Path) -> None:
        folder = self._work / "dp_compress" / original.stem
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        command = [str(self._tool("dp")), "--tf", "compress", "-i", str(original), "-o", "compressed.pb"]
        log = folder / "log"
        try:
            run_measured(command, log, self._environment(1), "dp", folder)
        except BenchmarkError as error:
            raise BenchmarkError(
                f"{original.name} could not be compressed. Models without the smallest distance between atoms or "
                f"without a training script in them need dp compress -t TRAINING_SCRIPT by hand; put the result at "
                f"{compressed}.\n{error}"
            ) from error
        if not (folder / "compressed.pb").is_file():
            raise BenchmarkError(f"dp compress wrote no model; {log} ends:\n{tail(log)}")
        (folder / "compressed.pb").replace(compressed)


def _installed(venv: Path, log: Path) -> Path:
    """DeePMD-kit's environment, made when it is missing or incomplete."""
    complete = venv / "complete"
    if complete.is_file() and complete.read_text() == REQUIREMENT:
        return venv
    shutil.rmtree(venv, ignore_errors=True)
    print(f"installing {REQUIREMENT} into {venv}: 2.2 GB, some minutes")
    with log.open("w") as output:
        for command in (
            [sys.executable, "-m", "venv", str(venv)],
            [str(venv / "bin" / "python"), "-m", "pip", "install", "--no-input", REQUIREMENT],
        ):
            done = subprocess.run(
                command, stdout=output, stderr=subprocess.STDOUT, env=clean_environment(), check=False
            )
            if done.returncode != 0:
                raise BenchmarkError(
                    f"{' '.join(command)}\nfailed with status {done.returncode}; is there a network, and does "
                    f"DeePMD-kit have wheels for this Python? {log} ends:\n{tail(log)}"
                )
    complete.write_text(REQUIREMENT)
    return venv
