"""`dpmd run` and `dpmd.Simulation` on processes of mpiexec: same files, one output, no process left waiting."""

from __future__ import annotations

import hashlib
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

import dpmd
from dpmd import ranks as ranks_module
from dpmd.cli import app
from dpmd.device import Device
from dpmd.ranks import Ranks, library_folders

INPUT = """
[model]
file = "{model}"
threads = 1
[structure]
file = "{structure}"
[dynamics]
ensemble = "npt"
temperature = 330
pressure = 1.0
steps = 20
[output]
directory = "{directory}"
thermo_every = 2
trajectory = ["trajectory.extxyz", "trajectory.dump"]
trajectory_every = 5
checkpoint_every = 5
velocities = true
forces = true
"""
RESULTS = ("thermo.csv", "trajectory.extxyz", "trajectory.dump", "checkpoint.safetensors")


@pytest.fixture
def write_input(tmp_path, water_model, root):
    """Writes an input file whose run goes to the folder of that name."""

    def write(name: str, replace: tuple[str, str] = ("", ""), **keys: object) -> Path:
        structure = root / "examples" / "water" / "water_192.extxyz"
        text = INPUT.format(**({"model": water_model, "structure": structure, "directory": name} | keys))
        assert replace[0] in text
        (tmp_path / f"{name}.toml").write_text(text.replace(*replace) if replace[0] else text)
        return tmp_path / f"{name}.toml"

    return write


@pytest.fixture
def whole(write_input, tmp_path) -> Path:
    """The folder of an uninterrupted run of one process."""
    return run_alone(write_input("whole"), tmp_path / "whole")


def run_alone(path: Path, folder: Path, *arguments: object) -> Path:
    result = CliRunner().invoke(app, ["run", str(path), *map(str, arguments)])
    assert result.exit_code == 0, result.output
    return folder


def assert_same_files(a: Path, b: Path) -> None:
    for name in RESULTS:
        assert (a / name).read_bytes() == (b / name).read_bytes(), name


@pytest.mark.parametrize(("n_ranks", "grid"), [(2, None), (4, "2x1x2")])
def test_files_are_those_of_one_rank_byte_for_byte(run_on, write_input, whole, tmp_path, n_ranks, grid) -> None:
    chosen = ["--grid", grid] if grid else []

    code, output, errors = run_on(n_ranks, "-m", "dpmd", "run", write_input("shared"), *chosen)

    assert (code, errors) == (0, "")
    assert_same_files(tmp_path / "shared", whole)
    assert output.count("T/K") == output.count("finished 20 steps") == 1
    assert f"1 threads on each of {n_ranks} ranks of " in output
    shown = r" x ".join(grid.split("x")) if grid else r"\d x \d x \d"
    line = re.search(
        rf"{n_ranks} ranks \({shown}\), imbalance 1\.\d\d, at most [\d,]+ ghosts per rank and \d+ % .* halo", output
    )
    assert line is not None
    assert line.group() in (tmp_path / "shared" / "run.log").read_text()


def test_a_run_goes_on_with_another_number_of_ranks(run_on, write_input, whole, tmp_path) -> None:
    path = write_input("parts")

    first = run_on(2, "-m", "dpmd", "run", path, "--steps", 7)
    second = run_on(3, "-m", "dpmd", "run", path, "--steps", 13, "--resume")
    run_alone(path, tmp_path / "parts", "--resume")

    assert (first[0], second[0]) == (0, 0), first[2] + second[2]
    assert_same_files(tmp_path / "parts", whole)


def test_an_error_is_said_once_and_ends_all_ranks(run_on, write_input, water_model, tmp_path) -> None:
    (tmp_path / "broken.dpmd").write_bytes(water_model.read_bytes()[:1000])
    run_alone(write_input("used"), tmp_path / "used", "--steps", 0)
    cases = {
        "broken.dpmd": [write_input("a", model=tmp_path / "broken.dpmd")],
        "--resume continues it": [tmp_path / "used.toml"],
        "3 parts": [write_input("b"), "--grid", "1x1x3"],
        "ranks.grid = [1, 1, 4]": [write_input("c", replace=("[output]", "[ranks]\ngrid = [1, 1, 4]\n[output]"))],
    }

    for reason, arguments in cases.items():
        code, output, errors = run_on(2, "-m", "dpmd", "run", *arguments)

        assert code == 2, errors
        assert errors.count("dpmd: error: ") == 1, errors
        assert reason in errors
        assert output == ""


