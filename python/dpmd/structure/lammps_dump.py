"""LAMMPS text dumps, as docs.lammps.org/dump.html describes them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from dpmd.shown import shown
from dpmd.structure.file_frame import FileFrame, Kind, kinds_of_labels
from dpmd.structure.lammps_units import METAL, choose_units
from dpmd.structure.text_file import Place, floats, integers, listed, open_lines, table, whole_number

# Columns of positions, best first: whether they are wrapped, and whether they are fractions of lattice vectors.
_POSITIONS = {
    ("xu", "yu", "zu"): "unwrapped",
    ("x", "y", "z"): "wrapped",
    ("xsu", "ysu", "zsu"): "unwrapped fractions",
    ("xs", "ys", "zs"): "wrapped fractions",
}
_VELOCITIES, _FORCES, _IMAGES = ("vx", "vy", "vz"), ("fx", "fy", "fz"), ("ix", "iy", "iz")
_USED = {
    "id",
    "type",
    "typelabel",
    "element",
    "mass",
    *_VELOCITIES,
    *_FORCES,
    *_IMAGES,
    *(c for names in _POSITIONS for c in names),
}

Block = tuple[int, list[tuple[str, list[str]]]]


def looks_like_one(lines: list[str]) -> bool:
    """Whether the first line that is not blank is that of a dump."""
    return next((line for line in lines if line.strip()), "").startswith("ITEM:")


def blocks(path: Path) -> Iterator[Block]:
    """The items of each frame, each a heading and the lines below it, with the number of the frame's first line.

    UNITS appears only before the first frame, and is given to all.
    """
    units: list[tuple[str, list[str]]] = []
    items: list[tuple[str, list[str]]] = []
    start, has_atoms = 1, False
    for number, line in enumerate(open_lines(path), start=1):
        if line.startswith("ITEM:"):
            heading = line[5:].strip()
            if heading in ("TIMESTEP", "TIME", "UNITS") and has_atoms:
                yield start, items
                items, start, has_atoms = [], number, False
                if heading != "UNITS":
                    items.extend(units)
            item: tuple[str, list[str]] = (heading, [])
            items.append(item)
            has_atoms = has_atoms or heading.startswith("ATOMS")
            if heading == "UNITS":
                units = [item]
        elif not items:
            if line.strip():
                Place(path, f"line {number}").wrong(f"{shown(line.strip())} is before the first ITEM")
        elif line.strip():
            items[-1][1].append(line)
    if items:
        yield start, items


def parse(path: Path, block: Block, units: str | None = None) -> FileFrame:
    """One frame from its items.

    Raises:
        InputError: The frame is damaged or cut off, or its columns do not give positions or types.
    """
    number, items = block
    place = Place(path, f"frame at line {number}")
    by_heading = dict(items)
    heading = next((name for name in by_heading if name.startswith("ATOMS")), None)
    if heading is None:
        place.wrong("has no ITEM: ATOMS: the file is cut off")
    n_atoms = _count(by_heading, "NUMBER OF ATOMS", place)
    names, rows = heading.split()[1:], by_heading[heading]
    if len(rows) != n_atoms:
        place.wrong(f"has {len(rows)} atoms, but says that it has {n_atoms}")
    if not rows:
        place.wrong("holds no atoms")
    if len(set(names)) < len(names):
        place.wrong(f"names a column twice: {listed(names)}")
    columns = dict(zip(names, table(rows, len(names), place), strict=True))
    if "id" in columns:
        ids = integers(columns["id"], "id", place)
        if len(np.unique(ids)) < len(ids):
            place.wrong("has an id twice")
        order = np.argsort(ids, kind="stable").tolist()
        columns = {name: tuple(words[k] for k in order) for name, words in columns.items()}
    said = by_heading.get("UNITS")
    return _frame(by_heading, columns, choose_units(said[0].strip() if said else None, units, place), place)


def _frame(by_heading: dict[str, list[str]], columns: dict[str, tuple[str, ...]], units, place: Place) -> FileFrame:
    scale = units or METAL
    kinds, of_atom = _kinds(columns, scale.mass, place)
    frame = FileFrame(kinds, of_atom, np.empty((0, 3)))
    if "element" in columns and all(kind.label is None for kind in kinds):
        frame.remarks.append("element is C for several types, as LAMMPS writes where dump_modify element names none")
    partial = {name for group in (_VELOCITIES, _FORCES) if not set(group) <= set(columns) for name in group}
    frame.unused = [f"column {name}" for name in columns if name not in _USED - partial]
    frame.step = _count(by_heading, "TIMESTEP", place)
    if "TIME" in by_heading:
        frame.time = _one(by_heading, "TIME", place) * scale.step_time
    frame.cell, origin, frame.pbc = _box(by_heading, place)
    frame.cell = frame.cell * scale.length
    frame.positions = _positions(columns, frame.cell, origin * scale.length, scale.length, place)
    if "mass" in columns:
        frame.masses = floats([columns["mass"]], "mass", place) * scale.mass
    if set(_VELOCITIES) <= set(columns):
        frame.velocities = floats([columns[name] for name in _VELOCITIES], "velocities", place) * scale.velocity
        if units is None:
            frame.remarks.append("velocities are taken for Å/ps, units metal: the file names no units")
    if set(_FORCES) <= set(columns) and scale.force is not None:
        frame.forces = floats([columns[name] for name in _FORCES], "forces", place) * scale.force
    return frame


def _kinds(columns: dict[str, tuple[str, ...]], mass_scale: float, place: Place) -> tuple[list[Kind], np.ndarray]:
    """The types, each with its element if the dump has them; an element given for several types is ignored."""
    masses = floats([columns["mass"]], "mass", place) * mass_scale if "mass" in columns else None
    if "typelabel" in columns:
        return kinds_of_labels(columns["typelabel"], masses)
    if "type" not in columns:
        if "element" not in columns:
            place.wrong("has neither a column type nor one of elements")
        return kinds_of_labels(columns["element"], masses)
    kinds, of_atom = kinds_of_labels(columns["type"], masses)
    if "element" not in columns:
        return kinds, of_atom
    elements: list[set[str]] = [set() for _ in kinds]
    for k, element in zip(of_atom.tolist(), columns["element"], strict=True):
        elements[k].add(element)
    if any(len(one) > 1 for one in elements):
        return kinds_of_labels(columns["element"], masses)
    labels = [one.pop() for one in elements]
    if len(labels) > 1 and set(labels) == {"C"}:
        return kinds, of_atom
    return [Kind(kind.name, label, kind.mass) for kind, label in zip(kinds, labels, strict=True)], of_atom


def _box(
    by_heading: dict[str, list[str]], place: Place
) -> tuple[np.ndarray, np.ndarray, tuple[bool, bool, bool] | None]:
    """Lattice vectors [3, 3] and origin [3] in the file's unit, and which directions are periodic."""
    heading = next((name for name in by_heading if name.startswith("BOX BOUNDS")), None)
    if heading is None:
        place.wrong("has no ITEM: BOX BOUNDS")
    rows, words = by_heading[heading], heading.split()[2:]
    flags = [word for word in words if len(word) == 2 and set(word) <= set("pfsm")]
    pbc = (flags[0] == "pp", flags[1] == "pp", flags[2] == "pp") if len(flags) == 3 else None
    if len(rows) != 3:
        place.wrong(f"ITEM: BOX BOUNDS has {len(rows)} lines, expected 3")
    bounds = floats(table(rows, None, place), "the box", place).reshape(3, -1)
    if bounds.shape[1] not in ((4,) if "abc" in words else (2, 3)):
        place.wrong(f"ITEM: BOX BOUNDS has lines of {bounds.shape[1]} numbers")
    if "abc" in words:
        return bounds[:, :3], bounds[:, 3], pbc
    lengths, tilts = bounds[:, :2], bounds[:, 2] if bounds.shape[1] == 3 else np.zeros(3)
    xy, xz, yz = tilts
    low = lengths[:, 0] - np.array([min(0.0, xy, xz, xy + xz), min(0.0, yz), 0.0])
    high = lengths[:, 1] - np.array([max(0.0, xy, xz, xy + xz), max(0.0, yz), 0.0])
    a, b, c = high - low
    cell = np.array([[a, 0.0, 0.0], [xy, b, 0.0], [xz, yz, c]])
    if a * b * c == 0:
        place.wrong(f"has a box without volume: edges {a:g}, {b:g}, {c:g}")
    return cell, low, pbc


