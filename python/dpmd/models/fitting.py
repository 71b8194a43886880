"""The fitting net of a term."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dpmd.models.nets import Network


@dataclass(eq=False)
class Fitting:
    """One energy net per centre type; its input is [descriptor, fparam, aparam, case_embedding]."""

    networks: list[Network]  # [n_types]
    energy_shift: np.ndarray  # [n_types] eV
    subtract_vacuum: list[bool]  # [n_types]: subtract the net's value at a zero descriptor
    n_fparam: int = 0
    n_aparam: int = 0
    fparam_shift: np.ndarray | None = None  # [n_fparam]; p enters as (p - shift) * scale
    fparam_scale: np.ndarray | None = None
    aparam_shift: np.ndarray | None = None  # [n_aparam]
    aparam_scale: np.ndarray | None = None
    default_fparam: list[float] | None = None  # [n_fparam]
    case_embedding: np.ndarray | None = None  # [n_case]
    output: str = "energy"
