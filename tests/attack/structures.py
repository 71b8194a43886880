"""Damaged structure files of every format in the tests give an ``InputError``, or atoms."""

from __future__ import annotations

import random
from pathlib import Path

from attack.counts import Budget, Counts
from attack.damage import damaged
from attack.workers import attack_in_workers

ROOT = Path(__file__).resolve().parents[2]
_LARGEST = 200_000  # bytes


def run(budget: Budget) -> Counts:
    """Attacks until the time is over."""
    return attack_in_workers("attack.structures", budget)


def prepare(folder: Path) -> list[tuple[str, bytes]]:
    """Names and contents of valid files, and of some written for this by other programs."""
    import ase.io

    water = ROOT / "examples" / "water" / "water_192.extxyz"
    files = [water, *sorted(path for path in (ROOT / "tests" / "data" / "structure").rglob("*") if path.is_file())]
    atoms = ase.io.read(water)[:12]
    for name in ("POSCAR", "atoms.xyz", "atoms.pdb", "atoms.cif", "atoms.data"):
        form = {"atoms.data": "lammps-data", "POSCAR": "vasp"}.get(name)
        ase.io.write(folder / name, atoms, format=form)
        files.append(folder / name)
    return [(path.name, path.read_bytes()) for path in files if path.stat().st_size < _LARGEST]


def attempt(files: list[tuple[str, bytes]], rng: random.Random, folder: Path) -> None:
    """Tries one damaged file."""
    from dpmd import InputError
    from dpmd.structure import ReadOptions, read_structure

    name, content = rng.choice(files)
    path = folder / name
    path.write_bytes(damaged(content, rng))
    try:
        structure = read_structure(path, ["O", "H", "C", "Cu"], ReadOptions())
        assert len(structure) > 0
    except InputError:
        pass
