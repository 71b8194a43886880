"""dpmd inside LAMMPS, with the input of DeePMD-kit's side: its own pair style in the LAMMPS of dpmd's environment, or
DeePMD-kit's pair style on dpmd's library in the LAMMPS of DeePMD-kit's environment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from comparisons import DpmdVariant
from deepmd_side import Deepmd
from lammps_run import Lammps, clean_environment
from measurement import BenchmarkError, Dynamics, Layout, Measurement

# Runs in the environment that has LAMMPS, and reports where LAMMPS is and where its wrapper finds MPI. A plugin is for
# one update of LAMMPS, which need not be the one that DeePMD-kit uses.
_DESCRIBE = """
import json, os, lammps.executable
print(json.dumps([os.path.join(lammps.executable.ROOT_DIR, "lmp"), os.environ["LD_LIBRARY_PATH"]]))
"""


def measure_in_lammps(
    deepmd: Deepmd,
    variant: DpmdVariant,
    model: Path,
    types: Sequence[str],
    dynamics: Dynamics,
    layout: Layout,
    log: Path,
) -> Measurement:
    """Run dynamics with LAMMPS on as many ranks as DeePMD-kit has."""
    if variant.pair_style == "deepmd":
        return deepmd.measure(model, types, dynamics, layout, log, _drop_in(variant, layout))
    return _with_own_pair_style(variant, model, types, dynamics, layout, log)


def _drop_in(variant: DpmdVariant, layout: Layout) -> dict[str, str]:
    """What makes DeePMD-kit's plug-in run on dpmd, in some form."""
    from dpmd.drop_in import library_path
    from dpmd.errors import Error

    try:
        library = str(library_path())
    except Error as error:
        raise BenchmarkError(str(error)) from error
    return {
        "LD_PRELOAD": library,
        "DPMD_PRECISION": variant.precision,
        "DPMD_COMPRESS": "moment" if variant.compress else "off",
        "OMP_NUM_THREADS": str(layout.threads),
    }


def _with_own_pair_style(
    variant: DpmdVariant, model: Path, types: Sequence[str], dynamics: Dynamics, layout: Layout, log: Path
) -> Measurement:
    from dpmd.errors import Error
    from dpmd.importers import import_model
    from dpmd.lammps import plugin_path

    converted = log.with_name(f"{model.stem}.dpmd")
    try:
        plugins = str(plugin_path().parent)
        import_model(str(model)).save(converted)
    except Error as error:
        raise BenchmarkError(str(error)) from error
    form = "moment" if variant.compress else "off"
    settings = f"dpmd {converted} precision {variant.precision} compress {form} threads {layout.threads}"
    return _lammps(plugins).measure(settings, types, dynamics, layout, log)


def _lammps(plugins: str) -> Lammps:
    """The LAMMPS named by ``DPMD_LMP``, or the one next to this Python."""
    bin_folder = Path(os.environ.get("DPMD_LMP", sys.executable)).parent
    done = subprocess.run(
        [str(bin_folder / "python"), "-c", _DESCRIBE],
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise BenchmarkError(
            f'{bin_folder}: LAMMPS is not there; it needs pip install ".[lammps]" in a clone, or set DPMD_LMP to the '
            f"lmp of an environment that has it:\n{done.stderr[-1500:]}"
        )
    lmp, libraries = json.loads(done.stdout.splitlines()[-1])
    environment = {"LD_LIBRARY_PATH": libraries, "LAMMPS_PLUGIN_PATH": plugins, "OMP_NUM_THREADS": "1"}
    return Lammps(Path(lmp), bin_folder / "mpirun", clean_environment() | environment)
