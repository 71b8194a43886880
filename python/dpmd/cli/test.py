"""``dpmd test MODEL -s SYSTEM``."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dpmd.cli.options import Compress, Device, Force, Head, Overflow, Precision, Threads, Tolerance
from dpmd.cli.sources import OptionalSystems
from dpmd.cli.structure_options import reads_structures
from dpmd.structure import ReadOptions

if TYPE_CHECKING:
    from dpmd.detail_files import DetailFiles
    from dpmd.model_errors import ModelErrors
    from dpmd.potential import Potential
    from dpmd.systems import Frame, Parameters, Structures, System


@reads_structures
def test(
    model: Annotated[Path, typer.Argument(help="Any model file that dpmd reads.")],
    systems: OptionalSystems = None,
    data_file: Annotated[
        Path | None, typer.Option("--datafile", "-f", help="A text file with the path of a system in each line.")
    ] = None,
    train_data: Annotated[
        Path | None, typer.Option("--train-data", help="An input.json of dp train: test its training data.")
    ] = None,
    valid_data: Annotated[
        Path | None, typer.Option("--valid-data", help="An input.json of dp train: test its validation data.")
    ] = None,
    frames: Annotated[
        int, typer.Option("--frames", "--numb-test", "-n", min=0, help="Use only the first N of each system; 0: all.")
    ] = 0,
    shuffle: Annotated[bool, typer.Option("--shuffle-test", help="Take frames in a random order.")] = False,
    seed: Annotated[
        int | None,
        typer.Option("--rand-seed", "-r", min=0, help="Seed of that order; default: a different one each time."),
    ] = None,
    details: Annotated[
        Path | None,
        typer.Option("--detail-file", "-d", help="Write reference and prediction to files with this prefix."),
    ] = None,
    force: Force = False,
    atomic: Annotated[
        bool, typer.Option("--atomic", "-a", help="Also test energies of atoms (atom_ener.npy).")
    ] = False,
    overflow: Overflow = "error",
    device: Device = "cpu",
    threads: Threads = None,
    precision: Precision = "double",
    compress: Compress = False,
    tolerance: Tolerance = None,
    head: Head = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    *,
    reading: ReadOptions,
) -> None:
    """Compare a model with reference data: MAE and RMSE of energy, force and virial.

    The numbers are those of `dp test`; virials are compared where the data have them. Types are matched by name.
    """
    import json

    from dpmd.cli.sources import Notes, opened, read_files, require_frames
    from dpmd.detail_files import DetailFiles
    from dpmd.errors import InputError
    from dpmd.model_errors import ModelErrors
    from dpmd.output_files import OutputFiles
    from dpmd.potential import Potential
    from dpmd.systems import Parameters, find_sources

    if seed is not None and not shuffle:
        raise InputError("--rand-seed has no effect without --shuffle-test")
    sources = find_sources(_names(systems, data_file, train_data, valid_data), reading)
    named = [file for file in (model, data_file, train_data, valid_data) if file is not None]
    written = OutputFiles(read_files(named, sources), force)
    files = None if details is None else DetailFiles(details, written)
    potential = Potential(
        model, device, precision, threads, overflow, compress=compress, tolerance=tolerance, head=head
    )
    if not as_json:
        typer.echo(f"precision {potential.form()}\n")
    notes = Notes()
    parameters = Parameters(potential.n_fparam, potential.n_aparam, notes.once)
    total, reports = ModelErrors(), []
    with written:
        for system in opened(sources, potential.type_map, notes):
            if files is not None:
                files.begin(system.name)
            chosen = _frames(system, frames, shuffle, seed)
            errors = _errors(potential, chosen, parameters, atomic, files)
            for line in errors.gaps():
                notes.say(f"{system.name}: {line}")
            total.merge(errors)
            reports.append({"system": system.name, **errors.as_plain()})
            if not as_json:
                _print_table(f"{system.name}: {_extent(errors)}", errors)
        require_frames(total.n_frames, [source.name for source in sources])
    if as_json:
        document = {"model": str(model), "form": potential.form(), "systems": reports, "total": total.as_plain()}
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
    elif len(sources) > 1:
        _print_table(f"all {len(sources)} systems: {_extent(total)}", total)


def _names(
    systems: list[str] | None, data_file: Path | None, train_data: Path | None, valid_data: Path | None
) -> list[str]:
    """The systems, which exactly one of these options must name."""
    from dpmd.errors import InputError
    from dpmd.systems import read_data_file
    from dpmd.training_input import training_systems

    given = [name for name in (systems, data_file, train_data, valid_data) if name]
    if len(given) != 1:
        raise InputError("name the data with one of -s, --datafile, --train-data and --valid-data")
    if systems:
        return systems
    if data_file is not None:
        return read_data_file(data_file)
    return training_systems(given[0], "training_data" if train_data is not None else "validation_data")


def _errors(
    potential: Potential, frames: Iterator[Frame], parameters: Parameters, atomic: bool, files: DetailFiles | None
) -> ModelErrors:
    from dpmd.model_errors import ModelErrors
    from dpmd.systems import naming

    errors = ModelErrors()
    for frame in frames:
        with naming(frame):
            result = potential.compute(**parameters.arguments(frame), atomic=atomic)
            errors.add_frame(frame, result, atomic)
        if files is not None:
            files.add(frame, result)
    return errors


def _frames(system: System | Structures, limit: int, shuffle: bool, seed: int | None) -> Iterator[Frame]:
    """The first ``limit`` frames, or all when it is 0, in their own or in a random order."""
    import numpy as np

    if not shuffle:
        return islice(system.frames(), limit or None)
    order = np.random.default_rng(seed).permutation(system.n_frames).tolist()
    return system.frames(order[: limit or None])


def _extent(errors: ModelErrors) -> str:
    fewest, most = errors.atoms or (0, 0)
    return f"{errors.n_frames} frames of {most if fewest == most else f'{fewest} to {most}'} atoms"


def _print_table(title: str, errors: ModelErrors) -> None:
    from dpmd.model_errors import QUANTITIES

    typer.echo(title)
    if not errors.deviations:
        typer.echo("  no reference energies, forces or virials; dpmd energy prints the model's\n")
        return
    typer.echo(f"  {'':<14}{'MAE':>13}{'RMSE':>13}")
    for quantity, unit in QUANTITIES.items():
        if quantity in errors.deviations:
            one = errors.deviations[quantity]
            typer.echo(f"  {quantity:<14}{one.mae:>13.6e}{one.rmse:>13.6e}  {unit}")
    typer.echo("")
