"""``dpmd env``."""

from __future__ import annotations

import os
import re
import shlex
from enum import Enum
from typing import Annotated

import typer


class Shell(str, Enum):
    """A family of shells whose commands have the same form."""

    SH = "sh"
    FISH = "fish"
    CSH = "csh"


def env(
    shell: Annotated[Shell, typer.Option(help="sh, also for bash and zsh; fish; csh, also for tcsh.")] = Shell.SH,
    unset: Annotated[bool, typer.Option("--unset", help="Take back what the other lines have set.")] = False,
) -> None:
    """Print shell commands after which programs of DeePMD-kit run on dpmd.

    In bash and zsh `eval "$(dpmd env)"`, in fish `dpmd env --shell fish | source`, in tcsh
    ``eval `dpmd env --shell csh` ``. The programs must have been linked to libdeepmd_c.so.
    """
    from dpmd.drop_in import program_environment, without_dpmd

    variables = (without_dpmd if unset else program_environment)(os.environ)
    for name, value in variables.items():
        typer.echo(set_variable(name, value, shell) if value else unset_variable(name, shell))


def set_variable(name: str, value: str, shell: Shell) -> str:
    """The command that gives a variable a value, for the shell and the programs that it starts."""
    if shell is Shell.FISH:
        quoted = re.sub(r"([\\'])", r"\\\1", value)
        return f"set -gx {name} '{quoted}';"
    if shell is Shell.CSH:
        quoted = shlex.quote(value).replace("!", "\\!")
        return f"setenv {name} {quoted};"
    return f"export {name}={shlex.quote(value)};"


def unset_variable(name: str, shell: Shell) -> str:
    """The command that removes a variable, if it is there."""
    if shell is Shell.FISH:
        return f"set -e {name};"
    return f"unsetenv {name};" if shell is Shell.CSH else f"unset {name};"
