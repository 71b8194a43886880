"""Every other kind of file, through ASE."""

from __future__ import annotations

import warnings
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from dpmd.atom_parameters import own_parameters
from dpmd.errors import InputError
from dpmd.fixed_atoms import constrained_atoms
from dpmd.foreign import reading
from dpmd.structure.file_frame import FileFrame, kinds_of_labels

if TYPE_CHECKING:
    from ase import Atoms

_ARRAYS = {"numbers", "positions", "momenta", "masses", "aparam", "spacegroup_kinds", "id"}
_RESULTS = {"energy", "free_energy", "forces", "stress"}


def frames(path: Path, file_format: str | None, index: int | None) -> Iterator[FileFrame]:
    """One frame, or all when ``index`` is None; what ASE makes of a file's end, frames without atoms, is left out.

    Raises:
        InputError: ASE cannot read the file, or it holds what dpmd cannot take as it is meant.
    """
    if file_format is not None and file_format.startswith("lammps-dump"):
        raise InputError(f"{path}: dumps are read as text; ASE takes the types of a binary one for elements")
    if index is None:
        yield from _read(path, file_format, slice(None))
        return
    found = list(_read(path, file_format, index, f"has no frame {index}"))
    if not found:
        every = list(_read(path, file_format, slice(None)))
        found = every[index:][:1] if -len(every) <= index < len(every) else []
    yield from found


def _read(path: Path, file_format: str | None, which: Any, absent: str = "") -> Iterator[FileFrame]:
    from ase.io import iread

    hint = "" if file_format else " (format in [structure], or --format, names one of ASE's)"
    # Whatever trips one of ASE's many parsers is the file's fault.
    with (
        reading(path, f"ASE cannot read it as a structure{hint}"),
        warnings.catch_warnings(),
        _unmarked(path) as readable,
    ):
        warnings.simplefilter("ignore")
        try:
            for atoms in iread(readable, index=which, format=file_format, do_not_split_by_at_sign=True):
                if len(atoms):
                    yield _checked(path, from_atoms(atoms, str(path)))
        except (AssertionError, IndexError):  # what readers of single frames raise over another index
            if not absent or which in (0, -1):
                raise
            raise InputError(f"{path}: {absent}") from None


@contextmanager
def _unmarked(path: Path) -> Iterator[Path]:
    """The file, or a copy without its byte order mark, which ASE takes for a part of the first word."""
    with open(path, "rb") as file:
        if file.read(3) != BOM_UTF8:
            yield path
            return
        with TemporaryDirectory() as folder:
            copy = Path(folder) / path.name
            copy.write_bytes(file.read())
            yield copy


def _checked(path: Path, frame: FileFrame) -> FileFrame:
    """VASP may give velocities in parts of lattice vectors, which ASE takes for Å/fs."""
    if frame.velocities is not None and path.name.upper().startswith(("POSCAR", "CONTCAR")):
        behind = path.read_text(encoding="utf-8", errors="replace").splitlines()[8 + len(frame.positions) :]
        if any(line.strip().lower().startswith("d") for line in behind):
            raise InputError(
                f"{path}: velocities in direct coordinates are not read; give them in Å/fs, or remove them"
            )
    return frame


def from_atoms(atoms: Atoms, source: str) -> FileFrame:
    """What ASE's object holds.

    Raises:
        InputError: Naming sites that several elements share.
    """
    from ase import units

    _refuse_occupancy(atoms, source)
    masses = atoms.get_masses() if atoms.has("masses") else None
    kinds, of_atom = kinds_of_labels(atoms.get_chemical_symbols(), masses)
    frame = FileFrame(kinds, of_atom, atoms.get_positions(), masses=masses)
    frame.cell = np.asarray(atoms.cell) if atoms.cell.any() else None
    a, b, c = (bool(flag) for flag in atoms.pbc)
    frame.pbc = (a, b, c)
    if atoms.has("momenta"):
        frame.velocities = atoms.get_velocities() * units.fs
    try:
        fixed = constrained_atoms(atoms, source)
        frame.fixed = fixed if fixed.any() else None
    except InputError as error:
        frame.hindrances.append(str(error))
    frame.fparam, frame.aparam = own_parameters(atoms)
    frame.step = _whole(atoms.info.get("step", atoms.info.get("timestep")))
    _set_results(frame, atoms)
    frame.unused = [f"array {name}" for name in sorted(atoms.arrays) if name not in _ARRAYS]
    return frame


def _refuse_occupancy(atoms: Atoms, source: str) -> None:
    sites = atoms.info.get("occupancy")
    for site in sites.values() if isinstance(sites, Mapping) else ():
        shares = dict(site) if isinstance(site, Mapping) else {}
        if len(shares) > 1 or any(share < 1 - 1e-6 for share in shares.values()):
            said = ", ".join(f"{share:g} {name}" for name, share in shares.items())
            raise InputError(
                f"{source}: a site is occupied by {said}: a simulation needs whole atoms; make a supercell in which "
                "every site has one element"
            )
    shares = atoms.arrays.get("occupancy")
    if shares is not None and (np.asarray(shares, dtype=float) < 1 - 1e-6).any():
        k = int(np.argmax(np.asarray(shares, dtype=float) < 1 - 1e-6))
        raise InputError(
            f"{source}: atom {k} has occupancy {shares[k]:g}: a simulation needs whole atoms; keep one of the "
            "alternative locations, with occupancy 1"
        )


def _set_results(frame: FileFrame, atoms: Atoms) -> None:
    results = {} if atoms.calc is None else dict(atoms.calc.results)
    energy = results.get("energy", atoms.info.get("energy"))
    frame.energy = None if energy is None else float(energy)
    frame.forces = results.get("forces")
    if results.get("stress") is not None and atoms.cell.rank == 3:
        frame.virial = -atoms.get_stress(voigt=False) * atoms.get_volume()
    frame.unused += sorted(name for name in results if name not in _RESULTS)


def _whole(value: Any) -> int | None:
    try:
        return None if value is None else int(value)
    except (TypeError, ValueError):
        return None
