"""Environment variables with a wrong value are named with the value (docs/environment.md)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import dpmd
from dpmd import lammps


def said_by(code: str, folder: Path, **environment: str) -> str:
    """The output of a new process that starts in this folder, because a module stays open once opened."""
    command = [sys.executable, "-c", code]
    done = subprocess.run(
        command, env=os.environ | environment, cwd=folder, capture_output=True, text=True, timeout=120, check=True
    )
    return done.stdout


REASONS = "import dpmd; print(*(f'{one.name}: {one.unusable}' for one in dpmd.devices()), sep='\\n')"


def test_an_instruction_set_that_is_not_there_is_named(monkeypatch, water_model) -> None:
    monkeypatch.setenv("DPMD_ISA", "mmx")

    with pytest.raises(dpmd.InputError, match=r"DPMD_ISA: instruction set 'mmx' .* choose one of: "):
        dpmd.Potential(water_model)

    monkeypatch.setenv("DPMD_ISA", "")
    dpmd.Potential(water_model)


def test_a_folder_without_modules_is_named(tmp_path) -> None:
    said = said_by(REASONS, tmp_path, DPMD_MODULES=str(tmp_path / "absent"))

    for kind in ("cuda", "hip"):
        assert f"{kind}: there is no libdpmd_{kind}.so in DPMD_MODULES = '{tmp_path}/absent'" in said


def test_an_empty_folder_of_modules_is_not_the_current_one(tmp_path) -> None:
    """Files in the folder where a program happens to be started must not run."""
    for kind in ("cuda", "hip"):
        (tmp_path / f"libdpmd_{kind}.so").write_text("not a library")

    assert said_by(REASONS, tmp_path, DPMD_MODULES="") == said_by(REASONS, Path.cwd())


def test_a_plugin_that_is_not_there_is_named(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("DPMD_LAMMPS_PLUGIN", str(tmp_path / "absent.so"))

    with pytest.raises(dpmd.InputError, match="absent.so: there is no plug-in for LAMMPS"):
        lammps.plugin_path()
