"""Command lines of ``dpmd`` in documents name commands and options that exist."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import typer

from docs.markdown_files import Piece, code_blocks, documents, spans

_SHELLS = ("bash", "sh", "console")


def unknown_commands(root: Path) -> list[str]:
    """Commands that ``dpmd`` itself would refuse to parse."""
    options = options_of_commands()
    found = []
    for piece in command_lines(root):
        for call in calls(piece.text):
            complaint = fault(call, options)
            if complaint:
                found.append(f"{piece.path.relative_to(root).as_posix()}:{piece.line}: {piece.text!r} {complaint}")
    return found


def options_of_commands() -> dict[str, set[str] | None]:
    """The options of every command; those of ``dpmd`` itself under "". None for a command that hands on every word."""
    from dpmd.cli import app
    from dpmd.cli.lmp import HandsOn

    group = typer.main.get_command(app)
    helps = {"-h", "--help"}
    of = {"": _names(group) | helps}
    return of | {
        name: None if isinstance(command, HandsOn) else _names(command) | helps
        for name, command in group.commands.items()
    }


def _names(command) -> set[str]:
    return {name for option in command.params for name in (*option.opts, *option.secondary_opts)}


def command_lines(root: Path) -> Iterator[Piece]:
    """Lines of shell blocks, and inline code that begins with ``dpmd``."""
    for path in documents(root):
        for block in code_blocks(path):
            if block.language in _SHELLS:
                text = block.text.replace("\\\n", "  ")
                for k, line in enumerate(text.splitlines()):
                    yield Piece(path, block.line + k, line)
        for span in spans(path):
            if re.match(r"dpmd [a-z-]", span.text):
                yield span


def calls(line: str) -> Iterator[list[str]]:
    """The arguments of each call of ``dpmd`` in a line."""
    try:
        words = shlex.split(line, comments=True)
    except ValueError:  # a quotation that continues on the next line
        words = line.split()
    ends = [k for k, word in enumerate(words) if word in ("&&", "||", "|", ";", ">")] + [len(words)]
    for k, word in enumerate(words):
        module = words[k - 1 : k + 1] == ["-m", "dpmd"]
        program = word == "dpmd" and (k == 0 or _starts_a_program(words[:k]))
        if module or program or word.endswith("bin/dpmd"):
            yield words[k + 1 : next(end for end in ends if end > k)]


def _starts_a_program(before: list[str]) -> bool:
    """Whether the words before ``dpmd`` are another program that starts it, or a setting of the environment."""
    last = before[-1]
    return last in ("&&", "||", "|", ";", "$") or "=" in last or Path(before[0]).name in ("mpirun", "mpiexec", "srun")


def fault(arguments: list[str], options: dict[str, set[str] | None]) -> str:
    """What is wrong with the arguments of ``dpmd``; empty: nothing."""
    command = arguments[0] if arguments and not arguments[0].startswith("-") else ""
    if command not in options:
        return f"has no command {command!r} to call"
    known = options[command]
    for word in arguments if known is not None else ():
        name = word.partition("=")[0].rstrip(".,)…")
        if re.match(r"-{1,2}[a-z]", word) and name not in known:
            return f"gives {command or 'dpmd'!r} the option {name!r}, which it does not have"
    return ""
