"""The pair style works with what LAMMPS offers: ranks, restarts, minimisers, barostats, other pair styles."""

from __future__ import annotations

import numpy as np
import pytest
from lammps_runs import NVE, Structure, dump, script, sheared_water, water, water_with_strangers

import dpmd

NAMES = "pair_coeff * * O H"
ENERGY, PRESSURE = 1, 2  # columns of the thermo table


@pytest.fixture
def pair(model):
    return [f"pair_style dpmd {model}", NAMES]


@pytest.fixture
def data(tmp_path):
    return water(with_velocities=True).write(tmp_path / "water.lmp")


def water_droplet(middle: bool = False) -> Structure:
    """Some molecules, and parts of molecules, in the corner or the middle of a large box."""
    small = water()
    near = np.flatnonzero((small.positions < 5.5).all(axis=1))
    return Structure(small.positions[near] + 17 * middle, small.types[near], small.names, np.eye(3) * 40)


@pytest.mark.parametrize("ranks", [2, 4])
@pytest.mark.parametrize("structure", [water(with_velocities=True), sheared_water()], ids=["cubic", "tilted"])
def test_trajectories_do_not_depend_on_the_number_of_ranks(run, tmp_path, pair, structure, ranks):
    """The engine's sums are multiples of 2^-43, which LAMMPS adds without rounding: no bit may differ."""
    data = structure.write(tmp_path / "water.lmp")
    columns = "id type x y z vx vy vz fx fy fz"
    text = script(data, pair, [*NVE, *dump("atoms.dump", 50, columns), "run 100"], skin=0.3)

    alone = run(text).frames("atoms.dump")
    shared = run(text, ranks).frames("atoms.dump")

    assert len(alone) == 3
    assert np.array_equal(alone, shared)


def test_ranks_without_atoms(run, tmp_path, pair):
    """A droplet in the corner of a large box: of eight ranks seven have nothing, or ghosts only."""
    structure = water_droplet()
    data = structure.write(tmp_path / "droplet.lmp")
    text = script(data, pair, [*dump("atoms.dump", 1), "run 0"])

    alone, shared = run(text), run(text, 8)

    assert len(structure.types) > 10
    assert np.array_equal(alone.frames("atoms.dump"), shared.frames("atoms.dump"))
    assert alone.thermo[0, ENERGY] == pytest.approx(shared.thermo[0, ENERGY], abs=1e-11)


def test_the_engine_finds_the_same_by_itself(run, data, pair, water_potential, water_atoms):
    output = run(script(data, pair, [*dump("atoms.dump", 1), "run 0"]))

    result = water_potential.compute(water_atoms)
    assert output.thermo[0, ENERGY] == pytest.approx(result.energy, abs=1e-9)
    assert np.abs(output.frames("atoms.dump")[0][:, 5:8] - result.forces).max() < 1e-11


def test_energies_and_stresses_of_atoms_add_up(run, data, pair):
    commands = [
        "compute energy all pe/atom",
        "compute symmetric all stress/atom NULL virial",
        "compute whole all centroid/stress/atom NULL virial",
        "compute sum all reduce sum c_energy c_symmetric[*] c_whole[*]",
        "dump atoms all custom 1 atoms.dump id c_symmetric[*] c_whole[*]",
        "dump_modify atoms sort id format float %.17g",
        "thermo_style custom step pe pxx pyy pzz pxy pxz pyz vol c_sum[*]",
        "thermo_modify format float %.17g",
        "run 0",
    ]

    output = run(script(data, pair, ["velocity all set 0 0 0", *commands]), ranks=2)

    row = output.thermo[0]
    energy, pressures, volume, sums = row[1], row[2:8], row[8], row[9:]
    assert sums[0] == pytest.approx(energy, abs=1e-9)
    assert sums[1:7] == pytest.approx(-pressures * volume, rel=1e-9)
    assert sums[7:13] == pytest.approx(sums[1:7], rel=1e-9)
    atoms = output.frames("atoms.dump")[0]
    symmetric, whole = atoms[:, 1:7], atoms[:, 7:]
    mirrored = whole[:, [0, 1, 2, 6, 7, 8]]  # xx yy zz yx zx zy
    assert np.abs(whole[:, 3:6] - whole[:, 6:]).max() > 1.0  # bar Å^3: a stress of one atom is not symmetric
    assert np.abs(symmetric - (whole[:, :6] + mirrored) / 2).max() < 1e-9 * np.abs(whole).max()


