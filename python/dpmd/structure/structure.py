"""The atoms of one frame, as a model knows them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dpmd._core import available_memory
from dpmd.arguments import as_cell
from dpmd.errors import InputError
from dpmd.structure.file_frame import FileFrame
from dpmd.structure.options import ReadOptions
from dpmd.structure.text_file import listed
from dpmd.structure.type_matching import Match, element_mass, mass_of_label, match_types

if TYPE_CHECKING:
    from ase import Atoms


_BYTES_PER_ATOM = 256  # for a structure and the state of its simulation; neighbour lists need more


@dataclass
class Structure:
    """Atoms of a model; n of them. Lengths in Å, velocities in Å/fs, energies in eV."""

    source: str
    """The file."""
    type_map: list[str]
    """Names of the model's types."""
    types: np.ndarray
    """[n] int32 indices into ``type_map``."""
    positions: np.ndarray
    """[n, 3]."""
    cell: np.ndarray | None
    """[3, 3], rows are lattice vectors; None: an open system."""
    pbc: tuple[bool, bool, bool]
    """Which directions are periodic."""
    velocities: np.ndarray | None = None
    """[n, 3]."""
    masses: dict[str, float] = field(default_factory=dict)
    """Atomic mass units, for the types whose masses are in the file."""
    fixed: np.ndarray | None = None
    """[n] flags: atoms that do not move."""
    fparam: np.ndarray | None = None
    """[n_fparam] frame parameters."""
    aparam: np.ndarray | None = None
    """[n, n_aparam] atomic parameters."""
    step: int | None = None
    """The energy of the frame in the file."""
    energy: float | None = None
    forces: np.ndarray | None = None
    """[n, 3] eV/Å."""
    virial: np.ndarray | None = None
    """[3, 3]."""
    matches: list[Match] = field(default_factory=list)
    """The type of each kind of atoms, and why."""
    remarks: list[str] = field(default_factory=list)
    """What was assumed where the file does not say."""
    unused: list[str] = field(default_factory=list)
    """What the file contains and dpmd does not use."""
    n_of_match: list[int] = field(default_factory=list)
    """The number of atoms of each match."""
    names: set[str] = field(default_factory=set)
    """The names by which ``types`` may refer to the file's kinds of atoms."""
    hindrances: list[str] = field(default_factory=list)
    """Why the atoms cannot move as the file says."""
    mass_conflicts: dict[str, str] = field(default_factory=dict)
    """Problems with the masses of a type, by its name."""

    def __len__(self) -> int:
        return len(self.types)

    @property
    def has_velocities(self) -> bool:
        """Whether any atom moves."""
        return self.velocities is not None and bool(self.velocities.any())

    def require_movable(self, given_masses: Collection[str] = ()) -> None:
        """Raise InputError if the atoms cannot move as the file says.

        Args:
            given_masses: Types whose masses are given elsewhere.
        """
        conflicts = [text for name, text in self.mass_conflicts.items() if name not in given_masses]
        for text in [*self.hindrances, *conflicts]:
            raise InputError(text)

    def drop_parameters(self, n_fparam: int, n_aparam: int) -> None:
        """Move frame and atomic parameters that a model does not take to the unused contents."""
        if self.fparam is not None and n_fparam == 0:
            self.fparam = None
            self.unused.append("fparam (the model takes none)")
        if self.aparam is not None and n_aparam == 0:
            self.aparam = None
            self.unused.append("aparam (the model takes none)")

    def notes(self) -> list[str]:
        """Lines about anything that is not obvious: atoms matched by something other than their elements, what was
        assumed, and what is not used."""
        matches = [str(one) for one in self.matches if one.reason != "name"]
        lines = [f"{self.source}: {', '.join(matches)}"] if matches else []
        lines += [f"{self.source}: {remark}" for remark in self.remarks]
        return lines + ([f"{self.source}: not used: {listed(self.unused)}"] if self.unused else [])

    def describe(self) -> list[str]:
        """Lines for the beginning of a run: the types of atoms, periodicity, what was assumed, and what is not used."""
        kinds = ", ".join(f"{one} ({n})" for one, n in zip(self.matches, self.n_of_match, strict=True))
        fixed = "" if self.fixed is None else f"; {int(self.fixed.sum())} fixed"
        lines = [f"{self.source}: {len(self)} atoms: {kinds}; {periodicity(self.pbc)}{fixed}"]
        lines += [f"{self.source}: {remark}" for remark in self.remarks]
        results = [name for name in ("energy", "forces", "virial") if getattr(self, name) is not None]
        if self.unused or results:
            lines.append(f"{self.source}: not used: {listed([*self.unused, *results])}")
        return lines

    def atoms(self) -> Atoms:
        """The structure as ASE's object; types that are not elements become X."""
        from ase import Atoms, units
        from ase.constraints import FixAtoms
        from ase.data import atomic_numbers

        symbols = [name if name in atomic_numbers else "X" for name in self.type_map]
        atoms = Atoms([symbols[t] for t in self.types], self.positions, cell=self.cell, pbc=self.pbc)
        if self.masses:
            own = dict(enumerate(atoms.get_masses()))
            atoms.set_masses([self.masses.get(self.type_map[t], own[k]) for k, t in enumerate(self.types)])
        if self.velocities is not None:
            atoms.set_velocities(self.velocities / units.fs)
        if self.fixed is not None:
            atoms.set_constraint(FixAtoms(mask=self.fixed))
        if self.fparam is not None:
            atoms.info["fparam"] = self.fparam
        if self.aparam is not None:
            atoms.set_array("aparam", self.aparam)
        return atoms

    def repeat(self, counts: tuple[int, int, int]) -> Structure:
        """Copies along the lattice vectors, in ASE's order; without velocities, which copies must not share.

        Raises:
            InputError: There are no three lattice vectors, or the copies need more memory than there is.
        """
        if self.cell is None or not np.linalg.det(self.cell):
            raise InputError(f"{self.source} does not have three lattice vectors along which to repeat it")
        n = prod(counts)
        _require_memory(n * len(self), counts)
        steps = np.stack(np.meshgrid(*(np.arange(count) for count in counts), indexing="ij"), axis=-1).reshape(n, 3)
        shifts = steps @ self.cell
        copy = Structure(**{name: getattr(self, name) for name in self.__dataclass_fields__})
        copy.types = np.tile(self.types, n)
        copy.positions = (self.positions[None] + shifts[:, None]).reshape(-1, 3)
        copy.cell = self.cell * np.array(counts)[:, None]
        if self.has_velocities:
            moving = [one for one in self.remarks if "velocities" not in one]
            copy.remarks = [*moving, "velocities are left out: copies must not move alike, so they get their own"]
        copy.velocities = copy.energy = copy.forces = copy.virial = None
        copy.fixed = None if self.fixed is None else np.tile(self.fixed, n)
        copy.aparam = None if self.aparam is None else np.tile(self.aparam, (n, 1))
        copy.n_of_match = [n * count for count in self.n_of_match]
        return copy


