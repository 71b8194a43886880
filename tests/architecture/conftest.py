"""A copy of the tree in which to plant violations."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

Rule = Callable[[Path], list[str]]

FOLDERS = ("cpp", "cuda", "hip", "python", "bench", "tests", "docs")
SKIPPED = shutil.ignore_patterns("data", "model_files", "__pycache__", "*.so", "*.dpmd", "*.npz")


@pytest.fixture(scope="session")
def tree_copy(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources; a test leaves it unchanged."""
    copy = tmp_path_factory.mktemp("architecture") / "tree"
    for folder in FOLDERS:
        if (root / folder).is_dir():
            shutil.copytree(root / folder, copy / folder, ignore=SKIPPED)
    return copy


@pytest.fixture(scope="session")
def found_before(tree_copy: Path) -> Rule:
    """The violations that a rule finds in the copy without anything planted."""
    return cache(lambda rule: rule(tree_copy))


@pytest.fixture
def plant(tree_copy: Path) -> Iterator[Callable[[str, str], Path]]:
    """plant(path, text): appends the text to that file in the copy of the tree, which may be a new one."""
    before: dict[Path, bytes | None] = {}

    def planted(path: str, text: str) -> Path:
        file = tree_copy / path
        before.setdefault(file, file.read_bytes() if file.exists() else None)
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a") as out:
            out.write(text)
        return tree_copy

    yield planted
    for file, content in before.items():
        if content is None:
            file.unlink()
        else:
            file.write_bytes(content)


@pytest.fixture
def found_after(found_before: Rule, plant: Callable[[str, str], Path]) -> Callable[[Rule, str, str], list[str]]:
    """found_after(rule, path, text): the violations that the rule finds only once the text is planted."""

    def found(rule: Rule, path: str, text: str) -> list[str]:
        before = set(found_before(rule))
        return [violation for violation in rule(plant(path, text)) if violation not in before]

    return found
