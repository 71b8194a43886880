"""The Markdown of the project: its files, and their contents."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_FENCE = re.compile(r"^( *)```(?P<info>[^\n`]*)\n(?P<body>.*?)^\1```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\(([^()\s]+)\)")
_SPAN = re.compile(r"`([^`\n]+)`")


@dataclass(frozen=True)
class Piece:
    """A part of a document and where it begins."""

    path: Path
    line: int
    text: str
    language: str = ""
    """The language of a block of code, from its fence."""


def documents(root: Path) -> list[Path]:
    """Every Markdown file for readers."""
    patterns = ("*.md", "docs/*.md", "bench/**/*.md", "examples/**/*.md", "cuda/*.md", "hip/*.md")
    return sorted(path for pattern in patterns for path in root.glob(pattern))


def code_blocks(path: Path) -> Iterator[Piece]:
    """The fenced blocks."""
    text = path.read_text(encoding="utf-8")
    for block in _FENCE.finditer(text):
        yield Piece(path, _line(text, block.start("body")), block["body"], block["info"].strip())


def links(path: Path) -> Iterator[Piece]:
    """Targets of the links."""
    text = _without_blocks(path.read_text(encoding="utf-8"))
    text = _SPAN.sub(lambda span: re.sub(r"[\[\]()]", "x", span[0]), text)
    for link in _LINK.finditer(text):
        yield Piece(path, _line(text, link.start()), link[2])


def spans(path: Path) -> Iterator[Piece]:
    """The text between backticks within a line."""
    text = _without_blocks(path.read_text(encoding="utf-8"))
    for span in _SPAN.finditer(text):
        yield Piece(path, _line(text, span.start()), span[1])


def anchors(path: Path) -> set[str]:
    """The anchors of a file that a link may name: headings as GitHub spells them, including those of included files."""
    text = path.read_text(encoding="utf-8")
    found = set()
    for heading in re.finditer(r"^#{1,6} +(.+)$", _without_blocks(text), re.MULTILINE):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading[1]).strip().lower()
        found.add(re.sub(r"[^\w\- ]", "", plain).replace(" ", "-"))
    for block in code_blocks(path):
        included = re.fullmatch(r"\{include\} (\S+)", block.language)
        if included:
            found |= anchors(path.parent / included[1])
    return found


def _without_blocks(text: str) -> str:
    """The text with its blocks of code emptied, lines kept."""
    return _FENCE.sub(lambda block: "\n" * block[0].count("\n"), text)


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1
