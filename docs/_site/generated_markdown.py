"""Markdown made from the program: a block ````{generated} NAME```` of a page is replaced by the output of NAME."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

from sphinx.application import Sphinx

from dpmd.config import describe_keys


def commands() -> str:
    """Every command of ``dpmd`` with its arguments and options, as typer writes it, below the page's title."""
    command = [sys.executable, "-m", "typer", "dpmd.cli", "utils", "docs", "--name", "dpmd"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return whole_summaries(text.partition("\n")[2])


def whole_summaries(text: str) -> str:
    """The list of commands with the first paragraph of each section in full, which typer cuts off."""
    first_of = dict(re.findall(r"^## `dpmd (\w+)`\n\n(.+?)\n\n", text, re.MULTILINE | re.DOTALL))
    summary = re.compile(r"^\* `(\w+)`: .*\.\.\.$", re.MULTILINE)
    return summary.sub(lambda found: f"* `{found.group(1)}`: {' '.join(first_of[found.group(1)].split())}", text)


def input_keys() -> str:
    """A table of keys for each table of the input file."""
    lines = []
    for line in describe_keys().splitlines():
        if line.startswith("["):
            lines += [f"## `{line}`", "", "| key | meaning |", "|---|---|"]
        elif line:
            key, meaning = line.split(maxsplit=1)
            lines.append(f"| `{key}` | {meaning.replace('|', chr(92) + '|')} |")
        else:
            lines.append("")
    return "\n".join(lines)


MAKERS = {"commands": commands, "input-keys": input_keys}
_BLOCK = re.compile(r"^```\{generated\} (\S+)\n```$", re.MULTILINE)


def fill_in(app: Sphinx, docname: str, source: list[str]) -> None:
    """Replace the blocks of a page."""
    source[0] = _BLOCK.sub(lambda block: MAKERS[block.group(1)](), source[0])


def setup(app: Sphinx) -> dict[str, Any]:
    """Called by Sphinx."""
    app.connect("source-read", fill_in)
    return {"parallel_read_safe": True}
