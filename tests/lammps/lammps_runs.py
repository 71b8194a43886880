"""Inputs for LAMMPS, its runs, and their output.

Used by the tests of the pair style, and by the script that records the results of DeePMD-kit's for the same inputs.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import ase.io
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "tests" / "data" / "lammps"
WATER = ROOT / "examples" / "water"

DUMPED = "id type x y z fx fy fz"
STRESS = " ".join(f"c_stress[{k}]" for k in range(1, 10))  # xx yy zz xy xz yz yx zx zy

# One Å and one atomic mass unit in each style of units. LAMMPS defines what a Bohr and a dalton are.
UNITS = {
    "metal": (1.0, 1.0),
    "real": (1.0, 1.0),
    "si": (1e-10, 1.66053886e-27),
    "cgs": (1e-8, 1.66053886e-24),
    "electron": (1.88972612, 1.0),
    "micro": (1e-4, 1.66053886e-12),
    "nano": (0.1, 1.66053886e-6),
}
MASSES = {"O": 15.9994, "H": 1.008, "D": 2.014, "Cu": 63.546, "X": 40.0, "bead": 300.0}


@dataclass(frozen=True)
class Structure:
    """Atoms in a box as LAMMPS needs it: lower triangular, with its corner at the origin."""

    positions: np.ndarray  # [n, 3] Å
    types: np.ndarray  # [n], from 0
    names: tuple[str, ...]  # of the types
    cell: np.ndarray  # [3, 3] Å, rows are lattice vectors
    velocities: np.ndarray | None = None  # [n, 3], in the unit of the input

    def write(self, path: Path, units: str = "metal", labels: Sequence[str] = ()) -> Path:
        """Writes a data file, tilted where the cell is; ``labels`` are those of the types."""
        length, mass = UNITS[units]
        (lx, _, _), (xy, ly, _), (xz, yz, lz) = (self.cell * length).tolist()
        lines = ["atoms of a test", "", f"{len(self.types)} atoms", f"{len(self.names)} atom types", ""]
        lines += [f"0.0 {edge!r} {axis}lo {axis}hi" for edge, axis in ((lx, "x"), (ly, "y"), (lz, "z"))]
        if xy or xz or yz:
            lines.append(f"{xy!r} {xz!r} {yz!r} xy xz yz")
        if labels:
            lines += ["", "Atom Type Labels", "", *(f"{k} {label}" for k, label in enumerate(labels, 1))]
        lines += ["", "Masses", "", *(f"{k} {MASSES[name] * mass!r}" for k, name in enumerate(self.names, 1))]
        lines += ["", "Atoms # atomic", ""]
        lines += [
            " ".join(map(str, (k, kind + 1, *place)))
            for k, (kind, place) in enumerate(
                zip(self.types.tolist(), (self.positions * length).tolist(), strict=True), 1
            )
        ]
        if self.velocities is not None:
            lines += ["", "Velocities", ""]
            lines += [" ".join(map(str, (k, *velocity))) for k, velocity in enumerate(self.velocities.tolist(), 1)]
        path.write_text("\n".join(lines) + "\n")
        return path


def water(with_velocities: bool = False) -> Structure:
    """64 molecules; velocities of about 330 K in Å/ps."""
    atoms = ase.io.read(WATER / "water_192.extxyz")
    atoms.wrap()
    types = np.array([("O", "H").index(symbol) for symbol in atoms.symbols])
    velocities = None
    if with_velocities:
        spread = np.array([4.13, 16.5])[types, None]
        velocities = np.round(spread * np.random.default_rng(11).standard_normal((len(types), 3)), 6)
    return Structure(atoms.positions, types, ("O", "H"), np.array(atoms.cell), velocities)


def two_molecules(*names: str, first_is_oxygen: bool = True) -> Structure:
    """Two water molecules in a large box; the ``names`` of the types give their masses."""
    molecule = np.array([(0, 0, 0), (0.96, 0, 0), (-0.24, 0.93, 0)])
    positions = np.concatenate([molecule + 2, molecule + (5.1, 2, 2)])
    types = np.array([0, 1, 1] * 2)
    return Structure(positions, types if first_is_oxygen else 1 - types, names, np.eye(3) * 15)


def sheared_water() -> Structure:
    """The same molecules in a tilted box; atoms keep their place in it."""
    straight = water()
    edge = straight.cell[0, 0]
    cell = np.array([[edge, 0, 0], [0.1 * edge, edge, 0], [-0.2 * edge, 0.3 * edge, edge]])
    return Structure(straight.positions / edge @ cell, straight.types, straight.names, cell)


def water_with_strangers() -> Structure:
    """Water with four hydrogens turned into atoms of a third type."""
    plain = water()
    types = plain.types.copy()
    types[[70, 100, 130, 191]] = 2
    return Structure(plain.positions, types, ("O", "H", "X"), plain.cell)


def script(
    structure: Path,
    pair: Sequence[str],
    commands: Sequence[str],
    units: str = "metal",
    skin: float = 1.0,
    before: Sequence[str] = (),
    thermo: str = "step pe press pxx pyy pzz pxy pxz pyz",
) -> str:
    """An input: ``pair`` are the lines of the pair style, ``commands`` what follows."""
    lines = [
        f"units {units}",
        "atom_style atomic",
        *before,
        f"read_data {structure}",
        *pair,
        f"neighbor {skin * UNITS[units][0]!r} bin",
        "neigh_modify every 1 delay 0 check yes",
        f"thermo_style custom {thermo}",
        "thermo_modify format float %.17g",
        "thermo 10",
        *commands,
    ]
    return "\n".join(lines) + "\n"


def dump(path: str, every: int, columns: str = f"{DUMPED} {STRESS}") -> list[str]:
    """Lines that write atoms, in the order of their IDs, with all digits."""
    return [
        "compute stress all centroid/stress/atom NULL virial",
        f"dump atoms all custom {every} {path} {columns}",
        "dump_modify atoms sort id format float %.17g",
    ]


NVE = ["timestep 0.0005", "fix nve all nve"]


@dataclass(frozen=True)
class Output:
    """The output of a run."""

    status: int
    text: str  # screen and errors
    folder: Path

    @property
    def thermo(self) -> np.ndarray:
        """Rows of all runs, [n, n_columns]."""
        rows, in_table = [], False
        for line in self.text.splitlines():
            words = line.split()
            if words[:1] == ["Step"]:
                in_table = True
            elif line.startswith("Loop time"):
                in_table = False
            elif in_table and words and words[0].isdigit():
                rows.append([float(word) for word in words])
        return np.array(rows)

    def frames(self, name: str) -> list[np.ndarray]:
        """Columns of a dump, frame by frame."""
        found = []
        for frame in (self.folder / name).read_text().split("ITEM: TIMESTEP\n")[1:]:
            head, atoms = frame.split("ITEM: ATOMS", 1)
            rows = atoms.splitlines()[1:]
            assert len(rows) == int(head.splitlines()[2])
            found.append(np.array([[float(word) for word in row.split()] for row in rows]))
        return found

    @property
    def warnings(self) -> list[str]:
        """The warnings of dpmd."""
        return [line for line in self.text.splitlines() if line.startswith("WARNING") and "dpmd" in line]

    @property
    def error(self) -> str:
        """The line with LAMMPS' error, or "" """
        return next((line for line in self.text.splitlines() if line.startswith("ERROR")), "")


@dataclass(frozen=True)
class Lammps:
    """A LAMMPS program."""

    lmp: Path
    mpiexec: Path | None
    environment: dict[str, str]

    def run(self, folder: Path, text: str, ranks: int = 1, name: str = "run") -> Output:
        """Run an input in a folder; the caller checks for errors."""
        (folder / f"{name}.in").write_text(text)
        command = [str(self.lmp), "-in", f"{name}.in", "-log", "none", "-nocite"]
        if ranks > 1:
            command = [str(self.mpiexec), "-n", str(ranks), *command]
        done = subprocess.run(
            command,
            cwd=folder,
            env=os.environ | {"OMP_NUM_THREADS": "1"} | self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=600,
            text=True,
            check=False,
        )
        return Output(done.returncode, done.stdout, folder)
