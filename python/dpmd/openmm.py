"""Deep Potentials in OpenMM: ``MLPotential("dpmd", modelPath="water.pb")`` of openmm-ml (docs/openmm.md)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from os import PathLike
from os.path import abspath
from typing import Any

import numpy as np
import openmm
from ase.data import atomic_numbers, chemical_symbols
from openmm import unit
from openmm.app import Topology
from openmmml.mlpotential import MLPotentialImpl

from dpmd.arguments import as_count, as_path
from dpmd.errors import InputError
from dpmd.potential import Potential
from dpmd.shown import shown

__all__ = ["DeepPotential"]

_KJ_PER_MOL = 96.48533212331002  # 1 eV: the product of the exact constants e and N_A of the SI
_PER_NM = 10.0  # Å


class DeepPotential(MLPotentialImpl):
    """The energy of all atoms of a System, or of some of them, from a model.

    Args:
        modelPath: Any model file that dpmd reads.
        type_dict: Type index of each element symbol; None takes the model's type map. Deuterium counts as hydrogen.
        fparam: [n_fparam] frame parameters.
        aparam: [n, n_aparam] atomic parameters of the atoms that the model is for.
        skin: Å by which the neighbour list exceeds the cutoff.
        **options: Passed to ``dpmd.Potential``: device, precision, compress, tolerance, threads, overflow, head.

    Raises:
        InputError: The model cannot be loaded, or an option is unknown.
    """

    def __init__(
        self,
        modelPath: str | PathLike[str] | None = None,  # noqa: N803
        type_dict: Mapping[str, int] | None = None,
        fparam: Any = None,
        aparam: Any = None,
        skin: float = 1.0,
        **options: Any,
    ) -> None:
        if modelPath is None:
            raise InputError('the model is missing: MLPotential("dpmd", modelPath="water.pb")')
        options |= {"model": abspath(as_path(modelPath, "modelPath")), "skin": skin}
        self._parameters = {"fparam": fparam, "aparam": aparam}
        self._computation = Computation(options, [], False, self._parameters)
        self._type_of = _types_of_numbers(type_dict, self._computation.potential.type_map)

    def addForces(  # noqa: N802
        self,
        topology: Topology,
        system: openmm.System,
        atoms: Iterable[int] | None,
        forceGroup: int,  # noqa: N803
        **arguments: Any,
    ) -> None:
        """Add the force; called by openmm-ml.

        Args:
            topology: Gives the element of each atom.
            system: Where to add the force.
            atoms: Indices of the atoms that the model is for, which see nothing of the others; None means all.
            forceGroup: The group of the force.
            arguments: Those of ``createSystem`` or of an embedding; none of them concerns the model.

        Raises:
            InputError: The model does not know an element, ``atoms`` is empty, or an argument belongs to
                ``MLPotential``.
        """
        misplaced = [name for name in arguments if name in ("modelPath", "type_dict", *self._parameters)]
        if misplaced:
            raise InputError(f'{misplaced[0]}: give it to MLPotential("dpmd", ...), where the model is loaded')
        chosen = None if atoms is None else [int(one) for one in atoms]
        if chosen == []:
            raise InputError("atoms is empty: there is nothing that the model could be for")
        everything = list(topology.atoms())
        types = [self._type(one) for one in (everything if chosen is None else [everything[k] for k in chosen])]
        periodic = topology.getPeriodicBoxVectors() is not None or system.usesPeriodicBoundaryConditions()
        force = openmm.PythonForce(self._computation.of(types, periodic))
        force.setName("dpmd")
        force.setForceGroup(forceGroup)
        force.setUsesPeriodicBoundaryConditions(periodic)
        if chosen is not None:
            force.setParticles(chosen)
        system.addForce(force)

    def getMLLongRange(self) -> bool:  # noqa: N802
        """False: the interactions end at the cutoff. Called by openmm-ml for mixed systems."""
        return False

    def _type(self, atom: Any) -> int:
        number = 0 if atom.element is None else atom.element.atomic_number
        if number not in self._type_of:
            name = "no element" if number == 0 else f"element {chemical_symbols[number]}"
            raise InputError(
                f"atom {atom.index} ({atom.name}) has {name}, which is not a type of the model "
                f"({' '.join(self._computation.potential.type_map)}); type_dict gives other names"
            )
        return self._type_of[number]


class Computation:
    """The function of a ``PythonForce``. A pickle of it, as in a serialized System, names the file of the model.

    Args:
        options: Arguments of ``dpmd.Potential``.
        types: [n] type of each atom.
        periodic: Whether the box counts.
        parameters: ``fparam`` and ``aparam``.
    """

    def __init__(self, options: dict[str, Any], types: list[int], periodic: bool, parameters: dict[str, Any]) -> None:
        self._settings = (options, types, periodic, parameters)
        self.potential = _loaded(options)

    def of(self, types: list[int], periodic: bool) -> Computation:
        """The same model for other atoms."""
        other = Computation.__new__(Computation)
        options, _, _, parameters = self._settings
        other._settings, other.potential = (options, types, periodic, parameters), self.potential
        return other

    def __call__(self, state: openmm.State) -> tuple[float, np.ndarray]:
        """The energy, kJ/mol, and the forces, [n, 3] kJ/mol/nm."""
        _, types, periodic, parameters = self._settings
        positions = state.getPositions(asNumpy=True).value_in_unit(unit.angstrom)
        cell = state.getPeriodicBoxVectors(asNumpy=True).value_in_unit(unit.angstrom) if periodic else None
        result = self.potential.compute(positions, types, cell, **parameters)
        return result.energy * _KJ_PER_MOL, result.forces * (_KJ_PER_MOL * _PER_NM)

    def __getstate__(self) -> tuple[Any, ...]:
        return self._settings

    def __setstate__(self, settings: tuple[Any, ...]) -> None:
        self.__init__(*settings)


def _loaded(options: dict[str, Any]) -> Potential:
    try:
        return Potential(**options)
    except TypeError as error:
        raise InputError(f"an option of MLPotential is unknown: {error}") from error


def _types_of_numbers(given: Mapping[str, int] | None, type_map: list[str]) -> dict[int, int]:
    """The type of each atomic number."""
    if given is None:
        given = {symbol: index for index, symbol in enumerate(type_map)}
    elif not isinstance(given, Mapping):
        raise InputError(f"type_dict = {shown(given)} must give the type index of each element symbol")
    most = len(type_map) - 1
    return {
        atomic_numbers[symbol]: as_count(index, f"type_dict[{shown(symbol)}]", at_least=0, at_most=most)
        for symbol, index in given.items()
        if symbol in atomic_numbers
    }
