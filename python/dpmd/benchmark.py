"""How fast a model runs on this machine: whole MD steps in each precision and form."""

from __future__ import annotations

import platform
import time
from dataclasses import asdict, dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from dpmd.device import devices
from dpmd.ensembles import NVE
from dpmd.errors import InputError
from dpmd.potential import Potential
from dpmd.simulation import Simulation
from dpmd.structure import Structure

__all__ = ["FORMS", "REBUILD_EVERY", "SKIN", "Measurement", "Structure", "machine", "measure", "model_structure"]

FORMS: tuple[tuple[str, bool], ...] = (("double", False), ("double", True), ("mix32", True), ("mix16", True))
"""The precision, and whether the model is to be compressed."""

SKIN = 2.0
"""How far neighbour lists reach beyond the cutoff, Å."""
REBUILD_EVERY = 50
"""Steps for which a neighbour list is used, as in published benchmarks of Deep Potentials with the same skin."""

# Atoms of a generated structure feel large forces. They stay where they are, which does not change the cost of a step.
_TIMESTEP = 1e-4  # fs
# The share of the slots of sel that real structures fill; models of water and copper fill about as many.
_FILLED_SLOTS = 0.6
# For models that do not record how close atoms came in training.
_SHORTEST_DISTANCE = 0.8  # Å
# The largest displacement from the lattice along an axis, in lattice spacings.
_JITTER = 0.05


@dataclass(frozen=True)
class Measurement:
    """One precision and form on one structure."""

    precision: str
    compressed: bool
    """Whether it runs compressed; False where compression was refused."""
    form: str
    """``Potential.form()``."""
    n_atoms: int
    threads: int
    seconds_per_step: float
    """Median over blocks of steps, and the share of a step in building the list."""
    spread: float
    """(slowest - fastest block) / median."""
    seconds_per_list: float
    """Building the neighbour list once."""
    bytes_per_atom: float
    """Memory of the device for lists, ghosts and scratch arrays."""
    stages: dict[str, float]
    """The share of each stage in the time of a step; "rest" is integration and waiting for the last thread."""

    @property
    def atom_steps_per_second(self) -> float:
        return self.n_atoms / self.seconds_per_step

    @property
    def microseconds_per_atom(self) -> float:
        return 1e6 * self.seconds_per_step / self.n_atoms

    def nanoseconds_per_day(self, timestep: float) -> float:
        """ns/day for a time step in fs."""
        return 86400 / self.seconds_per_step * timestep * 1e-6

    def as_plain(self) -> dict[str, Any]:
        """For JSON."""
        rates = {
            "atom_steps_per_second": self.atom_steps_per_second,
            "microseconds_per_atom": self.microseconds_per_atom,
        }
        return {**asdict(self), **rates}


def model_structure(potential: Potential, n_atoms: int, seed: int = 1) -> Structure:
    """About ``n_atoms`` atoms on a jittered periodic lattice, with the density and the types that ``sel`` suggests.

    Such a structure costs as much as a real one and can be generated for any model. It is not a physical state: its
    energies and forces mean nothing.
    """
    info = potential.info()
    parts = [part for part in info.values() if isinstance(part, dict) and "sel" in part]  # descriptors and pair tables
    sel = np.array([_filled_alike(part) for part in parts]).max(axis=0)
    neighbors = max(1.0, _FILLED_SLOTS * sel.sum())
    spacing = (4 / 3 * np.pi * potential.cutoff**3 / neighbors) ** (1 / 3)
    # where sel is generous for the distances that the model knows, give more room instead of closer atoms
    spacing = max(spacing, (info["min_neighbor_distance"] or _SHORTEST_DISTANCE) / (1 - 2 * _JITTER))
    side = max(2, round(n_atoms ** (1 / 3)))
    random = np.random.default_rng(seed)
    grid = np.stack(np.meshgrid(*3 * [np.arange(side)], indexing="ij"), axis=-1).reshape(-1, 3)
    positions = spacing * (grid + _JITTER * random.uniform(-1, 1, grid.shape))
    shares = sel / sel.sum() if sel.sum() > 0 else np.full(len(sel), 1 / len(sel))
    types = random.choice(len(sel), size=len(grid), p=shares)
    cell = np.diag(3 * [spacing * side])
    return Structure(
        "a made structure", potential.type_map, types.astype(np.int32), positions, cell, (True, True, True)
    )


def _filled_alike(part: dict[str, Any]) -> np.ndarray:
    """Slots by type, no more of them together than ``slots`` where a pair table has such a number."""
    sel = np.array(part["sel"], dtype=float)
    return sel * min(1.0, part.get("slots", sel.sum()) / max(sel.sum(), 1.0))


