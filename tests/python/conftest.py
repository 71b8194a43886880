"""Fixtures of the Python tests: runs of ``dpmd run``, alone and under mpiexec."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from run_input import INPUT, dpmd_run


@pytest.fixture
def write_input(tmp_path, water_model, small_box):
    """Writes an input file whose run goes to the folder of that name."""

    def write(name: str = "run", replace: tuple[str, str] = ("", ""), **keys: object) -> Path:
        values = {"model": water_model, "structure": small_box, "directory": name} | keys
        text = INPUT.format(**values)
        assert replace[0] in text
        (tmp_path / f"{name}.toml").write_text(text.replace(*replace) if replace[0] else text)
        return tmp_path / f"{name}.toml"

    return write


@pytest.fixture(scope="session")
def example_runs(tmp_path_factory, water_model, small_box) -> Path:
    """Folders of one run as it was at some steps (``run_20``, ``run_35``, ``run_60``), and of ``other`` at 340 K."""
    folder = tmp_path_factory.mktemp("runs")
    text = INPUT.format(model=water_model, structure=small_box, directory="run")
    (folder / "run.toml").write_text(text)
    (folder / "other.toml").write_text(text.replace('"run"', '"other"').replace("= 330", "= 340"))
    assert dpmd_run(folder / "other.toml", "--steps", 35).exit_code == 0
    for step, more in ((20, []), (35, ["--resume"]), (60, ["--resume"])):
        assert dpmd_run(folder / "run.toml", "--steps", step, *more).exit_code == 0
        shutil.copytree(folder / "run", folder / f"run_{step}")
    return folder


@pytest.fixture
def existing_run(example_runs, write_input, tmp_path) -> Path:
    """The input file of a run in the folder ``run`` next to it, at step 20 of 60, with a checkpoint."""
    shutil.copytree(example_runs / "run_20", tmp_path / "run")
    return write_input()


@pytest.fixture
def killed_run(example_runs, existing_run) -> Path:
    """The same, killed at step 35, with the checkpoint of step 20."""
    checkpoint = existing_run.parent / "run" / "checkpoint.safetensors"
    before = checkpoint.read_bytes()
    shutil.copytree(example_runs / "run_35", checkpoint.parent, dirs_exist_ok=True)
    checkpoint.write_bytes(before)
    return existing_run


@pytest.fixture(scope="session")
def mpiexec() -> str:
    """The mpiexec next to this Python, where pip puts it, or the one that a shell finds."""
    found = shutil.which("mpiexec", path=str(Path(sys.executable).parent)) or shutil.which("mpiexec")
    if found is None:
        pytest.skip("needs mpiexec: pip install mpich")
    return found


# Open MPI refuses to run as root, and with more ranks than cores, unless told otherwise.
OPEN_MPI = {
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe",
    "OMPI_MCA_rmaps_base_oversubscribe": "1",
}


@pytest.fixture
def start(mpiexec):
    """Starts Python on a number of ranks; no process is left behind."""
    started = []

    def start(n_ranks: int, *arguments: object) -> subprocess.Popen:
        command = [mpiexec, "-n", str(n_ranks), sys.executable, *map(str, arguments)]
        # its own session, so that it can be ended with all its processes
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            # unset, a line is one write, and the lines of two ranks do not mix
            env={name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"} | OPEN_MPI,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


@pytest.fixture
def run_on(start):
    """Runs Python on a number of ranks to the end: exit code, stdout, stderr."""

    def run(n_ranks: int, *arguments: object) -> tuple[int, str, str]:
        process = start(n_ranks, *arguments)
        output, errors = process.communicate(timeout=120)
        return process.returncode, output, errors

    return run
