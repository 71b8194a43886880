"""Writes the tables next to this file: the output of ``dp model-devi`` for three frames of water and two models.

    python record.py FOLDER_OF_MODELS DP

FOLDER_OF_MODELS holds ``water.pb`` and ``water_small.pb``; DP is the ``dp`` of DeePMD-kit (3.2.0 wrote the present
tables).
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import ase.io
import numpy as np

HERE = Path(__file__).resolve().parent
TYPES = ["O", "H"]


def write_system(folder: Path) -> None:
    """Three frames of 64 molecules, each atom moved by up to 0.1 Å, as deepmd/npy."""
    atoms = ase.io.read(HERE.parents[2] / "examples" / "water" / "water_192.extxyz")
    rng = np.random.default_rng(2026)
    frames = [atoms.positions + rng.uniform(-0.1, 0.1, (len(atoms), 3)) for _ in range(3)]
    data = folder / "set.000"
    data.mkdir(parents=True)
    np.savetxt(folder / "type.raw", [TYPES.index(symbol) for symbol in atoms.get_chemical_symbols()], fmt="%d")
    (folder / "type_map.raw").write_text("\n".join(TYPES) + "\n")
    np.save(data / "coord.npy", np.reshape(frames, (3, -1)))
    np.save(data / "box.npy", np.tile(np.asarray(atoms.cell).reshape(1, 9), (3, 1)))


def main(models: str, dp: str) -> None:
    """Record all tables."""
    command = [dp, "model-devi", "-m", *(str(Path(models) / name) for name in ("water.pb", "water_small.pb"))]
    with tempfile.TemporaryDirectory() as scratch:
        write_system(Path(scratch) / "water")
        for name, options in {
            "plain": ["-f", "50"],
            "atomic": ["--atomic"],
            "relative": ["--relative", "0.5"],
        }.items():
            table = HERE / f"{name}.out"
            subprocess.run([*command, "-s", "water", "-o", str(table), *options], cwd=scratch, check=True)
            lines = [line.rstrip() for line in table.read_text().splitlines()]
            table.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
