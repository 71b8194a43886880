"""Python code in documents runs, block after block, in a folder with the files it names."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from docs.markdown_files import code_blocks, documents

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = {"docs/openmm.md": "openmmml"}  # what a page needs besides dpmd and its extra "test"
PAGES = [path for path in documents(ROOT) if any(block.language == "python" for block in code_blocks(path))]


@pytest.fixture
def workplace(tmp_path, monkeypatch, water_model, root) -> Path:
    """The water model under the names used in documents, and a structure."""
    for name in ("water.pb", "water.dpmd", "water_small.dpmd", "a.pb", "b.pb"):
        shutil.copy(water_model, tmp_path / name)
    shutil.copy(root / "examples" / "water" / "water_192.extxyz", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def names(water_atoms, monkeypatch) -> dict:
    """What documents assume: some atoms, also as arrays. Long runs and relaxations are cut short."""
    from ase.optimize.optimize import Optimizer

    import dpmd

    run, relax = dpmd.Simulation.run, Optimizer.run
    monkeypatch.setattr(dpmd.Simulation, "run", lambda self, n_steps: run(self, min(n_steps, 20)))
    monkeypatch.setattr(Optimizer, "run", lambda self, fmax=0.05, steps=1: relax(self, fmax, min(steps, 1)))
    atoms = water_atoms.copy()
    types = [0 if symbol == "O" else 1 for symbol in atoms.symbols]
    positions, cell = atoms.positions.copy(), np.asarray(atoms.cell)
    arrays = {"positions": positions, "types": types, "cell": cell}
    return {"atoms": atoms, **arrays, "coords": positions.reshape(1, -1), "cells": cell.reshape(1, 9)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_block_runs(page, workplace, names):
    package = PACKAGES.get(page.relative_to(ROOT).as_posix())
    if package is not None:
        pytest.importorskip(package)
    for block in code_blocks(page):
        if block.language == "python":
            code = compile("\n" * (block.line - 1) + block.text, str(page), "exec")
            exec(code, names)


def test_there_are_blocks():
    assert {"README.md", "docs/from-deepmd-kit.md"} <= {page.relative_to(ROOT).as_posix() for page in PAGES}
