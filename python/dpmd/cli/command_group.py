"""How a command ends when something is wrong."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup

from dpmd.command import REFUSED, end_with, say
from dpmd.errors import Error, InternalError
from dpmd.shown import one_line


class CommandGroup(TyperGroup):
    """Errors in the input or of the machine end in one line on stderr and exit status 2, Ctrl-C in a line and 130.
    Defects of dpmd itself are left to ``dpmd.command``."""

    def invoke(self, ctx: Any) -> Any:
        """Run the chosen command."""
        try:
            return super().invoke(ctx)
        except (InternalError, BrokenPipeError):
            raise
        except Error as error:
            say_error(error)
            raise typer.Exit(REFUSED) from None
        except (KeyboardInterrupt, MemoryError, OSError) as error:
            raise typer.Exit(end_with(error)) from None


def say_error(error: Error) -> None:
    """One line on stderr."""
    say(f"error: {one_line(str(error))}")