def _require_memory(n_atoms: int, counts: tuple[int, int, int]) -> None:
    """Check the memory before copies are made: a system may grant it and later kill the process that uses it."""
    needed, available = _BYTES_PER_ATOM * n_atoms, available_memory()
    if needed > available:
        raise InputError(
            f"{' x '.join(map(str, counts))} copies make {n_atoms} atoms, which need at least {needed / 1e9:.3g} GB of "
            f"memory, but only {available / 1e9:.3g} GB are available: use fewer copies"
        )


def match(frame: FileFrame, path: Path, type_map: Sequence[str], options: ReadOptions) -> Structure:
    """The frame with the types of a model.

    Raises:
        InputError: A kind of atoms is not a type of the model, or box and options do not fit.
    """
    place = str(path)
    matches = match_types(frame.kinds, type_map, options.types, place)
    index = {name: k for k, name in enumerate(type_map)}
    type_of_kind = np.array([index[one.type] for one in matches], dtype=np.int32)
    structure = Structure(
        place, list(type_map), type_of_kind[frame.kind_of_atom], frame.positions, *_box(frame, options, place)
    )
    for name in ("velocities", "fixed", "fparam", "aparam", "step", "energy", "forces", "virial", "remarks", "unused"):
        setattr(structure, name, getattr(frame, name))
    structure.matches = matches
    if structure.velocities is not None and not structure.velocities.any():
        structure.remarks = ["velocities are all zero, and count as missing"]
    _rest_fixed_atoms(structure)
    structure.n_of_match = np.bincount(frame.kind_of_atom, minlength=len(matches)).tolist()
    structure.names = frame.other_names.union(*(kind.names for kind in frame.kinds))
    structure.hindrances = frame.hindrances
    _set_masses(structure, frame, type_of_kind)
    return structure


