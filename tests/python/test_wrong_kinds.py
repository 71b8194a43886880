"""Any kind of object given for an argument leads to an InputError or a result, nothing else."""

from __future__ import annotations

import numpy as np
import pytest

import dpmd
from dpmd import analysis
from dpmd.ase import DPMD
from dpmd.infer import DeepPot, calc_model_devi
from dpmd.shown import shown

WATER = np.array([[0, 0, 0], [0.97, 0, 0], [-0.24, 0.93, 0]])
TYPES = [0, 1, 1]
ROW = WATER.reshape(1, -1)
WRONG = (
    None,
    True,
    3,
    2.5,
    -1,
    "x",
    b"x",
    [1],
    ["a"],
    {"a": 1},
    object(),
    np.nan,
    1j,
    np.zeros((2, 2)),
    print,
    [None],
    [[1, 2], [3]],
    np.array("x"),
    10**30,
    10**400,
    10**5000,
    "a\0b\n",
    "\udcff",
    1e300,
)


@pytest.fixture(scope="module")
def calls(water_model, water_potential, water_atoms, tmp_path_factory):
    """Functions by name, with arguments that fit."""
    folder = tmp_path_factory.mktemp("wrong")
    simulation = dpmd.Simulation(water_potential, positions=WATER, types=TYPES)
    model, result = DeepPot(water_model), water_potential.compute(WATER, TYPES)
    simulation.write_checkpoint(folder / "c")
    path, frame = folder / "file", {"positions": WATER, "types": TYPES, "cell": None, "pbc": None}
    parameters = {"fparam": None, "aparam": None}
    thermostat = {"temperature": 300, "damping": 100}
    columns = {"atomic": False, "energy": False}
    options = {"device": "cpu", "precision": "double", "threads": 1, "overflow": "error", "skin": 0.0}
    return {
        "Potential": (
            dpmd.Potential,
            {"model": water_model, **options, "instruction_set": "", "compress": False, "tolerance": None},
        ),
        "compute": (water_potential.compute, {**frame, "atomic": False, **parameters}),
        "describe": (water_potential.describe, {**frame, **parameters}),
        "neighbor_list": (dpmd.neighbor_list, {"positions": WATER, "cell": None, "cutoff": 3.0, "pbc": None}),
        "Committee": (dpmd.Committee, {"models": [water_potential]}),
        "model_deviation": (dpmd.model_deviation, {"results": [result], "relative": None, "relative_v": None}),
        "row": (dpmd.model_deviation([result]).row, {"step": 1, **columns}),
        "header": (dpmd.ModelDeviation.header, columns),
        "Simulation": (
            dpmd.Simulation,
            {
                "potential": water_potential,
                "atoms": None,
                "timestep": 0.5,
                "ensemble": None,
                "skin": 1.0,
                "seed": 0,
                **frame,
                "velocities": None,
                "masses": None,
                **parameters,
                "zero_momentum": True,
                "ranks": None,
                "grid": None,
                "most_imbalance": 1.05,
            },
        ),
        "resume": (
            dpmd.Simulation.resume,
            {"path": folder / "c", "potential": water_potential, "ensemble": None, "ranks": None, "grid": None},
        ),
        "initialize_velocities": (simulation.initialize_velocities, {"temperature": 300, "seed": 0, "exact": True}),
        "thermo_log": (simulation.thermo_log, {"path": path, "every": 10**9}),
        "trajectory": (
            simulation.trajectory,
            {"path": folder / "t.xyz", "every": 10**9, "velocities": False, "forces": False, "format": None},
        ),
        "deviation": (
            simulation.deviation,
            {"models": [water_potential], "path": path, "every": 10**9, "atomic": False, "lower": 0.0, "upper": 1.0},
        ),
        "checkpoint": (simulation.checkpoint, {"path": folder / "c", "every": 10**9}),
        "write_checkpoint": (simulation.write_checkpoint, {"path": folder / "c"}),
        "callback": (simulation.callback, {"function": print, "every": 10**9}),
        "velocities": (lambda value: setattr(simulation, "velocities", value), {"value": WATER}),
        "Bussi": (dpmd.Bussi, thermostat),
        "Langevin": (dpmd.Langevin, thermostat),
        "NoseHoover": (dpmd.NoseHoover, {**thermostat, "chain": 3}),
        "MTK": (dpmd.MTK, {**thermostat, "pressure": 1, "pressure_damping": 1000, "coupling": "full", "chain": 3}),
        "DeepPot": (DeepPot, {"model_file": water_model, "auto_batch_size": True, "head": None, "input_map": None}),
        "eval": (
            model.eval,
            {"coords": ROW, "cells": None, "atom_types": TYPES, "atomic": False, "mixed_type": False, **parameters},
        ),
        "eval_descriptor": (
            model.eval_descriptor,
            {"coords": ROW, "cells": None, "atom_types": TYPES, "dtype": "fp64", "efield": None},
        ),
        "calc_model_devi": (
            calc_model_devi,
            {"coord": ROW, "box": None, "atype": TYPES, "models": [model], "frequency": 1, "real_data": None},
        ),
        "DPMD": (DPMD, {"model": water_potential, "label": "x", "type_dict": None}),
        "radial_distributions": (
            analysis.radial_distributions,
            {"frames": [water_atoms], "r_max": 4.0, "bin_width": 0.1},
        ),
        "mean_squared_displacement": (
            analysis.mean_squared_displacement,
            {"frames": [water_atoms] * 2, "remove_drift": True},
        ),
    }


def test_a_wrong_kind_is_an_input_error_or_no_error(calls, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)  # some take "x" as the name of a file
    escaped = []

    for name, (function, fitting) in calls.items():
        for argument in fitting:
            for wrong in WRONG:
                try:
                    function(**fitting | {argument: wrong})
                except dpmd.InputError:
                    pass
                except Exception as error:
                    escaped.append(f"{name}({argument}={shown(wrong)}): {type(error).__name__}: {error}")

    assert not escaped
