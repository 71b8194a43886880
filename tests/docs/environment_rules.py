"""Rules about the environment. Each takes the root of a tree and returns its violations."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = "docs/environment.md"
SOURCES = {"cpp": ("cpp", "hpp"), "cuda": ("cu", "hpp"), "hip": ("cu", "hpp"), "python": ("py", "cpp", "hpp")}

# Variables for processes that dpmd starts, which it does not read itself.
SET_FOR_CHILDREN = {"MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"}


def undocumented_variables(root: Path) -> list[str]:
    """Names in capitals in a source that reads the environment, which the page does not have."""
    page = root / PAGE
    known = set(re.findall(r"`([A-Z][A-Z0-9_]+)`", page.read_text())) if page.is_file() else set()
    return [f"{file}: {PAGE} does not tell of {name}" for file, name in _read_variables(root) if name not in known]


def unread_variables(root: Path) -> list[str]:
    """Names in a row of the page, which no source reads."""
    page = root / PAGE
    rows = re.findall(r"^\| (`.+?) \|(?: (`\w+`) \|)?", page.read_text(), re.MULTILINE) if page.is_file() else []
    named = {name for row in rows for name in re.findall(r"`([A-Z][A-Z0-9_]+)`", " ".join(row))}
    return [f"{PAGE}: nothing reads {name}" for name in sorted(named - {name for _, name in _read_variables(root)})]


def _read_variables(root: Path) -> list[tuple[Path, str]]:
    return [
        (file.relative_to(root), name)
        for folder, suffixes in SOURCES.items()
        for file in sorted((root / folder).rglob("*"))
        if file.suffix[1:] in suffixes
        for name in _variables(file.read_text())
    ]


def _variables(source: str) -> list[str]:
    if not re.search(r"\bgetenv\b|\benviron\b", source):
        return []
    named = set(re.findall(r"\"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|HOME|PATH)\"", source))
    return sorted(named - SET_FOR_CHILDREN)
