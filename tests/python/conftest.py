"""Fixtures of the Python tests: runs of ``dpmd run``, alone and under mpiexec."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from run_input import INPUT


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
def mpiexec() -> str:
    """The mpiexec beside this Python, where pip has put it, or the one that a shell finds."""
    found = shutil.which("mpiexec", path=str(Path(sys.executable).parent)) or shutil.which("mpiexec")
    if found is None:
        pytest.skip("needs mpiexec: pip install mpich")
    return found


# Open MPI refuses root, and more ranks than cores, unless it is told otherwise.
OPEN_MPI = {
    "OMPI_ALLOW_RUN_AS_ROOT": "1",
    "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    "PRTE_MCA_rmaps_default_mapping_policy": ":oversubscribe",
    "OMPI_MCA_rmaps_base_oversubscribe": "1",
}


@pytest.fixture
def start(mpiexec):
    """Starts Python on so many ranks; none is left behind."""
    started = []

    def start(n_ranks: int, *arguments: object) -> subprocess.Popen:
        command = [mpiexec, "-n", str(n_ranks), sys.executable, *map(str, arguments)]
        # a session of its own, so that it can be ended with all its processes
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env=os.environ | OPEN_MPI,
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
    """Runs Python on so many ranks to the end: exit code, stdout, stderr."""

    def run(n_ranks: int, *arguments: object) -> tuple[int, str, str]:
        process = start(n_ranks, *arguments)
        output, errors = process.communicate(timeout=120)
        return process.returncode, output, errors

    return run
