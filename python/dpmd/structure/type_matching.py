"""Matches the atoms of a file with the types of a model: one rule for all files.

A kind of atoms is matched by what the user says, otherwise by its label or element, otherwise by its mass. If a file
says something twice it must agree, and what the user says must agree with the file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from dpmd.errors import InputError
from dpmd.structure.file_frame import Kind
from dpmd.structure.text_file import listed

_HYDROGEN = {"D": 2.014, "T": 3.016}
# How far a mass may be from that of its element, and how much farther it must be from any other, to be unambiguous.
_RELATIVE, _LEAST, _MOST, _CLEAR = 0.008, 0.02, 0.5, 2.5


@dataclass(frozen=True)
class Match:
    """The type of the model for a kind of atoms, and why."""

    kind: Kind
    type: str
    reason: str

    def __str__(self) -> str:
        return self.type if self.reason == "name" else f"{self.kind.name} -> {self.type} by {self.reason}"


def match_types(kinds: Sequence[Kind], type_map: Sequence[str], given: Mapping[str, str], place: str) -> list[Match]:
    """The match of each kind.

    Args:
        kinds: The kinds that have atoms.
        type_map: Names of the model's types.
        given: The user's choice: the model's name of a type, by its name in the file.
        place: The file, for messages.

    Raises:
        InputError: A kind cannot be matched, or the information about it is contradictory.
    """
    for name, chosen in given.items():
        if chosen not in type_map:
            raise InputError(f"{place}: types: {name} = {chosen!r} is not in the model's type map {list(type_map)}")
    # programs that need a mass and have none write 1 for every type
    tells = not (len(kinds) > 1 and all(kind.mass == 1 for kind in kinds))
    known = [kind if tells else Kind(kind.name, kind.label) for kind in kinds]
    matches = [_match(kind, type_map, given, place) for kind in known]
    open_ones = [kind for kind, match in zip(kinds, matches, strict=True) if match is None]
    if open_ones:
        raise InputError(_ask(open_ones, kinds, type_map, place))
    return [match for match in matches if match is not None]


def _match(kind: Kind, type_map: Sequence[str], given: Mapping[str, str], place: str) -> Match | None:
    said = {given[name] for name in kind.names if name in given}
    if len(said) > 1:
        raise InputError(f"{place}: types names {kind} twice, as {' and as '.join(sorted(said))}")
    chosen = next(iter(said), None)
    label, mass = _of_label(kind, type_map), element_of_mass(kind.mass, type_map)
    if chosen is not None and label not in (None, chosen):
        raise InputError(
            f"{place}: types says that {kind} is {chosen}, but the file says that it is {label}: correct one of them"
        )
    mass = mass if mass in type_map else None
    named = label or chosen or (kind.label if _is_element(kind.label) and kind.label not in _HYDROGEN else None)
    if named is not None and mass not in (None, named) and _is_element(named):
        if chosen is None or label is None:
            remedy = _remedy(kind, label, chosen)
            raise InputError(f"{place}: {kind} is {named} by its name, but its mass is that of {mass}: {remedy}")
        mass = None  # file and user agree on the name: the mass is intended
    if chosen is not None:
        return Match(kind, chosen, "types")
    if label is not None:
        return Match(kind, label, "name" if label == kind.name else "label")
    return None if mass is None else Match(kind, mass, f"mass {kind.mass:g}")


def _of_label(kind: Kind, type_map: Sequence[str]) -> str | None:
    if kind.label in type_map:
        return kind.label
    return "H" if kind.label in _HYDROGEN and "H" in type_map else None


def _remedy(kind: Kind, label: str | None, chosen: str | None) -> str:
    if chosen is not None:
        return "correct one of them; if the mass is intended, give the file a label as well"
    name = "..." if label is None else label
    return f'correct one of them; if the mass is intended, confirm the type: types = {{ {kind.names[-1]} = "{name}" }}'


def _ask(open_ones: Sequence[Kind], kinds: Sequence[Kind], type_map: Sequence[str], place: str) -> str:
    """The message about what the user has to specify."""
    which = listed(map(str, open_ones))
    entries = listed(f'{kind.names[-1]} = "..."' for kind in open_ones)
    options = listed(f"{kind.names[-1]}=..." for kind in open_ones).replace(", ", ",")
    verb = "is" if len(open_ones) == 1 else "are"
    count = (
        f"; the file has {len(kinds)} kinds of atoms, the model {len(type_map)}" if len(kinds) > len(type_map) else ""
    )
    return (
        f"{place}: {which} {verb} no type of the model, which has {', '.join(type_map)}{count}; say what they are: "
        f"types = {{ {entries} }} in [structure], or --types {options}"
    )


def element_of_mass(mass: float | None, type_map: Sequence[str] = ()) -> str | None:
    """The element with a mass (atomic mass units), or None if it may be one of several.

    If two are about equally near, the one in ``type_map`` is taken if the other is not there. Heavy hydrogen is H.
    """
    if mass is None or not mass > 0:
        return None
    own = "D" if "D" in type_map else "H"
    known = [(own if other == _HYDROGEN["D"] else name, other) for name, other in _masses()]
    nearest = sorted((abs(mass - other), name) for name, other in known)[:6]
    distance = nearest[0][0]
    if distance > min(max(_LEAST, _RELATIVE * mass), _MOST):
        return None
    close = {name for far, name in nearest if far <= max(_CLEAR * distance, 1e-3)}
    if len(close) > 1:
        close &= set(type_map)
    return close.pop() if len(close) == 1 else None


def mass_of_label(label: str | None) -> float | None:
    """Atomic mass units of an isotope's own symbol, D or T."""
    return _HYDROGEN.get(label or "")


def element_mass(name: str) -> float | None:
    """Atomic mass units of an element; None for another name."""
    return next((mass for element, mass in _masses() if element == name), None)


@cache
def _masses() -> tuple[tuple[str, float], ...]:
    from ase.data import atomic_masses, chemical_symbols

    elements = zip(chemical_symbols[1:104], atomic_masses[1:104], strict=True)
    return tuple((name, float(mass)) for name, mass in elements) + tuple(("H", mass) for mass in _HYDROGEN.values())


def _is_element(name: str | None) -> bool:
    return any(name == element for element, _ in _masses())
