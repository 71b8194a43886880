"""Where LAMMPS is told to look for the plug-in, and the message when it will find none that fits."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import replace
from importlib.metadata import distributions
from pathlib import Path

import pytest

from dpmd.errors import InputError
from dpmd.lammps import plugin_dir, plugin_parts, plugin_path

BUILD = 'DPMD_LAMMPS=1 pip install ".[lammps]"'


@pytest.fixture
def plugin(tmp_path, monkeypatch):
    """A file that says for which LAMMPS it is, like the plug-in, and an installed LAMMPS of some version."""

    def plugin(serves, installed):
        path = tmp_path / "dpmdplugin.so"
        path.write_bytes(b"\x7fELF\0The plug-in of dpmd is for LAMMPS " + serves.encode() + b"\0, this is \0")
        monkeypatch.setenv("DPMD_LAMMPS_PLUGIN", str(path))
        monkeypatch.setattr("dpmd.lammps._installed", lambda: installed)
        return path

    return plugin


def test_a_variable_names_the_plugin(tmp_path, monkeypatch):
    plugin = tmp_path / "dpmdplugin.so"
    plugin.touch()
    monkeypatch.setenv("DPMD_LAMMPS_PLUGIN", str(plugin))

    assert plugin_path() == plugin
    assert plugin_dir() == str(tmp_path)


def test_a_plugin_that_is_not_there_is_an_error_for_who_asks_and_a_line_for_lammps(tmp_path, monkeypatch, capsys):
    """LAMMPS itself would only say that it knows no such pair style."""
    missing = tmp_path / "none" / "dpmdplugin.so"
    monkeypatch.setenv("DPMD_LAMMPS_PLUGIN", str(missing))

    with pytest.raises(InputError, match="there is no plug-in for LAMMPS"):
        plugin_path()
    assert plugin_dir() == str(tmp_path / "none")
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"dpmd: {missing}: there is no plug-in for LAMMPS, which therefore has no pair style dpmd")
    assert BUILD in line
    assert BUILD in plugin_parts()["problem"]


def test_the_line_is_said_by_one_rank(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("DPMD_LAMMPS_PLUGIN", str(tmp_path / "dpmdplugin.so"))
    monkeypatch.setenv("PMI_RANK", "1")

    plugin_dir()

    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("serves", "installed"),
    [
        ("20250722 (22Jul2025_update4)", "2025.7.22.4.0"),
        ("20250722 (22Jul2025)", "2025.7.22.0.0"),
        ("20250722", "2025.7.22.2.0"),
        ("20250722 (22Jul2025_update4)", None),
    ],
)
def test_a_plugin_for_the_installed_lammps_is_silent(plugin, capsys, serves, installed):
    path = plugin(serves, installed)

    assert plugin_dir() == str(path.parent)
    assert capsys.readouterr().err == ""
    assert plugin_parts() == {"plugin": str(path), "serves": serves, "installed": installed, "problem": None}


@pytest.mark.parametrize("installed", ["2025.7.22.2.0", "2024.8.29.4.0"])
def test_a_plugin_for_another_lammps_names_both_and_the_remedy(plugin, capsys, installed):
    path = plugin("20250722 (22Jul2025_update4)", installed)

    plugin_dir()

    (line,) = capsys.readouterr().err.splitlines()
    assert f"{path} is for LAMMPS 20250722 (22Jul2025_update4), but LAMMPS {installed} is installed" in line
    assert "DPMD_LAMMPS=1 pip install --no-build-isolation ." in line


def test_the_plugin_that_was_built_says_what_it_serves(lammps):
    parts = plugin_parts()

    assert parts["plugin"] == str(plugin_path())
    assert parts["serves"].startswith("20")


def test_a_plugin_that_lammps_is_led_to_refuses_another_lammps(lammps, tmp_path):
    """A plug-in for another update, made from ours by changing the number of the update with which it is compared."""
    ours = plugin_path()
    release = re.search(r"\((\w+)\)", plugin_parts()["serves"])[1].encode()
    other = release[:-1] + b"9"
    for library in ours.parent.glob("libdpmd*"):
        (tmp_path / library.name).symlink_to(library)
    (tmp_path / ours.name).write_bytes(ours.read_bytes().replace(release, other))

    text = "units metal\nregion box block 0 9 0 9 0 9\ncreate_box 1 box\npair_style dpmd water.dpmd\n"
    led = {"LAMMPS_PLUGIN_PATH": str(tmp_path), "DPMD_LAMMPS_PLUGIN": str(tmp_path / ours.name)}
    output = replace(lammps, environment=led).run(tmp_path, text)

    assert f"is for LAMMPS {plugin_parts()['serves'].replace(release.decode(), other.decode())}" in output.text
    assert "DPMD_LAMMPS=1 pip install --no-build-isolation ." in output.text
    assert "Unrecognized pair style 'dpmd'" in output.error


def test_lammps_imports_in_python_without_a_search_path(tmp_path):
    """The wheel of LAMMPS looks for libmpi where the loader looks, not where pip has put it."""
    if not any(one.name == "lammps" for one in distributions()):  # `lammps` is the name of this folder, too
        pytest.skip("needs LAMMPS and MPICH as pip installs them")
    code = "from dpmd.lammps import load_mpi; load_mpi(); import lammps; print(lammps.lammps().version())"
    environment = {k: v for k, v in os.environ.items() if k != "LD_LIBRARY_PATH"}

    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)

    if "there is no libmpi" in done.stderr:
        pytest.skip("needs LAMMPS and MPICH as pip installs them")
    assert done.returncode == 0, done.stderr
    assert any(line.isdigit() for line in done.stdout.splitlines())


def test_it_is_expected_beside_the_engine(monkeypatch):
    monkeypatch.delenv("DPMD_LAMMPS_PLUGIN", raising=False)

    assert Path(plugin_dir()).name == "lib"
