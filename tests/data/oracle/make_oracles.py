#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Make the small oracle models of this folder with DeePMD-kit as a black box.

Run it with the Python of an environment that has DeePMD-kit 3.2.0 (see README.md):

    python make_oracles.py                 # every case
    python make_oracles.py gelu_pairs      # some cases
    python make_oracles.py --list

Every model is trained for a handful of steps on random structures with random labels, so its numbers mean nothing
physically; what matters is that every piece of the mathematics takes part. For each case NAME the script
writes the model file and NAME.npz with what DeePMD-kit itself returns for a few systems, and it refuses to
write numbers whose forces disagree with finite differences of DeePMD-kit's own energies.
"""

from __future__ import annotations

import argparse
import copy
import os
import shutil
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("DP_INTRA_OP_PARALLELISM_THREADS", "1")
os.environ.setdefault("DP_INTER_OP_PARALLELISM_THREADS", "1")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import numpy as np
from attention_cases import ATTENTION_CASES
from deepmd_runs import HERE, call, collect, converted, dp, train
from oracle_case import Case, parts_of
from pair_cases import PAIR_CASES
from structures import System, neighbour_counts

CASES: dict[str, Case] = PAIR_CASES | ATTENTION_CASES


def moved(system: System, atom: int, axis: int, step: float) -> System:
    """The system with one coordinate changed."""
    other = copy.deepcopy(system)
    other.positions[atom, axis] += step
    return other


def stretched(system: System, row: int, column: int, step: float) -> System:
    """The system under a small strain."""
    strain = np.eye(3)
    strain[row, column] += step
    other = copy.deepcopy(system)
    other.positions = other.positions @ strain.T
    other.cell = None if other.cell is None else other.cell @ strain.T
    return other


def check(case: Case, potential, system: System, result: list[np.ndarray]) -> float:
    """Compare forces and virial with finite differences of the energy; return the largest error."""
    energy, forces, virial, atom_energies, atom_virials = (part[0] for part in result)
    sums = [atom_energies.sum() - energy, atom_virials.sum(axis=0) - virial, forces.sum(axis=0)]
    errors = [np.abs(difference).max() for difference in sums]

    def slope(change: Callable[[float], System]) -> float:
        h = case.step
        values = [call(potential, change(step))[0].item() for step in (-2 * h, -h, h, 2 * h)]
        return (values[0] - 8 * values[1] + 8 * values[2] - values[3]) / (12 * h)

    for atom, axis in [(0, 0), (1, 1), (len(system.types) - 1, 2)]:
        errors.append(slope(lambda step, a=atom, x=axis: moved(system, a, x, step)) + forces[atom, axis])
    for row, column in [(0, 0), (1, 2)]:
        numeric = slope(lambda step, a=row, b=column: stretched(system, a, b, step))
        errors.append((numeric + virial.reshape(3, 3)[row, column]) / len(system.types))
    return float(np.abs(errors).max())


def make(name: str, target: Path, work: Path) -> list[Path]:
    """Train, evaluate, check and write one case."""
    from deepmd.infer import DeepPot

    case = CASES[name]
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    model = converted(name, case, work) if case.source else train(name, case, rng, work)
    systems = case.systems(rng)
    if case.change is not None:
        case.change(work, model)
    files = collect(case, model, work)
    source = model
    if case.derivatives:
        source = model.with_suffix(case.derivatives)
        dp("convert-backend", str(files[0]), source.name, work=work)
    potential = DeepPot(str(source))

    arrays: dict[str, np.ndarray] = {"type_map": np.array(case.type_map)}
    # DeePMD-kit's NumPy backend has energies but no derivatives: it confirms the converted files.
    others = [DeepPot(str(path)) for path in files if path.suffix in (".dp", ".yaml")]
    for label, system in systems.items():
        for part in parts_of(case):
            counts = neighbour_counts(system, part["rcut"], len(case.type_map))
            needed = counts if isinstance(part["sel"], list) else counts.sum()
            if not case.overflows and np.any(needed > part["sel"]):
                raise RuntimeError(f"{name}/{label}: sel {part['sel']} is too small for {counts}")
        result = call(potential, system, atomic=True)
        error = check(case, potential, system, result)
        if error > case.tolerance:
            raise RuntimeError(f"{name}/{label}: forces and energies disagree by {error}")
        energy = result[0].item()
        print(f"  {label}: {len(system.types)} atoms, neighbours {counts}, energy {energy:.6f}, error {error:.1e}")
        for other in others:
            difference = np.abs(call(other, system, atomic=True)[3] - result[3]).max()
            if difference > 1e-12 * max(1.0, np.abs(result[3]).max()):
                raise RuntimeError(f"{name}/{label}: the NumPy backend's atomic energies differ by {difference}")
        arrays[f"{label}/positions"] = system.positions
        arrays[f"{label}/types"] = system.types.astype(np.int32)
        if system.cell is not None:
            arrays[f"{label}/cell"] = system.cell
        for key in ("fparam", "aparam"):
            if getattr(system, key) is not None:
                arrays[f"{label}/{key}"] = getattr(system, key)
        arrays[f"{label}/energy"] = result[0][0, 0]
        arrays[f"{label}/forces"] = result[1][0]
        arrays[f"{label}/virial"] = result[2][0].reshape(3, 3)
        arrays[f"{label}/atom_energies"] = result[3][0, :, 0]
        arrays[f"{label}/atom_virials"] = result[4][0].reshape(-1, 3, 3)
    target.mkdir(parents=True, exist_ok=True)
    written = [Path(shutil.copy(path, target)) for path in files]
    np.savez_compressed(target / f"{name}.npz", **arrays)
    return [*written, target / f"{name}.npz"]


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", help="cases to make (default: all)")
    parser.add_argument("--list", action="store_true", help="print the cases and stop")
    parser.add_argument("--target", type=Path, default=HERE, help="folder for the results")
    parser.add_argument("--work", type=Path, help="folder for training files (default: a temporary one, removed)")
    options = parser.parse_args()
    if options.list:
        for name, case in CASES.items():
            print(f"{name:22} {case.about}")
        return
    names = options.cases or list(CASES)
    if len(names) > 1:  # one process each: DeePMD-kit's TensorFlow 1 and 2 backends exclude each other
        passed = ["--target", str(options.target)] + (["--work", str(options.work)] if options.work else [])
        results = [subprocess.run([sys.executable, __file__, name, *passed]).returncode for name in names]
        sys.exit(max(results))
    name = names[0]
    print(f"{name}: {CASES[name].about}", flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) if options.work is None else options.work.resolve() / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        written = make(name, options.target, folder)
    print("  wrote " + ", ".join(f"{path.name} ({path.stat().st_size})" for path in written), flush=True)


if __name__ == "__main__":
    main()
