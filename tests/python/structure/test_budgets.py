"""The cost of hostile structure files: each below a megabyte is read or refused within 500 MB and 5 s of CPU."""

from __future__ import annotations

import gzip
import json
import lzma
import subprocess
import sys
from pathlib import Path

import pytest

DUMP = (
    "ITEM: TIMESTEP\n{step}\nITEM: NUMBER OF ATOMS\n{n}\nITEM: BOX BOUNDS pp pp pp\n0 9\n0 9\n0 9\n"
    "ITEM: ATOMS id element x y z\n"
)
DATA = "title\n\n{n} atoms\n1 atom types\n0 9 xlo xhi\n0 9 ylo yhi\n0 9 zlo zhi\n\n"
POSCAR = "H\n1.0\n4 0 0\n0 4 0\n0 0 4\nH\n{n}\nDirect\n"


def gz(text: str, times: int = 1) -> bytes:
    """A text repeated many times, packed as one file of many parts."""
    return gzip.compress(text.encode(), mtime=0) * times


def xz(text: str, times: int = 1) -> bytes:
    """The same, packed in another way."""
    return lzma.compress(text.encode(), preset=0) * times


def hostile_files() -> list[tuple[str, str | bytes, str]]:
    """Name, content and message of each file."""
    return [
        ("promise.xyz", "99999999999\n\nH 0 0 0\n", "a frame of 99999999999 atoms begins, but 1 follow"),
        ("digits.xyz", "9" * 5000 + "\n\nH 0 0 0\n", "must be the number of atoms"),
        ("superscript.xyz", "²\n\nH 0 0 0\n", "must be the number of atoms"),
        ("negative.xyz", "-5\n\nH 0 0 0\n", "must be the number of atoms"),
        ("key.xyz", "1\n" + "x" * 900_000 + "\nH 0 0 0\n", "1 atoms"),
        ("braces.xyz", "1\n" + "a={" * 290_000 + "\nH 0 0 0\n", "1 atoms"),
        ("quotes.xyz", "1\n" + 'a="' * 290_000 + "\nH 0 0 0\n", "1 atoms"),
        ("brackets.xyz", "1\n" + "a=[" * 290_000 + "\nH 0 0 0\n", "1 atoms"),
        ("columns.xyz", "1\n\nH 0 0 0 " + "1 " * 450_000 + "\n", "1 atoms"),
        ("properties.xyz", "1\nProperties=species:S:1:pos:R:3" + ":a:R:1" * 100_000 + "\nH 0 0 0\n", "expected 100004"),
        (
            "width.xyz",
            "1\nProperties=species:S:1:pos:R:" + "9" * 5000 + "\nH 0 0 0\n",
            "must be a repetition of name:kind:columns",
        ),
        ("word.xyz", "1000\n\n" + "H 0 0 0\n" * 999 + "X" * 900_000 + " 0 0 0\n", "a word of 900000 characters"),
        ("kinds.xyz", "40000\n\n" + "".join(f"A{k} 0 0 {k}\n" for k in range(40_000)), "and 39980 more"),
        (
            "masses.xyz",
            "30000\nProperties=species:S:1:pos:R:3:mass:R:1\n" + "".join(f"A{k} 0 0 {k} 2\n" for k in range(30_000)),
            "30000 atoms",
        ),
        ("frames.xyz", "1\n\nH 0 0 0\n" * 80_000, "1 atoms"),
        ("lines.xyz.gz", gz("\n" * 1_000_000, 40), "unpacks to more than"),
        ("rows.xyz.gz", gz("50000000\n\n") + gz("10 10 10 10\n" * 100_000, 60), "unpacks to more than"),
        ("line.xyz.xz", xz("1" * 1_000_000, 40), "unpacks to more than"),
        ("promise.data", DATA.format(n=99999999999) + "Atoms\n\n1 1 0 0 0\n", "but the header says 1e+11 atoms"),
        ("header.data", "title\n\n1 atoms\n" + "1 " * 400_000 + "x\n", "has no box|without atoms"),
        (
            "masses.data",
            DATA.format(n=20_000)
            + "Masses\n\n"
            + "".join(f"{k + 1} 1\n" for k in range(20_000))
            + "\nAtoms # atomic\n\n"
            + "".join(f"{k + 1} {k + 1} 0 0 0\n" for k in range(20_000)),
            "and 19980 more",
        ),
        ("items.lammpstrj", "ITEM: TIMESTEP\n0\n" + "ITEM: TIME\n" * 80_000, "no ITEM: ATOMS"),
        ("promise.lammpstrj", DUMP.format(step=0, n=99999999999) + "1 H 0 0 0\n", "but says that it has 99999999999"),
        ("step.lammpstrj", DUMP.format(step=2**63, n=1) + "1 H 0 0 0\n", "a whole number of at most 64 bits"),
        (
            "elements.lammpstrj",
            DUMP.format(step=0, n=30_000).replace("element", "type element")
            + "".join(f"{k} {k} H 0 0 0\n" for k in range(30_000)),
            "30000 atoms",
        ),
        ("promise.POSCAR", POSCAR.format(n=99999999999) + "0 0 0\n", "ASE cannot read it as a structure"),
        (
            "POSCAR.gz",
            gz(POSCAR.format(n=60_000_000)) + gz("0 0 0\n" * 100_000, 60),
            "ASE |the library that reads it",
        ),
        (
            "grid.cube",
            "a\nb\n 1 0 0 0\n 9999 1 0 0\n 9999 0 1 0\n 999 0 0 1\n 1 1 0 0 0\n" + "0 " * 100_000,
            "ASE cannot read it as a structure",
        ),
        ("nested.json", '{"1": {"a": ' + "[" * 100_000 + "]" * 100_000 + "}}", "ASE cannot read it as a structure"),
    ]


