"""Written by tests/support/ensemble_stub.py."""

from dataclasses import dataclass
from typing import Any, Literal

class Ensemble:
    def _to_core(self) -> tuple[str, dict[str, Any]]: ...
    @staticmethod
    def _from_core(core: tuple[str, dict[str, Any]]) -> Ensemble: ...

ENSEMBLES: dict[str, type[Ensemble]]

@dataclass(frozen=True)
class NVE(Ensemble): ...

@dataclass(frozen=True)
class Langevin(Ensemble):
    temperature: float
    damping: float = ...

@dataclass(frozen=True)
class NoseHoover(Ensemble):
    temperature: float
    damping: float = ...
    chain: int = ...

@dataclass(frozen=True)
class Bussi(Ensemble):
    temperature: float
    damping: float = ...

@dataclass(frozen=True)
class MTK(Ensemble):
    temperature: float
    pressure: float
    damping: float = ...
    pressure_damping: float = ...
    coupling: Literal["isotropic", "full"] = ...
    chain: int = ...
