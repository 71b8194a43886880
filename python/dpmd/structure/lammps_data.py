"""LAMMPS data files, as docs.lammps.org/read_data.html describes them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from dpmd.shown import shown
from dpmd.structure.file_frame import FileFrame, Kind
from dpmd.structure.lammps_style import AtomStyle, choose_style
from dpmd.structure.lammps_units import METAL, STYLES, Units, choose_units
from dpmd.structure.text_file import Place, floats, integers, open_lines, table

_COUNT = re.compile(r"^\s*\d+\s+atoms\s*(#.*)?$")
_UNITS = re.compile(r"\bunits\s*=\s*(\w+)")
_HEADER_LINES = 100  # a data file gives its number of atoms before this line


def looks_like_one(lines: Sequence[str]) -> bool:
    """Whether the first lines of a file are those of a data file."""
    return any(_COUNT.match(line) for line in lines[:_HEADER_LINES])


@dataclass
class _File:
    """A data file, split into its sections."""

    title: str
    header: dict[str, list[float]] = field(default_factory=dict)
    sections: dict[str, list[str]] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)  # the comments after the names of sections
    mass_comments: dict[str, str] = field(default_factory=dict)


def read(path: Path, atom_style: str | None = None, units: str | None = None) -> FileFrame:
    """The frame of a data file.

    Args:
        path: The file.
        atom_style: The style of the section Atoms; takes precedence over the file and its columns.
        units: The style of units, if the file names none.

    Raises:
        InputError: The file is damaged, or contains something that dpmd does not read.
    """
    place = Place(path)
    file = _take_apart(path)
    if "atoms" not in file.header:
        place.wrong("does not give the number of atoms; the first line is a title and is not read")
    if not file.sections.get("Atoms"):
        place.wrong("is a LAMMPS data file without atoms")
    labels = _labels(file, place)
    words = table(file.sections["Atoms"], None, Place(path, "section Atoms"))
    style = choose_style(words, labels, file.comments.get("Atoms", ""), atom_style, Place(path, "section Atoms"))
    return _Frame(path, file, labels, style, words, units).frame


def _take_apart(path: Path) -> _File:
    lines = open_lines(path)
    file = _File(next(lines, ""))
    section, known = None, False
    for line in lines:
        text, _, comment = line.partition("#")
        text = text.strip()
        if not text:
            continue
        name = _section_name(text, section if known else None)
        if name is not None:
            if name in file.sections:
                Place(path).wrong(f"has two sections {name}")
            section, known = name, name.endswith("Coeffs")
            file.sections[name], file.comments[name] = [], comment.strip()
        elif section is None:
            _header_line(text, file, Place(path))
        else:
            file.sections[section].append(text)
            if section == "Masses" and comment.strip():
                file.mass_comments[text.split()[0]] = comment.split()[0]
    return file


def _section_name(text: str, coefficients: str | None) -> str | None:
    """The name of the section that starts at a line, or None; rows of coefficients may begin with a label."""
    if not re.fullmatch(r"[A-Za-z]\w*( [A-Za-z]\w*)*", text):
        return None
    plausible = text[0].isupper() or coefficients is None
    return text if plausible and (coefficients is None or text.split()[-1] in _SECTION_ENDS) else None


_SECTION_ENDS = {"Atoms", "Velocities", "Masses", "Labels", "Coeffs", "Bonds", "Angles", "Dihedrals", "Impropers"}


def _header_line(text: str, file: _File, place: Place) -> None:
    words = text.split()
    n = next((k for k, word in enumerate(words) if not re.match(r"[-+.\d]", word)), len(words))
    key = " ".join(words[n:])
    if not key or n == 0:
        place.wrong(f"header line {shown(text)} does not belong in a LAMMPS data file")
    if key in file.header:
        place.wrong(f"says {shown(key)} twice")
    file.header[key] = floats([(word,) for word in words[:n]], key, place).reshape(-1).tolist()


def _labels(file: _File, place: Place) -> dict[str, str]:
    """The label of each type number."""
    rows = file.sections.get("Atom Type Labels", [])
    if not rows:
        return {}
    numbers, labels = table(rows, 2, Place(place.path, "section Atom Type Labels"))
    return dict(zip(numbers, labels, strict=True))


class _Frame:
    """The frame of a file that has been split."""

    def __init__(
        self,
        path: Path,
        file: _File,
        labels: dict[str, str],
        style: AtomStyle,
        words: list[tuple[str, ...]],
        units: str | None,
    ) -> None:
        self._path, self._file, self._labels, self._style = path, file, labels, style
        self._place = Place(path, "section Atoms")
        self._ids = integers(words[0], "id", self._place)
        self._check_count()
        self._order = np.argsort(self._ids, kind="stable")
        kinds, of_atom = self._kinds(words[style.type_column])
        self.frame = FileFrame(kinds, of_atom, np.empty((0, 3)))
        n_types = int(file.header.get("atom types", [0])[0])
        self.frame.other_names = {str(k + 1) for k in range(min(n_types, 10_000))} | set(labels.values())
        self._units = self._choose_units(units)
        masses = self._masses()
        self.frame.kinds = [self._with_mass(kind, masses) for kind in kinds]
        self._set_cell()
        self._set_positions(words)
        self._set_velocities()
        used = {"Atoms", "Velocities", "Masses", "Atom Type Labels"}
        self.frame.unused += [name for name in file.sections if name not in used]
        self.frame.unused += [f"column {name} of Atoms" for name in style.unused]

    def _check_count(self) -> None:
        n = self._file.header["atoms"][0]
        if len(self._ids) != n:
            self._place.wrong(f"has {len(self._ids)} rows, but the header says {n:g} atoms")
        if len(np.unique(self._ids)) != len(self._ids):
            self._place.wrong("has an id twice")

    def _choose_units(self, given: str | None) -> Units:
        said = _UNITS.search(self._file.title)
        is_lammps = "write_data" in self._file.title  # otherwise it may be any text
        in_file = said[1] if said and (is_lammps or said[1] in STYLES or said[1] == "lj") else None
        units = choose_units(in_file, given, Place(self._path))
        if units is None and "Velocities" in self._file.sections:
            self.frame.remarks.append("velocities are taken for Å/ps, units metal: the file names no units")
        return units or METAL

    def _kinds(self, column: tuple[str, ...]) -> tuple[list[Kind], np.ndarray]:
        """The types that have atoms; the column may contain labels."""
        number_of = {label: number for number, label in self._labels.items()}
        names = [number_of.get(word, word) for word in column]
        index = {name: k for k, name in enumerate(sorted(set(names), key=lambda name: (len(name), name)))}
        said = self._labels or {name: text for name, text in self._file.mass_comments.items() if not text.isdigit()}
        kinds = [Kind(name, said.get(name)) for name in index]
        return kinds, np.array([index[name] for name in names], dtype=np.int32)[self._order]

    def _masses(self) -> dict[str, float]:
        """Masses by the names of types, in the file's unit."""
        rows = self._file.sections.get("Masses", [])
        if not rows:
            return {}
        place = Place(self._path, "section Masses")
        words = table(rows, 2, place)
        return dict(zip(words[0], floats(words[1:], "mass", place).tolist(), strict=True))

    def _with_mass(self, kind: Kind, masses: dict[str, float]) -> Kind:
        mass = masses.get(kind.name, masses.get(kind.label or ""))
        return Kind(kind.name, kind.label, None if mass is None else mass * self._units.mass)

    def _set_cell(self) -> None:
        header, place = self._file.header, Place(self._path)
        if "avec" in header:
            rows = [header.get(key, []) for key in ("avec", "bvec", "cvec")]
        else:
            bounds = [header.get(f"{k}lo {k}hi") for k in "xyz"]
            if any(bound is None or len(bound) != 2 for bound in bounds):
                place.wrong("has no box: the lines xlo xhi, ylo yhi, zlo zhi")
            a, b, c = (bound[1] - bound[0] for bound in bounds)
            if not min(a, b, c) > 0:
                place.wrong(f"has a box without volume: edges {a:g}, {b:g}, {c:g}")
            tilts = header.get("xy xz yz", [0.0, 0.0, 0.0])
            xy, xz, yz = (*tilts, 0.0, 0.0, 0.0)[:3]
            rows = [[a, 0.0, 0.0], [xy, b, 0.0], [xz, yz, c]]
        if any(len(row) != 3 for row in rows) or abs(np.linalg.det(rows)) == 0:
            place.wrong(f"has a box without volume: {rows}")
        self.frame.cell = np.array(rows) * self._units.length

    def _set_positions(self, words: list[tuple[str, ...]]) -> None:
        x = floats([words[k] for k in self._style.position_columns], "x y z", self._place)[self._order]
        x = x.reshape(-1, 3) * self._units.length
        if self._style.image_columns:
            images = np.array([integers(words[k], "image flag", self._place) for k in self._style.image_columns])
            x = x + images.T[self._order] @ self.frame.cell
        self.frame.positions = x

    def _set_velocities(self) -> None:
        rows = self._file.sections.get("Velocities", [])
        if not rows:
            return
        place = Place(self._path, "section Velocities")
        words = table(rows, None, place)
        if len(words) < 4:
            place.wrong(f"{shown(rows[0])}: a row must have an id and three components")
        ids = integers(words[0], "id", place)
        if sorted(ids) != sorted(self._ids):
            place.wrong("must have one row for each atom")
        if len(words) > 4:
            self.frame.unused.append("further columns of Velocities")
        values = floats(words[1:4], "velocities", place).reshape(-1, 3)
        self.frame.velocities = values[np.argsort(ids, kind="stable")] * self._units.velocity
