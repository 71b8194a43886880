"""The pair style gives the same results as DeePMD-kit's for the same input (record_reference.py).

Energies must agree within 1e-10 eV per atom, forces within 1e-9 eV/Å, over 100 steps; pressures and stresses, which are
differences of large sums, within 1e-9 of their size.
"""

from __future__ import annotations

import json

import numpy as np
import pytest
from lammps_runs import DATA, NVE, UNITS, dump, script, sheared_water, water, water_with_strangers

NAMES = "pair_coeff * * O H"
EV_PER_ATOM, EV_PER_ANGSTROM, RELATIVE = 1e-10, 1e-9, 1e-9


def assert_same_thermo(ours, theirs, n_atoms):
    assert np.array_equal(ours[:, 0], theirs[:, 0])
    assert np.abs(ours[:, 1] - theirs[:, 1]).max() < EV_PER_ATOM * n_atoms
    pressures = slice(2, None)
    assert np.abs(ours[:, pressures] - theirs[:, pressures]).max() < RELATIVE * np.abs(theirs[:, pressures]).max()


def assert_same_atoms(ours, theirs):
    """Columns of the dump: id, type, position, force, centroid stress."""
    assert np.array_equal(ours[:, :2], theirs[:, :2])
    assert np.abs(ours[:, 2:5] - theirs[:, 2:5]).max() < 1e-10
    assert np.abs(ours[:, 5:8] - theirs[:, 5:8]).max() < EV_PER_ANGSTROM
    assert np.abs(ours[:, 8:] - theirs[:, 8:]).max() < RELATIVE * np.abs(theirs[:, 8:]).max()


@pytest.mark.parametrize("ranks", [1, 2, 4])
def test_a_hundred_steps(run, tmp_path, model, ranks):
    data = water(with_velocities=True).write(tmp_path / "water.lmp")
    commands = [*NVE, *dump("atoms.dump", 100), "run 60", "run 40"]

    output = run(script(data, [f"pair_style dpmd {model}", NAMES], commands), ranks)

    theirs = np.load(DATA / "nve.npz")
    first, last = output.frames("atoms.dump")
    assert_same_thermo(output.thermo, theirs["thermo"], 192)
    assert_same_atoms(first, theirs["first"])
    assert_same_atoms(last, theirs["last"])


@pytest.mark.parametrize("ranks", [1, 3])
@pytest.mark.parametrize("name", ["sheared", "strangers"])
def test_a_tilted_box_and_atoms_of_no_concern(run, tmp_path, model, name, ranks):
    structure, coeff = {
        "sheared": (sheared_water(), NAMES),
        "strangers": (water_with_strangers(), f"{NAMES} NULL"),
    }[name]
    data = structure.write(tmp_path / "structure.lmp")

    output = run(script(data, [f"pair_style dpmd {model}", coeff], [*dump("atoms.dump", 100), "run 0"]), ranks)

    theirs = np.load(DATA / f"{name}.npz")
    assert_same_thermo(output.thermo, theirs["thermo"], 192)
    assert_same_atoms(output.frames("atoms.dump")[0], theirs["first"])


@pytest.mark.parametrize("units", UNITS)
def test_every_style_of_units(run, tmp_path, model, units):
    data = water().write(tmp_path / "water.lmp", units)

    output = run(script(data, [f"pair_style dpmd {model}", NAMES], [*dump("atoms.dump", 100), "run 0"], units))

    theirs = json.loads((DATA / "units.json").read_text())[units]
    ours, expected = output.thermo[0], np.array(theirs["thermo"])
    assert abs(ours[1] / expected[1] - 1) < 1e-13
    assert np.abs(ours[2:] - expected[2:]).max() < RELATIVE * np.abs(expected[2:]).max()
    largest = np.abs(output.frames("atoms.dump")[0][:, 5:8]).max()
    assert abs(largest / theirs["largest_force"] - 1) < 1e-10


def last_of_each_step(rows):
    """DeePMD-kit writes a step twice if it ends one run and begins the next, and each evaluation of a minimisation."""
    return list({row[:12]: row for row in rows}.values())


@pytest.mark.parametrize("ranks", [1, 3])
@pytest.mark.parametrize(
    ("name", "settings", "commands", "units"),
    [
        ("steps", "out_freq 10", [*NVE, "run 20", "run 15", "minimize 1e-10 1e-10 7 20"], "metal"),
        ("atomic", "out_freq 1 atomic relative 0.5 relative_v 0.3", ["run 0"], "metal"),
        ("real", "out_freq 1", ["run 0"], "real"),
    ],
)
def test_files_of_model_deviation_have_the_same_digits(
    run, tmp_path, model, other_water_model, name, settings, commands, units, ranks
):
    data = water(with_velocities=name == "steps").write(tmp_path / "water.lmp", units)
    pair = f"pair_style dpmd {model} {other_water_model} {settings} out_file deviation.out"

    run(script(data, [pair, NAMES], commands, units), ranks)

    ours = (tmp_path / "deviation.out").read_text().splitlines()
    theirs = last_of_each_step((DATA / f"deviation_{name}.out").read_text().splitlines())
    assert ours[0] == theirs[0]
    assert [len(line) for line in ours] == [len(line) for line in theirs]
    # seven digits, of which the last may be rounded differently
    assert np.loadtxt(ours) == pytest.approx(np.loadtxt(theirs), rel=1.01e-6)
