"""The O-O radial distribution function of the example run, beside that of the DFT frames the model was trained on.

    dpmd run run.toml && python plot_rdf.py

The numbers of the training data (400 frames, PBE0+TS) are in water_rdf_reference.csv.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from dpmd.analysis import radial_distributions
from dpmd.analysis.figures import read_reference
from dpmd.analysis.run_files import read_frames

HERE = Path(__file__).resolve().parent


def first_peak(r: np.ndarray, g: np.ndarray) -> str:
    """Position and height of the highest point, in words."""
    return f"r = {r[g.argmax()]:.2f} Å, g = {g.max():.2f}"


def main() -> None:
    """Read the trajectory, average, draw and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path, nargs="?", default=HERE / "run", help="folder of the run")
    parser.add_argument("--skip-ps", type=float, default=1.0, help="equilibration to leave out")
    arguments = parser.parse_args()

    frames = list(read_frames(arguments.run / "trajectory.extxyz"))
    frames = [atoms for atoms in frames if atoms.info["time"] >= 1000 * arguments.skip_ps]
    for atoms in frames:  # oxygens only
        del atoms[[atom.index for atom in atoms if atom.symbol != "O"]]
    (oxygens,) = radial_distributions(frames, r_max=6.0)
    reference = read_reference(HERE / "water_rdf_reference.csv")

    print(f"{len(frames)} frames")
    print(f"first peak of the run:           {first_peak(oxygens.r, oxygens.g)}")
    print(f"first peak of the training data: {first_peak(reference['r'], reference['g_OO'])}")
    difference = np.abs(oxygens.g - reference["g_OO"])
    print(f"difference: mean {difference.mean():.3f}, largest {difference.max():.3f}")

    figure, axis = plt.subplots(figsize=(6, 3.5), layout="constrained")
    axis.plot(oxygens.r, oxygens.g, label="dpmd, water_small")
    axis.plot(reference["r"], reference["g_OO"], "k--", linewidth=1, label="training data (DFT)")
    axis.set(xlabel="r (Å)", ylabel="g(r), O-O", xlim=(2, 6), ylim=(0, None))
    axis.legend()
    figure.savefig(arguments.run / "rdf_oo.png", dpi=150)
    print(f"drawn in {arguments.run / 'rdf_oo.png'}")


if __name__ == "__main__":
    main()
