"""One system of a data set, with its shapes checked and its types converted to those of a model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from dpmd.errors import InputError
from dpmd.shown import shown
from dpmd.systems.contents import Contents, FrameSet
from dpmd.systems.frame import Frame


class System:
    """Frames of the same atoms, or with the same number of places for atoms.

    Args:
        contents: The system as it is stored.
        type_map: Names of the model's types; the system's types are matched by name. A system without
            ``type_map.raw`` numbers its types as the model does.

    Raises:
        InputError: Something is missing, has a wrong shape, or names a type that the model does not have.
    """

    def __init__(self, contents: Contents, type_map: Sequence[str]) -> None:
        if not contents.sets:
            raise InputError(f"{contents.place}: no set.* folder and no coord.raw; a system needs at least one set")
        self.name, self.types, self._sets = contents.place, contents.types, contents.sets
        self._periodic, self._names, self._type_map = contents.periodic, contents.type_map, list(type_map)
        self._counts = [_check(one, self.types.size, self._periodic) for one in self._sets]
        if not all("real_atom_types" in one.arrays for one in self._sets):  # else it has no real atoms
            self._model_types(self.types, f"{self.name}/type.raw")
        self.notes = list(self._notes(contents))
        """Lines about what is not used or missing."""

    @property
    def n_frames(self) -> int:
        """The number of frames in all sets."""
        return sum(self._counts)

    def frames(self, chosen: Iterable[int] | None = None) -> Iterator[Frame]:
        """Frames by their numbers, which run through the sets in order; all if None."""
        ends = np.cumsum(self._counts)
        for number in range(self.n_frames) if chosen is None else chosen:
            k = int(np.searchsorted(ends, number, side="right"))
            yield self._frame(self._sets[k], number - int(ends[k]) + self._counts[k], number)

    def _frame(self, data: FrameSet, index: int, number: int) -> Frame:
        types, place = self.types, f"{self.name}/type.raw"
        if "real_atom_types" in data.arrays:  # every frame has its own types, padded with -1
            types = _row(data, "real_atom_types", index).astype(np.int64)
            place = f"{data.file('real_atom_types')}, frame {index}"
        real = types >= 0

        def per_atom(name: str) -> np.ndarray | None:
            row = _row(data, name, index)
            return None if row is None else row.reshape(types.size, -1)[real]

        energy, virial, energies = _row(data, "energy", index), _row(data, "virial", index), per_atom("atom_ener")
        return Frame(
            place=f"{self.name}, frame {number}",
            positions=per_atom("coord"),
            types=self._model_types(types[real], place),
            cell=_row(data, "box", index).reshape(3, 3) if self._periodic else None,
            pbc=(self._periodic,) * 3,
            energy=None if energy is None else float(energy[0]),
            forces=per_atom("force"),
            virial=None if virial is None else virial.reshape(3, 3),
            atom_energies=None if energies is None else energies[:, 0],
            fparam=_row(data, "fparam", index),
            aparam=per_atom("aparam"),
        )

    def _model_types(self, types: np.ndarray, place: str) -> np.ndarray:
        """The model's numbers for the system's types."""
        names = self._names if self._names is not None else self._type_map
        used = np.unique(types)
        if used.size and used[-1] >= len(names):
            raise InputError(f"{place}: type {used[-1]} is not in the type map {shown(names)}")
        missing = [names[t] for t in used if names[t] not in self._type_map]
        if missing:
            raise InputError(
                f"{place}: type {shown(missing[0])} is not in the model's type map {shown(self._type_map)}"
            )
        known = {name: index for index, name in enumerate(self._type_map)}
        return np.array([known.get(name, -1) for name in names], dtype=np.int32)[types]

    def _notes(self, contents: Contents) -> Iterator[str]:
        if not self.n_frames:
            yield f"{self.name}: holds no frames"
        if self._names is None:
            numbers = ", ".join(f"{k} = {name}" for k, name in enumerate(self._type_map))
            yield f"{self.name}: has no type_map.raw; its types are assumed to be those of the model: {numbers}"
        if contents.unused:
            yield f"{self.name}: not used: {', '.join(contents.unused)}"
        everywhere = {name for one in self._sets for name in one.arrays}
        for one in self._sets:
            absent = [one.file(name) for name in sorted(everywhere - set(one.arrays))]
            if absent:
                yield f"{', '.join(absent)}: missing, although other sets of the system have it"


def _check(data: FrameSet, n_atoms: int, periodic: bool) -> int:
    """The number of frames of a set; a shape that does not fit is an error."""
    for name in ("coord", "box") if periodic else ("coord",):
        if name not in data.arrays:
            remedy = " (an open system has a file 'nopbc')" if name == "box" else ""
            raise InputError(f"{data.file(name)} is missing{remedy}")
    n_frames = data.arrays["coord"].shape[0]
    widths = dict.fromkeys(("coord", "force"), 3 * n_atoms) | dict.fromkeys(("box", "virial"), 9) | {"energy": 1}
    widths |= dict.fromkeys(("atom_ener", "real_atom_types"), n_atoms)
    for name, array in data.arrays.items():
        width = widths.get(name)
        n_rows = "n_frames" if array.ndim == 1 and name == "coord" and width != 1 else str(n_frames)
        if array.shape[0] != n_frames or (width is not None and array.size != n_frames * width):
            expected = f"({n_rows}, {'n' if width is None else width})"
            raise InputError(f"{data.file(name)}: has shape {array.shape}, expected {expected}")
    columns = data.arrays["aparam"].size // n_frames if n_frames and "aparam" in data.arrays else 0
    if columns % n_atoms:
        raise InputError(f"{data.file('aparam')}: {columns} numbers per frame do not divide by {n_atoms} atoms")
    return n_frames


def _row(data: FrameSet, name: str, index: int) -> np.ndarray | None:
    """The numbers of one frame as float64, or None if the set has no such array."""
    array = data.arrays.get(name)
    if array is None:
        return None
    return np.asarray(array[index], dtype=np.float64).reshape(-1)  # an HDF5 dataset is read only now
