"""A mistake in an input ends LAMMPS with one error that names it and the remedy."""

from __future__ import annotations

import pytest
from lammps_runs import script, water

NAMES = "pair_coeff * * O H"
KEYWORDS = (
    "keywords are precision, compress, tolerance, overflow, device, threads, out_freq, out_file, fparam, aparam, "
    "fparam_from_compute, fparam_from_fix, aparam_from_compute, atomic, relative, relative_v"
)


@pytest.fixture
def fails(lammps, tmp_path, model):
    """The error of an input whose ``MODEL`` is the model."""

    def fails(*lines, ranks=1, structure=None, **settings):
        data = (structure or water()).write(tmp_path / "structure.lmp")
        pair = [line.replace("MODEL", str(model)) for line in lines]
        output = lammps.run(tmp_path, script(data, pair, ["run 0"], **settings), ranks)
        assert output.status != 0
        errors = [line for line in output.text.splitlines() if line.startswith("ERROR")]
        assert errors and not output.thermo.size, output.text
        return errors[0]

    return fails


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("", "needs a model: pair_style dpmd MODEL"),
        ("water.pb", "water.pb: cannot be opened: No such file"),
        ("MODEL frozen/graph.pth", "frozen/graph.pth: cannot be opened: No such file"),
        ("nowhere.dpmd", "nowhere.dpmd: cannot be opened"),
        ("structure.lmp", "structure.lmp: a structure (LAMMPS data), not a model"),
        ("MODEL blub 3", f"blub is neither a model nor a keyword; {KEYWORDS}"),
        ("MODEL out_freq 5 blub 3", f"unknown keyword 'blub'; {KEYWORDS}"),
        ("MODEL fparam_from_compute c", "fparam_from_compute c: MODEL takes no such parameters"),
        ("MODEL fparam_from_fix f", "fparam_from_fix f: MODEL takes no such parameters"),
        ("MODEL aparam_from_compute c", "aparam_from_compute c: MODEL takes no such parameters"),
        ("MODEL fparam 1 fparam_from_fix f", "only one of them can say what the frame parameters are"),
        ("MODEL aparam 1 aparam_from_compute c", "only one of them can say what the atomic parameters are"),
        ("MODEL virtual_len 0.4", "virtual_len: it is for models that take spins or charges, which dpmd does not run"),
        ("MODEL out_freq 5 spin_norm 1.2", "spin_norm: it is for models that take spins"),
        ("MODEL ttm electrons", "ttm: the electronic temperatures of fix ttm cannot be reached from a plug-in"),
        ("MODEL out_freq", "out_freq needs a value"),
        ("MODEL out_freq -1", "out_freq -1: must be a number, 0 or more"),
        ("MODEL out_freq 2.5", "out_freq 2.5: must be a number, 0 or more"),
        ("MODEL relative", "relative needs a value"),
        ("MODEL relative_v nan", "relative_v nan: must be a number, 0 or more"),
        ("MODEL threads many", "threads many"),
        ("MODEL precision half", "precision = 'half' is not one of"),
        ("MODEL compress on", "compress = 'on' is not one of"),
        ("MODEL device tpu", "device = 'tpu' is not one of"),
        ("MODEL fparam", "fparam needs numbers"),
        ("MODEL fparam 0.5 0.5", "fparam has 2 values, but MODEL takes 0"),
        ("MODEL aparam 1", "aparam has 1 values, but MODEL takes 0"),
        ("MODEL MODEL out_file nowhere/deviation.out", "nowhere/deviation.out: model deviations cannot be written"),
    ],
)
def test_pair_style(fails, model, settings, message):
    assert message.replace("MODEL", str(model) if "MODEL takes" in message else "MODEL") in fails(
        f"pair_style dpmd {settings}", NAMES
    )


@pytest.mark.parametrize(
    ("coeff", "message"),
    [
        ("pair_coeff * * O X", "has no type X; its types are O H, and NULL is for atoms of no concern"),
        ("pair_coeff 1 1 O H", "must start with * *"),
        ("", "All pair coeffs are not set"),
    ],
)
def test_pair_coeff(fails, coeff, message):
    assert message in fails("pair_style dpmd MODEL", coeff)


def test_units_without_electronvolts(fails):
    assert "units lj have no eV" in fails("pair_style dpmd MODEL", NAMES, before=["units lj"])


def test_newton_off(fails):
    assert "it needs newton on" in fails("pair_style dpmd MODEL", NAMES, before=["newton off"])


def test_atoms_without_ids(lammps, tmp_path, model):
    text = f"""
        units metal
        atom_modify id no
        region all block 0 9 0 9 0 9
        create_box 1 all
        create_atoms 1 single 4 4 4
        mass 1 16.0
        pair_style dpmd {model}
        pair_coeff * * O
        run 0
    """
    assert "atoms need IDs" in lammps.run(tmp_path, text).error


def test_pairs_that_another_style_has(fails):
    assert "use hybrid/overlay" in fails(
        "pair_style hybrid dpmd MODEL lj/cut 5.0", "pair_coeff * * dpmd O H", "pair_coeff 1 2 lj/cut 0.01 3.0"
    )


def test_a_wrong_argument_ends_all_ranks(fails):
    assert "cannot be opened" in fails("pair_style dpmd water.pb", NAMES, ranks=2)


def test_an_error_of_the_engine_has_its_text(fails):
    crowded = water()
    crowded.positions[:] = crowded.positions * 0.5
    structure = type(crowded)(crowded.positions, crowded.types, crowded.names, crowded.cell * 0.5)
    assert "neighbours" in fails("pair_style dpmd MODEL", NAMES, structure=structure, ranks=2)
