"""ASE's ``Atoms`` as a frame."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from dpmd.atom_parameters import own_parameters
from dpmd.errors import InputError
from dpmd.fixed_atoms import constrained_atoms
from dpmd.structure.file_frame import FileFrame, kinds_of_labels

if TYPE_CHECKING:
    from ase import Atoms

_ARRAYS = {"numbers", "positions", "momenta", "masses", "aparam", "spacegroup_kinds", "id"}
_RESULTS = {"energy", "free_energy", "forces", "stress"}


def from_atoms(atoms: Atoms, source: str) -> FileFrame:
    """The contents of ASE's object as a frame.

    Raises:
        InputError: Several elements share a site, which is named.
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
