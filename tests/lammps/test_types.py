"""Which of the model's types an atom type is: names, labels, masses, and messages where they do not fit."""

from __future__ import annotations

import pytest
from lammps_runs import script, two_molecules, water, water_with_strangers

ENERGY = 1  # column of the thermo table


@pytest.fixture
def molecules_energy(run, tmp_path, model):
    """The energy of two molecules whose types are named correctly."""
    data = two_molecules("O", "H").write(tmp_path / "named.lmp")
    output = run(script(data, [f"pair_style dpmd {model}", "pair_coeff * * O H"], ["run 0"]), name="named")
    assert output.warnings == []
    return output.thermo[0, ENERGY]


@pytest.fixture
def coeff(run, tmp_path, model):
    """Runs two molecules with these words after ``pair_coeff * *``."""

    def coeff(structure, words, labels=(), ranks=1, units="metal"):
        data = structure.write(tmp_path / "structure.lmp", units, labels)
        pair = [f"pair_style dpmd {model}", f"pair_coeff * * {words}"]
        return run(script(data, pair, ["run 0"], units), ranks)

    return coeff


@pytest.mark.parametrize("ranks", [1, 2])
def test_labels_say_which_type_is_which(coeff, molecules_energy, ranks):
    swapped = two_molecules("H", "O", first_is_oxygen=False)

    output = coeff(swapped, "", labels=("H", "O"), ranks=ranks)

    assert output.thermo[0, ENERGY] == pytest.approx(molecules_energy, abs=1e-10)
    assert "by their labels: type 1 (mass 1.008) is H, type 2 (mass 15.9994) is O" in output.text
    assert output.warnings == []


@pytest.mark.parametrize("labels", [(), ("OW", "HW")])
def test_types_that_nothing_names_are_the_models_in_its_order_with_both_lists(coeff, molecules_energy, labels):
    output = coeff(two_molecules("O", "H"), "", labels)

    (warning,) = output.warnings
    assert "type 1 (mass 15.9994) is O, type 2 (mass 1.008) is H; the model's types are O H" in warning
    assert output.thermo[0, ENERGY] == pytest.approx(molecules_energy, abs=1e-10)


def test_labels_of_some_types_only_are_an_error(lammps, tmp_path, model):
    data = two_molecules("O", "H").write(tmp_path / "structure.lmp", labels=("O", "HW"))

    output = lammps.run(tmp_path, script(data, [f"pair_style dpmd {model}", "pair_coeff * *"], ["run 0"]))

    assert "labels name some only: type 1 (mass 15.9994) is O, type 2 (mass 1.008) is not labelled" in output.error


def test_names_win_over_labels_aloud(coeff, molecules_energy):
    output = coeff(two_molecules("O", "H"), "O H", labels=("H", "O"), ranks=2)

    (warning,) = output.warnings
    assert "contradicts the labels" in warning
    assert "By the names, which are taken, type 1 (mass 15.9994) is O" in warning
    assert "By the labels type 1 (mass 15.9994) is H" in warning
    assert output.thermo[0, ENERGY] == pytest.approx(molecules_energy, abs=1e-10)


@pytest.mark.parametrize("units", ["metal", "si", "nano"])
def test_a_mass_of_another_element_is_warned_of(coeff, units):
    (warning,) = coeff(two_molecules("O", "H"), "H O", units=units).warnings

    assert "type 1 is taken for H, but its mass" in warning
    assert "is that of O; type 2 is taken for O" in warning


@pytest.mark.parametrize(("heavy", "light"), [("O", "D"), ("bead", "H")])
def test_isotopes_and_masses_of_no_element_are_no_reason_to_warn(coeff, heavy, light):
    assert coeff(two_molecules(heavy, light), "O H").warnings == []


@pytest.mark.parametrize(
    ("words", "same", "said"),
    [
        ("O H", "O H NULL", "has 2 names for 3 atom types, so that type 1 (mass 15.9994) is O"),
        ("", "O H NULL", "type 3 (mass 40) is of no concern; the model's types are O H"),
        ("O H NULL H", "O H NULL", "has 4 names for 3 atom types"),
        ("O", "O NULL NULL", "type 2 (mass 1.008) is of no concern"),
    ],
)
def test_types_without_a_name_are_of_no_concern_as_in_deepmd_kit(coeff, words, same, said):
    named = coeff(water_with_strangers(), same)

    output = coeff(water_with_strangers(), words)

    (warning,) = output.warnings
    assert said in warning
    assert output.thermo[0, ENERGY] == named.thermo[0, ENERGY]
    assert named.warnings == []


def energies_of_styles(run, tmp_path, pair_lines):
    data = water().write(tmp_path / "water.lmp")
    return [
        run(script(data, lines, ["run 0"]), ranks, f"run{k}").thermo[0, ENERGY]
        for k, (lines, ranks) in enumerate(pair_lines)
    ]


@pytest.mark.parametrize("style", ["hybrid/overlay", "hybrid/scaled"])
@pytest.mark.parametrize(("first", "second"), [("O H", "O NULL"), ("O NULL", "NULL H"), ("O NULL", "")])
def test_styles_that_share_pairs_may_each_leave_types_out(run, tmp_path, model, style, first, second):
    """Claims also pairs of types that the model does not have, as DeePMD-kit's style does."""
    weight = "0.5 " if style == "hybrid/scaled" else ""
    both = [f"pair_style {style} {weight}dpmd {model} {weight}dpmd {model}"]
    both += [f"pair_coeff * * dpmd 1 {first}", f"pair_coeff * * dpmd 2 {second}"]
    if not second:
        both = [f"pair_style {style} {weight}dpmd {model}", f"pair_coeff * * dpmd {first}"]

    def alone(names):
        return [f"pair_style dpmd {model}", f"pair_coeff * * {names}"]

    found, *parts = energies_of_styles(
        run, tmp_path, [(both, 2), (alone(first), 1), *([(alone(second), 1)] if second else [])]
    )

    assert found == pytest.approx(sum(parts) * (0.5 if weight else 1.0), abs=1e-9)
