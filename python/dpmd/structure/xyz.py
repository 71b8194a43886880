"""XYZ files: extended XYZ as dpmd, ASE, OVITO, GPUMD and others write it, i-PI's, and plain ones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from dpmd.shown import shown
from dpmd.structure.file_frame import FileFrame, kinds_of_labels
from dpmd.structure.text_file import Place, floats, integers, open_lines, table, whole_number
from dpmd.structure.xyz_comment import XyzComment, flags, parse_comment

_LENGTHS = {"angstrom": 1.0, "atomic_unit": 0.529177210903, "bohr": 0.529177210903, "nanometer": 10.0}
# Columns that dpmd uses, by the names that programs give them, in lower case.
_COLUMNS = {
    "species": "species",
    "element": "species",
    "elements": "species",
    "symbols": "species",
    "pos": "positions",
    "positions": "positions",
    "z": "numbers",
    "numbers": "numbers",
    "type": "type",
    "types": "type",
    "mass": "masses",
    "masses": "masses",
    "vel": "velocities",
    "velo": "velocities",
    "velocity": "velocities",
    "velocities": "velocities",
    "momenta": "momenta",
    "move_mask": "move_mask",
    "aparam": "aparam",
    "force": "forces",
    "forces": "forces",
}
_WIDTHS = {
    "species": 1,
    "numbers": 1,
    "type": 1,
    "positions": 3,
    "masses": 1,
    "velocities": 3,
    "momenta": 3,
    "forces": 3,
}


def blocks(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The lines of each frame, unchanged, with the number of the first."""
    lines = enumerate(open_lines(path), start=1)
    for number, line in lines:
        if not line.strip():
            continue
        place = Place(path, f"line {number}")
        n_atoms = whole_number(line.strip()) if line.strip().isdigit() else None
        if n_atoms is None:
            place.wrong(f"{shown(line.strip())} must be the number of atoms of a frame")
        block = [text for _, text in zip(range(n_atoms + 1), (text for _, text in lines), strict=False)]
        if len(block) <= n_atoms:
            place.wrong(f"a frame of {n_atoms} atoms begins, but {max(len(block) - 1, 0)} follow: the file is cut off")
        yield number, block


def parse(path: Path, block: tuple[int, list[str]]) -> FileFrame:
    """One frame from its lines, of which the first is the comment line."""
    number, (line, *rows) = block
    place = Place(path, f"frame at line {number}")
    comment = parse_comment(line, place)
    if not rows:
        place.wrong("holds no atoms")
    columns, unused = _columns(comment, rows, place)
    if "positions" not in columns:
        place.wrong("has no column pos")
    kinds, of_atom = _kinds(columns, place)
    frame = FileFrame(kinds, of_atom, columns["positions"])
    frame.masses, frame.aparam, frame.forces = (columns.get(name) for name in ("masses", "aparam", "forces"))
    _set_cell(frame, comment, place)
    _set_velocities(frame, columns, place)
    if "move_mask" in columns:
        _set_fixed(frame, columns["move_mask"], place)
    _set_values(frame, comment, place)
    frame.unused = comment.unused + unused
    return frame


def _columns(comment: XyzComment, rows: list[str], place: Place) -> tuple[dict[str, np.ndarray], list[str]]:
    """The arrays of the columns that dpmd uses, and the names of the others."""
    text = comment.values.get("properties")
    if text is None:
        words = table(rows, None, place)
        if len(words) < 4:
            place.wrong(f"{shown(rows[0].strip())}: a row must have a name and x, y, z")
        found = {"species": np.array(words[0]), "positions": floats(words[1:4], "positions", place)}
        n = len(words) - 4
        return found, [f"{n} columns without a name"] if n else []
    parts = text.split(":")
    if len(parts) % 3 or not all(re.fullmatch("0*[1-9][0-9]{0,8}", part) for part in parts[2::3]):
        place.wrong(f"Properties = {shown(text)} must be a repetition of name:kind:columns")
    layout = [(parts[k], parts[k + 1].upper(), int(parts[k + 2])) for k in range(0, len(parts), 3)]
    words = table(rows, sum(width for _, _, width in layout), place)
    found, unused, at = {}, [], 0
    for name, kind, width in layout:
        ours = _COLUMNS.get(name.lower())
        if ours is None or (ours in found and ours in ("forces", "velocities")):
            unused.append(name)
        elif ours in found:
            place.wrong(f"two columns hold {ours}; {name} is the second")
        elif width != _WIDTHS.get(ours, width):
            place.wrong(f"{name} has {width} columns, expected {_WIDTHS[ours]}")
        else:
            found[ours] = _values(words[at : at + width], name, kind, place)
        at += width
    return found, unused


