"""``dpmd test MODEL -s SYSTEM``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dpmd.cli.options import Compress, Device, Overflow, Precision, Threads, Tolerance

if TYPE_CHECKING:
    from dpmd.model_errors import ModelErrors


def test(
    model: Annotated[Path, typer.Argument(help="Any model file that dpmd reads.")],
    systems: Annotated[
        list[Path],
        typer.Option("--system", "-s", help="A deepmd/npy folder, or one that holds some. Repeat."),
    ],
    frames: Annotated[int, typer.Option("--frames", "-n", min=0, help="Only the first N of each system; 0: all.")] = 0,
    overflow: Overflow = "error",
    device: Device = "cpu",
    threads: Threads = None,
    precision: Precision = "double",
    compress: Compress = False,
    tolerance: Tolerance = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compare a model with reference data: MAE and RMSE of energy, force and virial.

    The numbers are those of `dp test`, virials where the data have them. Types are matched by name.
    """
    import json

    from dpmd.model_errors import ModelErrors, system_errors
    from dpmd.potential import Potential
    from dpmd.systems import System, find_systems

    folders = find_systems(systems)
    potential = Potential(model, device, precision, threads, overflow, compress=compress, tolerance=tolerance)
    if not as_json:
        typer.echo(f"precision {potential.form()}\n")
    total, reports = ModelErrors(), []
    for folder in folders:
        system = System(folder, potential.type_map)
        errors = system_errors(potential, system, frames or None)
        total.merge(errors)
        reports.append({"system": str(folder), "n_atoms": system.n_atoms, **errors.as_plain()})
        if not as_json:
            _print_table(f"{folder}: {errors.n_frames} frames of {system.n_atoms} atoms", errors)
    if as_json:
        document = {"model": str(model), "form": potential.form(), "systems": reports, "total": total.as_plain()}
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
    elif len(folders) > 1:
        _print_table(f"all {len(folders)} systems: {total.n_frames} frames", total)


def _print_table(title: str, errors: ModelErrors) -> None:
    from dpmd.model_errors import QUANTITIES

    typer.echo(title)
    if not errors.deviations:
        typer.echo("  no reference energies, forces or virials\n")
        return
    typer.echo(f"  {'':<12}{'MAE':>13}{'RMSE':>13}")
    for quantity, unit in QUANTITIES.items():
        if quantity in errors.deviations:
            one = errors.deviations[quantity]
            typer.echo(f"  {quantity:<12}{one.mae:>13.6e}{one.rmse:>13.6e}  {unit}")
    typer.echo("")
