"""Styles of units of LAMMPS files, as docs.lammps.org/units.html defines them."""

from __future__ import annotations

from dataclasses import dataclass

from dpmd.structure.text_file import Place

_BOHR = 0.529177210903  # Å
_GRAM = 6.02214076e23  # atomic mass units


@dataclass(frozen=True)
class Units:
    """The factors by which a file's numbers are multiplied."""

    name: str
    length: float  # to Å
    time: float  # of velocities, to fs
    mass: float  # to atomic mass units
    force: float | None  # to eV/Å; None if it is left out
    step_time: float  # of ITEM: TIME, to fs

    @property
    def velocity(self) -> float:
        """The factor to Å/fs."""
        return self.length / self.time


_KCAL_PER_MOLE = 0.0433641153087705  # eV
STYLES = {
    "metal": Units("metal", 1.0, 1e3, 1.0, 1.0, 1e3),
    "real": Units("real", 1.0, 1.0, 1.0, _KCAL_PER_MOLE, 1.0),
    "si": Units("si", 1e10, 1e15, 1e3 * _GRAM, None, 1e15),
    "cgs": Units("cgs", 1e8, 1e15, _GRAM, None, 1e15),
    # velocities are in Bohr per atomic time unit, which LAMMPS takes as 1.03275e-15 s
    "electron": Units("electron", _BOHR, 1.03275, 1.0, 27.211386245988 / _BOHR, 1.0),
    "micro": Units("micro", 1e4, 1e9, 1e-12 * _GRAM, None, 1e9),
    "nano": Units("nano", 10.0, 1e6, 1e-18 * _GRAM, None, 1e6),
}


def choose_units(in_file: str | None, given: str | None, place: Place) -> Units | None:
    """The style named by the file or the user; None if neither names one."""
    if None not in (in_file, given) and in_file != given:
        place.wrong(f'units = "{given}", but the file says that its units are {in_file}: remove the key, or correct it')
    name = given if in_file is None else in_file
    if name is None:
        return None
    if name not in STYLES:
        reason = "have no length" if name == "lj" else "are not known"
        place.wrong(f"units {name} {reason}; dpmd reads {', '.join(STYLES)}")
    return STYLES[name]


METAL = STYLES["metal"]
