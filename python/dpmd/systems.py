"""Data sets in the ``deepmd/npy`` layout: frames with reference energies, forces and virials.

A system is a folder with ``type.raw``, optionally ``type_map.raw`` and ``nopbc``, and one or more
``set.*`` folders of arrays with one row per frame. Lengths in Å, energies in eV. Arrays are mapped,
not loaded: a frame is read when asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dpmd.errors import InputError


@dataclass(frozen=True)
class Frame:
    """One frame of a system, its types numbered as the model numbers them; n real atoms."""

    positions: np.ndarray  # [n, 3] Å
    types: np.ndarray  # [n] int32, indices into the model's type map
    cell: np.ndarray | None  # [3, 3] Å, rows are lattice vectors; None: an open system
    energy: float | None  # eV
    forces: np.ndarray | None  # [n, 3] eV/Å
    virial: np.ndarray | None  # [3, 3] eV
    fparam: np.ndarray | None  # [n_fparam]
    aparam: np.ndarray | None  # [n, n_aparam]


class System:
    """One ``deepmd/npy`` folder.

    Args:
        path: The folder.
        type_map: Names of the model's types; the system's types are matched by name. A system
            without ``type_map.raw`` numbers its types as the model does.

    Raises:
        InputError: Something is missing, has a wrong shape, or names a type that the model does not
            have.
    """

    def __init__(self, path: str | Path, type_map: Sequence[str]) -> None:
        self.path = Path(path)
        self.periodic = not (self.path / "nopbc").exists()
        self.types = _read_types(self.path / "type.raw")
        self._names = _read_names(self.path / "type_map.raw")
        self._type_map = list(type_map)
        sets = sorted(p for p in self.path.glob("set.*") if p.is_dir())
        if not sets:
            raise InputError(f"{self.path}: no set.* folder; a deepmd/npy system needs at least one")
        self._sets = [_Set(folder, self.types.size, self.periodic) for folder in sets]
        self._model_types(self.types, self.path / "type.raw")

    @property
    def n_frames(self) -> int:
        """Frames in all sets."""
        return sum(one.n_frames for one in self._sets)

    @property
    def n_atoms(self) -> int:
        """Atoms of a frame, virtual ones included."""
        return self.types.size

    def frames(self, limit: int | None = None) -> Iterator[Frame]:
        """The frames in the order of the sets; at most ``limit``."""
        left = self.n_frames if limit is None else limit
        for one in self._sets:
            for index in range(min(one.n_frames, left)):
                yield self._frame(one, index)
            left -= min(one.n_frames, left)

    def _frame(self, data: _Set, index: int) -> Frame:
        types, place = self.types, self.path / "type.raw"
        if "real_atom_types" in data.arrays:  # frames of one formula length, types of their own
            types = np.asarray(data.arrays["real_atom_types"][index]).astype(np.int64)
            place = data.folder / "real_atom_types.npy"
        real = types >= 0
        n = types.size

        def per_atom(name: str) -> np.ndarray | None:
            rows = data.row(name, index)
            return None if rows is None else rows.reshape(n, -1)[real]

        energy, virial = data.row("energy", index), data.row("virial", index)
        cell = data.row("box", index) if self.periodic else None
        return Frame(
            positions=per_atom("coord"),
            types=self._model_types(types[real], place),
            cell=None if cell is None else cell.reshape(3, 3),
            energy=None if energy is None else float(energy[0]),
            forces=per_atom("force"),
            virial=None if virial is None else virial.reshape(3, 3),
            fparam=data.row("fparam", index),
            aparam=per_atom("aparam"),
        )

    def _model_types(self, types: np.ndarray, place: Path) -> np.ndarray:
        """The model's numbers of the system's types."""
        names = self._names if self._names is not None else self._type_map
        used = np.unique(types[types >= 0])
        if used.size and used[-1] >= len(names):
            raise InputError(f"{place}: type {used[-1]} is not in the type map {names}")
        missing = [names[t] for t in used if names[t] not in self._type_map]
        if missing:
            raise InputError(f"{place}: type {missing[0]!r} is not in the model's type map {self._type_map}")
        known = {name: index for index, name in enumerate(self._type_map)}
        table = np.array([known.get(name, -1) for name in names] + [-1], dtype=np.int32)
        return table[types]  # a virtual atom, -1, takes the last entry


class _Set:
    """The arrays of one ``set.*`` folder, checked for their shapes."""

    def __init__(self, folder: Path, n_atoms: int, periodic: bool) -> None:
        self.folder = folder
        widths = {
            "coord": 3 * n_atoms,
            "box": 9,
            "energy": 1,
            "force": 3 * n_atoms,
            "virial": 9,
            "real_atom_types": n_atoms,
            "fparam": None,
            "aparam": None,
        }
        self.arrays: dict[str, np.ndarray] = {}
        for name in ("coord", *widths):
            file = folder / f"{name}.npy"
            if name not in self.arrays and file.exists():
                self.arrays[name] = self._load(file, widths[name])
        needed = ("coord", "box") if periodic else ("coord",)
        for name in needed:
            if name not in self.arrays:
                remedy = " (an open system has a file 'nopbc')" if name == "box" else ""
                raise InputError(f"{folder}: {name}.npy is missing{remedy}")
        if "aparam" in self.arrays and self.arrays["aparam"].shape[1] % n_atoms:
            columns = self.arrays["aparam"].shape[1]
            raise InputError(f"{folder}/aparam.npy: {columns} numbers per frame do not divide by {n_atoms} atoms")

    @property
    def n_frames(self) -> int:
        return self.arrays["coord"].shape[0]

    def row(self, name: str, index: int) -> np.ndarray | None:
        """One frame's numbers as float64, or None when the set has no such array."""
        array = self.arrays.get(name)
        return None if array is None else np.asarray(array[index], dtype=np.float64)

    def _load(self, file: Path, width: int | None) -> np.ndarray:
        """[n_frames, width], mapped from the file."""
        try:
            array = np.load(file, mmap_mode="r", allow_pickle=False)
        except (OSError, ValueError, EOFError) as error:
            raise InputError(f"{file}: not a readable .npy file: {error}") from error
        if array.dtype.kind not in "fiu" or array.ndim == 0:
            raise InputError(f"{file}: must hold rows of numbers, has {array.dtype} of shape {array.shape}")
        n_frames = self.n_frames if "coord" in self.arrays else array.shape[0]
        if array.shape[0] != n_frames or (width is not None and array.size != n_frames * width):
            expected = f"({n_frames}, {'n' if width is None else width})"
            raise InputError(f"{file}: has shape {array.shape}, expected {expected}")
        return array.reshape(n_frames, -1) if n_frames else array.reshape(0, width or 0)


