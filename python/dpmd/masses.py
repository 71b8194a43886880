"""Masses of a model's types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from dpmd.arguments import as_floats, as_number
from dpmd.errors import InputError

if TYPE_CHECKING:
    from ase import Atoms


def type_masses(
    masses: Sequence[float] | Mapping[str, float] | np.ndarray | None,
    type_map: Sequence[str],
    atoms: Atoms | None,
    types: np.ndarray,
) -> np.ndarray:
    """[n_types] masses in atomic mass units: as given, otherwise as set in ``atoms``, otherwise those of the elements.

    Args:
        masses: One per type, or by type name (types that are left out get their element's).
        type_map: Names of the types.
        atoms: ASE's object, in which masses may have been set, the same for all atoms of a type.
        types: [n] type indices of the atoms.
    """
    if masses is not None and not isinstance(masses, Mapping):
        per_type = as_floats(masses, "masses").reshape(-1)
        if per_type.size != len(type_map):
            raise InputError(f"masses has {per_type.size} values; one per type is needed: {list(type_map)}")
        return per_type
    given: dict[str, Any] = dict(masses or {})
    unknown = sorted(set(given) - set(type_map))
    if unknown:
        raise InputError(f"masses: {unknown[0]!r} is not in the model's type map {list(type_map)}")
    if atoms is not None and atoms.has("masses"):
        given = _set_masses(atoms, type_map, types, given) | given
    used = set(types.tolist())
    return np.array(
        [
            as_number(given[name], f"masses[{name!r}]") if name in given else _element_mass(name, index in used)
            for index, name in enumerate(type_map)
        ]
    )


def _set_masses(atoms: Atoms, type_map: Sequence[str], types: np.ndarray, given: Mapping[str, Any]) -> dict[str, float]:
    """Masses that were set in ``atoms``, by type name, for types whose mass was not given."""
    out = {}
    for index in np.unique(types):
        if type_map[index] in given:
            continue
        found = np.unique(atoms.get_masses()[types == index])
        if found.size > 1:
            raise InputError(
                f"atoms of type {type_map[index]!r} have different masses ({found[0]} to {found[-1]}); dpmd has one "
                "mass per type: give masses"
            )
        out[type_map[index]] = float(found[0])
    return out


def _element_mass(name: str, is_used: bool) -> float:
    from ase.data import atomic_masses, atomic_numbers

    if atomic_numbers.get(name, 0) > 0:
        return float(atomic_masses[atomic_numbers[name]])
    if is_used:
        raise InputError(f"type {name!r} is not an element, so its mass is not known; give it in masses")
    return 1.0
