"""What a simulation keeps constant. Temperatures in K, times in fs, pressures in bar.

The classes are made from the tables of the core. ``ensembles.pyi`` spells them out for type checkers;
``tests/support/ensemble_stub.py`` writes it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, make_dataclass
from typing import Any, ClassVar

from dpmd.ensemble_table import KINDS, Kind


@dataclass(frozen=True)
class Ensemble:
    """Base of all ensembles. InputError for a value that cannot be."""

    _kind: ClassVar[Kind]

    def __post_init__(self) -> None:
        for parameter in self._kind.parameters:
            object.__setattr__(self, parameter.name, parameter.checked(getattr(self, parameter.name)))

    def _to_core(self) -> tuple[str, dict[str, Any]]:
        return self._kind.name, asdict(self)

    @staticmethod
    def _from_core(core: tuple[str, dict[str, Any]]) -> Ensemble:
        name, values = core
        return ENSEMBLES[name](**values)


def _class_of(kind: Kind) -> type[Ensemble]:
    members = [
        (one.name, one.kind, field() if one.default is None else field(default=one.default)) for one in kind.parameters
    ]
    namespace = {"__doc__": kind.documentation(), "__module__": __name__, "_kind": kind}
    return make_dataclass(kind.name, members, bases=(Ensemble,), namespace=namespace, frozen=True)


ENSEMBLES: dict[str, type[Ensemble]] = {name: _class_of(kind) for name, kind in KINDS.items()}
"""All of them by name."""
globals().update(ENSEMBLES)
__all__ = ["Ensemble", *ENSEMBLES]