def find_systems(paths: Sequence[str | Path]) -> list[Path]:
    """Every system folder in ``paths`` and below them, sorted within each path.

    Raises:
        InputError: A path does not exist or holds no system.
    """
    found: list[Path] = []
    for path in map(Path, paths):
        if path.is_file():
            raise InputError(f"{path}: is a file; dpmd reads folders in the deepmd/npy layout")
        if not path.is_dir():
            raise InputError(f"{path}: there is no such folder")
        below = sorted(file.parent for file in path.rglob("type.raw"))
        if not below:
            raise InputError(f"{path}: no system here or below (a system has a file type.raw)")
        found.extend(folder for folder in below if folder not in found)
    return found


def _read_types(path: Path) -> np.ndarray:
    """[n] the numbers of type.raw."""
    try:
        types = np.array([int(word) for word in path.read_text().split()], dtype=np.int64)
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise InputError(f"{path}: must hold one type number per atom: {error}") from error
    if not types.size:
        raise InputError(f"{path}: is empty")
    if types.min() < 0:
        raise InputError(f"{path}: type {types.min()} is negative")
    return types


def _read_names(path: Path) -> list[str] | None:
    """The names of type_map.raw, or None without that file."""
    try:
        return path.read_text(encoding="utf-8").split()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read: {error}") from error
