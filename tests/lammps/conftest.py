"""LAMMPS with the plugin of dpmd, where both exist."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

# A package "lammps" may be installed, so the modules shared by these tests are imported by their own names.
sys.path.append(str(Path(__file__).parent))

from lammps_runs import Lammps, Output

from dpmd.errors import InputError
from dpmd.lammps import plugin_path


def _program(name: str, variable: str, remedy: str) -> Path:
    """The program named by a variable, or next to this Python, or on PATH."""
    beside = str(Path(sys.executable).parent)
    found = os.environ.get(variable) or shutil.which(name, path=beside) or shutil.which(name)
    if found is None:
        pytest.skip(f"needs {name}: {remedy}, or set {variable}")
    return Path(found)


@pytest.fixture(scope="session")
def lammps() -> Lammps:
    """LAMMPS as users start it: it finds the plugin in its path."""
    try:
        plugin = plugin_path()
    except InputError as error:
        pytest.skip(str(error))
    remedy = 'pip install "lammps[mpi]==2025.7.22.4.*"'
    lmp = _program("lmp", "DPMD_LMP", remedy)
    beside = lmp.parent / "mpiexec"
    mpiexec = beside if beside.is_file() else _program("mpiexec", "DPMD_MPIEXEC", remedy)
    return Lammps(lmp, mpiexec, {"LAMMPS_PLUGIN_PATH": str(plugin.parent)})


@pytest.fixture
def run(lammps, tmp_path):
    """Runs an input that must succeed."""

    def run(text: str, ranks: int = 1, name: str = "run") -> Output:
        output = lammps.run(tmp_path, text, ranks, name)
        assert output.status == 0 and not output.error, output.text
        return output

    return run


@pytest.fixture(scope="session")
def model(water_model) -> Path:
    """The model that most inputs use."""
    return water_model
