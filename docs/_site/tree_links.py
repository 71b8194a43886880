"""Links between files of the tree become links between pages.

The pages can also be read in the repository, where a link names a file. On the site it leads to the page that shows the
file; a link to a file without a page becomes its text and the file's name.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from posixpath import normpath
from typing import Any

from sphinx.application import Sphinx

# Files that pages include, and where they begin on the page; those below docs/ are pages themselves.
PAGE_OF = {
    "README.md": "index.md",
    "ARCHITECTURE.md": "architecture.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "bench/README.md": "performance.md",
    "hip/README.md": "gpu.md#amd",
    "examples/README.md": "examples.md",
    "examples/water/README.md": "examples.md#64-water-molecules",
    "examples/copper/README.md": "examples.md#elastic-constants-of-copper",
    "examples/lammps/README.md": "examples.md#water-in-lammps",
    "examples/openmm/README.md": "examples.md#water-in-openmm",
    "examples/ipi/README.md": "examples.md#water-with-quantum-nuclei-driven-by-i-pi",
    "examples/c/README.md": "examples.md#the-c-interface-forces-of-an-xyz-file",
}

_CODE = re.compile(r"(^```.*?^```$|`[^`\n]+`)", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\(([^()\s]+)\)")


def rewrite(text: str, folder: str) -> str:
    """The Markdown of a file in ``folder`` (relative to the root of the tree), with the links that the site has."""
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(found.group())
        return f"\0{len(kept) - 1}\0"

    linked = _LINK.sub(lambda found: _link(*found.groups(), folder), _CODE.sub(keep, text))
    while "\0" in linked:
        linked = re.sub("\0(\\d+)\0", lambda found: kept[int(found.group(1))], linked)
    return linked


def _link(label: str, target: str, folder: str) -> str:
    if target.startswith("#") or re.match(r"[a-z]+:", target):
        return f"[{label}]({target})"
    name, _, anchor = target.partition("#")
    path = normpath(PurePosixPath(folder, name).as_posix())
    own_page = path.removeprefix("docs/") if path.startswith("docs/") else ""
    page, _, beginning = PAGE_OF.get(path, own_page).partition("#")
    if page.endswith(".md"):
        place = anchor or beginning
        return f"[{label}](/{page}{place and '#' + place})"
    return f"`{path}`" if label in (path, name) else f"{label} (`{path}`)"


def on_page(app: Sphinx, docname: str, source: list[str]) -> None:
    """Rewrites a page of docs/."""
    source[0] = rewrite(source[0], "docs")


def on_include(app: Sphinx, path: Path, docname: str, source: list[str]) -> None:
    """Rewrites a file that a page includes; ``path`` is relative to docs/."""
    source[0] = rewrite(source[0], normpath(PurePosixPath("docs", path.parent.as_posix()).as_posix()))


def setup(app: Sphinx) -> dict[str, Any]:
    """Called by Sphinx."""
    app.connect("source-read", on_page)
    app.connect("include-read", on_include)
    return {"parallel_read_safe": True}