def _values(words: list[tuple[str, ...]], name: str, kind: str, place: Place) -> np.ndarray:
    if kind == "S":
        return np.array(words[0])
    if kind == "L":
        return np.array([[flags(word, name, place)[0] for word in column] for column in words]).T
    if kind == "I" and len(words) == 1:
        return integers(words[0], name, place)
    values = floats(words, name, place)
    return values[:, None] if name.lower() == "aparam" and values.ndim == 1 else values


def _kinds(columns: dict[str, np.ndarray], place: Place) -> tuple[list, np.ndarray]:
    masses = columns.get("masses")
    if "species" in columns:
        return kinds_of_labels([str(word) for word in columns["species"]], masses)
    if "numbers" in columns:
        from ase.data import chemical_symbols

        numbers = columns["numbers"].astype(int)
        if numbers.min() < 1 or numbers.max() >= len(chemical_symbols):
            place.wrong(f"Z = {int(numbers.min() if numbers.min() < 1 else numbers.max())} is not an atomic number")
        return kinds_of_labels([chemical_symbols[z] for z in numbers], masses)
    if "type" in columns:
        return kinds_of_labels([str(word) for word in columns["type"]], masses)
    place.wrong("has no column species, Z or type")


def _set_cell(frame: FileFrame, comment: XyzComment, place: Place) -> None:
    lattice = comment.numbers("lattice", place, 9)
    frame.cell = comment.cell if lattice is None else lattice.reshape(3, 3)
    if comment.units:
        for quantity in ("positions", "cell"):
            if comment.units[quantity] not in _LENGTHS:
                place.wrong(f"{quantity}{{{comment.units[quantity]}}}: dpmd knows {', '.join(_LENGTHS)}")
        frame.positions = frame.positions * _LENGTHS[comment.units["positions"]]
        frame.cell = None if frame.cell is None else frame.cell * _LENGTHS[comment.units["cell"]]
    elif comment.cell is not None:
        frame.remarks.append("the numbers of the comment line are taken for the box, in Å")
    if "pbc" in comment.values:
        frame.pbc = flags(comment.values["pbc"], "pbc", place)


def _set_velocities(frame: FileFrame, columns: dict[str, np.ndarray], place: Place) -> None:
    """The velocities in Å/fs; momenta are in ASE's units, and must agree if both are present."""
    frame.velocities = columns.get("velocities")
    if frame.velocities is not None or "momenta" not in columns:
        return
    from ase import units
    from ase.data import atomic_masses, atomic_numbers

    masses = frame.masses
    if masses is None:
        labels = [frame.kinds[k].label for k in frame.kind_of_atom]
        if not all(label in atomic_numbers for label in labels):
            place.wrong("momenta need masses to become velocities: add a column masses")
        masses = np.array([atomic_masses[atomic_numbers[label]] for label in labels])
    frame.velocities = columns["momenta"] / masses[:, None] * units.fs


def _set_fixed(frame: FileFrame, mask: np.ndarray, place: Place) -> None:
    """Interpret move_mask as ASE does: atoms with false do not move."""
    moves = np.asarray(mask, dtype=bool).reshape(len(frame.positions), -1)
    partly = moves.any(axis=1) & ~moves.all(axis=1)
    if partly.any():
        frame.hindrances.append(
            f"{place}: move_mask fixes atom {int(partly.argmax())} along some directions only, which dpmd cannot do: "
            "fix it along all, or along none"
        )
    elif not moves.all():
        frame.fixed = ~moves.all(axis=1)


def _set_values(frame: FileFrame, comment: XyzComment, place: Place) -> None:
    frame.fparam = comment.numbers("fparam", place)
    time, energy = (comment.numbers_or_none(key, 1) for key in ("time", "energy"))
    frame.step = comment.whole_or_none("step")
    frame.time = None if time is None else float(time[0])
    frame.energy = None if energy is None else float(energy[0])
    virial = comment.numbers_or_none("virial", 9)
    stress = comment.numbers_or_none("stress", 6, 9) if frame.cell is not None else None
    if virial is not None:
        frame.virial = virial.reshape(3, 3).T  # tensors are stored by columns in these files
    elif stress is not None:
        order = [[0, 5, 4], [5, 1, 3], [4, 3, 2]]  # the components xx yy zz yz xz xy
        tensor = stress[order] if stress.size == 6 else stress.reshape(3, 3).T
        frame.virial = -abs(np.linalg.det(frame.cell)) * tensor
