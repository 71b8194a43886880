"""Commands never overwrite an input or each other's file, an existing file only with --force, and write whole files."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import dpmd
from command_line import command, refusal
from data.dp_commands.record import write_systems
from dpmd.errors import InputError
from dpmd.infer import DeepPot, calc_model_devi
from dpmd.models.spec import ModelSpec
from dpmd.output_files import OutputFiles
from run_input import dpmd_run


@pytest.fixture
def files(tmp_path, monkeypatch, water_model, small_box) -> Path:
    """A model, a structure and a system that a test may destroy, in the working folder."""
    write_systems(tmp_path)
    (tmp_path / "w.dpmd").write_bytes(water_model.read_bytes())
    (tmp_path / "x.extxyz").write_bytes(small_box.read_bytes())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


DEVIATION = ("deviation", "w.dpmd", "w.dpmd", "--overflow", "keep_nearest", "-s")
SERVE = ("serve", "w.dpmd", "--structure", "x.extxyz", "--unix", "nobody", "--log")
BENCH = ("bench", "w.dpmd", "--structure", "x.extxyz", "--json")


@pytest.mark.parametrize(
    ("words", "read"),
    [
        ((*DEVIATION, "x.extxyz", "--selected", "x.extxyz"), "x.extxyz"),
        ((*DEVIATION, "x.extxyz", "-o", "hard.out"), "x.extxyz"),
        ((*DEVIATION, "x.extxyz", "-o", "soft.out"), "w.dpmd"),
        ((*DEVIATION, "box", "-o", "box/set.000/coord.npy"), "box/set.000/coord.npy"),
        (("energy", "w.dpmd", "-s", "box", "--npy", "box/set.000"), "box/set.000/energy.npy"),
        (("test", "w.dpmd", "-f", "d.e.out", "-d", "d"), "d.e.out"),
        (("convert", "w.dpmd", "./w.dpmd"), "w.dpmd"),
        ((*BENCH, "soft.out"), "w.dpmd"),
        (SERVE + ("hard.out",), "x.extxyz"),
    ],
)
def test_no_output_overwrites_an_input_even_by_force(files, words: tuple[str, ...], read: str) -> None:
    os.link("x.extxyz", "hard.out")
    Path("soft.out").symlink_to("w.dpmd")
    Path("d.e.out").write_text("box\n")
    before = contents(files)

    said = refusal(*words, *([] if words[0] == "serve" else ["--force"]))

    assert f"would overwrite {read}, which is read" in said
    assert contents(files) == before


@pytest.mark.parametrize("selected", ["table", "./table", "soft.out", "folder/../table", "linked/table"])
def test_no_output_is_another_output(files, selected: str) -> None:
    Path("soft.out").symlink_to("table")
    Path("folder").mkdir()
    Path("linked").symlink_to(".")

    assert "own file" in refusal(*DEVIATION, "x.extxyz", "-o", "table", "--selected", selected)

    assert not Path("table").exists()


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ((*DEVIATION, "x.extxyz", "-o", "table", "--selected", "s.extxyz"), ["table", "s.extxyz"]),
        (("energy", "w.dpmd", "-s", "box", "--npy", "out", "--virial"), ["out/energy.npy", "out/virial.npy"]),
        (("test", "w.dpmd", "-s", "box", "-d", "d"), ["d.e.out", "d.v_peratom.out"]),
        (("convert", "w.dpmd", "new.dpmd"), ["new.dpmd"]),
        ((*BENCH, "b.json", "--seconds", "0.01"), ["b.json"]),
    ],
)
def test_an_existing_file_is_replaced_by_force_only(files, words: tuple[str, ...], names: list[str]) -> None:
    Path("out").mkdir()
    for name in names:
        Path(name).write_text("mine")
        before = contents(files)
        assert refusal(*words) == f"dpmd: error: {name}: exists; --force replaces it\n"
        assert contents(files) == before
        if name != names[-1]:
            Path(name).unlink()

    command(*words, "--force")

    assert all(Path(name).read_bytes() != b"mine" for name in names)
    assert not list(files.rglob(".*"))


def test_plot_replaces_its_figures_by_force_only(write_input, tmp_path) -> None:
    dpmd_run(write_input(), "--steps", 20)
    command("plot", tmp_path / "run")
    before = contents(tmp_path)

    assert "thermo.png: exists; --force replaces it" in refusal("plot", tmp_path / "run")
    said = refusal("plot", tmp_path / "run", "--rdf-reference", tmp_path / "run" / "rdf.csv", "--force")
    assert "rdf.csv, which is read" in said
    assert "cannot be created" in refusal("plot", tmp_path / "run", "-o", tmp_path / "run.toml")
    assert contents(tmp_path) == before
    command("plot", tmp_path / "run", "--force", "--skip", 1)
    assert (tmp_path / "run" / "msd.csv").read_bytes() != before[str(tmp_path / "run" / "msd.csv")]


def test_a_device_is_an_output_as_before(files) -> None:
    assert command(*DEVIATION, "x.extxyz", "-o", "/dev/null", "--selected", "/dev/null")
    line = f"{sys.executable} -m dpmd {' '.join(DEVIATION)} x.extxyz -o"

    for place in ("/dev/stdout > shown", "/dev/fd/3 3> shown"):
        Path("shown").unlink(missing_ok=True)
        subprocess.run(["bash", "-c", f"{line} {place}"], check=True, capture_output=True)
        assert Path("shown").read_text().startswith("# x.extxyz\n#")
    assert "1 frames" in subprocess.run(["bash", "-c", f"{line} >(cat)"], capture_output=True, text=True).stdout


def test_files_appear_together_or_not_at_all(tmp_path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_text("earlier")

    for failure in (ValueError("half of it"), KeyboardInterrupt(), OSError(errno.ENOSPC, "No space left on device")):
        with pytest.raises((type(failure), InputError)), OutputFiles() as files:
            files.open(first).write("new")
            files.open(second, binary=True).write(b"new")
            assert {path.name for path in tmp_path.iterdir()} == {"first"}
            raise failure
        assert contents(tmp_path) == {str(first): b"earlier"}
    with OutputFiles() as files:
        files.open(first).write("new")
        files.open(second).write("new")
        assert first.read_text() == "earlier"
    assert contents(tmp_path) == {str(first): b"new", str(second): b"new"}


def test_a_killed_command_leaves_nothing(tmp_path) -> None:
    script = (
        "import os, sys; from pathlib import Path; from dpmd.output_files import OutputFiles\n"
        "with OutputFiles() as files: files.open(Path(sys.argv[1])).write('half'); os.kill(os.getpid(), 9)"
    )

    subprocess.run([sys.executable, "-c", script, str(tmp_path / "new")])

    assert not list(tmp_path.iterdir())


def test_links_and_permissions_outlive_a_replacement(tmp_path) -> None:
    file, link = tmp_path / "file", tmp_path / "link"
    file.write_text("earlier")
    file.chmod(0o640)
    link.symlink_to("file")

    with OutputFiles() as files:
        files.open(link).write("new")

    assert link.is_symlink()
    assert file.read_text() == "new"
    assert file.stat().st_mode & 0o777 == 0o640


def test_a_model_is_saved_through_a_link_and_not_over_a_folder(tmp_path, water_model) -> None:
    spec = ModelSpec.load(water_model)
    (tmp_path / "link.dpmd").symlink_to("file.dpmd")

    spec.save(tmp_path / "link.dpmd")

    assert (tmp_path / "file.dpmd").read_bytes() == water_model.read_bytes()
    with pytest.raises(InputError, match="is a folder"):
        spec.save(tmp_path)
    with pytest.raises(InputError, match="there is no folder"):
        spec.save(tmp_path / "absent" / "w.dpmd")


def test_a_table_is_appended_to_tables_only(files, water_model) -> None:
    given = np.zeros((1, 9)) + np.arange(9), None, [0, 1, 1], 2 * [DeepPot(water_model)]

    for _ in range(2):
        calc_model_devi(*given, fname="table")
    with pytest.raises(InputError, match=r"x\.extxyz: exists and is not a table"):
        calc_model_devi(*given, fname="x.extxyz")
    with pytest.raises(InputError, match="cannot be written: No space left"):
        calc_model_devi(*given, fname="/dev/full")
    calc_model_devi(*given, fname="/dev/null")

    assert Path("table").read_text().count("max_devi_f") == 2


@pytest.mark.parametrize("link", [os.symlink, os.link])
def test_outputs_of_a_simulation_are_compared_by_their_files(tmp_path, water_potential, water_atoms, link) -> None:
    simulation = dpmd.Simulation(water_potential, water_atoms)
    (tmp_path / "thermo.csv").touch()
    link(tmp_path / "thermo.csv", tmp_path / "other.extxyz")
    os.symlink("to_come.extxyz", tmp_path / "early.extxyz")
    simulation.thermo_log(tmp_path / "thermo.csv", 1)
    simulation.trajectory(tmp_path / "to_come.extxyz", 1)

    for name in ("other.extxyz", "early.extxyz"):
        with pytest.raises(InputError, match="each output its own file"):
            simulation.trajectory(tmp_path / name, 1)
