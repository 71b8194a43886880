"""The second line of a frame in an XYZ file: extended XYZ in any spelling, i-PI's, or a bare box."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np

from dpmd.flags import parse_flags
from dpmd.shown import shown
from dpmd.structure.text_file import Place, whole_number

# Keys begin where words do, and braces contain no braces, so that the time for a line grows only linearly.
_PAIR = re.compile(r"""(?<![\w.\-])([A-Za-z_][\w.\-]*)\s*=\s*("(?:[^"\\]|\\.)*"|'[^']*'|\{[^{}]*\}|\[[^=]*\]|\S+)""")
_IPI_CELL = re.compile(r"CELL\s*[\[({](abcABC|H|GENH)[\])}]:?\s*((?:[-+\d.eE]+\s*)+)", re.IGNORECASE)
_IPI_UNIT = re.compile(r"\b([a-z_]+)\{(\w+)\}", re.IGNORECASE)
# By the names that programs give them, in lower case; the values are our names.
_KEYS = {
    "lattice": "lattice",
    "properties": "properties",
    "pbc": "pbc",
    "step": "step",
    "timestep": "step",
    "time": "time",
    "fparam": "fparam",
    "energy": "energy",
    "virial": "virial",
    "stress": "stress",
}
_ESSENTIAL = ("lattice", "properties", "pbc", "fparam")


@dataclass
class XyzComment:
    """The contents of a comment line, by our names for its keys."""

    values: dict[str, str] = field(default_factory=dict)
    unused: list[str] = field(default_factory=list)
    cell: np.ndarray | None = None  # [3, 3] from a line that is not extended XYZ, in the file's unit
    units: dict[str, str] = field(default_factory=dict)  # from i-PI's line, by quantity; empty: Å

    def numbers(self, key: str, place: Place, count: int | None = None) -> np.ndarray | None:
        """The numbers of a key, or None if it is missing."""
        if key not in self.values:
            return None
        text = self.values[key]
        try:
            found = np.array(re.sub(r"[\[\]{}(),;]", " ", text).split(), dtype=np.float64)
        except ValueError:
            place.wrong(f"{key} = {shown(text)} must be numbers")
        if not np.isfinite(found).all() or (count is not None and found.size != count):
            place.wrong(f"{key} = {shown(text)} must be {'finite numbers' if count is None else f'{count} numbers'}")
        return found

    def numbers_or_none(self, key: str, *counts: int) -> np.ndarray | None:
        """The numbers of a key, as many as one of ``counts``; any other text counts as unused."""
        if key not in self.values:
            return None
        try:
            found = np.array(re.sub(r"[\[\]{}(),;]", " ", self.values[key]).split(), dtype=np.float64)
        except ValueError:
            found = np.empty(0)
        if found.size in counts and np.isfinite(found).all():
            return found
        self.unused.append(key)
        return None

    def whole_or_none(self, key: str) -> int | None:
        """The whole number of a key; any other text counts as unused."""
        if key not in self.values:
            return None
        found = whole_number(self.values[key].strip())
        if found is None:
            self.unused.append(key)
        return found


def parse_comment(line: str, place: Place) -> XyzComment:
    """Parse the line; a key given twice is an error, and an unused one is listed."""
    ipi, units = _IPI_CELL.search(line), _IPI_UNIT.findall(line)
    if ipi or any(quantity.lower() == "positions" for quantity, _ in units):
        return _ipi(ipi, line, place)
    out = XyzComment()
    for match in _PAIR.finditer(line):
        key, text = match[1], match[2]
        text = text[1:-1] if text[0] in "\"'{" else text
        name = _KEYS.get(key.lower())
        if name is None:
            out.unused.append(key)
        elif name in out.values and name in _ESSENTIAL:
            place.wrong(f"{key} appears twice in the comment line")
        elif name in out.values:
            out.unused.append(key)
        else:
            out.values[name] = text
    if not out.values and not out.unused:
        out.cell = _bare_box(line, place)
    return out


def flags(text: str, what: str, place: Place) -> tuple[bool, bool, bool]:
    """Three flags; InputError if the text is not flags."""
    found = parse_flags(text)
    if found is None:
        place.wrong(f'{what} = {shown(text)} must be one flag or three, such as "T T F"')
    return found


def _bare_box(line: str, place: Place) -> np.ndarray | None:
    """A line that consists of 3, 6 or 9 numbers: edges; edges and angles; or lattice vectors."""
    words = line.replace(",", " ").split()
    try:
        numbers = np.array(words, dtype=np.float64)
    except ValueError:
        return None
    if numbers.size not in (3, 6, 9) or not np.isfinite(numbers).all():
        return None
    is_box = np.linalg.det(numbers.reshape(3, 3)) if numbers.size == 9 else (numbers[:3] > 0).all()
    return _cell(numbers, place) if is_box else None


def _ipi(match: re.Match[str] | None, line: str, place: Place) -> XyzComment:
    said = {quantity.lower(): unit.lower() for quantity, unit in _IPI_UNIT.findall(line)}
    others = set(said) - {"positions", "cell"}
    if others and "positions" not in said:
        place.wrong(f"contains {' and '.join(sorted(others))}, but no positions")
    out = XyzComment()
    if match is not None:
        out.cell = _ipi_cell(match, place)
    out.units = {"positions": "atomic_unit", "cell": "atomic_unit"} | said  # i-PI's defaults
    step = re.search(r"Step:\s*(\d+)", line)
    if step:
        out.values["step"] = step[1]
    return out


def _ipi_cell(match: re.Match[str], place: Place) -> np.ndarray:
    kind = match[1].lower()
    try:
        numbers = np.array(match[2].split(), dtype=np.float64)
    except ValueError:
        place.wrong(f"CELL({match[1]}) has {shown(match[2].strip())} in place of numbers")
    if numbers.size != (6 if kind == "abcabc" else 9):
        place.wrong(f"CELL({match[1]}) has {numbers.size} numbers")
    if not np.isfinite(numbers).all():
        place.wrong(f"CELL({match[1]}) has numbers that are not finite")
    cell = _cell(numbers, place)
    return cell if kind == "abcabc" else cell.T  # the columns of H are the lattice vectors


def _cell(numbers: np.ndarray, place: Place) -> np.ndarray:
    from ase.geometry import cellpar_to_cell

    if numbers.size != 6:
        return numbers.reshape(3, 3) if numbers.size == 9 else np.diag(numbers)
    cosines = np.cos(np.radians(numbers[3:]))
    squared_volume = 1 - (cosines**2).sum() + 2 * cosines.prod()  # the volume for edges of length 1
    if not (numbers[:3] > 0).all() or not squared_volume > 1e-12:
        place.wrong(f"edges and angles {' '.join(f'{x:g}' for x in numbers)} are not those of a box")
    return np.asarray(cellpar_to_cell(numbers))