def _positions(
    columns: dict[str, tuple[str, ...]], cell: np.ndarray, origin: np.ndarray, length: float, place: Place
) -> np.ndarray:
    names = next((names for names in _POSITIONS if set(names) <= set(columns)), None)
    if names is None:
        place.wrong(f"has no positions among its columns: {listed(columns)}")
    x, how = floats([columns[name] for name in names], "positions", place).reshape(-1, 3), _POSITIONS[names]
    x = x @ cell + origin if how.endswith("fractions") else x * length
    if how.startswith("wrapped") and set(_IMAGES) <= set(columns):
        x = x + np.array([integers(columns[name], "image flag", place) for name in _IMAGES]).T @ cell
    return x


def _one(by_heading: dict[str, list[str]], heading: str, place: Place) -> float:
    return float(floats([(_line(by_heading, heading, place),)], heading, place)[0])


def _count(by_heading: dict[str, list[str]], heading: str, place: Place) -> int:
    line = _line(by_heading, heading, place)
    found = whole_number(line)
    if found is None:
        place.wrong(f"{heading}: {shown(line)} must be a whole number of at most 64 bits")
    return found


def _line(by_heading: dict[str, list[str]], heading: str, place: Place) -> str:
    lines = by_heading.get(heading, [])
    if len(lines) != 1:
        place.wrong(f"has no number below ITEM: {heading}: the file is cut off")
    return lines[0].strip()
