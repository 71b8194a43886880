"""Rules about the links of documents. Each takes the root of a tree and returns its violations."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

from docs.markdown_files import Piece, anchors, documents, links, spans

# Pages whose headings are made when the site is built; the build itself checks links to them.
GENERATED = ("docs/commands.md", "docs/input.md")
# Where a file reference may start, in addition to the root and the document's own folder.
FOLDERS = (
    "cpp/src",
    "cpp",
    "cpp/include",
    "cpp/deepmd/include",
    "cuda",
    "tests",
    "tests/backend/gpu",
    "python",
    "bench",
    "docs",
)
SUFFIXES = (
    "md",
    "py",
    "pyi",
    "hpp",
    "h",
    "cpp",
    "cu",
    "c",
    "sh",
    "toml",
    "cmake",
    "csv",
    "ipynb",
    "extxyz",
    "dpmd",
    "txt",
)
# Files that a build, an installation or a run makes.
MADE = re.compile(r"^(build|\.venv|run)/|^examples/\w+/(run|nve|npt)\b|^path/to/|\.\.\.|…")

_REFERENCE = re.compile(rf"[\w.{{}},*-]+(?:/[\w.{{}},*-]+)*/(?:[\w.{{}},*-]+\.(?:{'|'.join(SUFFIXES)}))?")


def broken_links(root: Path) -> list[str]:
    """A relative link names a file, and an anchor of it a heading."""
    found = []
    for link in (link for path in documents(root) for link in links(path)):
        if re.match(r"[a-z]+:", link.text):
            continue
        name, _, anchor = link.text.partition("#")
        target = (link.path.parent / name).resolve() if name else link.path
        if not target.exists():
            found.append(_violation(root, link, "is not there"))
        elif anchor and _place(root, target) not in GENERATED and anchor not in anchors(target):
            found.append(_violation(root, link, f"has no heading #{anchor}"))
    return found


def missing_files(root: Path) -> list[str]:
    """A path in backticks exists in the tree: `folder/` or `folder/file.md`, with {a,b} and * as in a shell."""
    found = []
    for span in (span for path in documents(root) for span in spans(path)):
        if not _REFERENCE.fullmatch(span.text) or MADE.search(span.text):
            continue
        bases = [root, span.path.parent, *(root / folder for folder in FOLDERS)]
        if not all(any(_exists(base, one) for base in bases) for one in _alternatives(span.text)):
            found.append(_violation(root, span, "is no file of the tree"))
    return found


def _exists(base: Path, name: str) -> bool:
    return any(base.glob(name)) if "*" in name else (base / name).exists()


def _alternatives(name: str) -> list[str]:
    """``a/{b,c}.d`` as ``a/b.d`` and ``a/c.d``."""
    parts = [part.split(",") if k % 2 else [part] for k, part in enumerate(re.split(r"\{([^}]*)\}", name))]
    return ["".join(choice) for choice in itertools.product(*parts)]


def _place(root: Path, path: Path) -> str:
    return path.relative_to(root.resolve()).as_posix() if path.is_relative_to(root.resolve()) else str(path)


def _violation(root: Path, piece: Piece, complaint: str) -> str:
    return f"{_place(root, piece.path.resolve())}:{piece.line}: {piece.text!r} {complaint}"