READ = """
import json, sys
from dpmd.child_process import _limit as limit
from dpmd.errors import InputError
from dpmd.structure import read_structure
import ase.data
for path in sys.argv[1:]:
    limit(500 << 20, 5)  # on top of what was taken before
    try:
        print(json.dumps(f"{len(read_structure(path, ['H', 'O']))} atoms"), flush=True)
    except InputError as error:
        print(json.dumps(str(error)), flush=True)
"""


def test_no_small_file_costs_much(tmp_path) -> None:
    files = hostile_files()
    for name, content, _ in files:
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        assert (tmp_path / name).stat().st_size < 1e6, name

    done = subprocess.run(
        [sys.executable, "-c", READ, *(str(tmp_path / name) for name, _, _ in files)],
        capture_output=True,
        text=True,
        check=False,
    )

    outcomes = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(outcomes) == len(files), f"{files[len(outcomes)][0]}: {done.returncode} {done.stderr[-500:]}"
    for (name, _, expected), outcome in zip(files, outcomes, strict=True):
        assert any(part in outcome for part in expected.split("|")), f"{name}: {outcome}"
        assert len(outcome) < 4000, f"{name}: a message of {len(outcome)} characters"


def test_a_packed_file_of_ordinary_numbers_is_read(tmp_path) -> None:
    from dpmd.structure import read_structure

    rows = "".join(f"H {k / 7:.6f} {k / 3:.6f} {k / 11:.6f}\n" for k in range(200_000))
    path = tmp_path / "many.xyz.xz"
    path.write_bytes(lzma.compress(f"200000\n\n{rows}".encode(), preset=0))

    assert len(read_structure(path, ["H"])) == 200_000


@pytest.mark.parametrize("name", ["x.xyz", "POSCAR", "x.data", "x.dump", "x.hdf5", "x"])
def test_a_fifo_is_not_waited_for(tmp_path, name: str) -> None:
    import os

    from dpmd.errors import InputError
    from dpmd.structure import ReadOptions, read_structure
    from dpmd.systems import find_sources

    os.mkfifo(tmp_path / name)

    for options in (None, ReadOptions(format="vasp"), ReadOptions(format="lammps-data")):
        with pytest.raises(InputError, match="is a fifo"):
            read_structure(tmp_path / name, ["H"], options)
    with pytest.raises(InputError, match="is a fifo"):
        find_sources([tmp_path / name])


@pytest.mark.parametrize("path", ["/dev/zero", "/dev/null", "/proc/self/fd"])
def test_devices_and_folders_of_proc_are_refused(path: str) -> None:
    from dpmd.errors import InputError
    from dpmd.structure import read_structure

    if not Path(path).exists():
        pytest.skip(f"no {path} here")
    with pytest.raises(InputError, match="is a (device|folder)"):
        read_structure(path, ["H"])
