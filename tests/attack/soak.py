"""A million calls and a million steps of a few atoms, with memory and open files watched.

Each part runs in its own process, for its share of the time, at most a million times. Memory may grow until a tenth is
done, when caches are full; growth after that is a leak, and counted as a crash.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic

_MILLION = 1_000_000
_GROWTH = 1 << 20  # bytes that the allocator may take; a leak of 2 bytes per call is twice as much
PARTS = ("compute", "steps", "slices", "c_interface")


def run(budget):  # type: ignore[no-untyped-def]
    """Runs each part for its share of the time."""
    from attack.counts import Counts

    counts = Counts(budget.name)
    for part in PARTS:
        seconds = budget.seconds / len(PARTS)
        command = [sys.executable, __file__, part, str(seconds), str(budget.scratch)]
        done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"OMP_NUM_THREADS": "1"})
        n, line = (done.stdout.strip().splitlines() or ["0 nothing"])[-1].split(" ", 1)
        counts.inputs += int(n)
        counts.crashes += done.returncode != 0
        counts.notes.append(f"{part}: {line}" if done.returncode == 0 else f"{part}: {line}\n{done.stderr[-2000:]}")
    return counts


def measure(name: str, seconds: float, folder: Path) -> int:
    """Run one part and print its numbers; the exit status says whether memory or open files grew."""
    once, per_call = {
        "compute": _compute,
        "steps": _steps,
        "slices": _slices,
        "c_interface": _c_interface,
    }[name](folder)
    once()
    n = _affordable(once, per_call, seconds)
    marks, done = [], 0
    for target in (n // 10, n // 2, n):
        for _ in range((target - done) // per_call):
            once()
        done = target
        marks.append((target, _memory(), len(os.listdir("/proc/self/fd"))))
    (_, early, early_files), (_, _, _), (_, late, late_files) = marks
    sizes = ", ".join(f"{memory / 2**20:.2f} MiB and {files} open files at {at:,}" for at, memory, files in marks)
    print(f"{n} {n:,} times: {sizes}; growth {late - early} bytes, {late_files - early_files} files")
    return 1 if late - early > _GROWTH or late_files > early_files else 0


def _affordable(once: Callable[[], object], per_call: int, seconds: float) -> int:
    """The number of calls that fit in the time, a multiple of ten."""
    start, calls = monotonic(), 0
    while calls < 3 or monotonic() - start < 0.05 * seconds:
        once()
        calls += 1
    all_calls = int(calls * 0.9 * seconds / (monotonic() - start))
    return max(10, min(all_calls, _MILLION // per_call) // 10 * 10) * per_call


def _memory() -> int:
    fields = Path("/proc/self/smaps_rollup").read_text().split("Private_Dirty:")[1].split()
    return int(fields[0]) * 1024


def _tiny(folder: Path):  # type: ignore[no-untyped-def]
    """A model with as few neurons as possible, types, positions and a box. Its forces are tiny, so that slow atoms keep
    away from each other for a million steps, and lists are built anew now and then."""
    from dpmd import Potential
    from model_files.dpmodel_files import write_yaml
    from model_files.toy_model import Toy, model_dict

    model = model_dict(Toy(sel=[40, 80], neuron=[2], axis=1, fit=[2], rcut=3.0, rcut_smth=1.0))
    for network in model["fitting"]["nets"]["networks"]:
        network["layers"][-1]["@variables"]["w"] *= 1e-12
    potential = Potential(write_yaml(folder / "tiny.yaml", model), threads=1, compress=False)
    return potential, [0, 1, 1, 0], [[0.0, 0, 0], [2.2, 2.2, 0], [2.2, 0, 2.2], [0, 2.2, 2.2]], [4.4, 4.4, 4.4]


def _tiny_simulation(folder: Path):  # type: ignore[no-untyped-def]
    from dpmd import Langevin, Simulation

    potential, types, positions, cell = _tiny(folder)
    simulation = Simulation(
        potential,
        timestep=0.5,
        ensemble=Langevin(temperature=0.1, damping=20),
        skin=0.1,
        positions=positions,
        types=types,
        cell=cell,
    )
    simulation.initialize_velocities(0.1, 1)
    return simulation


def _compute(folder: Path) -> tuple[Callable[[], object], int]:
    import numpy as np

    potential, types, positions, cell = _tiny(folder)
    atoms = np.array(positions), np.array(types, np.int32), np.array(cell)
    return lambda: potential.compute(*atoms), 1


def _steps(folder: Path) -> tuple[Callable[[], object], int]:
    simulation = _tiny_simulation(folder)
    return lambda: simulation.run(1000), 1000


def _slices(folder: Path) -> tuple[Callable[[], object], int]:
    """Short runs, with observers of every kind."""
    simulation = _tiny_simulation(folder)
    seen = []
    simulation.callback(lambda running: seen.append(running.step) or seen.clear(), 5)
    simulation.thermo_log(folder / "thermo.csv", 100)
    simulation.trajectory(folder / "trajectory.extxyz", 200)
    simulation.checkpoint(folder / "checkpoint.safetensors", 500)

    def once() -> None:
        simulation.run(10)
        simulation.thermo()
        _ = simulation.positions, simulation.forces

    return once, 10


def _c_interface(folder: Path) -> tuple[Callable[[], object], int]:
    import dpmd
    from dpmd.importers import import_model

    class Frames(ctypes.Structure):
        _fields_ = (
            ("struct_size", ctypes.c_size_t),
            ("n_frames", ctypes.c_int32),
            ("n_atoms", ctypes.c_int32),
            *((name, ctypes.c_void_p) for name in ("positions", "types", "cells", "pbc", "fparam", "aparam")),
        )

    class Result(ctypes.Structure):
        _fields_ = (
            ("struct_size", ctypes.c_size_t),
            *((name, ctypes.c_void_p) for name in ("energies", "forces", "virials", "atom_energies", "atom_virials")),
        )

    _, kinds, positions, cell = _tiny(folder)
    path = folder / "tiny.dpmd"
    import_model(folder / "tiny.yaml").save(path)
    library = ctypes.CDLL(str(next((Path(dpmd.__file__).parent / "lib").glob("libdpmd.so*"))))
    model = ctypes.c_void_p()
    paths = (ctypes.c_char_p * 1)(str(path).encode())
    assert library.dpmd_load(paths, 1, None, ctypes.byref(model)) == 0
    atoms = (ctypes.c_double * 12)(*(x for row in positions for x in row))
    types = (ctypes.c_int32 * 4)(*kinds)
    box = (ctypes.c_double * 9)(cell[0], 0, 0, 0, cell[1], 0, 0, 0, cell[2])
    forces, energy = (ctypes.c_double * 12)(), (ctypes.c_double * 1)()
    address = ctypes.addressof
    frames = Frames(ctypes.sizeof(Frames), 1, 4, address(atoms), address(types), address(box))
    result = Result(ctypes.sizeof(Result), address(energy), address(forces))

    def once(kept: object = (atoms, types, box, forces, energy)) -> None:  # keeps what the structures point to
        assert library.dpmd_compute(model, ctypes.byref(frames), ctypes.byref(result)) == 0

    return once, 1


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    sys.exit(measure(sys.argv[1], float(sys.argv[2]), Path(sys.argv[3])))
