"""Record the results of DeePMD-kit's pair style in LAMMPS, as reference for the tests.

    python tests/lammps/record_reference.py --deepmd-venv VENV [--shared FOLDER]

runs in the Python that has dpmd. VENV is an environment with ``deepmd-kit[cpu,lmp]==3.2.0``; the models are
``water_small.pb`` of the shared folder, from which ``examples/water/water_small.dpmd`` was made, and a second one that
this script makes from it by changing weights in the file.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np
from lammps_runs import (
    DATA,
    NVE,
    ROOT,
    UNITS,
    WATER,
    Lammps,
    Output,
    Structure,
    dump,
    script,
    sheared_water,
    water,
    water_with_strangers,
)

from dpmd.models.spec import ModelSpec

sys.path.append(str(ROOT / "tests"))
from model_files.second_model import second_model

NAMES = "pair_coeff * * O H"


class Recorder:
    """Runs DeePMD-kit's pair style in a permanent folder."""

    def __init__(self, venv: Path, model: Path, folder: Path) -> None:
        self._lammps = Lammps(venv / "bin" / "lmp", None, {"TF_CPP_MIN_LOG_LEVEL": "3"})
        self._folder = folder
        self.first = shutil.copy(model, folder / "first.pb")
        self.second = folder / "second.pb"
        content = model.read_bytes()
        for old, new in second_model(ModelSpec.load(WATER / "water_small.dpmd")):
            if content.count(old.tobytes()) != 1:
                raise SystemExit(f"{model} is not the file that water_small.dpmd was made of")
            content = content.replace(old.tobytes(), new.tobytes())
        self.second.write_bytes(content)

    def run(self, structure: Structure, settings: str, coeff: str, commands: list[str], units: str = "metal") -> Output:
        """Runs one input."""
        data = structure.write(self._folder / "structure.lmp", units)
        text = script(data, [f"pair_style deepmd {settings}", coeff], commands, units)
        output = self._lammps.run(self._folder, text)
        if output.status != 0 or output.error:
            raise SystemExit(output.text)
        return output


def main() -> None:
    """Write tests/data/lammps."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--deepmd-venv", type=Path, required=True)
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    arguments = parser.parse_args()
    DATA.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        recorder = Recorder(arguments.deepmd_venv.absolute(), arguments.shared / "models" / "water_small.pb", folder)
        record_dynamics(recorder)
        record_structures(recorder)
        record_units(recorder)
        record_deviations(recorder, folder)


def record_dynamics(recorder: Recorder) -> None:
    output = recorder.run(
        water(with_velocities=True), "first.pb", NAMES, [*NVE, *dump("atoms.dump", 100), "run 60", "run 40"]
    )
    first, last = output.frames("atoms.dump")
    np.savez_compressed(DATA / "nve.npz", thermo=output.thermo, first=first, last=last)


def record_structures(recorder: Recorder) -> None:
    for name, structure, coeff in (
        ("sheared", sheared_water(), NAMES),
        ("strangers", water_with_strangers(), f"{NAMES} NULL"),
    ):
        output = recorder.run(structure, "first.pb", coeff, [*dump("atoms.dump", 100), "run 0"])
        np.savez_compressed(DATA / f"{name}.npz", thermo=output.thermo, first=output.frames("atoms.dump")[0])


def record_units(recorder: Recorder) -> None:
    """Energy, pressures, and the largest force, by style of units."""
    found = {}
    for units in UNITS:
        commands = [*dump("atoms.dump", 100), "run 0"]
        output = recorder.run(water(), "first.pb", NAMES, commands, units)
        forces = output.frames("atoms.dump")[0][:, 5:8]
        found[units] = {"thermo": output.thermo[0].tolist(), "largest_force": np.abs(forces).max()}
    (DATA / "units.json").write_text(json.dumps(found, indent=1) + "\n")


def record_deviations(recorder: Recorder, folder: Path) -> None:
    both = f"{recorder.first} {recorder.second}"
    for name, settings, commands, units in (
        ("steps", "out_freq 10", [*NVE, "run 20", "run 15", "minimize 1e-10 1e-10 7 20"], "metal"),
        ("atomic", "out_freq 1 atomic relative 0.5 relative_v 0.3", ["run 0"], "metal"),
        ("real", "out_freq 1", ["run 0"], "real"),
    ):
        recorder.run(
            water(with_velocities=name == "steps"), f"{both} {settings} out_file deviation.out", NAMES, commands, units
        )
        shutil.copy(folder / "deviation.out", DATA / f"deviation_{name}.out")


if __name__ == "__main__":
    main()
