"""Fixtures for every test: the project's own data, and the shared reference data where it is present."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

# Signals that a shell or nohup lets background processes ignore would also be ignored by the commands under test.
signal.signal(signal.SIGINT, signal.default_int_handler)
for _number in (signal.SIGHUP, signal.SIGQUIT):
    signal.signal(_number, signal.SIG_DFL)

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
EXAMPLE = ROOT / "examples" / "water"


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """Reference models and data next to the repository; where there are none, the test skips."""
    if not SHARED.is_dir():
        pytest.skip("needs the reference models and data in ../shared, which are not part of the repository")
    return SHARED


@pytest.fixture(scope="session")
def oracle() -> Path:
    """Small models of this project with DeePMD-kit's numbers for them."""
    return ROOT / "tests" / "data" / "oracle"


@pytest.fixture(scope="session")
def water_model() -> Path:
    """A small water model of this project (examples/water)."""
    return EXAMPLE / "water_small.dpmd"


@pytest.fixture(scope="session")
def other_water_model(tmp_path_factory, water_model) -> Path:
    """A model with slightly different weights: a committee needs two."""
    from model_files.second_model import write_second_model

    return write_second_model(water_model, tmp_path_factory.mktemp("models") / "other.dpmd")


@pytest.fixture(scope="session")
def device() -> str:
    """The first usable GPU, or the emulated one where ``DPMD_MODULES`` leads to its module."""
    import dpmd

    for found in dpmd.devices():
        if not found.unusable:
            return found.name
    pytest.skip("needs a GPU; " + "; ".join(f"{found.name}: {found.unusable}" for found in dpmd.devices()))


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


@pytest.fixture(scope="session")
def small_box(tmp_path_factory) -> Path:
    """A structure file of 8 water molecules in a small periodic box: fast, and images matter."""
    from small_box import write_small_box

    return write_small_box(tmp_path_factory.mktemp("structure") / "small_box.extxyz")
