"""The cases: accuracy against the CPU, conservation of energy, time and memory of MD steps.

Each function takes the ``Bench`` of the worker's process and returns plain values.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
from systems import ALL_PERIODIC, Structure, System, copper, water
from worker import load_core, load_model, potential_of

SKIN = 2.0
"""Å by which neighbour lists exceed the cutoff."""
REBUILD_EVERY = 50
"""Steps that one neighbour list serves; published benchmarks of Deep Potentials take this number with the same skin."""
# Timed atoms hardly move, which does not change the cost of a step: in 1,000 steps 1 eV/Å moves them by 0.04 Å. They
# are light, so that a push large enough to rebuild lists stays within the engine's limits of energy.
_REST, _MASS = 1e-4, 1.2e-3  # fs, atomic mass units
_MOST_STEPS = 1000


class Bench:
    """The extension module, the systems, and every potential requested so far.

    Args:
        core: Path of the extension module.
        device: Name of the device under test.
        models: Model files by the system's name, to replace those of the tree.
        copper_side: Cubes along the edges of the repeated copper.
    """

    def __init__(self, core: Path, device: str, models: dict[str, Path], copper_side: int = 4) -> None:
        self.core, self.device = load_core(core), device
        self.systems: dict[str, System] = {
            "water": water(self.core, models.get("water")),
            "copper": copper(self.core, models.get("copper"), copper_side),
        }
        self._models: dict[tuple[str, ...], Any] = {}
        self._potentials: dict[tuple[str, ...], Any] = {}

    def model(self, system: str, precision: str, form: str) -> Any:
        """The model, loaded once."""
        key = (system, precision, form)
        if key not in self._models:
            self._models[key] = load_model(self.core, self.systems[system].model, system, precision, form)
        return self._models[key]

    def potential(self, device: str, system: str, precision: str, form: str) -> Any:
        """The potential, made once."""
        key = (device, system, precision, form)
        if key not in self._potentials:
            self._potentials[key] = potential_of(self.core, self.model(system, precision, form), device)
        return self._potentials[key]

    def simulation(self, potential: Any, structure: Structure, masses: np.ndarray, timestep: float) -> Any:
        """An NVE simulation that starts at rest."""
        return self.core.Simulation(
            potential,
            positions=structure.positions,
            types=structure.types,
            cell=structure.cell,
            pbc=ALL_PERIODIC,
            velocities=None,
            masses=masses,
            fparam=None,
            aparam=None,
            fixed=np.empty(0, dtype=np.int32),
            timestep=timestep,
            ensemble=("NVE", {}),
            skin=SKIN,
            seed=1,
            zero_momentum=False,
            run_id=0,
            ranks=self.core.single_rank(),
            grid=(0, 0, 0),
            most_imbalance=1.05,
        )


def describe(bench: Bench) -> dict[str, Any]:
    """The devices and the systems."""
    systems = {name: {"model": one.description, "trained": one.is_trained} for name, one in bench.systems.items()}
    return {"devices": bench.core.devices(), "systems": systems}


# The CPU's substitute for a precision of GPUs only; and the CPU's precision that rounds no less than one.
REFERENCE = {"mix32-3xtf32": "mix32", "mix32-tf32": "mix32"}
ROUNDED_AS = {"mix32-3xtf32": "mix32", "mix32-tf32": "mix16"}


def accuracy(bench: Bench, system: str, precision: str, form: str, n_atoms: int) -> dict[str, Any]:
    """Deviations from the CPU in the same form, and from the CPU's exact nets in double; eV and Å."""
    structure = bench.systems[system].structure.of_about(n_atoms)
    found = _compute(bench.potential(bench.device, system, precision, form), structure)
    expected, rounded, unrounded, exact = (
        _compute(bench.potential("cpu", system, *how), structure)
        for how in (
            (REFERENCE.get(precision, precision), form),
            (ROUNDED_AS.get(precision, precision), form),
            ("double", form),
            ("double", "off"),
        )
    )
    deviations = _deviations(found, expected)
    return {
        "atoms": len(structure.types),
        **{name: value for name, value in deviations.items() if not name.startswith("atom_")},
        "force_rms_to_exact": _rms(found[1] - exact[1]),
        "more": {
            **{name: value for name, value in deviations.items() if name.startswith("atom_")},
            "rounding": _deviations(rounded, unrounded),
            "cpu_rms_to_exact": _rms(expected[1] - exact[1]),
            "force_rms_of_exact": _rms(exact[1]),
            "sum_of_forces": float(np.abs(found[1].sum(axis=0)).max()),
            "not_compressed": bench.model(system, precision, form).compression["refusal"],
        },
    }


def _deviations(found: tuple[Any, ...], expected: tuple[Any, ...]) -> dict[str, float]:
    n = len(expected[1])
    return {
        "energy_per_atom": abs(found[0] - expected[0]) / n,
        "force_max": float(np.abs(found[1] - expected[1]).max()),
        "force_rms": _rms(found[1] - expected[1]),
        "virial_per_atom": float(np.abs(found[2] - expected[2]).max()) / n,
        "atom_energy_max": float(np.abs(found[3] - expected[3]).max()),
        "atom_virial_max": float(np.abs(found[4] - expected[4]).max()),
    }


