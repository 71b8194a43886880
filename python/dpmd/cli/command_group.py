"""How a command ends when something is wrong."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from dpmd.errors import Error, InternalError


class CommandGroup(TyperGroup):
    """Errors of the user's input: one line on stderr and exit code 2; our own: a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run the chosen command."""
        try:
            return super().invoke(ctx)
        except InternalError:
            raise
        except Error as error:
            say_error(error)
            raise typer.Exit(2) from None


def say_error(error: Error) -> None:
    """One line on stderr."""
    message = " ".join(line.strip() for line in str(error).splitlines())
    typer.echo(f"dpmd: error: {message}", err=True)
