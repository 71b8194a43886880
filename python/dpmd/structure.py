"""Reading the atoms that a simulation starts from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dpmd.errors import InputError

if TYPE_CHECKING:
    from ase import Atoms

_LAMMPS_DATA_SUFFIXES = (".lmp", ".lmpdat", ".lammps", ".lammps-data")


def read_structure(path: str | Path, type_map: Sequence[str], file_format: str | None = None) -> Atoms:
    """The last frame of a structure file, through ASE.

    Type k of a LAMMPS data file is the k-th type of the model, whatever its masses say.

    Args:
        path: The file.
        type_map: Names of the model's types.
        file_format: ASE's name of the format; None takes it from the suffix and the content.

    Raises:
        InputError: The file cannot be read, holds no atoms, or an element that the model lacks.
    """
    (atoms,) = _read(Path(path), type_map, file_format, slice(-1, None))
    return atoms


def read_frames(path: str | Path, type_map: Sequence[str], file_format: str | None = None) -> list[Atoms]:
    """All frames of a trajectory; arguments and errors as for ``read_structure``."""
    return _read(Path(path), type_map, file_format, slice(None))


def _read(path: Path, type_map: Sequence[str], file_format: str | None, which: slice) -> list[Atoms]:
    from ase.io import read

    lammps = file_format == "lammps-data"
    if file_format is None and path.suffix in _LAMMPS_DATA_SUFFIXES:
        file_format, lammps = "lammps-data", True
    options = _lammps_options(path, type_map) if lammps else {}
    try:
        frames = read(path, index=which, format=file_format, **options)
    # Whatever trips one of ASE's many parsers is the file's fault.
    except Exception as error:
        raise InputError(f"{path}: ASE cannot read it as a structure: {type(error).__name__}: {error}") from error
    for atoms in frames:
        if not len(atoms):
            raise InputError(f"{path}: holds no atoms")
        unknown = sorted(set(atoms.get_chemical_symbols()) - set(type_map))
        if unknown:
            raise InputError(f"{path}: element {unknown[0]!r} is not in the model's type map {list(type_map)}")
    if not frames:
        raise InputError(f"{path}: holds no frames")
    return frames


def has_velocities(atoms: Atoms) -> bool:
    """Whether any atom moves."""
    return bool(atoms.has("momenta") and atoms.get_momenta().any())


def _lammps_options(path: Path, type_map: Sequence[str]) -> dict[str, Any]:
    """How ASE has to read a LAMMPS data file of this model."""
    from ase.data import atomic_numbers

    for name in type_map:
        if name not in atomic_numbers:
            raise InputError(
                f"{path}: type {name!r} of the model is no element, so a LAMMPS data file cannot be "
                "matched; use a format with element symbols"
            )
    return {
        "Z_of_type": {k + 1: atomic_numbers[name] for k, name in enumerate(type_map)},
        "atom_style": _atom_style(path),
        "units": "metal",
    }


def _atom_style(path: Path) -> str:
    """The style that the file names behind "Atoms #"; LAMMPS' own default otherwise."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    headings = [line for line in lines if line.split("#")[0].strip() == "Atoms"]
    named = headings[0].partition("#")[2].split() if headings else []
    known = ("atomic", "charge", "molecular", "full")
    return named[0] if named and named[0] in known else "atomic"
