"""The smallest run that shows everything: 8 water molecules, every ensemble, every kind of output."""

from __future__ import annotations

from pathlib import Path

from model_files.second_model import write_second_model
from small_box import write_small_box

ROOT = Path(__file__).resolve().parents[2]
ENSEMBLES = {
    "nve": 'ensemble = "nve"',
    "bussi": 'ensemble = "nvt"\ntemperature = 330\ndamping = 50',
    "langevin": 'ensemble = "nvt"\nthermostat = "langevin"\ntemperature = 330\ndamping = 50',
    "nose-hoover": 'ensemble = "nvt"\nthermostat = "nose-hoover"\ntemperature = 330\ndamping = 50',
    "npt": 'ensemble = "npt"\ntemperature = 330\npressure = 1.0\ndamping = 50\npressure_damping = 500',
    "npt-full": 'ensemble = "npt"\ncoupling = "full"\ntemperature = 330\npressure = 1.0',
}
_INPUT = """[model]
file = "{model}"
compress = false
threads = 1
[structure]
file = "{structure}"
[dynamics]
{dynamics}
steps = {steps}
[velocities]
temperature = 330
[output]
directory = "run"
thermo_every = 2
trajectory = ["trajectory.extxyz", "trajectory.dump"]
trajectory_every = 4
velocities = true
checkpoint_every = 6
[deviation]
models = ["{judge}"]
every = 3
lower = 0.0
"""
RECORDS = ("thermo.csv", "trajectory.extxyz", "trajectory.dump", "model_devi.out", "selected.extxyz")


class TinyInput:
    """A model, a second one for deviations, and a structure, in a folder."""

    n_atoms = 24

    def __init__(self, folder: Path) -> None:
        self.model = ROOT / "examples" / "water" / "water_small.dpmd"
        self.judge = write_second_model(self.model, folder / "judge.dpmd")
        self.structure = write_small_box(folder / "small_box.extxyz")

    def write(self, folder: Path, ensemble: str, steps: int = 40) -> Path:
        """The input file of a run in ``folder``/run."""
        folder.mkdir(parents=True, exist_ok=True)
        files = {"model": self.model, "judge": self.judge, "structure": self.structure}
        path = folder / "run.toml"
        path.write_text(_INPUT.format(**files, dynamics=ENSEMBLES[ensemble], steps=steps), encoding="utf-8")
        return path
