"""The tree for the rules: its files, their code without comments, and their includes."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

NOT_SOURCE = {"build", "dist", "__pycache__", "node_modules"}
NATIVE_FOLDERS = ("cpp", "cuda", "hip", "python")
NATIVE_SUFFIXES = {".hpp", ".h", ".cuh", ".cpp", ".cu"}
TEXT_SUFFIXES = NATIVE_SUFFIXES | {".py", ".pyi", ".md", ".toml", ".txt", ".cmake", ".in", ".yaml", ".yml", ".sh"}

_TOKEN = re.compile(
    r"""//[^\n]*|/\*.*?\*/|R"(?P<tag>[^()\\\s]*)\(.*?\)(?P=tag)"|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])+'""", re.DOTALL
)
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)


@dataclass(frozen=True)
class Include:
    line: int
    system: bool
    target: str


def files(root: Path, *folders: str, suffixes: set[str] = TEXT_SUFFIXES) -> list[Path]:
    """Files below the folders of the root (or the root itself) with one of the suffixes, sorted; no build products."""
    found = []
    for start in folders or (".",):
        for folder, below, names in os.walk(root / start):
            below[:] = [name for name in below if name == ".ci" or not (name.startswith(".") or name in NOT_SOURCE)]
            found += [
                Path(folder, name) for name in names if Path(name).suffix in suffixes or Path(folder).name == ".ci"
            ]
    return sorted(found)


def native_files(root: Path) -> list[Path]:
    """Every C++, CUDA and HIP source and header of the library and its bindings."""
    return files(root, *NATIVE_FOLDERS, suffixes=NATIVE_SUFFIXES)


def code_of(path: Path, keep_strings: bool = False) -> str:
    """A source without comments and, unless kept, with empty strings; line numbers stay the same."""

    def replaced(match: re.Match[str]) -> str:
        token = match[0]
        lines = "\n" * token.count("\n")
        if token.startswith(("//", "/*")):
            return " " + lines
        return token if keep_strings else token[0] + lines + token[-1]

    text = path.read_text()
    # an include names a file, not a string
    marked = _INCLUDE.sub(lambda match: match[0].replace('"', "\0"), text)
    return _TOKEN.sub(replaced, marked).replace("\0", '"')


def includes(path: Path) -> list[Include]:
    """The includes of a source, ignoring comments."""
    code = code_of(path)
    return [Include(line_of(code, match.start(1)), match[1] == "<", match[2]) for match in _INCLUDE.finditer(code)]


def line_of(text: str, position: int) -> int:
    """The number of the line that contains a position of a text."""
    return text.count("\n", 0, position) + 1


def place(root: Path, path: Path, line: int) -> str:
    """A place as rules name it, `folder/file:line`."""
    return f"{path.relative_to(root).as_posix()}:{line}"
