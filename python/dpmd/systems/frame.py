"""One frame, whatever its source, and its conversion into arguments of a computation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from dpmd.errors import InputError


@dataclass(frozen=True)
class Frame:
    """A frame and what is known about it, with the type numbers of the model; n real atoms."""

    place: str  # its source and number, for messages
    positions: np.ndarray  # [n, 3] Å
    types: np.ndarray  # [n] int32, indices into the model's type map
    cell: np.ndarray | None  # [3, 3] Å, rows are lattice vectors; None: an open system
    pbc: tuple[bool, bool, bool]  # along each lattice vector
    energy: float | None = None  # eV
    forces: np.ndarray | None = None  # [n, 3] eV/Å
    virial: np.ndarray | None = None  # [3, 3] eV
    atom_energies: np.ndarray | None = None  # [n] eV
    fparam: np.ndarray | None = None  # [n_fparam]
    aparam: np.ndarray | None = None  # [n, n_aparam]
    step: int | None = None  # of the simulation that it was written by

    @property
    def n_atoms(self) -> int:
        """The number of real atoms."""
        return self.types.size

    @property
    def volume(self) -> float | None:
        """The volume, Å³; None if the frame is not periodic in all directions."""
        return abs(float(np.linalg.det(self.cell))) if self.cell is not None and all(self.pbc) else None


class Parameters:
    """Frames as arguments of ``compute``, without parameters that the model does not take.

    Args:
        n_fparam: The number of frame parameters that the model takes.
        n_aparam: The number of parameters per atom that it takes.
        ignored: Called with the name of a parameter that a frame has and the model does not take, and a line about it.
    """

    def __init__(self, n_fparam: int, n_aparam: int, ignored: Callable[[str, str], None]) -> None:
        self._taken = {"fparam": n_fparam > 0, "aparam": n_aparam > 0}
        self._ignored = ignored

    def arguments(self, frame: Frame) -> dict[str, Any]:
        """Keyword arguments for ``Potential.compute`` or ``Committee.compute``."""
        given = {"positions": frame.positions, "types": frame.types, "cell": frame.cell}
        given["pbc"] = None if frame.cell is None else frame.pbc
        for name, taken in self._taken.items():
            value = getattr(frame, name)
            if value is not None and not taken:
                self._ignored(name, f"{frame.place}: {name} is ignored, here and in other frames: the model takes none")
            given[name] = value if taken else None
        return given


@contextmanager
def naming(frame: Frame) -> Iterator[None]:
    """A context in which an InputError names this frame."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{frame.place}: {error}") from error
