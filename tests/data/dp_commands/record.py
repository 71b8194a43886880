"""Writes the files next to this one: the output of DeePMD-kit's commands for two small systems.

    python record.py FOLDER_OF_MODELS DP

FOLDER_OF_MODELS holds ``water.pb`` and ``water_small.pb``, which is also the model of the example; DP is the ``dp`` of
DeePMD-kit (3.2.0 wrote the present files).
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
TYPES = ["O", "H"]


def write_systems(folder: Path) -> None:
    """``box``: three frames of two molecules in a box; ``open``: two frames of one, without. Labels are random."""
    rng = np.random.default_rng(13)
    molecule = np.array([[0, 0, 0], [0.96, 0, 0], [-0.24, 0.93, 0]])
    for name, n_frames, n_molecules in (("box", 3, 2), ("open", 2, 1)):
        n = 3 * n_molecules
        positions = np.concatenate([molecule + 2.9 * k for k in range(n_molecules)])
        arrays = {
            "coord": positions.reshape(1, -1) + rng.uniform(-0.1, 0.1, (n_frames, 3 * n)),
            "box": np.tile(np.diag([6.0, 6.5, 7.0]).reshape(1, 9), (n_frames, 1)),
            "energy": rng.normal(size=(n_frames, 1)),
            "force": rng.normal(size=(n_frames, 3 * n)),
            "virial": rng.normal(size=(n_frames, 9)),
            "atom_ener": rng.normal(size=(n_frames, n)),
        }
        data = folder / name / "set.000"
        data.mkdir(parents=True)
        (folder / name / "type.raw").write_text("0\n1\n1\n" * n_molecules)
        (folder / name / "type_map.raw").write_text("\n".join(TYPES) + "\n")
        if name == "open":
            (folder / name / "nopbc").touch()
        for key, values in arrays.items():
            np.save(data / f"{key}.npy", values)


def main(folder: str, dp: str) -> None:
    """Record everything."""
    small, large = (str(Path(folder) / name) for name in ("water_small.pb", "water.pb"))
    calls = {
        "test": ["test", "-m", small, "-s", "box", "-a", "-d", str(HERE / "box")],
        "open": ["test", "-m", small, "-s", "open", "-d", str(HERE / "open")],
        "real": ["model-devi", "-m", small, "-s", "box", "--real_error", "-o", str(HERE / "real.out")],
        "relative": [
            *("model-devi", "-m", small, large, "-s", "box", "--real_error", "--relative", "0.5", "--atomic"),
            *("-o", str(HERE / "real_relative.out")),
        ],
        "neighbors": ["neighbor-stat", "-s", ".", "-r", "5.0"],
    }
    with tempfile.TemporaryDirectory() as scratch:
        write_systems(Path(scratch))
        said = {
            name: subprocess.run([dp, *call], cwd=scratch, check=True, capture_output=True, text=True).stderr
            for name, call in calls.items()
        }
    for name in ("test", "neighbors"):
        lines = [line.partition("INFO")[2].strip() for line in said[name].splitlines() if "INFO" in line]
        wanted = [line for line in lines if re.search(r"MAE|RMSE|nbor", line)]
        (HERE / f"{name}.txt").write_text("\n".join(wanted) + "\n", encoding="utf-8")
    for file in HERE.glob("*.out"):
        file.write_text(
            "\n".join(line.rstrip() for line in file.read_text(encoding="utf-8").splitlines()) + "\n", "utf-8"
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
