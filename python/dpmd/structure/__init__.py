"""Structure files as atoms of a model: file formats, types of atoms, and whatever else a file contains."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dpmd.structure.ase_atoms import from_atoms
from dpmd.structure.options import ReadOptions, read_options
from dpmd.structure.reading import read_file
from dpmd.structure.structure import Structure, match

if TYPE_CHECKING:
    from ase import Atoms

__all__ = ["ReadOptions", "Structure", "read_frames", "read_options", "read_structure", "structure_of", "unknown_names"]


def read_structure(path: str | Path, type_map: Sequence[str], options: ReadOptions | None = None) -> Structure:
    """One frame of a structure file: the last, unless ``options.frame`` gives another.

    dpmd reads LAMMPS data files and dumps and all kinds of XYZ files; ASE reads the others.

    Args:
        path: The file.
        type_map: Names of the model's types.
        options: What the file does not say.

    Raises:
        InputError: The file cannot be read, or its atoms cannot be matched with the model's types.
    """
    options = ReadOptions() if options is None else options
    (frame,) = read_file(Path(path), options, all_frames=False)
    structure = match(frame, Path(path), type_map, options)
    strange = unknown_names(options, structure.names)
    if strange:
        there = ", ".join(sorted(structure.names, key=lambda name: (len(name), name)))
        structure.remarks = [
            *structure.remarks,
            f"types names {', '.join(strange)}, which no atom has; there are {there}",
        ]
    return structure


def read_frames(path: str | Path, type_map: Sequence[str], options: ReadOptions | None = None) -> Iterator[Structure]:
    """All frames of a trajectory, one by one, or the one given by ``options.frame``; arguments and errors as for
    ``read_structure``."""
    path, options = Path(path), ReadOptions() if options is None else options
    for frame in read_file(path, options, all_frames=True):
        yield match(frame, path, type_map, options)


def unknown_names(options: ReadOptions, names: Collection[str]) -> list[str]:
    """The names in ``options.types`` that are not names of kinds of atoms."""
    return [name for name in options.types if name not in names]


def structure_of(atoms: Atoms, type_map: Sequence[str], source: str = "atoms") -> Structure:
    """The contents of ASE's object as atoms of a model; errors as for ``read_structure``."""
    return match(from_atoms(atoms, source), Path(source), type_map, ReadOptions())
