"""Arguments from users: deceptive shapes, text, masks, and values of the wrong kind."""

from __future__ import annotations

import ase
import numpy as np
import pytest

import dpmd
from dpmd.arguments import as_pbc

WATER = np.array([[0, 0, 0], [0.97, 0, 0], [-0.24, 0.93, 0], [3, 0.2, 0.1]])
TYPES = [0, 1, 1, 0]
CELL = [10.0, 10.0, 10.0]


@pytest.fixture(scope="module")
def drop(water_potential):
    """A small simulation."""
    return dpmd.Simulation(water_potential, positions=WATER, types=TYPES)


def test_positions_and_velocities_in_columns_are_refused(water_potential, drop) -> None:
    with pytest.raises(dpmd.InputError, match=r"positions has shape \(3, 4\).*\(4, 3\) is needed: transpose it"):
        water_potential.compute(WATER.T, TYPES)
    with pytest.raises(dpmd.InputError, match=r"positions has shape \(2, 6\)"):
        water_potential.compute(WATER.reshape(2, 6), TYPES)
    with pytest.raises(dpmd.InputError, match=r"velocities has shape \(3, 4\)"):
        dpmd.Simulation(water_potential, positions=WATER, types=TYPES, velocities=WATER.T)
    with pytest.raises(dpmd.InputError, match=r"velocities has shape \(3, 4\)"):
        drop.velocities = WATER.T
    with pytest.raises(dpmd.InputError, match=r"positions has shape \(3, 4\)"):
        dpmd.neighbor_list(WATER.T, None, 6.0)

    in_one_row = water_potential.compute(WATER.reshape(-1), TYPES)
    assert np.array_equal(in_one_row.forces, water_potential.compute(WATER, TYPES).forces)


def test_atomic_parameters_in_columns_are_refused(oracle) -> None:
    potential = dpmd.Potential(oracle / "fparam_aparam.pb")
    assert potential.n_aparam == 1
    given = {"positions": WATER, "types": TYPES, "fparam": [0.1, 0.2]}

    expected = potential.compute(**given, aparam=np.ones((4, 1)))

    assert np.array_equal(potential.compute(**given, aparam=np.ones(4)).forces, expected.forces)
    with pytest.raises(dpmd.InputError, match=r"aparam has shape \(1, 4\); one row for each of 4 atoms"):
        potential.compute(**given, aparam=np.ones((1, 4)))
    with pytest.raises(dpmd.InputError, match=r"fparam has shape \(2, 2\)"):
        potential.compute(**given | {"fparam": np.ones((2, 2))}, aparam=np.ones(4))


@pytest.mark.parametrize(
    ("pbc", "flags"),
    [
        ("T T F", [True, True, False]),
        ("F", [False] * 3),
        ("f F 0", [False] * 3),
        ("T, T, T", [True] * 3),
        (["T", "F", "T"], [True, False, True]),
        ("True False True", [True, False, True]),
        (np.array([1, 1, 0]), [True, True, False]),
        (1, [True] * 3),
        (np.bool_(False), [False] * 3),
    ],
)
def test_periodicity_in_text_means_what_it_says(pbc, flags: list[bool]) -> None:
    assert as_pbc(pbc, np.eye(3)) == flags


@pytest.mark.parametrize("pbc", ["xyz", "p p f", "", "T F", 2, [1, 1, 2], [0.5] * 3, [[True] * 3] * 2, b"T", object()])
def test_periodicity_that_says_nothing_is_refused(pbc) -> None:
    with pytest.raises(dpmd.InputError, match="pbc = .* must be one flag or three"):
        as_pbc(pbc, np.eye(3))


def test_text_as_periodicity_reaches_the_engine(water_potential, drop) -> None:
    open_box = water_potential.compute(WATER, TYPES, [4.0, 4.0, 4.0], pbc="F")

    assert open_box.energy == water_potential.compute(WATER, TYPES).energy
    simulation = dpmd.Simulation(water_potential, positions=WATER, types=TYPES, cell=CELL, pbc="T T F")
    assert simulation.pbc.tolist() == [True, True, False]