def test_a_library_that_is_not_mpi_is_named_once(run_on, write_input, monkeypatch) -> None:
    monkeypatch.setenv("DPMD_LIBMPI", "/absent/libmpi.so")

    code, output, errors = run_on(2, "-m", "dpmd", "run", write_input("run"))

    assert code == 2
    assert output == ""
    assert errors.count("dpmd: error: ") == 1
    assert "DPMD_LIBMPI = '/absent/libmpi.so'" in errors


def test_a_run_that_blows_up_says_so_once(run_on, write_input, tmp_path) -> None:
    path = write_input("run", replace=("steps = 20", "steps = 1000\ntimestep = 10"))

    code, _, errors = run_on(2, "-m", "dpmd", "run", path)

    assert code == 2, errors
    assert errors.count("dpmd: error: ") == 1, errors
    assert (tmp_path / "run" / "run.log").read_text().count("failed after step") == 1


def test_a_rank_that_reads_other_files_is_named(run_on, write_input, root, tmp_path) -> None:
    structure = (root / "examples" / "water" / "water_192.extxyz").read_text()
    text = write_input("input", structure="start.extxyz").read_text()
    for rank in range(2):
        (tmp_path / str(rank)).mkdir()
        (tmp_path / str(rank) / "input.toml").write_text(text)
        (tmp_path / str(rank) / "start.extxyz").write_text(structure + rank * "\n")
    script = tmp_path / "script.py"
    script.write_text(
        f"import os, dpmd\nfrom dpmd.command import main\nos.chdir(f'{tmp_path}/{{dpmd.mpi_world().rank}}')\nmain()\n"
    )

    code, _, errors = run_on(2, script, "run", "input.toml")

    assert code == 2, errors
    assert "on rank 1: structure.sha256 is" in errors
    assert not list(tmp_path.glob("*/input"))


def test_an_error_on_one_rank_alone_is_every_ranks(run_on, tmp_path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import sys, dpmd\n"
        "ranks = dpmd.mpi_world()\n"
        "try:\n"
        "    ranks.together(lambda: dpmd.Potential(f'absent{ranks.rank}.dpmd') if ranks.rank else None)\n"
        "except dpmd.InputError as error:\n"
        "    open(f'{sys.argv[1]}/{ranks.rank}', 'w').write(str(error))\n"
    )

    code, _, errors = run_on(3, script, tmp_path)

    assert code == 0, errors
    texts = [(tmp_path / str(rank)).read_text() for rank in range(3)]
    assert "absent1.dpmd" in texts[1]
    assert texts[0] == texts[2] == f"on rank 1: {texts[1]}"


def test_an_exception_that_nobody_catches_ends_all_ranks(run_on, tmp_path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import dpmd\n"
        "ranks = dpmd.mpi_world()\n"
        "if ranks.rank == 1:\n"
        "    raise ValueError('only here')\n"
        "ranks.largest(1.0)  # waits for rank 1\n"
    )

    code, _, errors = run_on(2, script)

    assert code != 0
    assert "rank 1 has failed: ValueError: only here" in errors