def test_two_runs_equal_one(run, data, pair):
    once = run(script(data, pair, [*NVE, *dump("once.dump", 40), "run 40"])).frames("once.dump")
    twice = run(script(data, pair, [*NVE, *dump("twice.dump", 40), "run 0", "run 40 pre no"])).frames("twice.dump")

    assert np.array_equal(once[-1], twice[-1])


def test_a_restart_asks_for_the_pair_style_again(lammps, run, tmp_path, data, pair):
    whole = run(script(data, pair, [*NVE, "run 20", "write_restart half.restart", "run 20"])).thermo
    lines = ["read_restart half.restart", "neighbor 1.0 bin", "thermo_style custom step pe press"]
    lines += ["thermo_modify format float %.17g", "thermo 10"]

    named = run("\n".join([*lines, *pair, *NVE, "run 20", ""]), name="named").thermo
    unnamed = lammps.run(tmp_path, "\n".join([*lines, *NVE, "run 20", ""]))

    assert named[:, 0].tolist() == [20, 30, 40]
    assert named[:, ENERGY] == pytest.approx(whole[-3:, ENERGY], abs=1e-9)
    assert unnamed.status != 0 and "pair style" in unnamed.error.lower()


def test_a_rerun_finds_what_the_run_found(run, data, pair):
    first = run(script(data, pair, [*NVE, *dump("atoms.dump", 10), "run 30"], thermo="step pe pxx"))

    again = run(script(data, pair, ["rerun atoms.dump dump x y z"], thermo="step pe pxx"), ranks=2, name="again")

    assert again.thermo[:, 0].tolist() == [0, 10, 20, 30]
    assert again.thermo[:, 1] == pytest.approx(first.thermo[:, 1], abs=1e-9)


def test_minimisation_lowers_the_energy(run, data, pair):
    energies = run(script(data, pair, ["minimize 1e-8 1e-6 20 60"]), ranks=2).thermo[:, ENERGY]

    assert energies[-1] < energies[0] - 1.0


def test_box_relaxation_approaches_the_pressure(run, tmp_path, pair):
    data = sheared_water().write(tmp_path / "water.lmp")
    commands = ["minimize 1e-8 1e-6 40 200", "fix box all box/relax tri 0.0 vmax 0.01", "minimize 1e-12 1e-10 60 300"]
    pressures = np.abs(run(script(data, pair, commands)).thermo[:, 3:])

    start = 4  # rows of the first minimisation, which keeps the box
    assert pressures[-1].max() < 0.3 * pressures[start + 1].max()


def test_a_barostat_conserves_its_energy(run, data, pair):
    commands = ["timestep 0.00025", "fix npt all npt temp 330 330 0.05 iso 1 1 0.5", "run 200"]

    conserved = run(script(data, pair, commands, thermo="step econserve vol"), ranks=2).thermo

    assert conserved[-1, 2] != conserved[0, 2]
    # the effect of a step of 0.25 fs on 192 atoms, well below kT = 0.028 eV per atom
    assert np.ptp(conserved[:, 1]) < 192 * 5e-4


def test_a_style_beside_it_adds_up(run, data, model, pair):
    alone = run(script(data, pair, ["run 0"]), name="alone").thermo
    overlay = [
        f"pair_style hybrid/overlay dpmd {model} zero 5.0",
        "pair_coeff * * dpmd O H",
        "pair_coeff * * zero",
    ]
    beside = run(script(data, overlay, ["run 0"]), ranks=2, name="beside").thermo

    assert beside == pytest.approx(alone, rel=1e-12)


