"""Figures of a run, drawn with matplotlib."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dpmd.analysis.msd import MeanSquaredDisplacement
from dpmd.analysis.rdf import RadialDistribution
from dpmd.errors import InputError
from dpmd.regular_file import read_text
from dpmd.shown import shown

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def drift(time_fs: np.ndarray, energy: np.ndarray) -> float:
    """The slope of a straight line through the energies, eV/ps."""
    if time_fs.size < 2 or time_fs[0] == time_fs[-1]:
        return 0.0
    return float(np.polyfit(time_fs / 1000, energy - energy[0], 1)[0])


def thermo_figure(thermo: Mapping[str, np.ndarray], n_atoms: int | None) -> Figure:
    """Temperature, energies, drift of the conserved energy, and other changing quantities over time.

    Args:
        thermo: Columns of the thermo log.
        n_atoms: Energies are divided by this number; None: they are for the whole system.
    """
    time = thermo["time"] / 1000
    scale, unit = (1 / n_atoms, "eV/atom") if n_atoms else (1.0, "eV")
    conserved = thermo["conserved_energy"]
    slope = drift(thermo["time"], conserved) * scale
    panels = [
        ("temperature (K)", thermo["temperature"], None),
        (f"potential energy\n({unit})", thermo["potential_energy"] * scale, None),
        (
            f"conserved energy,\nchange (m{unit})",
            (conserved - conserved[0]) * scale * 1000,
            f"drift {slope:.2e} {unit}/ps",
        ),
    ]
    for key, label in (("pressure", "pressure (bar)"), ("density", "density (g/cm³)")):
        if np.isfinite(thermo[key]).all() and np.ptp(thermo[key]) > 0:
            panels.append((label, thermo[key], None))
    figure, axes = _axes(len(panels), height=1.9, share_x=True)
    for axis, (label, values, note) in zip(axes, panels, strict=True):
        axis.plot(time, values, linewidth=0.8)
        axis.set_ylabel(label, fontsize="small")
        note = f"mean {values.mean():.5g}" if note is None else note
        axis.set_title(note, fontsize="small", loc="right")
    axes[-1].set_xlabel("time (ps)")
    figure.align_ylabels(axes)
    return figure


def rdf_figure(
    distributions: Sequence[RadialDistribution], reference: Mapping[str, np.ndarray] | None = None
) -> Figure:
    """g(r) of every pair of species, with the reference curve if there is one for that pair."""
    figure, axes = _axes(len(distributions), height=2.4, share_x=True)
    for axis, one in zip(axes, distributions, strict=True):
        name = "-".join(one.species)
        axis.plot(one.r, one.g, label="run")
        curve = reference_curve(reference, one.species)
        if curve is not None:
            axis.plot(reference["r"], curve, "--", color="black", linewidth=1, label="reference")
        axis.axhline(1, color="grey", linewidth=0.5)
        axis.set_ylabel(f"g(r) {name}")
        axis.set_ylim(0, _top(one, curve))
        axis.legend(fontsize="small")
    axes[-1].set_xlabel("r (Å)")
    return figure


def msd_figure(displacements: Sequence[MeanSquaredDisplacement], frame_ps: float | None) -> Figure:
    """Mean squared displacement of every species over the lag.

    Args:
        displacements: One per species.
        frame_ps: Time between frames, ps; None: the lag is in frames.
    """
    figure, (axis,) = _axes(1, height=3.5)
    for one in displacements:
        axis.plot(one.lag * (frame_ps or 1.0), one.msd, label=one.species)
    axis.set_xlabel("lag (frames)" if frame_ps is None else "lag (ps)")
    axis.set_ylabel("mean squared displacement (Å²)")
    axis.legend()
    return figure


def read_reference(path: Path) -> dict[str, np.ndarray]:
    """The columns of a CSV file: r in Å, and g_AB for the species A and B; # begins a comment.

    Raises:
        InputError: The file does not have that form.
    """
    lines = read_text(path).splitlines()
    try:
        lines = [line for line in lines if line.strip() and not line.startswith("#")]
        names = [name.strip() for name in lines[0].split(",")]
        rows = np.array([[float(word) for word in line.split(",")] for line in lines[1:]])
    except (ValueError, IndexError) as error:
        raise InputError(f"{path}: not a table of numbers with a heading: {error}") from error
    if "r" not in names or rows.ndim != 2 or rows.shape[1] != len(names):
        raise InputError(f"{path}: the heading must be r,g_AB,..., one name per column; is {shown(names)}")
    if not np.isfinite(rows).all():
        raise InputError(f"{path}: holds a number that is not finite")
    return {name: rows[:, k] for k, name in enumerate(names)}


def reference_curve(reference: Mapping[str, np.ndarray] | None, species: tuple[str, str]) -> np.ndarray | None:
    """The reference g(r) of a pair of species, in either order."""
    a, b = species
    reference = reference or {}
    return reference.get(f"g_{a}{b}", reference.get(f"g_{b}{a}"))


def _axes(n: int, height: float, share_x: bool = False) -> tuple[Figure, Sequence[Axes]]:
    """``n`` panels one below the other, without a window system."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, height * n + 0.6), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.subplots(n, 1, sharex=share_x, squeeze=False)[:, 0]


def _top(one: RadialDistribution, curve: np.ndarray | None) -> float:
    """The upper limit of g: bonded peaks, below 2 Å, are far higher than the interesting part."""
    shown = [one.g[one.r > 2.0], one.g[:0] if curve is None else curve[-1:]]
    return 1.15 * float(np.nanmax(np.concatenate([*shown, [1.5]])))
