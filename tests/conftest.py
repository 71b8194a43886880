"""Fixtures for every test: the project's own data, and the shared reference data where it is present."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
EXAMPLE = ROOT / "examples" / "water"


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """Reference models and data beside the repository; an outside user has none, and the test skips."""
    if not SHARED.is_dir():
        pytest.skip("needs the reference models and data in ../shared, which are not part of the repository")
    return SHARED


@pytest.fixture(scope="session")
def oracle() -> Path:
    """Small models of this project with the numbers that DeePMD-kit gives for them."""
    return ROOT / "tests" / "data" / "oracle"


@pytest.fixture(scope="session")
def water_model() -> Path:
    """A small water model of this project (examples/water)."""
    return EXAMPLE / "water_small.dpmd"


@pytest.fixture(scope="session")
def water_potential(water_model):
    """The small water model, loaded; its lists are built anew for every call."""
    import dpmd

    return dpmd.Potential(water_model)


@pytest.fixture(scope="session")
def water_atoms():
    """64 water molecules in a periodic box (examples/water)."""
    import ase.io

    return ase.io.read(EXAMPLE / "water_192.extxyz")
