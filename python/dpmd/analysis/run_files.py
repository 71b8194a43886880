"""Reading what a run wrote: the thermo log and the trajectory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dpmd.errors import InputError

if TYPE_CHECKING:
    from ase import Atoms

_FINITE = ("step", "time", "temperature", "potential_energy", "conserved_energy")
_COLUMNS = (*_FINITE, "pressure", "density")
_SUFFIXES = (".extxyz", ".lammpstrj", ".dump")


def read_thermo(path: Path) -> dict[str, np.ndarray]:
    """The columns of a thermo log by name, with the names and units of ``Simulation.thermo``."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines() or [""]
        names = lines[0].split(",")
        rows = np.loadtxt(lines[1:], delimiter=",", ndmin=2, comments=None) if any(lines[1:]) else np.zeros((0, 0))
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
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
            raise InputError(f"{path}: damaged: {name} is not finite in all rows")
    return columns


def find_trajectory(folder: Path) -> Path | None:
    """The trajectory in a run's folder, extended XYZ before LAMMPS dumps."""
    for suffix in _SUFFIXES:
        files = sorted(folder.glob(f"*{suffix}"))
        if files:
            return files[0]
    return None


def read_frames(path: Path, first: int = 0, stride: int = 1) -> Iterator[Atoms]:
    """Every ``stride``-th frame of a trajectory, one at a time, from frame ``first`` on."""
    from ase.io import iread

    frames = iread(path, index=":", format="extxyz") if path.suffix == ".extxyz" else _dumped(path)
    try:
        yield from islice(frames, first, None, stride)
    except InputError:
        raise
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    # Whatever trips the parser is the file's fault.
    except Exception as error:
        raise InputError(f"{path}: damaged: {type(error).__name__}: {error}") from error


def _dumped(path: Path) -> Iterator[Atoms]:
    """The frames of a LAMMPS dump that dpmd wrote; types that are no elements are X."""
    from ase import Atoms
    from ase.data import atomic_numbers

    from dpmd.structure import lammps_dump

    for block in lammps_dump.blocks(path):
        one = lammps_dump.parse(path, block)
        symbols = [kind.label if kind.label in atomic_numbers else "X" for kind in one.kinds]
        atoms = Atoms([symbols[k] for k in one.kind_of_atom], one.positions, cell=one.cell, pbc=one.pbc)
        atoms.info["step"] = one.step
        yield atoms


def frame_interval(frames: Sequence[Atoms], thermo: Mapping[str, np.ndarray]) -> float | None:
    """Time from frame to frame, ps, by their step numbers; None when they have none."""
    steps = [atoms.info.get("step") for atoms in frames[:2]]
    moving = thermo["step"] > 0
    if len(steps) < 2 or None in steps or not moving.any():
        return None
    timestep = thermo["time"][moving][0] / thermo["step"][moving][0]
    return float((steps[1] - steps[0]) * timestep / 1000)
