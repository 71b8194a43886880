"""Which atoms of a file are which type of a model."""

from __future__ import annotations

import pytest

from dpmd.errors import InputError
from dpmd.structure.file_frame import Kind
from dpmd.structure.type_matching import element_of_mass, match_types

WATER = ["O", "H"]


def types_of(kinds: list[Kind], type_map: list[str], given: dict[str, str] | None = None) -> list[str]:
    return [match.type for match in match_types(kinds, type_map, given or {}, "start.lmp")]


def test_labels_tell_before_numbers() -> None:
    kinds = [Kind("1", "H", 1.008), Kind("2", "O", 15.999)]

    assert types_of(kinds, WATER) == ["H", "O"]


def test_masses_tell_where_there_are_no_labels() -> None:
    kinds = [Kind("1", mass=1.0), Kind("2", mass=15.9994), Kind("3", mass=2.014)]

    assert types_of(kinds, WATER) == ["H", "O", "H"]


@pytest.mark.parametrize(
    ("mass", "model", "element"),
    [
        (63.546, ["Cu"], "Cu"),
        (64, ["Cu"], "Cu"),
        (58.693, ["Co"], "Ni"),  # not cobalt, though the model has no nickel
        (58.8, ["Co", "Ni"], None),
        (40, ["Ca"], "Ca"),  # argon is as close, but not in the model
        (40, ["Ca", "Ar"], None),
        (3.016, ["H"], "H"),
        (1, ["H"], "H"),
        (0, ["H"], None),
        (14.5, ["N", "O"], None),
        (None, ["H"], None),
    ],
)
def test_a_mass_tells_an_element_only_where_it_is_unambiguous(mass, model, element) -> None:
    assert element_of_mass(mass, model) == element


def test_what_the_user_says_counts_for_labels_and_numbers() -> None:
    kinds = [Kind("1", "OW"), Kind("2"), Kind("D", "D")]

    assert types_of(kinds, WATER, {"OW": "O", "2": "H"}) == ["O", "H", "H"]


def test_types_of_a_model_may_be_no_elements() -> None:
    kinds = [Kind("1", mass=1.008), Kind("2", mass=15.999)]

    assert types_of(kinds, ["OW", "HW"], {"1": "HW", "2": "OW"}) == ["HW", "OW"]


def test_atoms_that_nothing_tells_of_are_asked_for_in_words() -> None:
    words = (
        r"start.lmp: 1, 3 \(mass 63.5\) are no type of the model, which has O, H; the file has 3 kinds of atoms, the "
        r"model 2; .*types = \{ 1 = \"...\", 3 = \"...\" \} in \[structure\], or --types 1=...,3=..."
    )
    with pytest.raises(InputError, match=words):
        types_of([Kind("1"), Kind("2", "H"), Kind("3", mass=63.5)], WATER)


@pytest.mark.parametrize(
    ("kind", "given", "message"),
    [
        (Kind("1", "O", 1.008), {}, r"1 \(label O, mass 1.008\) is O by its name, but its mass is that of H.*types = "),
        (Kind("1", "O"), {"1": "H"}, r"types says that 1 \(label O\) is H, but the file says that it is O"),
        (Kind("1", None, 1.008), {"1": "O"}, r"1 \(mass 1.008\) is O by its name, but its mass is that of H"),
        (Kind("1", "O"), {"1": "O", "O": "H"}, r"names 1 \(label O\) twice, as H and as O"),
        (Kind("C", "C", 15.999), {}, r"C \(mass 15.999\) is C by its name, but its mass is that of O"),
        (Kind("2", "Ni", 15.999), {}, r"2 \(label Ni, mass 15.999\) is Ni by its name, but its mass is that of O"),
        (Kind("1"), {"1": "N"}, r"types: 1 = 'N' is not in the model's type map \['O', 'H'\]"),
    ],
)
def test_contradictions_are_refused(kind, given, message) -> None:
    with pytest.raises(InputError, match=message):
        types_of([kind], WATER, given)


def test_a_mass_may_be_another_elements_where_file_and_user_agree_on_the_name() -> None:
    heavy = Kind("1", "H", 15.999)

    assert types_of([heavy], WATER, {"1": "H"}) == ["H"]


def test_a_mass_that_is_no_type_of_the_model_contradicts_no_label() -> None:
    assert types_of([Kind("1", "H", 4.0)], WATER) == ["H"]  # hydrogen made as heavy as helium


def test_labels_that_are_no_elements_leave_it_to_the_masses() -> None:
    assert types_of([Kind("1", "OW", 15.999), Kind("2", "X", 1.008)], WATER) == ["O", "H"]


def test_one_mass_for_several_types_tells_nothing() -> None:
    placeholders = [Kind("1", mass=1.0), Kind("2", mass=1.0)]

    with pytest.raises(InputError, match="1 .mass 1., 2 .mass 1. are no type of the model"):
        types_of(placeholders, WATER)
    assert types_of(placeholders, WATER, {"1": "H", "2": "O"}) == ["H", "O"]


def test_heavy_hydrogen_is_the_models_own_type_where_it_has_one() -> None:
    assert types_of([Kind("1", mass=2.014), Kind("2", mass=1.008)], ["O", "H", "D"]) == ["D", "H"]


def test_the_reason_of_a_match_is_told() -> None:
    kinds = [Kind("1", "O"), Kind("H", "H"), Kind("3", mass=1.008), Kind("4")]

    said = [str(match) for match in match_types(kinds, WATER, {"4": "O"}, "start.lmp")]

    assert said == ["1 -> O by label", "H", "3 -> H by mass 1.008", "4 -> O by types"]