def test_another_style_has_the_pairs_of_no_concern(run, tmp_path, model):
    """Foreign atoms repel all others with another pair style, and nothing changes among the rest."""
    data = water_with_strangers().write(tmp_path / "water.lmp")
    lj = ["pair_coeff 1*2 3 lj/cut 0.01 2.0", "pair_coeff 3 3 lj/cut 0.01 2.0"]

    def energy(name, *lines):
        return run(script(data, lines, ["run 0"]), name=name).thermo[0, ENERGY]

    both = energy("both", f"pair_style hybrid dpmd {model} lj/cut 6.0", "pair_coeff * * dpmd O H NULL", *lj)
    ours = energy("ours", f"pair_style dpmd {model}", "pair_coeff * * O H NULL")
    others = energy(
        "others", "pair_style lj/cut 6.0", "pair_coeff * * 0.0 1.0", *(c.replace("lj/cut ", "") for c in lj)
    )

    assert both == pytest.approx(ours + others, abs=1e-9)


def test_types_may_change_while_a_list_is_kept(run, tmp_path, pair):
    """In a droplet there are no ghosts that keep their own types."""
    droplet = water_droplet(middle=True)
    data = droplet.write(tmp_path / "droplet.lmp")
    other = 2 - droplet.types[0]  # LAMMPS counts from 1

    rows = run(script(data, pair, ["run 0", f"set atom 1 type {other}", "run 1 pre no", "run 0"])).thermo

    energies = {"kept": rows[-2, ENERGY], "new": rows[-1, ENERGY]}
    assert rows[-2:, 0].tolist() == [1, 1]
    assert energies["kept"] == pytest.approx(energies["new"], abs=1e-10)
    assert abs(energies["new"] - rows[0, ENERGY]) > 1.0


def test_names_may_stand_in_another_order(run, tmp_path, model):
    plain, turned = water(), water()
    turned = Structure(turned.positions, 1 - turned.types, ("H", "O"), turned.cell)
    energies = []
    for structure, coeff in ((plain, NAMES), (plain, "pair_coeff * *"), (turned, "pair_coeff * * H O")):
        data = structure.write(tmp_path / "water.lmp")
        energies.append(run(script(data, [f"pair_style dpmd {model}", coeff], ["run 0"])).thermo[0, ENERGY])

    assert energies == [energies[0]] * 3


@pytest.mark.parametrize("options", ["precision mix32", "precision mix16 compress moment", "compress table threads 2"])
def test_options_of_the_engine(run, data, pair, options):
    exact = run(script(data, pair, ["run 0"]), name="exact").thermo[0, ENERGY]

    faster = run(script(data, [f"{pair[0]} {options}", NAMES], ["run 0"]), name="faster").thermo[0, ENERGY]

    assert faster != exact
    assert faster == pytest.approx(exact, abs=192 * 5e-3)


BONDED = """\
bonded atoms

3 atoms
2 atom types
2 bonds
1 bond types
2 extra special per atom

0 20 xlo xhi
0 20 ylo yhi
0 20 zlo zhi

Masses

1 15.9994
2 1.008

Atoms # full

1 1 1 0.0 10.0 10.0 10.0
2 1 2 0.0 10.9572 10.0 10.0
3 1 2 0.0 9.76 10.9266 10.0

Bonds

1 1 1 2
2 1 1 3
"""


@pytest.mark.parametrize("factors", ["0.0 0.0 0.0", "0.5 0.5 0.5", "1.0 1.0 1.0"])
def test_bonded_neighbours_are_seen_or_missed_aloud(lammps, tmp_path, model, water_potential, factors):
    (tmp_path / "bonded.lmp").write_text(BONDED)
    pair = [
        "bond_style zero",
        "bond_coeff * 1.0",
        f"pair_style dpmd {model}",
        NAMES,
        f"special_bonds lj/coul {factors}",
    ]
    text = script(tmp_path / "bonded.lmp", pair, ["run 0"], before=["atom_style full"])

    output = lammps.run(tmp_path, text)

    if factors.startswith("0.0"):
        assert "but a model needs them: special_bonds lj/coul 1.0 1.0 1.0" in output.error
        return
    import ase

    molecule = ase.Atoms("OHH", [(0, 0, 0), (0.9572, 0, 0), (-0.24, 0.9266, 0)])
    assert output.thermo[0, ENERGY] == pytest.approx(water_potential.compute(molecule).energy, abs=1e-10)


