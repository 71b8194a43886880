"""Frames of structure files and trajectories. This is the one place where a data set meets ``dpmd.structure``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dpmd.arguments import as_frame
from dpmd.errors import InputError
from dpmd.structure import read_frames
from dpmd.systems.frame import Frame

if TYPE_CHECKING:
    from ase import Atoms


class Structures:
    """The frames of some files, one file after another.

    Args:
        name: What the user has named.
        files: Each in any format that ``dpmd.structure`` reads.
        type_map: Names of the model's types.
    """

    def __init__(self, name: str, files: Sequence[Path], type_map: Sequence[str]) -> None:
        self.name, self.notes = name, []
        self._files, self._type_map = files, type_map

    @property
    def n_frames(self) -> int:
        """Frames in all files, which are read for it.

        Raises:
            InputError: A file cannot be read as a structure, or has elements that the model lacks.
        """
        return sum(1 for _ in self._atoms())

    def frames(self, chosen: Iterable[int] | None = None) -> Iterator[Frame]:
        """Frames by their numbers, which count through the files; all, without being kept, when None.

        Raises:
            InputError: As ``n_frames``.
        """
        if chosen is None:
            yield from (self._frame(*one) for one in self._atoms())
            return
        all_of_them = list(self._atoms())
        yield from (self._frame(*all_of_them[number]) for number in chosen)

    def _atoms(self) -> Iterator[tuple[str, Atoms]]:
        for file in self._files:
            for number, atoms in enumerate(read_frames(file, self._type_map)):
                yield f"{file}, frame {number}", atoms

    def _frame(self, place: str, atoms: Atoms) -> Frame:
        known = atoms.calc.results if atoms.calc is not None else {}
        try:
            given = as_frame(self._type_map, atoms, None, None, None, atoms.info.get("fparam"), None)
        except InputError as error:
            raise InputError(f"{place}: {error}") from error
        energy, forces = known.get("energy"), known.get("forces", atoms.arrays.get("force"))  # as dpdata names it
        return Frame(
            place=place,
            positions=given["positions"],
            types=given["types"],
            cell=given["cell"] if any(given["pbc"]) else None,
            pbc=tuple(given["pbc"]),
            energy=None if energy is None else float(energy),
            forces=None if forces is None else np.asarray(forces, dtype=np.float64),
            virial=_virial(atoms, known, place),
            fparam=given["fparam"],
            aparam=atoms.arrays.get("aparam"),
            step=_step(atoms.info),
        )


def _virial(atoms: Atoms, known: dict[str, Any], place: str) -> np.ndarray | None:
    """[3, 3] eV, from the virial or the stress of the file."""
    if "virial" in atoms.info:
        virial = np.asarray(atoms.info["virial"], dtype=np.float64)
        if virial.size != 9:
            raise InputError(f"{place}: virial has {virial.size} numbers, not 9")
        return virial.reshape(3, 3)
    if "stress" not in known:
        return None
    from ase.stress import voigt_6_to_full_3x3_stress

    stress = np.asarray(known["stress"], dtype=np.float64)
    return -atoms.get_volume() * (stress if stress.shape == (3, 3) else voigt_6_to_full_3x3_stress(stress))


def _step(info: dict[str, Any]) -> int | None:
    """The step that dpmd's trajectories call "step", and ASE's reader of LAMMPS dumps "timestep"."""
    for key in ("step", "timestep"):
        value = np.asarray(info.get(key, "none"))
        if value.ndim == 0 and value.dtype.kind in "iu":
            return int(value)
    return None
