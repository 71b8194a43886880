"""``dpmd energy MODEL -s FRAMES``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dpmd.cli.options import Compress, Device, Force, Head, Overflow, Precision, Threads, Tolerance
from dpmd.cli.sources import Systems
from dpmd.cli.structure_options import reads_structures
from dpmd.structure import ReadOptions

if TYPE_CHECKING:
    from dpmd.output_files import OutputFiles
    from dpmd.potential import Result
    from dpmd.systems import Frame


@reads_structures
def energy(
    model: Annotated[Path, typer.Argument(help="Any model file that dpmd reads.")],
    systems: Systems,
    forces: Annotated[bool, typer.Option("--forces", help="Also print forces, eV/Å.")] = False,
    virial: Annotated[bool, typer.Option("--virial", help="Also print the virial, eV.")] = False,
    npy: Annotated[
        Path | None,
        typer.Option(help="Write energy.npy, and force.npy and virial.npy if requested, to this folder."),
    ] = None,
    force: Force = False,
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
    """Compute energies of frames, with or without reference data; forces and virials on request.

    The arrays of --npy have one row per frame, in the order of the table, like those of a deepmd/npy set.
    """
    import json

    from dpmd.cli.sources import Notes, opened, read_files, require_frames
    from dpmd.output_files import OutputFiles
    from dpmd.potential import Potential
    from dpmd.systems import Parameters, find_sources, naming

    sources = find_sources(systems, reading)
    files = OutputFiles(read_files([model], sources), force)
    if npy is not None:
        asked = {"energy": True, "force": forces, "virial": virial}
        files.reserve(*[npy / f"{name}.npy" for name, is_asked in asked.items() if is_asked])
    potential = Potential(
        model, device, precision, threads, overflow, compress=compress, tolerance=tolerance, head=head
    )
    notes = Notes()
    parameters = Parameters(potential.n_fparam, potential.n_aparam, notes.once)
    n_frames, kept = 0, []
    if not as_json:
        typer.echo(f"precision {potential.form()}")
    for system in opened(sources, potential.type_map, notes):
        if not as_json:
            typer.echo(f"\n{system.name}\n{'frame':>8}{'atoms':>9}{'energy (eV)':>22}{'per atom (eV)':>18}")
        for number, frame in enumerate(system.frames()):
            with naming(frame):
                result = potential.compute(**parameters.arguments(frame))
            n_frames += 1
            if as_json or npy is not None:  # otherwise there may be too many frames to keep
                kept.append({"system": system.name, "frame": number} | _plain(frame, result, forces, virial))
            if not as_json:
                _print_frame(number, frame, result, potential.type_map, forces, virial)
    require_frames(n_frames, systems)
    if npy is not None:
        _write_arrays(npy, files, kept)
    if as_json:
        document = {"model": str(model), "form": potential.form(), "frames": kept}
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))


def _plain(frame: Frame, result: Result, forces: bool, virial: bool) -> dict[str, Any]:
    values: dict[str, Any] = {"n_atoms": frame.n_atoms, "energy": result.energy}
    if forces:
        values["force"] = result.forces.tolist()
    if virial:
        values["virial"] = result.virial.tolist()
    return values


def _print_frame(number: int, frame: Frame, result: Result, type_map: list[str], forces: bool, virial: bool) -> None:
    typer.echo(f"{number:>8}{frame.n_atoms:>9}{result.energy:>22.9f}{result.energy / max(frame.n_atoms, 1):>18.9f}")
    if virial:
        for axis, row in zip("xyz", result.virial, strict=True):
            typer.echo(f"{'virial ' + axis:>17}" + "".join(f"{value:>18.9f}" for value in row))
    if forces:
        for atom, (kind, row) in enumerate(zip(frame.types, result.forces, strict=True)):
            typer.echo(f"{atom:>12} {type_map[kind]:<4}" + "".join(f"{value:>18.9f}" for value in row))


def _write_arrays(folder: Path, files: OutputFiles, kept: list[dict[str, Any]]) -> None:
    """``energy.npy`` [n_frames]; ``force.npy`` [n_frames, 3 n]; ``virial.npy`` [n_frames, 9]."""
    import numpy as np

    from dpmd.errors import InputError

    sizes = sorted({one["n_atoms"] for one in kept})
    if "force" in kept[0] and len(sizes) > 1:
        raise InputError(
            f"{folder}/force.npy needs frames of equal size, but these have {sizes} atoms; take fewer systems"
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: cannot be created: {error.strerror}") from error
    with files:
        for name in ("energy", "force", "virial"):
            if name in kept[0]:
                rows = np.array([one[name] for one in kept])
                array = rows if name == "energy" else rows.reshape(len(kept), -1)
                np.save(files.open(folder / f"{name}.npy", binary=True), array)
