"""Files that are given as a model and are none: what they are, and where they belong."""

from __future__ import annotations

import re
from pathlib import Path

from dpmd.errors import InputError

_STRUCTURES = "structures go into the input of dpmd run, or behind -s of dpmd deviation"
_SYSTEMS = "data sets go behind -s of dpmd test or dpmd deviation"
_RUN = "start it with: dpmd run {name}"

# What a text is, where it belongs, and how it begins or is named.
_TEXTS = (
    ("an input of dpmd run", _RUN, rb"(?!)", r"\.toml$"),
    ("a structure (LAMMPS dump)", _STRUCTURES, rb"\AITEM: ", ""),
    ("a structure (LAMMPS data)", _STRUCTURES, rb"^\s*\d+\s+atoms\s*$", ""),
    ("a structure (XYZ)", _STRUCTURES, rb"\A\s*\d+[ \t]*\r?\n[^\n]*\n\s*[A-Z]", ""),
    ("a structure (CIF)", _STRUCTURES, rb"\A(\s*#.*\n)*data_|^_cell_length_a", ""),
    ("a structure (PDB)", _STRUCTURES, rb"\A(CRYST1|HEADER|ATOM  |HETATM|MODEL  )", ""),
    ("a structure (VASP)", _STRUCTURES, rb"(?!)", r"^(poscar|contcar)|\.(poscar|vasp)$"),
)
_BINARIES = (
    ("a structure (ASE trajectory)", _STRUCTURES, b"- of Ulm"),
    ("a NumPy array", _SYSTEMS, b"\x93NUMPY"),
)


def refuse_other_text(path: Path, head: bytes) -> None:
    """Raise ``InputError`` when a text is plainly a structure or an input of dpmd."""
    for kind, belongs, beginning, name in _TEXTS:
        if re.search(beginning, head, re.MULTILINE) or (name and re.search(name, path.name.lower())):
            raise InputError(f"{path}: {kind}, not a model; {belongs.format(name=path)}")


def refuse_other_binary(path: Path, head: bytes) -> None:
    """The same for what is no text."""
    for kind, belongs, beginning in _BINARIES:
        if head.startswith(beginning):
            raise InputError(f"{path}: {kind}, not a model; {belongs}")


def refuse_folder(path: Path, remedy: str) -> None:
    """Raise ``InputError`` for a folder: a data set, or a model that has to be converted."""
    if any(path.glob("**/type.raw")):
        raise InputError(f"{path}: a data set of DeePMD-kit, not a model; {_SYSTEMS}")
    raise InputError(f"{path}: a directory; {remedy}")
