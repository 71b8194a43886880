"""``dpmd deviation MODEL MODEL… -s FRAMES``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dpmd.cli.options import Compress, Device, Force, Head, Overflow, Precision, Threads, real
from dpmd.cli.sources import Systems
from dpmd.cli.structure_options import reads_structures
from dpmd.structure import ReadOptions

if TYPE_CHECKING:
    from dpmd.cli.sources import Notes
    from dpmd.systems import Frame


@reads_structures
def deviation(
    models: Annotated[
        list[Path], typer.Argument(help="Two or more model files of the same types; one is enough with --real_error.")
    ],
    frames: Systems,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The file for the table, which is that of dp model-devi.")
    ] = Path("model_devi.out"),
    frequency: Annotated[
        int | None,
        typer.Option(
            "--frequency", "-f", min=1, help="Steps between frames; default: the frames' own steps, or their numbers."
        ),
    ] = None,
    real_error: Annotated[
        bool,
        typer.Option(
            "--real_error",
            "--real-error",
            help="Compute the deviation from the frames' reference data instead of from the models' mean.",
        ),
    ] = False,
    relative: Annotated[float | None, real(0, help="Divide deviations of forces by |<F>| + this level, eV/Å.")] = None,
    relative_v: Annotated[
        float | None,
        real(0, "--relative-v", "--relative_v", help="Divide deviations of the virial by |<v>| + this level, eV."),
    ] = None,
    atomic: Annotated[bool, typer.Option("--atomic", help="Add a column for the force on each atom.")] = False,
    lower: Annotated[float, real(0, help="Select frames with max_devi_f of at least this value, eV/Å.")] = 0.0,
    upper: Annotated[float, typer.Option(min=0, help="... and below this value, eV/Å.")] = float("inf"),
    selected: Annotated[
        Path | None, typer.Option(help="An extended XYZ file for the selected frames, which are those to label next.")
    ] = None,
    force: Force = False,
    overflow: Overflow = "error",
    device: Device = "cpu",
    threads: Threads = None,
    precision: Precision = "double",
    compress: Compress = False,
    head: Head = None,
    *,
    reading: ReadOptions,
) -> None:
    """Compute how far models disagree about frames: the columns of DeePMD-kit's model_devi.out.

    Frames between two thresholds can be written to a file: they are worth a calculation from first principles.
    """
    from dpmd.cli.sources import Notes, opened, read_files, require_frames
    from dpmd.committee import Committee, ModelDeviation, model_deviation, real_deviation
    from dpmd.output_files import OutputFiles
    from dpmd.selected_frames import write_selected
    from dpmd.shown import plain
    from dpmd.systems import Parameters, find_sources, naming

    _check(models, real_error, lower, upper, selected)
    sources = find_sources(frames, reading)
    files = OutputFiles(read_files(models, sources), force)
    files.reserve(*[path for path in (output, selected) if path is not None])
    committee = Committee(
        models, device=device, precision=precision, threads=threads, overflow=overflow, compress=compress, head=head
    )
    first = committee.models[0]
    notes = Notes()
    parameters = Parameters(first.n_fparam, first.n_aparam, notes.once)
    n_frames, n_chosen, largest = 0, 0, 0.0
    with files:
        table = files.open(output)
        chosen = None if selected is None else files.open(selected)
        for system in opened(sources, committee.type_map, notes):
            table.write(f"# {plain(system.name)}\n" + ModelDeviation.header(atomic, energy=True))
            for index, frame in enumerate(system.frames()):
                with naming(frame):
                    results = committee.compute(**parameters.arguments(frame))
                    if real_error:
                        found = real_deviation(results, frame, relative, relative_v)
                        _say_missing(frame, notes)
                    else:
                        found = model_deviation(results, relative, relative_v)
                step = frame.step if frequency is None and frame.step is not None else index * (frequency or 1)
                table.write(found.row(step, atomic, energy=True))
                n_frames += 1
                largest = max(largest, found.max_f)
                if chosen is not None and lower <= found.max_f < upper:
                    write_selected(chosen, frame, committee.type_map, found, system.name, step)
                    n_chosen += 1
        require_frames(n_frames, frames)
    typer.echo(f"{n_frames} frames, largest max_devi_f {largest:.6g} eV/Å; table in {output}")
    if selected is not None:
        typer.echo(f"{n_chosen} of them with {lower:g} <= max_devi_f < {upper:g} eV/Å in {selected}")


def _check(models: list[Path], real_error: bool, lower: float, upper: float, selected: Path | None) -> None:
    from dpmd.errors import InputError

    if len(models) < 2 and not real_error:
        raise InputError(f"{models[0]}: one model agrees with itself; give two or more models, or --real_error")
    if not lower < upper:
        raise InputError(f"--lower {lower:g} must be below --upper {upper:g}")
    if (lower > 0 or upper < float("inf")) and selected is None:
        raise InputError("--lower and --upper select frames for a file; name the file with --selected")


def _say_missing(frame: Frame, notes: Notes) -> None:
    for quantity in ("energy", "virial"):
        if getattr(frame, quantity) is None:
            notes.once(quantity, f"{frame.place}: no reference {quantity}: nan, here and in other frames")
