"""`dpmd env` prints commands that set variables, and that take them back."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from command_line import refusal, stdout
from dpmd.cli.env import Shell, set_variable, unset_variable
from dpmd.drop_in import library_path, program_environment, without_dpmd

ODD = '/a b/it\'s!/$HOME/`x`/\\y/"z"'
PROGRAMS = {Shell.SH: ("sh", "bash", "zsh"), Shell.FISH: ("fish",), Shell.CSH: ("tcsh", "csh")}


@pytest.fixture(autouse=True)
def no_plugins(tmp_path, monkeypatch) -> None:
    """Only the library is there, and nothing is set."""
    monkeypatch.setenv("DPMD_LAMMPS_PLUGIN", str(tmp_path / "dpmdplugin.so"))
    monkeypatch.setattr("dpmd.drop_in._package", lambda name: None)
    for name in ("LD_PRELOAD", "LAMMPS_PLUGIN_PATH"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("shell", Shell)
@pytest.mark.parametrize("value", ["/usr/lib/libx.so", ODD, "a:b"])
def test_each_shell_reads_the_value_that_was_meant(shell: Shell, value: str) -> None:
    programs = [found for name in PROGRAMS[shell] if (found := shutil.which(name))]
    if not programs:
        pytest.skip(f"needs {' or '.join(PROGRAMS[shell])}")
    script = f"{set_variable('DPMD_ODD', value, shell)}\nprintenv DPMD_ODD\n{unset_variable('DPMD_ODD', shell)}\nenv\n"

    for program in programs:
        done = subprocess.run([program], input=script, capture_output=True, text=True, check=True)

        first, _, rest = done.stdout.partition("\n")
        assert first == value
        assert "DPMD_ODD=" not in rest


def test_the_lines_of_each_shell_end_so_that_they_may_be_joined() -> None:
    """tcsh joins the lines of a command substitution with blanks."""
    for shell in Shell:
        assert set_variable("X", "/a", shell).endswith(";") and unset_variable("X", shell).endswith(";")
    assert set_variable("X", "it's", Shell.FISH) == "set -gx X 'it\\'s';"
    assert set_variable("X", "a!", Shell.CSH) == "setenv X 'a\\!';"


def test_a_program_started_after_it_finds_dpmds_functions(tmp_path) -> None:
    script = f'{stdout("env")}\nexec "$0" -c "import ctypes; ctypes.CDLL(None).DP_NewDeepPot"'

    done = subprocess.run(["sh", "-c", script, shutil.which("python3")], capture_output=True, text=True)

    assert done.returncode == 0, done.stderr


def test_switching_twice_is_switching_once_and_switching_back_leaves_what_was_there(tmp_path, monkeypatch) -> None:
    (tmp_path / "dpmdplugin.so").touch()
    before = {"LD_PRELOAD": "libm.so.6", "LAMMPS_PLUGIN_PATH": "/my/plugins"}

    once = before | program_environment(before)

    assert once == {
        "LD_PRELOAD": f"{library_path()}:libm.so.6",
        "LAMMPS_PLUGIN_PATH": f"{tmp_path}:/my/plugins",
    }
    assert once | program_environment(once) == once
    assert without_dpmd(once) == before


def test_variables_that_held_nothing_else_are_removed(monkeypatch) -> None:
    monkeypatch.setenv("LD_PRELOAD", str(library_path()))

    assert stdout("env", "--unset").splitlines() == ["unset LD_PRELOAD;", "unset LAMMPS_PLUGIN_PATH;"]


@pytest.mark.parametrize("name", ["a place", "a:place"])
def test_a_folder_that_the_variable_cannot_name_is_refused_with_the_remedy(tmp_path, monkeypatch, name: str) -> None:
    folder: Path = tmp_path / name
    folder.mkdir()
    (folder / "libdeepmd_c.so").touch()
    monkeypatch.setattr("dpmd.drop_in._folder", lambda: folder)

    message = refusal("env")

    assert "splits its value at blanks and colons" in message and "dpmd lmp" in message


def test_a_dpmd_without_the_library_says_so(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("dpmd.drop_in._folder", lambda: tmp_path)

    assert "there is no such library; install dpmd with pip" in refusal("env")


def test_an_unknown_shell_is_refused() -> None:
    assert "'powershell' is not one of" in refusal("env", "--shell", "powershell")