def test_excluded_neighbours_are_warned_of(run, data, pair):
    assert "take neighbours away" in run(script(data, [*pair, "neigh_modify exclude type 1 1"], ["run 0"])).text


def test_parameters_of_frames_and_atoms(run, tmp_path, oracle):
    """The same values for all atoms: the engine by itself must find the same energy and forces."""
    from dpmd.importers import import_model

    target = tmp_path / "parameters.dpmd"
    import_model(str(oracle / "fparam_aparam.pb")).save(target)
    structure = water()
    data = structure.write(tmp_path / "water.lmp")
    settings = f"{target} fparam 0.25 -0.5 aparam 0.75 overflow keep_nearest"

    output = run(script(data, [f"pair_style dpmd {settings}", NAMES], [*dump("atoms.dump", 1), "run 0"]), ranks=2)

    import ase

    atoms = ase.Atoms(np.array(["O", "H"])[structure.types], structure.positions, cell=structure.cell, pbc=True)
    potential = dpmd.Potential(target, overflow="keep_nearest")
    result = potential.compute(atoms, fparam=[0.25, -0.5], aparam=np.full((192, 1), 0.75))
    assert output.thermo[0, ENERGY] == pytest.approx(result.energy, abs=1e-9)
    assert np.abs(output.frames("atoms.dump")[0][:, 5:8] - result.forces).max() < 1e-11


def test_another_model_may_follow(lammps, run, tmp_path, data, pair, other_water_model):
    """The types of another model may have another order, so their names must be given again."""
    follows = f"pair_style dpmd {other_water_model}"

    rows = run(script(data, pair, ["run 0", follows, NAMES, "run 0"])).thermo
    direct = run(script(data, [follows, NAMES], ["run 0"]), name="direct").thermo
    unnamed = lammps.run(tmp_path, script(data, pair, ["run 0", follows, "run 0"]))

    assert np.array_equal(rows[1], direct[0])
    assert abs(rows[1, ENERGY] - rows[0, ENERGY]) > 1e-3
    assert "coeff" in unnamed.error


def test_one_model_writes_no_deviation(run, data, pair, tmp_path):
    run(script(data, pair, ["run 0"]))

    assert not (tmp_path / "model_devi.out").exists()


def test_deviations_of_a_style_beside_others(run, tmp_path, data, pair, model, other_water_model):
    settings = f"dpmd {model} {other_water_model} out_freq 1 atomic out_file"
    overlay = [
        f"pair_style hybrid/overlay {settings} beside.out zero 5.0",
        "pair_coeff * * dpmd O H",
        "pair_coeff * * zero",
    ]

    run(script(data, [f"pair_style {settings} alone.out", NAMES], ["run 0"]), name="alone")
    run(script(data, overlay, ["comm_style tiled", "balance 1.0 rcb", "run 0"]), ranks=3, name="beside")

    assert (tmp_path / "beside.out").read_text() == (tmp_path / "alone.out").read_text()


def test_deviations_do_not_change_the_trajectory(run, tmp_path, data, pair, model, other_water_model):
    several = [f"pair_style dpmd {model} {other_water_model} out_freq 4", NAMES]
    alone = run(script(data, pair, [*NVE, *dump("alone.dump", 20), "run 20"])).frames("alone.dump")
    beside = run(script(data, several, [*NVE, *dump("beside.dump", 20), "run 20"])).frames("beside.dump")

    assert np.array_equal(alone, beside)
    steps = [line.split()[0] for line in (tmp_path / "model_devi.out").read_text().splitlines()[1:]]
    assert steps == ["0", "4", "8", "12", "16", "20"]
