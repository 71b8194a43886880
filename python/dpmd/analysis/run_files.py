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

_FORMATS = {".extxyz": "extxyz", ".lammpstrj": "lammps-dump-text", ".dump": "lammps-dump-text"}


def read_thermo(path: Path) -> dict[str, np.ndarray]:
    """The columns of a thermo log by name, with the names and units of ``Simulation.thermo``."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines() or [""]
        names = lines[0].split(",")
        rows = np.loadtxt(lines[1:], delimiter=",", ndmin=2) if lines[1:] else np.zeros((0, 0))
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise InputError(f"{path}: not a thermo log: {error}") from error
    if "step" not in names or (rows.size and rows.shape[1] != len(names)):
        raise InputError(f"{path}: not a thermo log: its first line is not the names of its columns")
    return {name: rows[:, k] if rows.size else np.zeros(0) for k, name in enumerate(names)}


def find_trajectory(folder: Path) -> Path | None:
    """The trajectory in a run's folder, extended XYZ before LAMMPS dumps."""
    for suffix in _FORMATS:
        files = sorted(folder.glob(f"*{suffix}"))
        if files:
            return files[0]
    return None


def read_frames(path: Path, first: int = 0, stride: int = 1) -> Iterator[Atoms]:
    """Every ``stride``-th frame of a trajectory, one at a time, from frame ``first`` on."""
    from ase.io import iread

    try:
        yield from islice(iread(path, index=":", format=_FORMATS[path.suffix]), first, None, stride)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    # Whatever trips the parser is the file's fault.
    except Exception as error:
        raise InputError(f"{path}: damaged: {type(error).__name__}: {error}") from error


def frame_interval(frames: Sequence[Atoms], thermo: Mapping[str, np.ndarray]) -> float | None:
    """Time from frame to frame, ps, by their step numbers; None when they have none."""
    steps = [atoms.info.get("step", atoms.info.get("timestep")) for atoms in frames[:2]]
    moving = thermo["step"] > 0
    if len(steps) < 2 or None in steps or not moving.any():
        return None
    timestep = thermo["time"][moving][0] / thermo["step"][moving][0]
    return float((steps[1] - steps[0]) * timestep / 1000)