def drift(bench: Bench, system: str, precision: str, form: str, steps: int, seconds: float) -> dict[str, Any]:
    """NVE at 300 K and 0.25 fs, as far as time allows: slope of the energy and its standard error, eV/atom/ps."""
    timestep, every = 0.25, min(20, max(1, steps // 4))
    one = bench.systems[system]
    potential = bench.potential(bench.device, system, precision, form)
    simulation = bench.simulation(potential, one.structure, one.masses, timestep)
    simulation.initialize_velocities(300.0, 1, False)
    times, energies, start = [], [], time.perf_counter()
    # at least three samples, which give a slope and its error
    while len(times) < 3 or (simulation.step < steps and time.perf_counter() - start < seconds):
        thermo = simulation.thermo()
        times.append(1e-3 * thermo["time"])
        energies.append(thermo["conserved_energy"] / len(one.structure.types))
        simulation.run(every)
    n_blocks = max(3, len(times) // 20)  # of 0.1 ps: neighbouring samples are correlated
    t, e = (np.array([block.mean() for block in np.array_split(np.array(x), n_blocks)]) for x in (times, energies))
    slope, offset = np.polyfit(t, e, 1)
    scatter = np.std(e - slope * t - offset)
    return {
        "picoseconds": 1e-3 * simulation.time,
        "slope": float(slope),
        "slope_error": float(scatter / (np.std(t) * np.sqrt(n_blocks - 2))),
        "temperature": float(simulation.thermo()["temperature"]),
        "ms_per_step": 1e3 * (time.perf_counter() - start) / simulation.step,
    }


def speed(bench: Bench, system: str, precision: str, form: str, n_atoms: int, seconds: float) -> dict[str, Any]:
    """The cost of a whole MD step, with a share of building the list. The atoms rest; a push forces a new list."""
    start = time.perf_counter()
    potential = bench.potential(bench.device, system, precision, form)
    loaded = time.perf_counter()
    structure = bench.systems[system].structure.of_about(n_atoms)
    n = len(structure.types)
    simulation = bench.simulation(
        potential, structure, np.full(len(bench.model(system, precision, form).type_map), _MASS), _REST
    )
    simulation.run(1)  # the list is built, scratch is taken
    once = _seconds(simulation, 1)
    setup = time.perf_counter() - loaded

    steps = max(1, min(_MOST_STEPS, int(seconds / max(once, 1e-7))) // 3)
    before, times = simulation.stage_times, [_seconds(simulation, steps) / steps for _ in range(3)]
    stages = {name: (value - before[name]) / (3 * steps) for name, value in simulation.stage_times.items()}
    plain, lists = float(np.median(times)), min(steps, 20)
    push = np.zeros_like(structure.positions)
    push[:, 0] = 0.275 * SKIN / _REST  # every second step exceeds half the skin
    simulation.set_velocities(push)
    builds = simulation.n_list_builds
    per_list = max(0.0, _seconds(simulation, 2 * lists) - 2 * lists * plain) / lists
    if simulation.n_list_builds != builds + lists:
        raise RuntimeError(f"{simulation.n_list_builds - builds} lists were built in place of {lists}")
    step = plain + per_list / REBUILD_EVERY
    return {
        "atoms": n,
        "us_per_atom_step": 1e6 * step / n,
        "ms_per_step": 1e3 * step,
        "ms_per_list": 1e3 * per_list,
        "spread": (max(times) - min(times)) / plain,
        "bytes_per_atom": simulation.engine_bytes / n,
        "setup_s": setup,
        "more": {
            "n_fallback": simulation.n_fallback,
            "load_s": loaded - start,
            "steps": 3 * steps,
            "stages_us_per_atom": {name: 1e6 * value / n for name, value in stages.items()},
        },
    }


def largest(bench: Bench, system: str, precision: str, form: str, n_atoms: int) -> dict[str, Any]:
    """A few steps of a system that may be too large for the device."""
    start = time.perf_counter()
    potential = bench.potential(bench.device, system, precision, form)
    structure = bench.systems[system].structure.of_about(n_atoms)
    n = len(structure.types)
    simulation = bench.simulation(
        potential, structure, np.full(len(bench.model(system, precision, form).type_map), _MASS), _REST
    )
    simulation.run(1)
    return {
        "atoms": n,
        "gibibytes": simulation.engine_bytes / 2**30,
        "bytes_per_atom": simulation.engine_bytes / n,
        "ms_per_step": 1e3 * _seconds(simulation, 2) / 2,
        "seconds": time.perf_counter() - start,
    }


def _compute(potential: Any, structure: Structure) -> tuple[Any, ...]:
    return potential.compute(structure.positions, structure.types, structure.cell, ALL_PERIODIC, True, None, None)


def _rms(values: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(values))))


def _seconds(simulation: Any, steps: int) -> float:
    start = time.perf_counter()
    simulation.run(steps)
    return time.perf_counter() - start
