"""Whether a run is still sound: its conserved energy, temperature, smallest distance and model deviation."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from pathlib import Path

from dpmd.cli.running.voice import Voice
from dpmd.config import RunConfig
from dpmd.simulation import Simulation

_WINDOW = 1000.0  # the time over which the drift is judged, fs
_FEWEST_FREEDOMS = 30  # with fewer, the temperature fluctuates by a quarter or more


@dataclass
class Finding:
    """A problem of one kind."""

    first_step: int
    text: str
    """The message at the first step."""
    n_looks: int = 1
    """The number of checks that found it."""


class Watch:
    """Checks a simulation at regular steps, and reports each kind of problem once.

    Every rank checks, and all come to the same result.

    Args:
        config: The limits.
        simulation: The simulation; observers that the limits refer to must have been added before.
        known_distance: The smallest distance in the training data, Å, if the model records it.
        start_temperature: The temperature at step 0, K; None: the present one.
        table_every: The number of steps between checks of distances, unless the input file says otherwise.
        voice: Where warnings go.
    """

    def __init__(
        self,
        config: RunConfig,
        simulation: Simulation,
        known_distance: float | None,
        start_temperature: float | None,
        table_every: int,
        voice: Voice,
    ) -> None:
        self.findings: dict[str, Finding] = {}
        self.stopped_by: str | None = None
        """The problem that ended the run."""
        self._limits, self._deviation, self._voice = config.watch, config.deviation.stop, voice
        now = simulation.thermo()
        self._target = config.dynamics.temperature
        self._start = now["temperature"] if start_temperature is None else start_temperature
        # times (fs) and energies (eV per atom) of the last picosecond
        self._energies = deque([(now["time"], now["conserved_energy"] / simulation.n_atoms)])
        self._marks: list[str] = []
        self._distance = known_distance if self._limits.distance is None else self._limits.distance
        simulation.callback(self._look_at_thermo, config.output.thermo_every)
        if self._distance:
            simulation.callback(self._look_at_distances, self._limits.distance_every or table_every)
        if self._deviation is not None:
            simulation.callback(self._look_at_deviation, config.deviation.every)

    def marks(self) -> list[str]:
        """The problems found since the last call."""
        marks, self._marks = self._marks, []
        return marks

    def summary(self) -> list[str]:
        """A line for each problem that was found."""
        return [
            f"from step {one.first_step} on, in {one.n_looks} check{'s' if one.n_looks > 1 else ''}: {one.text}"
            for one in self.findings.values()
        ]

    def _look_at_thermo(self, simulation: Simulation) -> None:
        thermo = simulation.thermo()
        self._judge_drift(simulation, thermo["time"], thermo["conserved_energy"] / simulation.n_atoms)
        if simulation.degrees_of_freedom >= _FEWEST_FREEDOMS:
            self._judge_temperature(simulation, thermo["temperature"])

    def _judge_drift(self, simulation: Simulation, time: float, energy: float) -> None:
        limit = self._limits.drift
        self._energies.append((time, energy))
        while time - self._energies[0][0] > _WINDOW and len(self._energies) > 2:
            self._energies.popleft()
        then, before = self._energies[0]
        moved = abs(energy - before) / max((time - then) / _WINDOW, 1.0)
        if limit and not moved <= limit:
            text = f"the conserved energy moved by {moved:.2g} eV/atom within a picosecond (watch.drift = {limit:g})"
            self._found("drift", simulation, text, self._limits.stop)

    def _judge_temperature(self, simulation: Simulation, temperature: float) -> None:
        factor = self._limits.temperature_factor
        known = [self._start] if self._target is None else [self._start, self._target]
        if factor and max(known) > 0 and not min(known) / factor <= temperature <= max(known) * factor:
            target = f"the target is {self._target:g} K" if self._target else f"the start had {self._start:.4g} K"
            text = f"the temperature is {temperature:.4g} K; {target} (watch.temperature_factor = {factor:g})"
            self._found("temperature", simulation, text, self._limits.stop)

    def _look_at_distances(self, simulation: Simulation) -> None:
        closest = simulation.closest_pair(self._distance)
        if closest is not None:
            i, j, distance = closest
            limit = (
                "the smallest distance in the training data is" if self._limits.distance is None else "watch.distance ="
            )
            text = f"atoms {i} and {j} are {distance:.3f} Å apart ({limit} {self._distance:.4g} Å)"
            self._found("distance", simulation, text, self._limits.stop)

    def _look_at_deviation(self, simulation: Simulation) -> None:
        largest = simulation.largest_force_deviation
        if not largest <= self._deviation:
            text = f"max_devi_f is {largest:.4g} eV/Å (deviation.stop = {self._deviation:g})"
            self._found("deviation", simulation, text, True)

    def _found(self, kind: str, simulation: Simulation, text: str, stops: bool) -> None:
        if kind not in self._marks:
            self._marks.append(kind)
        if kind in self.findings:
            self.findings[kind].n_looks += 1
        else:
            self.findings[kind] = Finding(simulation.step, text)
            self._voice.warn(f"step {simulation.step}: {text}")
        if stops and self.stopped_by is None:
            self.stopped_by = text
            simulation.stop()


def start_temperature(thermo: Path) -> float | None:
    """The temperature (K) in the first row of a thermo log; None if that cannot be read."""
    try:
        with open(thermo, encoding="utf-8") as file:
            heading, row = (file.readline().strip().split(",") for _ in range(2))
        return float(row[heading.index("temperature")])
    except (OSError, ValueError, IndexError):
        return None