def test_masked_values_are_refused_and_a_mask_without_any_is_fine(water_potential) -> None:
    masked = np.ma.masked_array(WATER, mask=WATER > 2)
    types = np.ma.masked_array(TYPES, mask=[0, 0, 0, 1])

    for positions in (masked, list(masked)):
        with pytest.raises(dpmd.InputError, match="positions has masked values"):
            water_potential.compute(positions, TYPES)
    with pytest.raises(dpmd.InputError, match="types has masked values"):
        water_potential.compute(WATER, types)
    with pytest.raises(dpmd.InputError, match="velocities has masked values"):
        dpmd.Simulation(water_potential, positions=WATER, types=TYPES, velocities=masked)
    whole = water_potential.compute(np.ma.masked_array(WATER, mask=False), np.ma.masked_array(TYPES))
    assert np.array_equal(whole.forces, water_potential.compute(WATER, TYPES).forces)


@pytest.mark.parametrize(
    "types",
    [
        [0.0, 1.0, 1.0, 0.0],
        np.array(TYPES, dtype=np.float32),
        np.array(TYPES, dtype=np.uint64),
        np.array(TYPES, dtype=object),
        np.array(["O", "H", "H", "O"], dtype=object),
        np.array(TYPES).reshape(4, 1),
    ],
    ids=["floats", "float32", "uint64", "objects", "names", "column"],
)
def test_types_that_numpy_gives_are_taken(water_potential, types) -> None:
    expected = water_potential.compute(WATER, TYPES).energy

    assert water_potential.compute(WATER, types).energy == expected


@pytest.mark.parametrize(
    ("types", "message"),
    [
        ([0, 1, 1, 2**31], r"types\[3\] = 2147483648 is not a type of this model, which has 0 to 1"),
        ([0, 1, 1, -(2**63)], r"types\[3\] = -9223372036854775808"),
        (np.array([0, 1, 1, 2**63], dtype=np.uint64), r"types\[3\] = 9223372036854775808"),
        ([0, 1, 1, 2**70], r"types\[3\] = 1180591620717411303424"),
        ([0, 1, 1, np.nan], r"types\[3\] = nan"),
        ([0, 1, 1, np.inf], r"types\[3\] = inf"),
        ([0, 0.5, 1, 0], r"types\[1\] = 0.5"),
        ([True, False, False, True], "types must be whole numbers or names, not bool"),
        ([0, None, 1, 0], "types must be whole numbers or names"),
        ([[0, 1], [1]], "types must be an array"),
    ],
)
def test_types_out_of_range_are_named(water_potential, types, message: str) -> None:
    with pytest.raises(dpmd.InputError, match=message):
        water_potential.compute(WATER, types)


def test_whole_floats_are_counts(water_potential, tmp_path) -> None:
    simulation = dpmd.Simulation(water_potential, positions=WATER, types=TYPES, seed=1e6, timestep=0.1)
    simulation.thermo_log(tmp_path / "thermo.csv", every=2.0)

    assert simulation.run(4.0) == 4
    assert simulation.run(np.float64(1)) == simulation.run(np.int8(1)) == 1
    assert len((tmp_path / "thermo.csv").read_text().splitlines()) == 5


