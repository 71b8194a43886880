"""The lock files of requirements/ hold what pyproject.toml asks for, in versions that it admits, with hashes."""

from __future__ import annotations

import re
import sys

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

EXTRAS = {"run": (), "test": ("test", "analysis"), "docs": ("docs",)}
PYTHONS = ("3.10", "3.11", "3.12", "3.13")
every_file = pytest.mark.parametrize("name", ["build", *EXTRAS])


@pytest.fixture
def locked(root):
    """The pinned requirements of a lock file."""

    def read(name: str) -> list[Requirement]:
        lines = (root / "requirements" / f"{name}.txt").read_text().splitlines()
        return [Requirement(line.rstrip(" \\")) for line in lines if re.match(r"[\w.-]+==", line)]

    return read


@pytest.fixture
def wanted(root):
    """The requirements of pyproject.toml."""
    document = tomllib.loads((root / "pyproject.toml").read_text())
    project = document["project"]

    def read(name: str) -> list[Requirement]:
        if name == "build":
            return [Requirement(line) for line in document["build-system"]["requires"]]
        extras = [project["optional-dependencies"][extra] for extra in EXTRAS[name]]
        return [Requirement(line) for lines in (project["dependencies"], *extras) for line in lines]

    return read


def on(python: str) -> dict[str, str]:
    """An environment for markers."""
    return {
        "python_version": python,
        "python_full_version": f"{python}.5",
        "sys_platform": "linux",
        "implementation_name": "cpython",
    }


@every_file
@pytest.mark.parametrize("python", PYTHONS)
def test_a_lock_file_has_one_admitted_version_of_all_that_is_asked_for(locked, wanted, name: str, python: str) -> None:
    pins = [pin for pin in locked(name) if pin.marker is None or pin.marker.evaluate(on(python))]
    by_name = {canonicalize_name(pin.name): pin for pin in pins}

    assert len(by_name) == len(pins), "two versions of a package for one Python"
    for requirement in wanted(name):
        if requirement.marker is None or requirement.marker.evaluate(on(python)):
            (version,) = by_name[canonicalize_name(requirement.name)].specifier
            assert requirement.specifier.contains(version.version), f"{requirement} is locked at {version}"


@pytest.mark.parametrize("python", PYTHONS)
def test_the_lock_files_agree_so_that_they_can_be_installed_side_by_side(locked, python: str) -> None:
    versions: dict[str, set[str]] = {}
    for name in ("build", *EXTRAS):
        for pin in locked(name):
            if pin.marker is None or pin.marker.evaluate(on(python)):
                versions.setdefault(canonicalize_name(pin.name), set()).add(str(pin.specifier))

    assert [name for name, found in versions.items() if len(found) > 1] == []


@every_file
def test_every_locked_version_has_hashes_and_no_address(root, name: str) -> None:
    text = (root / "requirements" / f"{name}.txt").read_text()

    entries = re.split(r"\n(?=\S)", text.strip())
    pinned = [entry for entry in entries if not entry.startswith("#")]
    assert len(pinned) >= 5
    assert all(re.match(r"[\w.-]+==\S+[^\n]*\\\n    --hash=sha256:[0-9a-f]{64}", entry) for entry in pinned)
    assert "://" not in text
