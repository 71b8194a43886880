"""dpmd's side: ``dpmd.Simulation`` in a separate process, which runs this file as a program."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from time import perf_counter

from comparisons import DpmdVariant
from measurement import BenchmarkError, Dynamics, Layout, Measurement, run_measured, tail


def measure_dpmd(variant: DpmdVariant, model: Path, dynamics: Dynamics, layout: Layout, log: Path) -> Measurement:
    """Run dynamics with dpmd, in the Python that runs this."""
    request = asdict(dynamics) | {
        "structure": str(dynamics.structure),
        "model": str(model),
        "precision": variant.precision,
        "compress": variant.compress,
        "threads": layout.cores,
    }
    environment = dict(os.environ, OMP_NUM_THREADS=str(layout.cores))
    if layout.cores > 1:
        environment["OMP_PROC_BIND"] = "true"
    command = [sys.executable, __file__, json.dumps(request)]
    usage = run_measured(command, log, environment, Path(sys.executable).name)
    answers = [line for line in log.read_text().splitlines() if line.startswith("{")]
    if not answers:
        raise BenchmarkError(f"dpmd printed no result; {log} ends:\n{tail(log)}")
    return Measurement(**json.loads(answers[-1]), usage=usage)


def _answer(request: dict) -> dict:
    """The values of ``Measurement`` except the usage; runs in the separate process."""
    import numpy as np

    import dpmd
    from dpmd.structure import read_structure

    potential = dpmd.Potential(
        request["model"], precision=request["precision"], compress=request["compress"], threads=request["threads"]
    )
    if request["compress"] and (refusal := potential.info()["compression"].get("refusal")):
        sys.exit(f"{request['model']} has no compressed form: {refusal}")
    atoms = read_structure(request["structure"], potential.type_map).atoms()
    simulation = dpmd.Simulation(potential, atoms, request["timestep_fs"], dpmd.NVE(), skin=request["skin"])
    simulation.initialize_velocities(request["temperature"], seed=request["seed"])
    energy, force_norm = simulation.thermo()["potential_energy"], float(np.linalg.norm(simulation.forces))
    simulation.run(request["warmup"])
    list_builds, start = simulation.n_list_builds, perf_counter()
    simulation.run(request["steps"])
    return {
        "seconds": perf_counter() - start,
        "steps": request["steps"],
        "n_atoms": len(atoms),
        "energy": energy,
        "force_norm": force_norm,
        "list_builds": simulation.n_list_builds - list_builds,
        "kernels": potential.info()["kernels"],
    }


def _main() -> None:
    from dpmd.errors import Error

    try:
        print(json.dumps(_answer(json.loads(sys.argv[1]))), flush=True)
    except Error as error:
        sys.exit(f"dpmd: {error}")


if __name__ == "__main__":
    _main()
