"""What a simulation keeps constant. Temperatures in K, times in fs, pressures in bar."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

from dpmd import _core
from dpmd.arguments import as_count, as_number, as_positive
from dpmd.errors import InputError
from dpmd.shown import shown

__all__ = ["MTK", "NVE", "Bussi", "Ensemble", "Langevin", "NoseHoover"]

DAMPING = 100.0
"""Relaxation time of the temperature where none is given, fs."""
PRESSURE_DAMPING = 1000.0
"""Relaxation time of the pressure where none is given, fs."""
LONGEST_CHAIN = 16
COUPLINGS = ("isotropic", "full")

_POSITIVE = {"temperature": "K", "damping": "fs", "pressure_damping": "fs"}


@dataclass(frozen=True)
class Ensemble:
    """Base of all ensembles. InputError for a value that cannot be."""

    def __post_init__(self) -> None:
        for field in fields(self):
            object.__setattr__(self, field.name, _checked(field.name, getattr(self, field.name)))

    def _to_core(self) -> Any:
        return getattr(_core, type(self).__name__)(**asdict(self))

    @staticmethod
    def _from_core(core: Any) -> Ensemble:
        kind = _BY_NAME[type(core).__name__]
        return kind(**{name: getattr(core, name) for name in kind.__dataclass_fields__})


def _checked(name: str, value: Any) -> Any:
    if name in _POSITIVE:
        return as_positive(value, name, _POSITIVE[name])
    if name == "pressure":
        pressure = as_number(value, name)
        if not abs(pressure) < float("inf"):
            raise InputError(f"pressure = {pressure:g} bar must be a finite number")
        return pressure
    if name == "chain":
        chain = as_count(value, name)
        if not 1 <= chain <= LONGEST_CHAIN:
            raise InputError(f"chain = {chain} must be 1 to {LONGEST_CHAIN}")
        return chain
    if not isinstance(value, str) or value not in COUPLINGS:
        raise InputError(f"coupling = {shown(value)} is not one of: {', '.join(COUPLINGS)}")
    return value


@dataclass(frozen=True)
class NVE(Ensemble):
    """Constant energy: velocity Verlet (Swope et al., J. Chem. Phys. 76, 637, 1982)."""


@dataclass(frozen=True)
class Langevin(Ensemble):
    """Constant temperature by friction and noise.

    The BAOAB splitting of Leimkuhler and Matthews (Appl. Math. Res. Express 2013, 34). The noise does not move the
    centre of mass unless the simulation has ``zero_momentum=False``.
    """

    temperature: float
    damping: float = DAMPING
    """Inverse friction: velocities decay as exp(-t / damping)."""


@dataclass(frozen=True)
class NoseHoover(Ensemble):
    """Constant temperature by a chain of thermostats (Martyna, Klein and Tuckerman, J. Chem. Phys. 97, 2635, 1992)."""

    temperature: float
    damping: float = DAMPING
    """tau in the thermostat masses Q_1 = N_f kT tau² and Q_k = kT tau²."""
    chain: int = 3
    """Number of thermostats, 1 to 16."""


@dataclass(frozen=True)
class Bussi(Ensemble):
    """Constant temperature by stochastic velocity rescaling.

    Bussi, Donadio and Parrinello, J. Chem. Phys. 126, 014101 (2007).
    """

    temperature: float
    damping: float = DAMPING
    """Relaxation time of the kinetic energy."""


@dataclass(frozen=True)
class MTK(Ensemble):
    """Constant temperature and pressure, with Nosé-Hoover chains on the particles and on the barostat.

    Martyna, Tobias and Klein, J. Chem. Phys. 101, 4177 (1994), in the splitting of Tuckerman et al., J. Phys. A 39,
    5629 (2006). The box must be periodic in all directions.
    """

    temperature: float
    pressure: float
    """External hydrostatic pressure, bar."""
    damping: float = DAMPING
    """Of the temperature, as in NoseHoover."""
    pressure_damping: float = PRESSURE_DAMPING
    """tau in the barostat's mass (N_f + 3) kT tau²."""
    coupling: Literal["isotropic", "full"] = "isotropic"
    """What the pressure changes: the volume, or all lengths and angles of the cell."""
    chain: int = 3
    """Thermostats in each chain, 1 to 16."""


_BY_NAME: dict[str, type[Ensemble]] = {kind.__name__: kind for kind in (NVE, Langevin, NoseHoover, Bussi, MTK)}
