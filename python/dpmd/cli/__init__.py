"""The command line: one module per command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dpmd.cli.bench import bench
from dpmd.cli.check import check
from dpmd.cli.command_group import CommandGroup, say_error
from dpmd.cli.convert import convert
from dpmd.cli.deviation import deviation
from dpmd.cli.energy import energy
from dpmd.cli.env import env
from dpmd.cli.info import info
from dpmd.cli.lmp import HandsOn, lmp
from dpmd.cli.many_values import ManyValues
from dpmd.cli.neighbor_stat import neighbor_stat
from dpmd.cli.one_process import require_one_process
from dpmd.cli.plot import plot
from dpmd.cli.run import run
from dpmd.cli.serve import serve
from dpmd.cli.test import test
from dpmd.errors import InputError

__all__ = ["app"]

app = typer.Typer(
    name="dpmd",
    cls=CommandGroup,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (run, check, info, bench, convert, energy, test, deviation, neighbor_stat, plot, serve, env):
    app.command(cls=ManyValues)(command)
app.command(cls=HandsOn, add_help_option=False)(lmp)


def _print_version(wanted: bool) -> None:
    if wanted:
        from dpmd import __version__

        typer.echo(f"dpmd {__version__}")
        raise typer.Exit


def _print_cmake_dir(wanted: bool) -> None:
    if wanted:
        folder = Path(__file__).parents[1] / "lib" / "cmake" / "dpmd"
        if not (folder / "dpmdConfig.cmake").is_file():
            say_error(InputError(f"there is no C++ package in {folder}: install dpmd with pip, or run cmake --install"))
            raise typer.Exit(2)
        typer.echo(folder)
        raise typer.Exit


@app.callback()
def _options(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version."),
    ] = False,
    cmake_dir: Annotated[
        bool,
        typer.Option(
            "--cmake-dir",
            callback=_print_cmake_dir,
            is_eager=True,
            help="Show the folder of the C++ package, to use as cmake -Ddpmd_ROOT=FOLDER.",
        ),
    ] = False,
) -> None:
    """Molecular dynamics with Deep Potentials."""
    require_one_process(context.invoked_subcommand)