def measure(
    model: str | PathLike[str],
    structure: Structure | None = None,
    precision: str = "double",
    compress: bool = True,
    n_atoms: int = 4096,
    threads: int | None = None,
    seconds: float = 2.0,
    blocks: int = 5,
    device: str = "cpu",
) -> Measurement:
    """Time NVE steps with a skin of 2 Å, without start-up and output.

    Args:
        model: Any model file that dpmd reads.
        structure: The atoms; None generates ``n_atoms`` for the model, and then ignores neighbours beyond ``sel``.
        precision: As for ``Potential``.
        compress: As for ``Potential``.
        n_atoms: Size of the generated structure.
        threads: None takes ``OMP_NUM_THREADS``, or all cores.
        seconds: About how long to measure.
        blocks: The number of blocks into which the steps are divided, for the median and the spread.
        device: As for ``Potential``.
    """
    if blocks < 1 or not seconds > 0:
        raise InputError(f"seconds = {seconds} and blocks = {blocks} must be positive")
    overflow = "keep_nearest" if structure is None else "error"
    potential = Potential(model, device, precision, threads, overflow, SKIN, compress=compress)
    structure = model_structure(potential, n_atoms) if structure is None else structure
    simulation, count = _simulation(potential, structure), len(structure.positions)

    simulation.run(2)  # builds the list and allocates scratch memory
    start = time.perf_counter()
    simulation.run(1)
    once = time.perf_counter() - start
    steps = max(1, int(seconds / blocks / max(once, 1e-7)))
    before, times = simulation.stage_times, []
    for _ in range(blocks):
        start = time.perf_counter()
        simulation.run(steps)
        times.append((time.perf_counter() - start) / steps)
    after, info = simulation.stage_times, potential.info()
    per_step = {name: (after[name] - before[name]) / (blocks * steps) for name in after}
    per_list = _seconds_per_list(potential, structure)
    median = float(np.median(times))
    return Measurement(
        precision=precision,
        compressed="functions" in info["compression"],
        form=potential.form(),
        n_atoms=count,
        threads=info["threads"],
        seconds_per_step=median + per_list / REBUILD_EVERY,
        spread=(max(times) - min(times)) / median,
        seconds_per_list=per_list,
        bytes_per_atom=simulation.engine_bytes / count,
        stages=_shares(per_step, float(np.mean(times)), per_list / REBUILD_EVERY, info["threads"]),
    )


def machine(device: str = "cpu") -> str:
    """The name of the GPU, or that of the CPU if the system provides it."""
    gpus = [one.product for one in devices() if not one.unusable and one.name.startswith(device)]
    if gpus:
        return gpus[0]
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def _shares(per_step: dict[str, float], step: float, building: float, threads: int) -> dict[str, float]:
    """Shares of a step's elapsed time; all stages but the list are sums over threads."""
    elapsed = {name: seconds / threads for name, seconds in per_step.items()}
    elapsed["neighbors"] = per_step["neighbors"] + building
    elapsed["rest"] = max(0.0, step + building - sum(elapsed.values()))
    total = sum(elapsed.values())
    return {name: seconds / total for name, seconds in elapsed.items()}


def _seconds_per_list(potential: Potential, structure: Structure) -> float:
    """Builds the list again by moving all atoms together by more than half the skin."""
    times = []
    for k in range(4):
        before = potential.stage_times.get("neighbors", 0.0)  # there are no stages before the first call
        potential.compute(
            structure.positions + 0.6 * k * SKIN,
            structure.types,
            structure.cell,
            structure.pbc,
            **_parameters(potential, structure),
        )
        times.append(potential.stage_times["neighbors"] - before)
    return float(np.median(times[1:]))  # the first one allocates memory


def _parameters(potential: Potential, structure: Structure) -> dict[str, np.ndarray]:
    """Zeros for the parameters that the model takes."""
    given = {}
    if potential.n_fparam:
        given["fparam"] = np.zeros(potential.n_fparam)
    if potential.n_aparam:
        given["aparam"] = np.zeros((len(structure.positions), potential.n_aparam))
    return given


def _simulation(potential: Potential, structure: Structure) -> Simulation:
    """The structure, with atoms at rest."""
    return Simulation(
        potential,
        timestep=_TIMESTEP,
        ensemble=NVE(),
        skin=SKIN,
        positions=structure.positions,
        types=structure.types,
        cell=structure.cell,
        pbc=structure.pbc,
        velocities=np.zeros_like(structure.positions),
        masses=np.ones(len(potential.type_map)),
        zero_momentum=False,
        **_parameters(potential, structure),
    )