WRONG_IN_A_SIMULATION = {
    "run": (lambda s: s.run(True), "n_steps = True must be a whole number"),
    "run half a step": (lambda s: s.run(5.5), "n_steps = 5.5 must be a whole number"),
    "run text": (lambda s: s.run("5"), "n_steps = '5' must be a whole number"),
    "run nothing": (lambda s: s.run(None), "n_steps = None must be a whole number"),
    "run for ever": (lambda s: s.run(1e300), "n_steps = 1.*0 must be .* or less"),
    "temperature": (lambda s: s.initialize_velocities("300"), "temperature = '300' must be a number"),
    "seed": (lambda s: s.initialize_velocities(300, seed="a"), "seed = 'a' must be a whole number"),
    "seed too large": (lambda s: s.initialize_velocities(300, seed=2**64), "seed = 18446744073709551616 must be"),
    "exact": (lambda s: s.initialize_velocities(300, exact="no"), "exact = 'no' must be True or False"),
    "thermo_log": (lambda s: s.thermo_log(3, every=1), "path = 3 must be the name of a file"),
    "every": (lambda s: s.thermo_log("t.csv", every="1"), "every = '1' must be a whole number"),
    "trajectory": (lambda s: s.trajectory("t.xyz", 1, velocities="yes"), "velocities = 'yes' must be True or False"),
    "format": (lambda s: s.trajectory("t.xyz", 1, format=1), "format = 1 must be text"),
    "models": (lambda s: s.deviation(["a.pb"], "d", 1), r"models\[0\] = 'a.pb' must be a dpmd.Potential"),
    "lower": (lambda s: s.deviation([], "d", 1, lower="0"), "lower = '0' must be a number"),
    "relative": (lambda s: s.deviation([], "d", 1, relative="1"), "relative = '1' must be a number"),
    "checkpoint": (lambda s: s.checkpoint(None, 1), "path = None must be the name of a file"),
    "callback": (lambda s: s.callback("print", 1), "function = 'print' is not callable"),
    "callback every": (lambda s: s.callback(print, 0.5), "every = 0.5 must be a whole number"),
    "write_checkpoint": (lambda s: s.write_checkpoint(1), "path = 1 must be the name of a file"),
}


@pytest.mark.parametrize(("call", "message"), WRONG_IN_A_SIMULATION.values(), ids=WRONG_IN_A_SIMULATION.keys())
def test_a_wrong_kind_in_a_simulation_is_named(drop, call, message: str) -> None:
    with pytest.raises(dpmd.InputError, match=message):
        call(drop)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"potential": "water.pb"}, "potential = 'water.pb' must be a dpmd.Potential"),
        ({"timestep": "0.5"}, "timestep = '0.5' must be a number"),
        ({"timestep": True}, "timestep = True must be a number"),
        ({"skin": None}, "skin = None must be a number"),
        ({"seed": 1.5}, "seed = 1.5 must be a whole number"),
        ({"zero_momentum": "no"}, "zero_momentum = 'no' must be True or False"),
        ({"masses": {"H": "heavy"}}, r"masses\['H'\] = 'heavy' must be a number"),
        ({"ranks": 2}, "ranks = 2 must be dpmd.mpi_world"),
        ({"grid": ["1", 1, 1]}, "grid = '1' must be a whole number"),
        ({"grid": 2}, "grid = 2 must be a list of three whole numbers"),
        ({"atoms": "water.xyz"}, "atoms = 'water.xyz' must be ASE Atoms"),
        ({"most_imbalance": "1"}, "most_imbalance = '1' must be a number"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_wrong_kind_at_the_start_of_a_simulation_is_named(water_potential, change, message: str) -> None:
    with pytest.raises(dpmd.InputError, match=message):
        dpmd.Simulation(**{"potential": water_potential, "positions": WATER, "types": TYPES} | change)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"threads": "2"}, "threads = '2' must be a whole number"),
        ({"threads": 1.5}, "threads = 1.5 must be a whole number"),
        ({"threads": 2**40}, "threads = 1099511627776 must be 2147483647 or less"),
        ({"device": 0}, "device = 0 must be text"),
        ({"precision": 64}, "precision = 64 must be text"),
        ({"overflow": 1}, "overflow = 1 must be text"),
        ({"instruction_set": 1}, "instruction_set = 1 must be text"),
        ({"skin": "1"}, "skin = '1' must be a number"),
        ({"compress": 2}, "compress = 2 must be True or False"),
        ({"compress": True, "tolerance": "1e-6"}, "tolerance = '1e-6' must be a number"),
    ],
)
def test_a_wrong_kind_of_option_is_named(water_model, options, message: str) -> None:
    with pytest.raises(dpmd.InputError, match=message):
        dpmd.Potential(water_model, **options)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda p: dpmd.Potential(3), "model = 3 must be the name of a file"),
        (lambda p: dpmd.Committee("water.pb"), "models = 'water.pb' must be a list"),
        (lambda p: dpmd.Committee(p), "must be a list of model files or potentials"),
        (lambda p: dpmd.Committee(3), "models = 3 must be a list"),
        (lambda p: dpmd.Committee([]), "a committee needs a model"),
        (lambda p: p.compute(WATER, TYPES, atomic="yes"), "atomic = 'yes' must be True or False"),
        (lambda p: p.compute(None, TYPES), "positions must be an array of real numbers"),
        (lambda p: p.compute([[0, 0, 0], [1, 0]], TYPES), "positions must be an array"),
        (lambda p: p.compute(WATER, TYPES, cell="10 10 10"), "cell must be an array of real numbers"),
        (lambda p: p.compute(WATER, TYPES, fparam="x"), "fparam must be an array of real numbers"),
        (lambda p: dpmd.neighbor_list(WATER, None, "6"), "cutoff = '6' must be a number"),
        (lambda p: dpmd.model_deviation([1, 2]), "needs a Result of one frame"),
        (lambda p: dpmd.model_deviation([p.compute([WATER, WATER], TYPES)]), "needs a Result of one frame"),
        (lambda p: dpmd.model_deviation([p.compute(WATER, TYPES)]).row("1"), "step = '1' must be a whole number"),
    ],
)
def test_a_wrong_kind_is_named_wherever_it_is_given(water_potential, call, message: str) -> None:
    with pytest.raises(dpmd.InputError, match=message):
        call(water_potential)


