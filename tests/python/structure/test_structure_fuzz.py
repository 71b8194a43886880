"""Damaged structure files end in a structure or an InputError, never in anything else."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from dpmd.errors import InputError
from dpmd.structure import ReadOptions, read_frames

DUMP = """ITEM: UNITS
metal
ITEM: TIMESTEP
10
ITEM: TIME
0.5
ITEM: NUMBER OF ATOMS
2
ITEM: BOX BOUNDS xy xz yz pp pp ff
0 22 2
0 20 0
0 20 0
ITEM: ATOMS id type element mass x y z ix iy iz vx vy vz fx fy fz
2 1 H 1.008 1 2 3 0 0 1 0.1 0 0 1 0 0
1 2 O 15.999 4 5 6 0 0 0 0 0 0 0 0 0
"""
DATA = """LAMMPS data file via write_data, units = real

2 atoms
2 atom types
0 5 xlo xhi
0 6 ylo yhi
0 7 zlo zhi
1 0 0 xy xz yz

Atom Type Labels

1 H
2 O

Masses

1 1.008 # H
2 15.999

Atoms # full

1 1 1 0.5 0.1 0.2 0.3 0 0 1
2 1 O -1 1.1 1.2 1.3 0 0 0

Velocities

1 1 0 0
2 0 1 0

Bonds

1 1 1 2
"""
XYZ = """2
Lattice="9 0 0 1 8 0 0 0 7" pbc="T T F" step=3 fparam="1 2" virial="1 2 3 4 5 6 7 8 9" Properties=species:S:1:pos:R:3:\
masses:R:1:velocities:R:3:move_mask:L:1:aparam:R:1
O 1 1 1 15.999 0.1 0 0 T 1
H 2 1 1 1.008 0 0 0 F 2
"""
IPI = "2\n# CELL(abcABC): 10 11 12 90 80 90 Step: 7 positions{angstrom} cell{angstrom}\nO 1 2 3\nH 4 5 6\n"
POSCAR = "OH\n1.0\n4 0 0\n0 4 0\n0 0 4\nO H\n1 1\nSelective dynamics\nDirect\n0 0 0 F F F\n0.5 0.5 0.5 T T T\n"
FILES = {"run.dump": DUMP, "start.lmp": DATA, "start.xyz": XYZ, "ipi.xyz": IPI, "POSCAR": POSCAR}
WORDS = ("-1", "0", "1e400", "nan", "99999999999999999999", "T", "O", "\x00", "ä", "ITEM:", "Atoms", '"', "=", "")


def damaged(text: str, dice: random.Random) -> bytes:
    """The text with one to three faults."""
    for _ in range(dice.randint(1, 3)):
        kind = dice.randrange(6)
        if kind == 0:  # another word
            words = list(re.finditer(r"\S+", text))
            if words:
                one = dice.choice(words)
                text = text[: one.start()] + dice.choice(WORDS) + text[one.end() :]
        elif kind == 1:  # cut off
            text = text[: dice.randrange(len(text) + 1)]
        elif kind == 5:  # the last column of some lines
            lines = text.splitlines(keepends=True)
            at, last = dice.randrange(len(lines) + 1), dice.randint(1, 4)
            shorter = [line.rstrip().rpartition(" ")[0] + "\n" for line in lines[at : at + last]]
            text = "".join([*lines[:at], *shorter, *lines[at + last :]])
        else:  # a line lost, doubled, or put elsewhere
            lines = text.splitlines(keepends=True)
            if lines:
                at = dice.randrange(len(lines))
                line = lines[at] if kind == 2 else lines.pop(at)
                if kind != 3:
                    lines.insert(dice.randrange(len(lines) + 1), line)
            text = "".join(lines)
    content = bytearray(text, "utf-8")
    if content and dice.random() < 0.2:
        content[dice.randrange(len(content))] = dice.randrange(256)
    return bytes(content)


def outcomes(folder: Path, name: str, seed: int, count: int) -> tuple[int, int]:
    """How many damaged files were read, and how many refused."""
    dice = random.Random(f"{name} {seed}")
    path, n_read = folder / name, 0
    for _ in range(count):
        path.write_bytes(damaged(FILES[name], dice))
        options = ReadOptions(types={"1": "H"} if dice.random() < 0.1 else {})
        try:
            found = list(read_frames(path, ["O", "H"], options))
        except InputError as error:
            assert name in str(error)
        else:
            assert all(len(one) == len(one.positions) for one in found)
            n_read += 1
    return n_read, count - n_read


@pytest.mark.parametrize("name", FILES)
def test_damaged_files_are_read_or_refused(tmp_path, name) -> None:
    n_read, n_refused = outcomes(tmp_path, name, seed=1, count=60 if name == "POSCAR" else 300)

    assert n_read > 0
    assert n_refused > 0
