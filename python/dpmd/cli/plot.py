"""``dpmd plot RUN_DIR``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dpmd.cli.options import Force

if TYPE_CHECKING:
    from ase import Atoms
    from matplotlib.figure import Figure

    from dpmd.output_files import OutputFiles


def plot(
    folder: Annotated[Path, typer.Argument(metavar="RUN_DIR", help="The folder of a run.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Folder for the figures [RUN_DIR].")] = None,
    skip: Annotated[int, typer.Option(min=0, help="Frames to leave out at the start, as equilibration.")] = 0,
    stride: Annotated[int, typer.Option(min=1, help="Take only every N-th frame.")] = 1,
    r_max: Annotated[
        float | None, typer.Option(help="Largest distance, Å; default: half the smallest height of the cell.")
    ] = None,
    bin_width: Annotated[float, typer.Option(help="Bin width of the radial distribution, Å.")] = 0.05,
    rdf_reference: Annotated[
        Path | None, typer.Option(help="A CSV file with columns r,g_AB,... to plot for comparison.")
    ] = None,
    image: Annotated[str, typer.Option("--format", help="png, pdf or svg.")] = "png",
    force: Force = False,
) -> None:
    """Plot temperature, energies and their drift, pressure, density, g(r) and displacements.

    Writes the figures thermo, rdf and msd, and the numbers in rdf.csv and msd.csv.
    """
    import importlib.util

    from dpmd.analysis.figures import drift, read_reference, thermo_figure
    from dpmd.analysis.run_files import find_trajectory, frame_interval, read_frames, read_thermo
    from dpmd.errors import InputError
    from dpmd.output_files import OutputFiles

    if importlib.util.find_spec("matplotlib") is None:
        raise InputError("dpmd plot needs matplotlib: pip install matplotlib")
    if image not in ("png", "pdf", "svg"):
        raise InputError(f"--format {image}: must be png, pdf or svg")
    if not folder.is_dir():
        raise InputError(f"{folder}: there is no such folder")
    reference = None if rdf_reference is None else read_reference(rdf_reference)
    trajectory = find_trajectory(folder)
    thermo_log, target = folder / "thermo.csv", output or folder
    read = [path for path in (thermo_log, trajectory, rdf_reference) if path is not None]
    files = OutputFiles(read, force)
    files.reserve(
        *[target / name for name in (f"thermo.{image}", f"rdf.{image}", f"msd.{image}", "rdf.csv", "msd.csv")]
    )
    thermo = read_thermo(thermo_log)
    frames = [] if trajectory is None else list(read_frames(trajectory, skip, stride))
    _make_folder(target)
    n_atoms = len(frames[0]) if frames else None
    with files:
        if thermo["step"].size:
            _save(thermo_figure(thermo, n_atoms), files, target / f"thermo.{image}")
            slope = drift(thermo["time"], thermo["conserved_energy"]) / (n_atoms or 1)
            unit = "eV/atom/ps" if n_atoms else "eV/ps"
            typer.echo(f"temperature {thermo['temperature'].mean():.2f} K, drift {slope:.3e} {unit}")
        if not frames:
            typer.echo("no frames: no radial distribution, no displacements")
        else:
            _draw_rdf(frames, r_max, bin_width, reference, files, target / f"rdf.{image}")
            _draw_msd(frames, frame_interval(frames, thermo), files, target / f"msd.{image}")
    typer.echo(f"figures in {target}")


def _draw_rdf(
    frames: list[Atoms],
    r_max: float | None,
    bin_width: float,
    reference: dict | None,
    files: OutputFiles,
    path: Path,
) -> None:
    import numpy as np

    from dpmd.analysis.figures import rdf_figure
    from dpmd.analysis.rdf import radial_distributions

    if not frames[0].pbc.all():
        typer.echo("not periodic in all directions: no radial distribution")
        return
    distributions = radial_distributions(frames, r_max, bin_width)
    _save(rdf_figure(distributions, reference), files, path)
    columns, names = [distributions[0].r], ["r"]
    for one in distributions:
        columns += [one.g, one.coordination]
        names += [f"g_{''.join(one.species)}", f"n_{''.join(one.species)}"]
    _write_csv(files, path.with_name("rdf.csv"), names, np.column_stack(columns))


def _draw_msd(frames: list[Atoms], frame_ps: float | None, files: OutputFiles, path: Path) -> None:
    import numpy as np

    from dpmd.analysis.figures import msd_figure
    from dpmd.analysis.msd import mean_squared_displacement

    if len(frames) < 2:
        typer.echo("one frame only: no displacements")
        return
    displacements = mean_squared_displacement(frames)
    _save(msd_figure(displacements, frame_ps), files, path)
    lag = displacements[0].lag
    columns = [lag * frame_ps if frame_ps else lag, *(one.msd for one in displacements)]
    names = ["lag_ps" if frame_ps else "lag_frames", *(f"msd_{d.species}" for d in displacements)]
    _write_csv(files, path.with_name("msd.csv"), names, np.column_stack(columns))


def _make_folder(path: Path) -> None:
    from dpmd.errors import InputError

    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{path}: this folder for figures cannot be created: {error.strerror}") from error


def _save(figure: Figure, files: OutputFiles, path: Path) -> None:
    figure.savefig(files.open(path, binary=True), dpi=150, format=path.suffix[1:])


def _write_csv(files: OutputFiles, path: Path, names: list[str], rows: object) -> None:
    import numpy as np

    np.savetxt(files.open(path), rows, delimiter=",", header=",".join(names), comments="", fmt="%.6g")