def processes_of(argument: Path) -> list[int]:
    """The Python processes with this argument, which are those of mpiexec's ranks."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:  # it has ended meanwhile
            continue
        if words[0] == sys.executable.encode() and str(argument).encode() in words:
            found.append(int(folder.name))
    return found


def is_open_mpi(mpiexec: str) -> bool:
    return "Open MPI" in subprocess.run([mpiexec, "--version"], capture_output=True, text=True).stdout


def wait_until_gone(argument: Path) -> bool:
    for _ in range(600):
        if not processes_of(argument):
            return True
        time.sleep(0.1)
    return False


def wait_for_checkpoint(folder: Path) -> int:
    """The last step in the thermo log, once there is a checkpoint and a few more steps."""
    for _ in range(1200):
        rows = (folder / "thermo.csv").read_text().splitlines() if (folder / "thermo.csv").exists() else []
        if (folder / "checkpoint.safetensors").exists() and len(rows) > 6:
            return int(rows[-1].split(",")[0])
        time.sleep(0.1)
    raise AssertionError(f"{folder} has no checkpoint after two minutes")


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="needs /proc to find the processes of the ranks")
@pytest.mark.parametrize(
    ("number", "target"),
    [(signal.SIGINT, "mpiexec"), (signal.SIGTERM, "mpiexec"), (signal.SIGUSR1, "rank"), (signal.SIGKILL, "rank")],
)
def test_a_stopped_run_goes_on_as_if_nothing_had_happened(
    start, mpiexec, write_input, tmp_path, number, target
) -> None:
    path = write_input("stopped", replace=("steps = 20", "steps = 1000000"))
    process = start(2, "-m", "dpmd", "run", path)
    wait_for_checkpoint(tmp_path / "stopped")

    if target == "mpiexec":
        process.send_signal(number)
    else:
        os.kill(max(processes_of(path)), number)
    output, errors = process.communicate(timeout=120)
    assert wait_until_gone(path)

    # once told to end, Open MPI's mpiexec shows no more output, but gives the ranks time to end properly
    if number == signal.SIGKILL or (target == "mpiexec" and is_open_mpi(mpiexec)):
        assert process.returncode != 0
    else:
        assert process.returncode == 130, errors
        assert f"continue with: mpirun -n 2 dpmd run {path} --resume" in output
    last_step = int((tmp_path / "stopped" / "thermo.csv").read_text().splitlines()[-1].split(",")[0]) + 6
    run_alone(path, tmp_path / "stopped", "--resume", "--steps", last_step)
    run_alone(write_input("whole"), tmp_path / "whole", "--steps", last_step)
    assert_same_files(tmp_path / "stopped", tmp_path / "whole")


API_SCRIPT = """
import hashlib, sys
import ase.io
import dpmd

ranks = dpmd.mpi_world()
potential = dpmd.Potential(sys.argv[1], compress=True, threads=1)
simulation = dpmd.Simulation(
    potential, ase.io.read(sys.argv[2]), ensemble=dpmd.Langevin(300, 50), seed=3, fixed=range(int(sys.argv[4])),
    ranks=ranks, most_imbalance=1.2
)
simulation.initialize_velocities(300)
seen = []
simulation.callback(lambda s: seen.append((s.step, float(s.positions.sum()))), 4)
simulation.run(8)
content = b"".join(a.tobytes() for a in (simulation.positions, simulation.velocities, simulation.forces))
content += simulation.types.tobytes() + simulation.fixed.tobytes() + repr(seen).encode()
report = simulation.rank_report()
with open(f"{sys.argv[3]}/{ranks.size}.{ranks.rank}", "w") as file:
    print(hashlib.sha256(content).hexdigest(), report.n_ranks, report.rank, report.n_owned, simulation.n_atoms,
          report.grid[0] * report.grid[1] * report.grid[2], file=file)
