"""Frame and atomic parameters that computes and fixes give in each step."""

from __future__ import annotations

import ase
import numpy as np
import pytest
from lammps_runs import NVE, dump, script, water

import dpmd
from dpmd.importers import import_model

OVERFLOW = "overflow keep_nearest"


@pytest.fixture(scope="module")
def parameters(tmp_path_factory, oracle):
    """A model with two frame parameters and an atomic one."""
    target = tmp_path_factory.mktemp("models") / "parameters.dpmd"
    import_model(str(oracle / "fparam_aparam.pb")).save(target)
    return target


@pytest.fixture
def pair(parameters):
    return lambda words: [f"pair_style dpmd {parameters} {words} {OVERFLOW}", "pair_coeff * * O H"]


@pytest.fixture
def data(tmp_path):
    return water(with_velocities=True).write(tmp_path / "water.lmp")


def energy(parameters, frame, fparam, aparam):
    """The energy of a frame of a dump, from the engine alone."""
    box = water()
    atoms = ase.Atoms(np.array(["O", "H"])[frame[:, 1].astype(int) - 1], frame[:, 2:5], cell=box.cell, pbc=True)
    potential = dpmd.Potential(parameters, overflow="keep_nearest")
    return potential.compute(atoms, fparam=fparam, aparam=aparam).energy


@pytest.mark.parametrize("ranks", [1, 3])
def test_computes_give_the_parameters_of_each_step(run, tmp_path, data, parameters, pair, ranks):
    """This also holds in steps without output, which otherwise brings computes up to date."""
    before = ["compute height all property/atom z", "compute mean all reduce ave x y"]
    commands = [*NVE, *dump("atoms.dump", 3, "id type x y z"), "thermo 3", "run 6"]
    keywords = pair("fparam_from_compute mean aparam_from_compute height")

    output = run(script(data, [*before, *keywords], commands), ranks)

    for row, frame in zip(output.thermo, output.frames("atoms.dump"), strict=True):
        x, y, z = frame[:, 2:5].T
        expected = energy(parameters, frame, [x.mean(), y.mean()], z[:, None])
        assert row[1] == pytest.approx(expected, abs=1e-8)
    assert len(output.thermo) == 3


def test_a_fix_gives_frame_parameters(run, tmp_path, data, parameters, pair):
    before = ["variable a equal 0.25+0.5*step", "variable b equal -0.5", "fix both all ave/time 1 1 1 v_a v_b"]
    commands = [*NVE, *dump("atoms.dump", 1, "id type x y z"), "thermo 1", "run 2"]

    output = run(script(data, [*before, *pair("fparam_from_fix both aparam 0.75")], commands), ranks=2)

    # the fix acts at the end of a step, so that the next one sees it
    for row, frame, a in zip(output.thermo, output.frames("atoms.dump"), (0.0, 0.25, 0.75), strict=True):
        expected = energy(parameters, frame, [a, -0.5 if row[0] > 0 else 0.0], np.full((192, 1), 0.75))
        assert row[1] == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize(
    ("before", "words", "message"),
    [
        ("", "fparam_from_compute c aparam 1", "fparam_from_compute c: there is none of this ID"),
        ("", "fparam_from_fix f aparam 1", "fparam_from_fix f: there is none of this ID"),
        ("", "fparam 1 2 aparam_from_compute c", "aparam_from_compute c: there is none of this ID"),
        ("compute c all temp", "fparam_from_compute c aparam 1", "must give a global scalar or vector of 2 values"),
        ("compute c all property/atom x y", "fparam 1 2 aparam_from_compute c", "per-atom vector or array of 1 value"),
        ("fix c all momentum 1 linear 1 1 1", "fparam_from_fix c aparam 1", "global scalar or vector of 2 values"),
        ("", "fparam 1 2", "aparam has 0 values, but"),
    ],
)
def test_what_does_not_give_them_is_named(lammps, tmp_path, data, pair, before, words, message):
    output = lammps.run(tmp_path, script(data, [before, *pair(words)], ["run 0"]))

    assert message in output.error


SIX = """six atoms

6 atoms
1 atom types

0 13 xlo xhi
0 13 ylo yhi
0 13 zlo zhi

Masses

1 16

Atoms # atomic

1 1 12.83 2.56 2.18
2 1 12.09 2.87 2.74
3 1 0.25 3.32 1.68
4 1 3.36 3.00 1.81
5 1 3.51 2.51 2.60
6 1 4.27 3.22 1.56
"""


@pytest.mark.parametrize(
    ("before", "words", "energies"),
    [
        ("compute t all temp", "fparam_from_compute t aparam 0.75", (-15.0649804538, -15.0646043023, -15.0643916447)),
        (
            "compute x all property/atom x",
            "fparam 0.25 aparam_from_compute x",
            (-1.72845685766, -1.73914422719, -1.75115938186),
        ),
        (
            "compute k all ke/atom",
            "fparam 0.25 aparam_from_compute k",
            (-0.5676527062, -0.569940264611, -0.571190233355),
        ),
        (
            "variable a equal step*0.1+0.25\nfix f all ave/time 1 1 1 v_a",
            "fparam_from_fix f aparam 0.75",
            (-0.574902053322, -0.565470571766, -0.562829538846),
        ),
    ],
)
def test_energies_are_those_of_deepmd_kit(run, tmp_path, shared, before, words, energies):
    """Recorded from DeePMD-kit 3.2.0 with `thermo 1`: between outputs it keeps the last values of a compute."""
    import_model(str(shared / "models" / "fixtures" / "fparam_aparam.pb")).save(tmp_path / "six.dpmd")
    (tmp_path / "six.lmp").write_text(SIX)
    pair = ["velocity all create 300 4711", before, f"pair_style dpmd six.dpmd {words}", "pair_coeff * * O"]

    output = run(script(tmp_path / "six.lmp", pair, [*NVE, "thermo 1", "run 4", "run 2"], skin=2.0))

    assert output.thermo[[0, 4, 7], 1] == pytest.approx(energies, abs=1e-9)
