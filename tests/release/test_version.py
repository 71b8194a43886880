"""The version is written once, in CMakeLists.txt; everything else takes it from there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import dpmd
from architecture.source_tree import TEXT_SUFFIXES, files

MAY_SAY_IT = {"CMakeLists.txt", "CITATION.cff", "CHANGELOG.md"}


@pytest.fixture(scope="module")
def version() -> str:
    """The version in CMakeLists.txt."""
    text = (Path(__file__).parents[2] / "CMakeLists.txt").read_text()
    return re.search(r"^project\(dpmd VERSION (\d+\.\d+\.\d+) ", text, re.MULTILINE)[1]


def test_no_other_file_says_the_version(root, version) -> None:
    said = re.compile(rf"(?<![\w.=]){re.escape(version)}(?![\w.])")
    texts = files(root, suffixes=TEXT_SUFFIXES | {".cff", ".ipynb", ".json"})
    found = [path.relative_to(root).as_posix() for path in texts if said.search(path.read_text())]

    assert set(found) - MAY_SAY_IT == set()


def test_the_package_has_the_version_of_the_project(version) -> None:
    assert dpmd.__version__ == version


def test_the_version_costs_nothing_until_it_is_asked_for() -> None:
    code = "import sys, dpmd; before = 'dpmd._core' in sys.modules; print(before, dpmd.__version__)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["False", dpmd.__version__]


def test_the_citation_is_of_this_version_and_has_what_the_format_asks_for(root, version) -> None:
    citation = yaml.safe_load((root / "CITATION.cff").read_text())

    assert citation["cff-version"] == "1.2.0"
    assert citation["version"] == version
    assert citation["license"] == "BSD-3-Clause"
    assert citation["message"] and citation["title"] and citation["authors"]
    for reference in citation["references"]:
        assert {"type", "title", "authors", "year"} <= set(reference)
