"""``dpmd --cmake-dir`` tells CMake where the C++ package is."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

import dpmd.cli


@pytest.fixture
def cmake_dir(tmp_path, monkeypatch):
    """Where the package of an installation in a folder with a space would be."""
    monkeypatch.setattr(dpmd.cli, "__file__", str(tmp_path / "my site" / "dpmd" / "cli" / "__init__.py"))
    return tmp_path / "my site" / "dpmd" / "lib" / "cmake" / "dpmd"


def test_the_folder_is_all_that_is_printed(cmake_dir) -> None:
    cmake_dir.mkdir(parents=True)
    (cmake_dir / "dpmdConfig.cmake").touch()

    shown = CliRunner().invoke(dpmd.cli.app, ["--cmake-dir"])

    assert (shown.exit_code, shown.stdout) == (0, f"{cmake_dir}\n")


def test_an_installation_without_the_package_is_told_so(cmake_dir) -> None:
    refused = CliRunner().invoke(dpmd.cli.app, ["--cmake-dir"])

    assert refused.exit_code == 2
    assert refused.stdout == "" and str(cmake_dir) in refused.stderr and "pip" in refused.stderr
