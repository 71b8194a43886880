"""``dpmd check RUN``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def check(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run, or the checkpoint in it.")],
) -> None:
    """Verify the files of a run: that checksums agree, no step is missing, and all belong to one run.

    Prints a line for each file and a verdict. The exit status is 0 when everything is whole and 1 when something is
    damaged. Nothing is changed, and the run may be at work meanwhile.
    """
    from dpmd.cli.running.check import check_run

    findings = check_run(run)
    width = max(len(one.name) for one in findings)
    for one in findings:
        typer.echo(f"{one.name:<{width}}  {'DAMAGED: ' if one.is_damage else ''}{one.text}")
    damaged = [one.name for one in findings if one.is_damage]
    typer.echo(f"damaged: {', '.join(damaged)}" if damaged else "whole")
    if damaged:
        raise typer.Exit(1)