def _rest_fixed_atoms(structure: Structure) -> None:
    """Set the velocities of fixed atoms to zero."""
    velocities, fixed = structure.velocities, structure.fixed
    if velocities is not None and fixed is not None and velocities[fixed].any():
        structure.velocities = np.where(fixed[:, None], 0.0, velocities)
        structure.remarks = [*structure.remarks, "velocities of fixed atoms are taken as zero"]


def _box(frame: FileFrame, options: ReadOptions, place: str) -> tuple[np.ndarray | None, tuple[bool, bool, bool]]:
    """Lattice vectors and flags, from the file or, if it has none, from the user."""
    if options.cell is not None and frame.cell is not None:
        raise InputError(f"{place}: cell = {list(options.cell)}, but the file has its own box: remove the key")
    cell = frame.cell if options.cell is None else as_cell(list(options.cell))
    pbc = options.pbc or frame.pbc
    if pbc is None or (options.cell is not None and options.pbc is None):
        pbc = (cell is not None,) * 3
    for k in range(3):
        if pbc[k] and (cell is None or not cell[k].any()):
            raise InputError(
                f"{place}: should be periodic along {'abc'[k]}, but there is no lattice vector {'abc'[k]}: give cell, "
                "or pbc = false"
            )
    return cell, pbc


def _set_masses(structure: Structure, frame: FileFrame, type_of_kind: np.ndarray) -> None:
    """The masses of the types for which the file gives masses; dpmd has one for all atoms of a type."""
    for t in sorted(set(type_of_kind.tolist())):
        name = structure.type_map[t]
        found = _masses_of_type(structure.matches, frame, np.flatnonzero(type_of_kind == t))
        if len(found) > 1:
            structure.mass_conflicts[name] = (
                f"{structure.source}: atoms of type {name} have different masses ({min(found):g} to {max(found):g}); "
                "dpmd has one mass per type"
            )
        elif found and not min(found) > 0:
            structure.mass_conflicts[name] = f"{structure.source}: atoms of type {name} have the mass {min(found):g}"
        elif found:
            structure.masses[name] = found.pop()


def _masses_of_type(matches: Sequence[Match], frame: FileFrame, kinds: np.ndarray) -> set[float]:
    """Every mass of the kinds of one type; if one kind has its own mass, the others have that of their element."""
    if frame.masses is not None:
        return set(frame.masses[np.isin(frame.kind_of_atom, kinds)].tolist())
    own = [
        mass_of_label(matches[k].kind.label) if matches[k].kind.mass is None else matches[k].kind.mass for k in kinds
    ]
    if all(mass is None for mass in own):
        return set()
    usual = [element_mass(matches[k].type) for k in kinds]
    masses = [other if mass is None else mass for mass, other in zip(own, usual, strict=True)]
    return {mass for mass in masses if mass is not None}


def periodicity(pbc: Sequence[bool]) -> str:
    """The periodicity as text."""
    if not any(pbc):
        return "not periodic"
    return "periodic" if all(pbc) else "periodic along " + " and ".join("abc"[k] for k in range(3) if pbc[k])
