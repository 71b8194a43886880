"""Dynamics in LAMMPS with any pair style: its input, the run, and the results in its log."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from measurement import BenchmarkError, Dynamics, Layout, Measurement, Usage, run_measured, tail

_INPUT = """\
units metal
atom_style atomic
boundary p p p
read_data {structure}
pair_style {pair_style}
pair_coeff * * {types}
neighbor {skin} bin
neigh_modify every 10 delay 0 check yes
velocity all create {temperature} {seed}
timestep {timestep_ps}
fix nve all nve
thermo_style custom step pe fnorm temp
thermo_modify format float %.15g
thermo 1000000
run {warmup}
run {steps}
"""


@dataclass(frozen=True)
class Lammps:
    """A LAMMPS program, and what it needs to run."""

    lmp: Path
    """The program itself and no wrapper, because its memory is measured."""
    mpirun: Path
    environment: Mapping[str, str]

    def measure(
        self, pair_style: str, types: Sequence[str], dynamics: Dynamics, layout: Layout, log: Path
    ) -> Measurement:
        """Run dynamics on the ranks of a layout."""
        script = log.with_suffix(".in")
        script.write_text(
            _INPUT.format(
                structure=dynamics.structure,
                pair_style=pair_style,
                types=" ".join(types),
                skin=dynamics.skin,
                temperature=dynamics.temperature,
                seed=dynamics.seed,
                timestep_ps=1e-3 * dynamics.timestep_fs,
                warmup=dynamics.warmup,
                steps=dynamics.steps,
            )
        )
        command = [str(self.lmp), "-in", str(script), "-log", "none", "-nocite"]
        if layout.ranks > 1:
            command = [str(self.mpirun), "-bind-to", "core", "-n", str(layout.ranks), *command]
        usage = run_measured(command, log, self.environment, self.lmp.name)
        return _read_log(log, dynamics.steps, usage)


def clean_environment() -> dict[str, str]:
    """The caller's environment, without variables that would pass on its Python packages or OpenMP settings."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "OMP_", "DP_", "TF_"))}


def _read_log(log: Path, steps: int, usage: Usage) -> Measurement:
    """The times, and the energy and forces of step 0, from the output of LAMMPS."""
    text = log.read_text(errors="replace")
    loops = re.findall(r"^Loop time of (\S+) on \d+ procs for (\d+) steps with (\d+) atoms", text, re.MULTILINE)
    start = re.search(r"^\s*0\s+(\S+)\s+(\S+)\s+\S+\s*$", text, re.MULTILINE)
    if len(loops) != 2 or int(loops[-1][1]) != steps or start is None:
        raise BenchmarkError(f"LAMMPS did not print the times of two runs; {log} ends:\n{tail(log)}")
    return Measurement(
        seconds=float(loops[-1][0]),
        steps=steps,
        n_atoms=int(loops[-1][2]),
        energy=float(start[1]),
        force_norm=float(start[2]),
        list_builds=int(re.findall(r"^Neighbor list builds = (\d+)", text, re.MULTILINE)[-1]),
        usage=usage,
    )
