"""Runs DeePMD-kit's pair style and ours side by side, and prints the differences.

    python tests/lammps/beside_deepmd.py --deepmd-venv VENV [--shared FOLDER] [--steps 100] [--ranks 1 2 4]

runs in the Python that has dpmd with its plug-in and LAMMPS. VENV has
``deepmd-kit[cpu,lmp]==3.2.0``. It is for models and structures whose numbers the repository must not contain; the
others are in tests/data/lammps.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

import ase.io
import numpy as np
from lammps_runs import NVE, ROOT, Lammps, Output, Structure, dump, script, water

from dpmd.importers import import_model
from dpmd.lammps import plugin_path

# largest deviations allowed: eV per atom, eV/Å, relative, relative
LIMITS = {"energy": 1e-10, "forces": 1e-9, "pressure": 1e-6, "stress/atom": 1e-6}


def copper(shared: Path) -> Structure:
    """The start structure of the benchmark, each atom moved a little."""
    atoms = ase.io.read(shared / "data" / "copper_108.lmp", format="lammps-data", Z_of_type={1: 29})
    rng = np.random.default_rng(3)
    positions = atoms.positions + rng.uniform(-0.05, 0.05, (len(atoms), 3))
    velocities = np.round(3.4 * rng.standard_normal((len(atoms), 3)), 6)  # about 900 K, in Å/ps
    return Structure(positions, np.zeros(len(atoms), int), ("Cu",), np.array(atoms.cell), velocities)


def deviations(ours: Output, theirs: Output, n_atoms: int) -> dict[str, float]:
    """The largest difference of each kind, over all rows and frames."""
    mine, wanted = ours.thermo, theirs.thermo
    assert mine.shape == wanted.shape
    assert np.array_equal(mine[:, 0], wanted[:, 0])
    atoms, expected = np.array(ours.frames("atoms.dump")), np.array(theirs.frames("atoms.dump"))
    apart = np.abs(atoms - expected).max((0, 1))
    assert atoms.shape == expected.shape
    assert len(atoms) > 1
    pressures, stresses = slice(2, None), slice(8, None)
    return {
        "energy": np.abs(mine[:, 1] - wanted[:, 1]).max() / n_atoms,
        "forces": apart[5:8].max(),
        "pressure": np.abs(mine[:, pressures] - wanted[:, pressures]).max() / np.abs(wanted[:, pressures]).max(),
        "stress/atom": apart[stresses].max() / np.abs(expected[:, :, stresses]).max(),
    }


def run(lammps: Lammps, folder: Path, text: str, ranks: int = 1) -> Output:
    """A run that must succeed."""
    output = lammps.run(folder, text, ranks)
    if output.status != 0 or output.error:
        raise SystemExit(output.text)
    return output


def main() -> int:
    """Print a line per model and number of ranks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--deepmd-venv", type=Path, required=True)
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--ranks", type=int, nargs="+", default=[1, 2, 4])
    arguments = parser.parse_args()
    lmp = Path(os.environ.get("DPMD_LMP", Path(sys.executable).with_name("lmp")))
    us = Lammps(lmp, lmp.with_name("mpiexec"), {"LAMMPS_PLUGIN_PATH": str(plugin_path().parent)})
    them = Lammps(arguments.deepmd_venv.absolute() / "bin" / "lmp", None, {"TF_CPP_MIN_LOG_LEVEL": "3"})
    commands = [*NVE, *dump("atoms.dump", 10), f"run {arguments.steps}"]
    status = 0
    for name, structure in {
        "cu_v2_fp64": copper(arguments.shared),
        "copper_gb": copper(arguments.shared),
        "water": water(with_velocities=True),
        "water_small": water(with_velocities=True),
    }.items():
        file, names = arguments.shared / "models" / f"{name}.pb", f"pair_coeff * * {' '.join(structure.names)}"
        with tempfile.TemporaryDirectory() as scratch:
            here, there = Path(scratch, "ours"), Path(scratch, "theirs")
            for folder in (here, there):
                folder.mkdir()
            data = structure.write(Path(scratch, "data.lmp"))
            import_model(file).save(here / "model.dpmd")
            theirs = run(them, there, script(data, [f"pair_style deepmd {file}", names], commands))
            for ranks in arguments.ranks:
                ours = run(us, here, script(data, ["pair_style dpmd model.dpmd", names], commands), ranks)
                found = deviations(ours, theirs, len(structure.types))
                verdict = "ok" if all(found[kind] < limit for kind, limit in LIMITS.items()) else "TOO FAR"
                status = status if verdict == "ok" else 1
                line = "  ".join(f"{kind} {value:.1e}" for kind, value in found.items())
                print(f"{name:<12}{len(structure.types)} atoms, {ranks} ranks:  {line}  {verdict}", flush=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
