"""Molecular dynamics with Deep Potentials: a native engine that needs neither TensorFlow nor PyTorch.

Units are eV, Å, fs, K and bar throughout.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from dpmd.main_interpreter import require_main_interpreter

require_main_interpreter()

# Every name is loaded when it is first used: nobody pays for names they do not use, and the command starts at once.
_LAZY = (
    {"DeepPot": "dpmd.deep_pot", "__version__": "dpmd._core"}
    | dict.fromkeys(("Device", "devices"), "dpmd.device")
    | dict.fromkeys(("DeviceError", "Error", "InputError", "InternalError", "RankError"), "dpmd.errors")
    | {"Model": "dpmd.model"}
    | dict.fromkeys(("Potential", "neighbor_list"), "dpmd.potential")
    | dict.fromkeys(("RankReport", "Ranks", "mpi_world"), "dpmd.ranks")
    | dict.fromkeys(("Description", "Result"), "dpmd.result")
    | dict.fromkeys(("Committee", "ModelDeviation", "model_deviation"), "dpmd.committee")
    | dict.fromkeys(("NVE", "Langevin", "NoseHoover", "Bussi", "MTK"), "dpmd.ensembles")
    | {"Simulation": "dpmd.simulation"}
)

if TYPE_CHECKING:
    from dpmd._core import __version__ as __version__
    from dpmd.committee import Committee, ModelDeviation, model_deviation
    from dpmd.deep_pot import DeepPot
    from dpmd.device import Device, devices
    from dpmd.ensembles import MTK, NVE, Bussi, Langevin, NoseHoover
    from dpmd.errors import DeviceError, Error, InputError, InternalError, RankError
    from dpmd.model import Model
    from dpmd.potential import Potential, neighbor_list
    from dpmd.ranks import RankReport, Ranks, mpi_world
    from dpmd.result import Description, Result
    from dpmd.simulation import Simulation

__all__ = [
    "MTK",
    "NVE",
    "Bussi",
    "Committee",
    "DeepPot",
    "Description",
    "Device",
    "DeviceError",
    "Error",
    "InputError",
    "InternalError",
    "Langevin",
    "Model",
    "ModelDeviation",
    "NoseHoover",
    "Potential",
    "RankError",
    "RankReport",
    "Ranks",
    "Result",
    "Simulation",
    "devices",
    "model_deviation",
    "mpi_world",
    "neighbor_list",
]


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        value = globals()[name] = getattr(import_module(_LAZY[name]), name)
        return value
    raise AttributeError(f"module 'dpmd' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
