"""Reads structure files through ASE in a separate process, which ``ase_file`` starts."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import islice
from typing import Any

from ase.io import iread
from ase.io.formats import filetype, ioformats

from dpmd.child_process import Answer
from dpmd.errors import InputError
from dpmd.foreign import reading
from dpmd.structure.ase_atoms import from_atoms
from dpmd.structure.file_frame import FileFrame
from dpmd.structure.frame_message import pack

# The formats of ASE whose files contain the atoms themselves and nothing executable. Others refer to further files,
# which may be anything (octopus-in, onetep-in, acemolecule-input), are folders (bundletrajectory), or stand for servers
# (mysql).
_FORMATS = set(
    """
    abinit-gsr abinit-in abinit-out acemolecule-out aims aims-output castep-castep castep-cell castep-geom castep-md
    castep-phonon cfg cif cjson cmdft cp2k-dcd cp2k-restart crystal cube dacapo-text db dftb dlp-history dlp4 dmol-arc
    dmol-car dmol-incoor elk eon espresso-in espresso-out extxyz gamess-us-out gamess-us-punch gaussian-in gaussian-out
    gen gpaw-out gpumd gpw gromacs gromos json jsv lammps-data lammps-dump-text magres mol mustem netcdftrajectory
    nomad-json nwchem-in nwchem-out onetep-out orca-output prismatic proteindatabank qbox res rmc6f runnerdata sdf
    siesta-xv struct struct_out sys traj turbomole turbomole-gradient v-sim vasp vasp-out vasp-xdatcar vasp-xml wout xsd
    xsf xtd xyz
    """.split()  # noqa: SIM905
)

COMPLAINT = "ASE's result for it cannot be used"


def answers(**task: Any) -> Iterator[Answer]:
    """The frames of a file, as answers."""
    return map(pack, frames(**task))


def frames(path: str, name: str, file_format: str | None, index: int | None) -> Iterator[FileFrame]:
    """One frame, or all if ``index`` is None, without the empty frames that ASE makes at the end of a file."""
    if index is None:
        yield from read(path, name, file_format, slice(None))
        return
    found = list(read(path, name, file_format, index, f"has no frame {index}"))
    if not found:
        every = list(read(path, name, file_format, slice(None)))
        found = every[index:][:1] if -len(every) <= index < len(every) else []
    yield from found


def read(path: str, name: str, file_format: str | None, which: Any, absent: str = "") -> Iterator[FileFrame]:
    hint = "" if file_format else " (format in [structure], or --format, names one of ASE's)"
    # Any failure of one of ASE's many parsers is the fault of the file.
    with reading(name, f"ASE cannot read it as a structure{hint}"):
        found = file_format or filetype(path)
        if found not in _FORMATS and found in ioformats:
            raise InputError(
                f"{name}: format {found} is not read, since such a file may refer to others that are read with it; let "
                "ASE convert it to extxyz first"
            )
        try:
            for atoms in iread(path, index=which, format=found, do_not_split_by_at_sign=True):
                if len(atoms):
                    yield checked(path, name, from_atoms(atoms, name))
        except (AssertionError, IndexError):  # raised by readers of single frames for another index
            if not absent or which in (0, -1):
                raise
            raise InputError(f"{name}: {absent}") from None


def checked(path: str, name: str, frame: FileFrame) -> FileFrame:
    """VASP may give velocities in fractions of lattice vectors, which ASE would take for Å/fs."""
    if frame.velocities is not None and os.path.basename(path).upper().startswith(("POSCAR", "CONTCAR")):
        with open(path, encoding="utf-8", errors="replace") as file:
            behind = islice(file, 8 + len(frame.positions), None)
            if any(line.strip().lower().startswith("d") for line in behind):
                raise InputError(
                    f"{name}: velocities in direct coordinates are not read; give them in Å/fs, or remove them"
                )
    return frame
