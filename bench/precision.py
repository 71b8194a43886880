"""What the precisions cost in accuracy: forces against double, energy conservation, structure of the liquid.

Question: does a run in mix32 or mix16 give the same physics as one in double with the exact nets?

    python bench/precision.py ../shared/models/water.pb ../shared/data/water_192.extxyz --pair O O
    python bench/precision.py ../shared/models/cu_v2_fp64.pb copper.extxyz --timestep 1.0

A thermalised start is prepared in double and shared by all forms. Each form then runs NVE from it; energies are sampled
during the run, and forces of its frames are compared with those of the exact nets in double.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import typer

import dpmd
from dpmd.analysis import radial_distributions
from dpmd.structure import read_structure

if TYPE_CHECKING:
    from ase import Atoms

FORMS = (("double", False), ("double", True), ("mix32", True), ("mix16", True))


def thermalised(model: Path, atoms: Atoms, temperature: float, timestep: float, seed: int, threads: int) -> Atoms:
    """Atoms with velocities after 2 ps of NVT."""
    potential = dpmd.Potential(model, compress=True, threads=threads)
    thermostat = dpmd.Bussi(temperature=temperature, damping=50)
    simulation = dpmd.Simulation(potential, atoms, timestep, thermostat, skin=2.0, seed=seed)
    simulation.initialize_velocities(temperature, seed=seed)
    simulation.run(round(2000 / timestep))
    return simulation.atoms()


def run(model: Path, start: Atoms, precision: str, compress: bool, picoseconds: float, timestep: float, threads: int):
    """Runs NVE from the start: name of the form, times (ps), conserved energies (eV) and frames."""
    potential = dpmd.Potential(model, precision=precision, compress=compress, threads=threads)
    simulation = dpmd.Simulation(potential, start, timestep, dpmd.NVE(), skin=2.0)
    times, energies, frames = [], [], []

    def sample(now: dpmd.Simulation) -> None:
        times.append(now.time / 1000)
        energies.append(now.thermo()["conserved_energy"])

    def keep(now: dpmd.Simulation) -> None:
        frames.append(now.atoms())

    simulation.callback(sample, max(1, round(5 / timestep)))
    simulation.callback(keep, max(1, round(20 / timestep)))
    simulation.run(round(1000 * picoseconds / timestep))
    return potential.form(), np.array(times), np.array(energies), frames


def force_errors(model: Path, frames: list[Atoms], precision: str, compress: bool, threads: int) -> dict[str, float]:
    """Force errors against the exact nets in double, over frames of the double run."""
    exact = dpmd.Potential(model, threads=threads)
    other = dpmd.Potential(model, precision=precision, compress=compress, threads=threads)
    forces, energies, sizes = [], [], []
    for atoms in frames:
        expected, found = exact.compute(atoms), other.compute(atoms)
        forces.append(found.forces - expected.forces)
        sizes.append(expected.forces)
        energies.append((found.energy - expected.energy) / len(atoms))
    return {
        "force_rmse": float(np.sqrt(np.mean(np.square(forces)))),
        "force_max": float(np.abs(forces).max()),
        "force_rms": float(np.sqrt(np.mean(np.square(sizes)))),
        "energy_rmse": float(np.sqrt(np.mean(np.square(energies)))),
    }


def conservation(times: np.ndarray, energies: np.ndarray, n_atoms: int) -> dict[str, float]:
    """Slope of the conserved energy, eV/atom/ps, and the scatter about it, eV/atom."""
    slope, offset = np.polyfit(times, energies / n_atoms, 1)
    scatter = energies / n_atoms - slope * times - offset
    return {"drift": float(slope), "scatter": float(scatter.std())}


def structure_of(frames: list[Atoms], pair: tuple[str, str]) -> dict[str, Any]:
    """g(r) of a pair: the curve, its first peak and first minimum."""
    found = next(g for g in radial_distributions(frames) if set(g.species) == set(pair))
    top = int(np.argmax(found.g))
    low = top + int(np.argmin(found.g[top : top + 30]))
    place = {"r": found.r.tolist(), "g": found.g.tolist()}
    return {
        **place,
        "peak": [float(found.r[top]), float(found.g[top])],
        "minimum": [float(found.r[low]), float(found.g[low])],
    }


def main(
    model: Path,
    structure: Path,
    temperature: Annotated[float, typer.Option(help="K.")] = 330.0,
    picoseconds: Annotated[float, typer.Option(help="Length of each NVE run.")] = 10.0,
    timestep: Annotated[float, typer.Option(help="fs.")] = 0.25,
    seed: Annotated[int, typer.Option(help="Of the start.")] = 1,
    threads: int = 1,
    pair: Annotated[tuple[str, str] | None, typer.Option(help="Elements whose g(r) is compared.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json")] = None,
) -> None:
    """Compare the forms of a model."""
    atoms = read_structure(structure, dpmd.Potential(model).type_map).atoms()
    start = thermalised(model, atoms, temperature, timestep, seed, threads)
    rows, reference = [], []
    for precision, compress in FORMS:
        form, times, energies, frames = run(model, start, precision, compress, picoseconds, timestep, threads)
        reference = reference or frames[:: max(1, len(frames) // 20)]
        row = {"form": form, **force_errors(model, reference, precision, compress, threads)}
        row |= conservation(times, energies, len(atoms))
        if pair is not None:
            row["rdf"] = structure_of(frames, pair)
            first = np.array(rows[0]["rdf"]["g"] if rows else row["rdf"]["g"])
            row["rdf"]["largest_difference"] = float(np.abs(np.array(row["rdf"]["g"]) - first).max())
        rows.append(row)
        shown = {key: value for key, value in row.items() if key != "rdf"}
        typer.echo(json.dumps(shown, ensure_ascii=False))
        if pair is not None:
            typer.echo(f"  g(r): peak {row['rdf']['peak']}, minimum {row['rdf']['minimum']}")
    if json_file is not None:
        json_file.write_text(json.dumps({"model": model.name, "n_atoms": len(atoms), "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    typer.run(main)
