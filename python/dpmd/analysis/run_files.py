"""Reads the thermo log and the trajectory of a run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dpmd.errors import InputError
from dpmd.regular_file import read_text

if TYPE_CHECKING:
    from ase import Atoms

    from dpmd.structure.file_frame import FileFrame

_FINITE = ("step", "time", "temperature", "potential_energy", "conserved_energy")
_COLUMNS = (*_FINITE, "pressure", "density")
_MAX_THERMO_BYTES = 1 << 30  # ten million rows
_SUFFIXES = (".extxyz", ".lammpstrj", ".dump")


def read_thermo(path: Path) -> dict[str, np.ndarray]:
    """The columns of a thermo log by name, with the names and units of ``Simulation.thermo``."""
    lines = read_text(path, _MAX_THERMO_BYTES).splitlines() or [""]
    try:
        names = lines[0].split(",")
        rows = np.loadtxt(lines[1:], delimiter=",", ndmin=2, comments=None) if any(lines[1:]) else np.zeros((0, 0))
    except (ValueError, MemoryError) as error:
        raise InputError(f"{path}: not a thermo log: {error}") from error
    missing = [name for name in _COLUMNS if names.count(name) != 1]
    if missing or (rows.size and rows.shape[1] != len(names)):
        what = (
            f"it must have one column {missing[0]}" if missing else "rows have other columns than the first line names"
        )
        raise InputError(f"{path}: not a thermo log: {what}")
    columns = {name: rows[:, k] if rows.size else np.zeros(0) for k, name in enumerate(names)}
    for name in _FINITE:
        if not np.isfinite(columns[name]).all():
            raise InputError(f"{path}: damaged: {name} is not finite in every row")
    return columns


def find_trajectory(folder: Path) -> Path | None:
    """The trajectory in a run's folder, extended XYZ before LAMMPS dumps."""
    for suffix in _SUFFIXES:
        files = sorted(folder.glob(f"*{suffix}"))
        if files:
            return files[0]
    return None


def read_frames(path: Path, first: int = 0, stride: int = 1) -> Iterator[Atoms]:
    """Every ``stride``-th frame of a trajectory, one at a time, from frame ``first`` on. ``info`` has the step and,
    if the file gives it, the time (fs)."""
    from dpmd.structure import lammps_dump, xyz

    kind = xyz if path.suffix == ".extxyz" else lammps_dump
    for block in islice(kind.blocks(path), first, None, stride):
        yield _atoms_of(kind.parse(path, block))


def _atoms_of(frame: FileFrame) -> Atoms:
    """The frame as ASE's object; types that are not elements become X."""
    from ase import Atoms
    from ase.constraints import FixAtoms
    from ase.data import atomic_numbers

    symbols = [kind.label if kind.label in atomic_numbers else "X" for kind in frame.kinds]
    periodic = (frame.cell is not None,) * 3 if frame.pbc is None else frame.pbc
    atoms = Atoms([symbols[k] for k in frame.kind_of_atom], frame.positions, cell=frame.cell, pbc=periodic)
    if frame.fixed is not None:
        atoms.set_constraint(FixAtoms(mask=frame.fixed))
    atoms.info["step"] = frame.step
    if frame.time is not None:
        atoms.info["time"] = frame.time
    return atoms


def frame_interval(frames: Sequence[Atoms], thermo: Mapping[str, np.ndarray]) -> float | None:
    """The time from frame to frame, ps, from their step numbers; None if they have none."""
    steps = [atoms.info.get("step") for atoms in frames[:2]]
    moving = thermo["step"] > 0
    if len(steps) < 2 or None in steps or not moving.any():
        return None
    timestep = thermo["time"][moving][0] / thermo["step"][moving][0]
    return float((steps[1] - steps[0]) * timestep / 1000)
