"""The tables of the ensembles, as the core has them (``dpmd/ensemble.hpp``)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from dpmd import _core
from dpmd.arguments import as_count, as_number, as_positive
from dpmd.errors import InputError
from dpmd.shown import shown


@dataclass(frozen=True)
class Parameter:
    """A row of the table of an ensemble: a count where there are limits, a choice where there are choices, else a
    number."""

    name: str
    about: str
    default: Any
    """None: the parameter is required."""
    unit: str = ""
    is_positive: bool = False
    least: int | None = None
    most: int | None = None
    choices: tuple[str, ...] = ()

    @property
    def kind(self) -> Any:
        """The type of its values."""
        return Literal[self.choices] if self.choices else float if self.least is None else int

    def checked(self, value: Any) -> Any:
        """The value as its type; InputError naming it when it cannot be."""
        if self.choices:
            if not isinstance(value, str) or value not in self.choices:
                raise InputError(f"{self.name} = {shown(value)} is not one of: {', '.join(self.choices)}")
            return value
        if self.least is not None and self.most is not None:
            count = as_count(value, self.name)
            if not self.least <= count <= self.most:
                raise InputError(f"{self.name} = {count} must be {self.least} to {self.most}")
            return count
        if self.is_positive:
            return as_positive(value, self.name, self.unit)
        number = as_number(value, self.name)
        if not abs(number) < float("inf"):
            raise InputError(f"{self.name} = {number:g} {self.unit} must be a finite number")
        return number

    def description(self) -> str:
        """For users: what it is, its unit and its limits."""
        unit = f"In {self.unit}." if self.unit else ""
        limits = "" if self.least is None else f"{self.least} to {self.most}."
        return " ".join(filter(None, (self.about, unit, limits)))


@dataclass(frozen=True)
class Kind:
    """What is known of an ensemble as a whole."""

    name: str
    statistics: str
    """``ensemble`` of an input file: "nve", "nvt" or "npt"."""
    thermostat: str
    """``thermostat`` of an input file, where several ensembles have the same statistics; else empty."""
    about: str
    parameters: tuple[Parameter, ...]

    def documentation(self) -> str:
        """The text of its class."""
        first, _, rest = self.about.partition("\n")
        arguments = [f"    {one.name}: {one.description()}" for one in self.parameters]
        return "\n\n".join(filter(None, (first, rest, "\n".join(["Args:", *arguments]) if arguments else "")))


def _kinds() -> Iterator[Kind]:
    for table in _core.ensemble_tables():
        parameters = tuple(Parameter(**row) for row in table.pop("parameters"))
        yield Kind(**table, parameters=parameters)


KINDS: dict[str, Kind] = {kind.name: kind for kind in _kinds()}


def thermostats(statistics: str) -> dict[str, Kind]:
    """The ensembles with these statistics, by their thermostat."""
    return {kind.thermostat: kind for kind in KINDS.values() if kind.statistics == statistics}
