"""``dpmd deviation MODEL MODEL… -s FRAMES``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dpmd.cli.options import Compress, Device, Overflow, Precision, Threads

if TYPE_CHECKING:
    from ase import Atoms

    from dpmd.committee import ModelDeviation


def deviation(
    models: Annotated[list[Path], typer.Argument(help="Two model files or more, of the same types.")],
    frames: Annotated[
        list[Path],
        typer.Option(
            "--system",
            "-s",
            help="A deepmd/npy folder, or one that holds some; or a trajectory that ASE reads. Repeat.",
        ),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The table, as dp model-devi writes it.")] = Path(
        "model_devi.out"
    ),
    frequency: Annotated[
        int | None,
        typer.Option(
            "--frequency", "-f", min=1, help="Steps between frames; default: the frames' own steps, or their numbers."
        ),
    ] = None,
    relative: Annotated[
        float | None, typer.Option(min=0, help="Divide deviations of forces by |<F>| + this, eV/Å.")
    ] = None,
    relative_v: Annotated[
        float | None,
        typer.Option("--relative-v", "--relative_v", min=0, help="Divide those of the virial by |<v>| + this, eV."),
    ] = None,
    atomic: Annotated[bool, typer.Option("--atomic", help="A column for each atom's force.")] = False,
    lower: Annotated[float, typer.Option(min=0, help="Select frames with max_devi_f of at least this, eV/Å.")] = 0.0,
    upper: Annotated[float, typer.Option(min=0, help="... and below this, eV/Å.")] = float("inf"),
    selected: Annotated[
        Path | None, typer.Option(help="An extended XYZ file for the selected frames, those to label next.")
    ] = None,
    overflow: Overflow = "error",
    device: Device = "cpu",
    threads: Threads = None,
    precision: Precision = "double",
    compress: Compress = False,
) -> None:
    """How far models disagree about frames: the columns of DeePMD-kit's model_devi.out.

    Frames between two thresholds can be written to a file: those that are worth a calculation from first principles.
    """
    from dpmd.committee import Committee, ModelDeviation, model_deviation
    from dpmd.errors import InputError

    if len(models) < 2:
        raise InputError(f"{models[0]}: one model agrees with itself; give two or more")
    if lower >= upper:
        raise InputError(f"--lower {lower:g} must be below --upper {upper:g}")
    if (lower > 0 or upper < float("inf")) and selected is None:
        raise InputError("--lower and --upper select frames for a file; name it with --selected")
    if selected is not None and selected.resolve() == output.resolve():
        raise InputError(f"{output}: the table and the selected frames need a file each")
    committee = Committee(
        models, device=device, precision=precision, threads=threads, overflow=overflow, compress=compress
    )
    table, n_frames, chosen, largest = [], 0, [], 0.0
    for source in _sources(frames):
        table.append(f"# {source}\n" + ModelDeviation.header(atomic, energy=True))
        for index, frame in enumerate(_frames(source, committee.type_map)):
            found = model_deviation(committee.compute(**frame.arguments), relative, relative_v)
            step = frame.step if frequency is None and frame.step is not None else index * (frequency or 1)
            table.append(found.row(step, atomic, energy=True))
            n_frames += 1
            largest = max(largest, found.max_f)
            if selected is not None and lower <= found.max_f < upper:
                chosen.append(_atoms(frame, committee.type_map, found, source, step))
    try:  # all is known before a file of an earlier call is touched
        output.write_text("".join(table), encoding="utf-8")
        if selected is not None:
            _write_selected(chosen, selected)
    except OSError as error:
        raise InputError(f"{error.filename}: cannot be written: {error.strerror}") from error
    typer.echo(f"{n_frames} frames, largest max_devi_f {largest:.6g} eV/Å; table in {output}")
    if selected is not None:
        typer.echo(f"{len(chosen)} of them with {lower:g} <= max_devi_f < {upper:g} eV/Å in {selected}")


class _Frame:
    """Arguments of a compute, and the step that the frame says it is of."""

    def __init__(self, arguments: dict[str, Any], step: int | None) -> None:
        self.arguments, self.step = arguments, step


def _sources(paths: list[Path]) -> list[Path]:
    """Trajectory files as they are, and the systems below folders."""
    from dpmd.systems import find_systems

    return [source for path in paths for source in ([path] if path.is_file() else find_systems([path]))]


def _frames(source: Path, type_map: list[str]) -> Iterator[_Frame]:
    if source.is_dir():
        from dpmd.systems import System

        for one in System(source, type_map).frames():
            arguments = {"positions": one.positions, "types": one.types, "cell": one.cell}
            yield _Frame(arguments | {"fparam": one.fparam, "aparam": one.aparam}, None)
        return
    from dpmd.structure import read_frames

    for atoms in read_frames(source, type_map):
        step = atoms.info.get("step")
        parameters = {"fparam": atoms.info.get("fparam"), "aparam": atoms.arrays.get("aparam")}
        yield _Frame({"positions": atoms, **parameters}, None if step is None else int(step))


def _atoms(frame: _Frame, type_map: list[str], found: ModelDeviation, source: Path, step: int) -> Atoms:
    from ase import Atoms

    given = frame.arguments
    if isinstance(given["positions"], Atoms):
        bare = given["positions"]
        atoms = Atoms(bare.symbols, bare.positions, cell=bare.cell, pbc=bare.pbc)
    else:
        symbols = [type_map[t] for t in given["types"]]
        atoms = Atoms(symbols, given["positions"], cell=given["cell"], pbc=given["cell"] is not None)
    atoms.info |= {"source": str(source), "step": step, "max_devi_f": found.max_f}
    atoms.arrays["force_deviation"] = found.forces
    return atoms


def _write_selected(chosen: list[Atoms], path: Path) -> None:
    """Also where there are none: a file of an earlier call must not stand for this one."""
    if not chosen:
        path.write_text("", encoding="utf-8")
        return
    from ase.io import write

    write(path, chosen, format="extxyz")
