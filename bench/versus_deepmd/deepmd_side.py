"""DeePMD-kit's side: its own environment, ``dp compress``, and dynamics with LAMMPS."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import models
from comparisons import DeepmdVariant
from lammps_run import Lammps, clean_environment
from measurement import BenchmarkError, Dynamics, Layout, Measurement, run_measured, tail

REQUIREMENTS = ("deepmd-kit[cpu,lmp,torch]==3.2.0", "nvidia-cuda-runtime-cu12")
"""Its LAMMPS asks the CUDA runtime how many GPUs there are before it runs a model of PyTorch, and ends without one."""

_BACKENDS = {".pb": "--tf", ".pth": "--pt"}

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
                 if d.name in ("deepmd-kit", "lammps", "mpich", "tensorflow_cpu", "tensorflow", "torch", "numpy")},
}))
"""


class Deepmd:
    """An installed DeePMD-kit with LAMMPS.

    Args:
        work: Folder for the environment, compressed models and logs.
        venv: An environment that already has the requirements; None makes one below ``work``, once.

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

    def original(self, variant: DeepmdVariant, shared: Path) -> Path:
        """The file as trained: one of the shared folder, or one that is made of an input of models.py, and kept."""
        name = Path(variant.model)
        descriptor = models.DESCRIPTORS.get(name.stem)
        if descriptor is None:
            return shared / "models" / name
        if not (shared / models.TRAINING_DATA).is_dir():
            raise BenchmarkError(f"{shared} has no folder {models.TRAINING_DATA}, from which {name} is made")
        text = json.dumps(models.training_input(descriptor, shared), indent=1)
        made = self._work / f"{name.stem}-{_digest(text.encode())}{name.suffix}"
        if not made.is_file():
            print(f"training {name} for one step")
            folder = self._empty_folder(made.name)
            (folder / "input.json").write_text(text)
            self._dp(made.suffix, ["train", "input.json"], folder)
            self._dp(made.suffix, ["freeze", "-o", made.name], folder)
            (folder / made.name).replace(made)
        return made

    def model(self, variant: DeepmdVariant, original: Path) -> Path:
        """The file to run: the original, or the result of ``dp compress`` with its default table, which is kept."""
        if not variant.compressed:
            return original
        compressed = self._work / f"{original.stem}-{_digest(original.read_bytes())}-compressed{original.suffix}"
        if not compressed.is_file():
            self._compress(original, compressed)
        return compressed

    def measure(
        self,
        model: Path,
        types: Sequence[str],
        dynamics: Dynamics,
        layout: Layout,
        log: Path,
        variables: Mapping[str, str] | None = None,
    ) -> Measurement:
        """Run dynamics with LAMMPS and DeePMD-kit's pair style, with further variables of the environment."""
        environment = self._environment(layout.threads) | (variables or {})
        lammps = Lammps(Path(self._lmp), self._tool("mpirun"), environment)
        return lammps.measure(f"deepmd {model}", types, dynamics, layout, log)

    def _describe(self) -> dict:
        python = self._tool("python")
        done = subprocess.run(
            [str(python), "-c", _DESCRIBE], env=clean_environment(), capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise BenchmarkError(
                f"{self._venv}: DeePMD-kit and LAMMPS cannot be imported there; it needs pip install "
                f"{_quoted_requirements()}:\n{done.stderr[-1500:]}"
            )
        return json.loads(done.stdout.splitlines()[-1])

    def _tool(self, name: str) -> Path:
        path = self._venv / "bin" / name
        if not path.exists():
            raise BenchmarkError(f"{path} is not there; the environment needs pip install {_quoted_requirements()}")
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
        folder = self._empty_folder(compressed.name)
        try:
            self._dp(original.suffix, ["compress", "-i", str(original), "-o", compressed.name], folder)
        except BenchmarkError as error:
            raise BenchmarkError(
                f"{original.name} could not be compressed. Models without the smallest distance between atoms or "
                f"without a training script in them need dp compress -t TRAINING_SCRIPT by hand; put the result at "
                f"{compressed}.\n{error}"
            ) from error
        (folder / compressed.name).replace(compressed)

    def _empty_folder(self, name: str) -> Path:
        folder = self._work / "dp" / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder

    def _dp(self, suffix: str, command: Sequence[str], folder: Path) -> None:
        """Run a command of DeePMD-kit in a folder, with the backend of files that end like this.

        Raises:
            BenchmarkError: It failed, or did not write the file that follows ``-o``.
        """
        log = folder / f"{command[0]}.log"
        dp = str(self._tool("dp"))
        run_measured([dp, _BACKENDS[suffix], *command], log, self._environment(1), "dp", folder)
        if "-o" in command and not (folder / command[-1]).is_file():
            raise BenchmarkError(f"dp {command[0]} wrote no model; {log} ends:\n{tail(log)}")


def _quoted_requirements() -> str:
    return " ".join(f'"{one}"' for one in REQUIREMENTS)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]


def _installed(venv: Path, log: Path) -> Path:
    """DeePMD-kit's environment, made when it is missing or incomplete."""
    complete = venv / "complete"
    if complete.is_file() and complete.read_text() == _quoted_requirements():
        return venv
    shutil.rmtree(venv, ignore_errors=True)
    print(f"installing {_quoted_requirements()} into {venv}: 7 GB, some minutes")
    with log.open("w") as output:
        for command in (
            [sys.executable, "-m", "venv", str(venv)],
            [str(venv / "bin" / "python"), "-m", "pip", "install", "--no-input", *REQUIREMENTS],
        ):
            done = subprocess.run(
                command, stdout=output, stderr=subprocess.STDOUT, env=clean_environment(), check=False
            )
            if done.returncode != 0:
                raise BenchmarkError(
                    f"{' '.join(command)}\nfailed with status {done.returncode}; is there a network, and does "
                    f"DeePMD-kit have wheels for this Python? {log} ends:\n{tail(log)}"
                )
    complete.write_text(_quoted_requirements())
    return venv
