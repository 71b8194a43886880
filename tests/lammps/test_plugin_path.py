"""Where LAMMPS is sent to look for the plugin."""

from __future__ import annotations

from pathlib import Path

import pytest

from dpmd.errors import InputError
from dpmd.lammps import plugin_dir, plugin_path


def test_a_variable_names_the_plugin(tmp_path, monkeypatch):
    plugin = tmp_path / "dpmdplugin.so"
    plugin.touch()
    monkeypatch.setenv("DPMD_LAMMPS_PLUGIN", str(plugin))

    assert plugin_path() == plugin
    assert plugin_dir() == str(tmp_path)


def test_a_plugin_that_is_not_there_is_an_error_for_who_asks_and_none_for_lammps(tmp_path, monkeypatch):
    monkeypatch.setenv("DPMD_LAMMPS_PLUGIN", str(tmp_path / "none" / "dpmdplugin.so"))

    with pytest.raises(InputError, match="there is no plugin for LAMMPS; install dpmd"):
        plugin_path()
    assert plugin_dir() == str(tmp_path / "none")


def test_it_is_expected_beside_the_engine(monkeypatch):
    monkeypatch.delenv("DPMD_LAMMPS_PLUGIN", raising=False)

    assert Path(plugin_dir()).name == "lib"