"""


@pytest.mark.parametrize("n_fixed", [0, 60])
def test_every_rank_sees_all_atoms_with_the_bits_of_one(run_on, water_model, root, tmp_path, n_fixed) -> None:
    script, structure = tmp_path / "script.py", root / "examples" / "water" / "water_192.extxyz"
    script.write_text(API_SCRIPT)

    for n_ranks in (1, 3):
        code, _, errors = run_on(n_ranks, script, water_model, structure, tmp_path, n_fixed)
        assert code == 0, errors

    alone = (tmp_path / "1.0").read_text().split()
    shared = [(tmp_path / f"3.{rank}").read_text().split() for rank in range(3)]
    assert alone[1:] == ["1", "0", "192", "192", "1"]
    assert {row[0] for row in shared} == {alone[0]}
    assert [row[1:3] + row[4:] for row in shared] == [["3", str(rank), "192", "3"] for rank in range(3)]
    assert sum(int(row[3]) for row in shared) == 192


def test_a_process_that_nobody_has_started_is_a_single_rank() -> None:
    ranks = dpmd.mpi_world()

    assert (ranks.rank, ranks.size, ranks.local_rank, ranks.local_size) == (0, 1, 0, 1)
    assert ranks.is_first
    assert ranks.description == "one rank"
    assert ranks.threads() is None
    assert ranks.device("auto") == "auto"
    assert ranks.largest(-2.5) == -2.5
    assert ranks.by_first(lambda: {"a": [1]}) == {"a": [1]}
    with pytest.raises(ZeroDivisionError):
        ranks.together(lambda: 1 // 0)


def test_mpi_is_found_beside_the_packages_of_any_environment(tmp_path) -> None:
    """There is no search path: dpmd and the package with MPI may be in different environments."""
    packages = tmp_path / "lib" / "python3" / "site-packages"
    packages.mkdir(parents=True)
    found = [folder / "libmpi.so.12" for folder in library_folders() if (folder / "libmpi.so.12").is_file()]
    if not found:
        pytest.skip("needs MPICH as pip installs it")
    # under the name that is tried first with this launcher, so that no other library is found
    (tmp_path / "lib" / "libmpi.so.40").symlink_to(found[0])
    environment = {"PYTHONPATH": str(packages), "OMPI_COMM_WORLD_RANK": "0", "OMPI_COMM_WORLD_SIZE": "1"}

    command = [sys.executable, "-c", "import dpmd; print(dpmd.mpi_world().description)"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)

    assert "MPICH" in done.stdout, done.stderr


class RankOfFour:
    """The communicator of one of four ranks on a machine; `n_same_place` of them may run on the same cores."""

    size, local_size = 4, 4

    def __init__(self, rank: int, n_same_place: int = 4) -> None:
        self.rank = self.local_rank = rank
        self._n_same_place = n_same_place

    def all_gather(self, mine: bytes, name: str) -> list[bytes]:
        others = [hashlib.sha256(bytes([k])).digest() for k in range(self.size - self._n_same_place)]
        return [mine] * self._n_same_place + others


def test_ranks_go_around_the_gpus_of_their_machine(monkeypatch) -> None:
    found = [Device(f"cuda:{k}", "a GPU", "sm_90", 1, "" if k != 1 else "too old") for k in range(3)]
    found.append(Device("hip", "", "", 0, "not built"))
    monkeypatch.setattr(ranks_module, "devices", lambda: found)
    all_ranks = [Ranks(RankOfFour(rank)) for rank in range(4)]

    for name in ("cuda", "auto"):
        assert [ranks.device(name) for ranks in all_ranks] == ["cuda:0", "cuda:2", "cuda:0", "cuda:2"]
    assert {ranks.device("cuda:2") for ranks in all_ranks} == {"cuda:2"}
    assert {ranks.device("hip") for ranks in all_ranks} == {"hip"}  # there is none; the potential says why
    assert {ranks.device("cpu") for ranks in all_ranks} == {"cpu"}


def test_ranks_share_the_cores_that_they_may_run_on(monkeypatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(16)), raising=False)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)

    assert Ranks(RankOfFour(1)).threads() == 4
    assert Ranks(RankOfFour(1, n_same_place=1)).threads() == 16  # bound to its own cores
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert Ranks(RankOfFour(1)).threads() is None


@pytest.mark.parametrize("command", ["bench", "test", "info", "convert", "plot"])
def test_commands_of_one_process_refuse_several(monkeypatch, command: str) -> None:
    monkeypatch.setenv("PMI_SIZE", "3")

    for rank in range(3):
        monkeypatch.setenv("PMI_RANK", str(rank))
        result = CliRunner().invoke(app, [command, "a"])
        assert result.exit_code == 2
        assert (f"dpmd {command} runs in one process" in result.stderr) == (rank == 0)
        assert rank == 0 or result.output == ""


@pytest.mark.parametrize("text", ["2x2", "2x2x0", "axbxc", "2,2,1", "2x2x-1"])
def test_a_grid_has_three_numbers(write_input, text: str) -> None:
    result = CliRunner().invoke(app, ["run", str(write_input("run")), "--grid", text])

    assert result.exit_code == 2
    assert f"--grid {text}: must be three numbers" in result.stderr


def test_info_names_what_mpi_needs() -> None:
    output = CliRunner().invoke(app, ["info"]).stdout

    assert re.search(r"^mpi\.module +(\S+libdpmd_mpi\.so|-)$", output, re.MULTILINE)
    assert re.search(r"^mpi\.mpiexec +(\S+mpiexec|-)$", output, re.MULTILINE)
