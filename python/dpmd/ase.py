"""A Deep Potential as an ASE calculator."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from os import PathLike
from os.path import abspath
from typing import Any, ClassVar

import numpy as np
from ase import Atoms
from ase.calculators.calculator import (
    Calculator,
    PropertyNotImplementedError,
    all_changes,
)
from ase.data import atomic_numbers, chemical_symbols
from ase.outputs import Properties, all_outputs
from ase.stress import full_3x3_to_voigt_6_stress

from dpmd.arguments import as_count, as_floats, as_path, as_text
from dpmd.errors import InputError
from dpmd.fork_lock import ForkAwareLock
from dpmd.handle import MadeByInit
from dpmd.model import Model
from dpmd.potential import Potential
from dpmd.shown import shown

__all__ = ["DPMD"]

_PARAMETERS = ("fparam", "aparam")


class DPMD(Calculator):
    """ASE calculator: ``atoms.calc = DPMD("water.dpmd")``.

    Gives ``energy`` and ``free_energy`` (the same; eV), ``energies`` [n] eV, ``forces`` [n, 3]
    eV/Å, ``stress`` [6] eV/Å³ in ASE's sign and order (xx yy zz yz xz xy, positive under tension)
    and DeePMD-kit's ``virial`` [3, 3] eV. ``stress`` needs three lattice vectors; along a direction
    that is not periodic they only define the volume. Per-atom ``stresses`` are left out: how a
    many-body energy divides into atomic stresses is not unique.

    Each flag of ``atoms.pbc`` is respected separately (DeePMD-kit's calculator takes any flag for all
    three). ``atoms.info["fparam"]`` and ``atoms.arrays["aparam"]`` (or ``atoms.info["aparam"]``)
    are passed to models that take them, and changing them triggers a new calculation.

    A copy shares the loaded model and nothing else; a pickle names the file and loads it again. Threads may share a
    calculator: their calls take turns. Arguments are in the order of DeePMD-kit's ``DP``.

    Args:
        model: A model file; or a ``dpmd.Model`` or ``dpmd.Potential`` to share.
        label: ASE's name of the calculation; unused.
        type_dict: Type index of each element symbol; None takes the model's type map.
        neighbor_list: Accepted, as by DeePMD-kit's calculator, but without effect: the list is native.
        head: Which model of a multi-task checkpoint (``.pt``), as for ``dpmd.Model``.
        nlist_backend: Accepted, but without effect.
        skin: Å by which the neighbour list exceeds the cutoff; it is rebuilt when an atom moved
            half of it.
        **options: Passed to ``dpmd.Potential`` (device, threads, and with a file precision, overflow, compress,
            tolerance).

    Raises:
        InputError: The model cannot be loaded, or does not know an element of the atoms.
    """

    name = "dpmd"
    implemented_properties: ClassVar[list[str]] = [
        "energy",
        "free_energy",
        "energies",
        "forces",
        "stress",
        "virial",
    ]

    potential: Potential = MadeByInit()

    def __init__(
        self,
        model: str | PathLike[str] | Model | Potential,
        label: str = "dpmd",
        type_dict: Mapping[str, int] | None = None,
        neighbor_list: Any = None,
        head: str | None = None,
        nlist_backend: str = "auto",
        skin: float = 1.0,
        **options: Any,
    ) -> None:
        super().__init__(label=as_text(label, "label"))
        if head is not None:
            options["head"] = head
        self._shares = type(model).__name__ if isinstance(model, (Model, Potential)) else ""
        if isinstance(model, Potential):
            if options:
                raise InputError(
                    f"{', '.join(options)}: these are options for loading a model, but the Potential exists already"
                )
            self.potential = model
            self.parameters.update(model=model.info()["model"])
        elif isinstance(model, Model):
            self.potential = Potential(model, skin=skin, **options)
            self.parameters.update(model=model.info()["model"], skin=skin, **options)
        else:
            self.parameters.update(model=abspath(as_path(model, "model")), skin=skin, **options)
            self.potential = Potential(**self.parameters)
        self.type_dict = _type_dict(type_dict, self.potential.type_map)
        self._type_of_number = np.full(len(chemical_symbols), -1, dtype=np.int32)
        for symbol, index in self.type_dict.items():
            if symbol in atomic_numbers:
                self._type_of_number[atomic_numbers[symbol]] = index
        self._last_parameters: dict[str, np.ndarray | None] = dict.fromkeys(_PARAMETERS)
        self._turn = ForkAwareLock("this calculator")

    def get_property(self, name: str, atoms: Atoms | None = None, allow_calculation: bool = True) -> Any:
        """A result for these atoms; called by ASE."""
        with self._turn:  # no other thread's atoms may come between the calculation and its result
            return super().get_property(name, atoms, allow_calculation)

    def calculate(
        self,
        atoms: Atoms | None = None,
        properties: list[str] | None = None,
        system_changes: list[str] = all_changes,
    ) -> None:
        """Compute everything; called by ASE."""
        properties = properties or ["energy"]
        super().calculate(atoms, properties, system_changes)
        atoms = self.atoms
        if "stress" in properties and atoms.cell.rank < 3:
            raise PropertyNotImplementedError("stress needs three lattice vectors: there is no volume without them")
        absent = atoms.pbc & ~atoms.cell.any(axis=1)
        if absent.any():
            raise InputError(
                f"atoms.pbc is {atoms.pbc.tolist()}, but the cell has no vector {'abc'[absent.argmax()]}: "
                "set atoms.cell, or atoms.pbc to False there"
            )
        self._last_parameters = {name: _parameter(atoms, name) for name in _PARAMETERS}
        periodic = bool(atoms.pbc.any())
        result = self.potential.compute(
            atoms.positions,
            self._types(atoms),
            np.asarray(atoms.cell.complete()) if periodic else None,
            atoms.pbc if periodic else None,
            atomic=True,
            fparam=self._last_parameters["fparam"] if self.potential.n_fparam else None,
            aparam=self._last_parameters["aparam"] if self.potential.n_aparam else None,
        )
        self.results = {
            "energy": result.energy,
            "free_energy": result.energy,
            "energies": result.atom_energies,
            "forces": result.forces,
            "virial": result.virial,
        }
        if atoms.cell.rank == 3:
            symmetric = (result.virial + result.virial.T) / 2
            self.results["stress"] = full_3x3_to_voigt_6_stress(-symmetric / atoms.get_volume())

    def check_state(self, atoms: Atoms, tol: float = 1e-15) -> list[str]:
        """What changed since the last calculation; ASE itself does not look at info and arrays."""
        changes = super().check_state(atoms, tol)
        for name in _PARAMETERS:
            if not _same(_parameter(atoms, name), self._last_parameters[name]):
                changes.append(name)
        return changes

    def export_properties(self) -> Properties:
        """The results that ASE has a name for; called by ASE."""
        return Properties({name: value for name, value in self.results.items() if name in all_outputs})

    def __copy__(self) -> DPMD:
        return deepcopy(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> DPMD:
        memo[id(self)] = copy = self.__class__.__new__(self.__class__)
        with self._turn:
            copy.__dict__.update(deepcopy(self._without("_turn"), memo))
        copy._turn = ForkAwareLock("this calculator")
        return copy

    def __getstate__(self) -> dict[str, Any]:
        if self._shares:
            raise InputError(
                f"this calculator was made from a dpmd.{self._shares}, which cannot be pickled: make it from the "
                "model's file"
            )
        return self._without("potential", "_turn")

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.potential = Potential(**self.parameters)
        self._turn = ForkAwareLock("this calculator")

    def _without(self, *names: str) -> dict[str, Any]:
        """The state without the entries that cannot be pickled."""
        return {name: value for name, value in self.__dict__.items() if name not in names}

    def _types(self, atoms: Atoms) -> np.ndarray:
        """[n] type index of each atom."""
        types = self._type_of_number[atoms.numbers]
        if types.min(initial=0) < 0:
            raise InputError(
                f"element {chemical_symbols[atoms.numbers[types.argmin()]]!r} is not a type of the model, which has "
                f"{self.type_dict}; type_dict gives other names"
            )
        return types


def _type_dict(given: Mapping[str, int] | None, type_map: list[str]) -> dict[str, int]:
    """Type index of each element symbol."""
    if given is None:
        return {symbol: index for index, symbol in enumerate(type_map)}
    if not isinstance(given, Mapping):
        raise InputError(f"type_dict = {shown(given)} must give the type index of each element symbol")
    return {s: as_count(i, f"type_dict[{shown(s)}]", at_least=0, at_most=len(type_map) - 1) for s, i in given.items()}


def _parameter(atoms: Atoms, name: str) -> np.ndarray | None:
    """A copy of a frame or atomic parameter, if the atoms carry one."""
    values = atoms.arrays.get(name) if name == "aparam" else None
    values = atoms.info.get(name) if values is None else values
    return None if values is None else as_floats(values, name).copy()


def _same(a: np.ndarray | None, b: np.ndarray | None) -> bool:
    if a is None or b is None:
        return a is b
    return np.array_equal(a, b)