def test_a_checkpoint_is_asked_for_by_name(water_potential) -> None:
    with pytest.raises(dpmd.InputError, match="path = 3 must be the name of a file"):
        dpmd.Simulation.resume(3, water_potential)
    with pytest.raises(dpmd.InputError, match="potential = None must be a dpmd.Potential"):
        dpmd.Simulation.resume("c", None)


def test_the_flags_of_atoms_count_beside_another_cell(water_potential) -> None:
    slab = ase.Atoms("OH2", [[1, 1, 1], [1.96, 1, 1], [0.76, 1.93, 1]], cell=[3.5] * 3, pbc=[True, True, False])
    box = np.asarray(slab.cell)

    assert water_potential.compute(slab, cell=box).energy == water_potential.compute(slab).energy
    assert dpmd.Simulation(water_potential, slab, cell=box).pbc.tolist() == [True, True, False]
    cluster = slab.copy()
    cluster.pbc = False
    periodic = water_potential.compute(cluster, pbc=True).energy
    assert periodic == water_potential.compute(slab.positions, [0, 1, 1], box).energy
    assert dpmd.Simulation(water_potential, cluster, pbc=True).thermo()["potential_energy"] == periodic


def test_masks_of_fixed_atoms_are_no_atoms(water_potential, water_atoms) -> None:
    with pytest.raises(dpmd.InputError, match="fixed has masked values"):
        dpmd.Simulation(water_potential, water_atoms, fixed=np.ma.array([0, 1], mask=[0, 1]))


def test_masses_that_are_given_settle_those_of_atoms(water_potential) -> None:
    mixed = ase.Atoms("OH2", [[1, 1, 1], [1.96, 1, 1], [0.76, 1.93, 1]], masses=[16, 1, 2])

    with pytest.raises(dpmd.InputError, match="different masses"):
        dpmd.Simulation(water_potential, mixed)
    assert dpmd.Simulation(water_potential, mixed, masses={"H": 2}).masses.tolist() == [16, 2, 2]
