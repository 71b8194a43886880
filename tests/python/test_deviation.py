"""Model deviation: the tables of DeePMD-kit, the spread itself, and the frames between two thresholds."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import ase.io
import numpy as np
import pytest

import dpmd
from command_line import command, refusal
from dpmd.errors import InputError

TABLES = Path(__file__).parents[1] / "data" / "deviation"
LABELLED = Path(__file__).parents[1] / "data" / "dp_commands"


@pytest.fixture(scope="module")
def two_models(shared) -> list[Path]:
    return [shared / "models" / name for name in ("water.pb", "water_small.pb")]


@pytest.fixture(scope="module")
def system(tmp_path_factory) -> Path:
    """The frames for which the tables were recorded."""
    spec = importlib.util.spec_from_file_location("record", TABLES / "record.py")
    record = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(record)
    folder = tmp_path_factory.mktemp("frames") / "water"
    record.write_system(folder)
    return folder


@pytest.fixture(scope="module")
def pair(water_model, other_water_model) -> list[dpmd.Potential]:
    return [dpmd.Potential(water_model), dpmd.Potential(other_water_model)]


@pytest.mark.parametrize(
    ("name", "options"),
    [("plain", ["-f", "50"]), ("atomic", ["--atomic"]), ("relative", ["--relative", "0.5"])],
)
def test_the_table_is_deepmd_kits(two_models, system, tmp_path, name: str, options) -> None:
    command("deviation", *two_models, "-s", system, "-o", tmp_path / "table", *options)

    ours, theirs = (tmp_path / "table").read_text().splitlines(), (TABLES / f"{name}.out").read_text().splitlines()
    assert ours[1].split() == theirs[1].split()  # titles
    assert len(ours) == len(theirs) == 5
    for mine, wanted in zip(ours[2:], theirs[2:], strict=True):
        assert len(mine) == len(wanted.rstrip())
        # to one unit of the last printed digit: the numbers differ by 1e-11 before they are rounded
        assert np.allclose(np.float64(mine.split()), np.float64(wanted.split()), rtol=1.01e-6, atol=0)


def test_a_committee_says_what_each_model_says(pair, water_atoms) -> None:
    results = dpmd.Committee(pair).compute(water_atoms, atomic=True)

    for potential, result in zip(pair, results, strict=True):
        alone = potential.compute(water_atoms, atomic=True)
        assert result.energy == alone.energy
        for name in ("forces", "virial", "atom_energies", "atom_virials"):
            assert np.array_equal(getattr(result, name), getattr(alone, name)), name


def test_the_deviation_is_the_spread_around_the_mean(pair, water_atoms) -> None:
    results = dpmd.Committee(pair).compute(water_atoms)
    forces = np.array([r.forces for r in results])
    virials = np.array([r.virial for r in results]) / len(water_atoms)
    of_forces = np.sqrt(((forces - forces.mean(0)) ** 2).sum(2).mean(0))
    of_virial = virials.std(0)
    size_of_force, size_of_virial = np.linalg.norm(forces.mean(0), axis=1), np.abs(virials.mean(0))

    found = dpmd.model_deviation(results)
    relative = dpmd.model_deviation(results, relative=0.2, relative_v=0.01)

    assert np.allclose(found.forces, of_forces, rtol=1e-12, atol=0)
    assert found.max_f == found.forces.max() > 0
    assert found.min_f == found.forces.min()
    assert found.avg_f == pytest.approx(of_forces.mean(), rel=1e-12)
    assert found.max_v == pytest.approx(of_virial.max(), rel=1e-9)
    assert found.min_v == pytest.approx(of_virial.min(), rel=1e-9)
    assert found.avg_v == pytest.approx(np.sqrt((of_virial**2).mean()), rel=1e-9)
    assert found.energy == pytest.approx(np.std([r.energy for r in results]) / len(water_atoms), rel=1e-6)
    assert np.allclose(relative.forces, of_forces / (size_of_force + 0.2), rtol=1e-12, atol=0)
    assert relative.max_v == pytest.approx((of_virial / (size_of_virial + 0.01)).max(), rel=1e-9)


def test_a_simulation_is_judged_without_being_changed(pair, water_atoms, tmp_path) -> None:
    def run(judged: bool) -> dpmd.Simulation:
        simulation = dpmd.Simulation(pair[0], water_atoms, timestep=0.5, ensemble=dpmd.Langevin(330, 50))
        simulation.initialize_velocities(330, 1)
        if judged:
            table, frames = tmp_path / "table", tmp_path / "selected.extxyz"
            simulation.deviation(pair[1:], table, 5, atomic=True, selected=frames)
        simulation.run(20)
        return simulation

    judged, alone = run(True), run(False)

    assert np.array_equal(judged.positions, alone.positions)
    rows = np.loadtxt(tmp_path / "table")
    assert list(rows[:, 0]) == [0, 5, 10, 15, 20]
    selected = ase.io.read(tmp_path / "selected.extxyz", ":")
    assert [frame.info["step"] for frame in selected] == [0, 5, 10, 15, 20]
    last = dpmd.model_deviation(dpmd.Committee(pair).compute(selected[-1]))
    assert rows[-1, 4] == pytest.approx(last.max_f, rel=2e-6)
    assert rows[-1, 1] == pytest.approx(last.max_v, rel=2e-6)
    assert np.allclose(rows[-1, 7:], last.forces, rtol=2e-6, atol=1e-8)
    assert np.allclose(selected[-1].arrays["force_deviation"], rows[-1, 7:], rtol=2e-6, atol=0)


def test_frames_between_the_thresholds_are_selected(two_models, system, tmp_path) -> None:
    table, selected = tmp_path / "table", tmp_path / "selected.extxyz"
    command("deviation", *two_models, "-s", system, "-o", table)
    largest = np.loadtxt(table)[:, 4]
    lower, upper = sorted(largest)[1:]  # selects the middle one, below the largest

    said = command(
        "deviation",
        *two_models,
        "-s",
        system,
        "-o",
        table,
        "--selected",
        selected,
        "--lower",
        lower - 1e-6,
        "--upper",
        upper - 1e-3,
        "--force",
    )

    assert "1 of them" in said
    frame = ase.io.read(selected)
    assert frame.info["step"] == int(np.argsort(largest)[1])
    assert frame.info["max_devi_f"] == pytest.approx(lower, rel=1e-6)
    assert frame.arrays["force_deviation"].max() == pytest.approx(lower, rel=1e-6)


def test_a_trajectory_is_as_good_as_a_system(two_models, system, tmp_path) -> None:
    from dpmd.systems import find_sources

    names, frames = ["O", "H"], []
    for frame in find_sources([system])[0].open(names, lambda key, line: None).frames():
        frames.append(ase.Atoms([names[t] for t in frame.types], frame.positions, cell=frame.cell, pbc=True))
        frames[-1].info["step"] = 50 * (len(frames) - 1)
    ase.io.write(tmp_path / "frames.extxyz", frames)
    command("deviation", *two_models, "-s", tmp_path / "frames.extxyz", "-o", tmp_path / "table")

    theirs = np.loadtxt(TABLES / "plain.out")
    assert np.allclose(np.loadtxt(tmp_path / "table"), theirs, rtol=2e-5, atol=0)  # the file holds eight decimals


@pytest.fixture
def labelled(tmp_path, monkeypatch) -> Path:
    """The systems for which DeePMD-kit's answers about labelled data were recorded, in the working folder."""
    from data.dp_commands.record import write_systems

    write_systems(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def read_table(path: Path) -> np.ndarray:
    return np.loadtxt(path, ndmin=2)


def test_the_real_error_is_deepmd_kits(labelled, water_model) -> None:
    said = command("deviation", water_model, "-s", "box", "--real_error", "-o", "table")

    assert "3 frames" in said
    assert np.allclose(read_table("table"), read_table(LABELLED / "real.out"), rtol=1.01e-6, atol=0)


def test_the_real_error_of_two_models_is_relative_to_the_reference(labelled, two_models) -> None:
    options = ("--real_error", "--relative", 0.5, "--atomic")
    command("deviation", *reversed(two_models), "-s", "box", "-o", "table", *options)

    assert np.allclose(read_table("table"), read_table(LABELLED / "real_relative.out"), rtol=1.01e-6, atol=0)


def test_a_real_error_needs_references_and_says_which_are_missing(labelled, water_model) -> None:
    (labelled / "box" / "set.000" / "virial.npy").unlink()

    said = command("deviation", water_model, "-s", "box", "--real_error", "-o", "table")

    assert said.count("no reference virial") == 1
    rows = read_table("table")
    assert np.isnan(rows[:, 1:4]).all()
    assert np.isfinite(rows[:, 4:]).all()
    (labelled / "box" / "set.000" / "force.npy").unlink()
    refused = refusal("deviation", water_model, "-s", "box", "--real_error", "-o", "table", "--force")
    assert "box, frame 0: has no reference forces" in refused


def test_several_sources_stand_behind_one_option(labelled, water_model, other_water_model) -> None:
    command("deviation", water_model, other_water_model, "-s", "box", "open", "-o", "table")

    lines = (labelled / "table").read_text().splitlines()
    assert [line for line in lines if line.startswith("# ") and "step" not in line] == ["# box", "# open"]
    assert len(read_table("table")) == 5


def write_dump(path: Path, steps: list[int], atoms: ase.Atoms) -> None:
    """A LAMMPS dump with an element column."""
    pairs = zip(atoms.symbols, atoms.positions, strict=True)
    rows = [f"{k + 1} {s} {x} {y} {z}" for k, (s, (x, y, z)) in enumerate(pairs)]
    lines = []
    for step in steps:
        lines += ["ITEM: TIMESTEP", step, "ITEM: NUMBER OF ATOMS", len(atoms), "ITEM: BOX BOUNDS pp pp pp"]
        lines += [f"0 {length}" for length in atoms.cell.lengths()]
        lines += ["ITEM: ATOMS id element x y z", *rows]
    path.write_text("\n".join(map(str, lines)) + "\n")


def test_frames_of_a_dump_keep_their_steps(labelled, water_model, other_water_model, small_box) -> None:
    write_dump(labelled / "w.lammpstrj", [1000, 1050], ase.io.read(small_box))
    models = (water_model, other_water_model)

    command("deviation", *models, "-s", "w.lammpstrj", "-o", "own", "--overflow", "keep_nearest")
    command("deviation", *models, "-s", "w.lammpstrj", "-o", "given", "-f", 7, "--overflow", "keep_nearest")

    assert read_table("own")[:, 0].tolist() == [1000, 1050]
    assert read_table("given")[:, 0].tolist() == [0, 7]


def test_a_folder_of_structure_files_is_one_table(labelled, water_model, other_water_model) -> None:
    (labelled / "frames").mkdir()
    for k in (2, 10):
        ase.io.write(
            labelled / "frames" / f"{k}.xyz", ase.Atoms("OH2", [[0, 0, 0], [k / 10 + 0.7, 0, 0], [0, 0.96, 0]])
        )

    command("deviation", water_model, other_water_model, "-s", "frames", "-o", "table", "--selected", "s.extxyz")

    chosen = ase.io.read("s.extxyz", ":")
    assert [frame.positions[1, 0] for frame in chosen] == pytest.approx([0.9, 1.7])
    assert [frame.info["source"] for frame in chosen] == ["frames", "frames"]
    assert not chosen[0].pbc.any()
    assert read_table("table")[:, 0].tolist() == [0, 1]


def test_an_error_names_the_frame_and_leaves_an_earlier_table(labelled, water_model, other_water_model) -> None:
    file = labelled / "box" / "set.000" / "coord.npy"
    coord = np.load(file)
    coord[1, 0] = np.nan
    np.save(file, coord)
    (labelled / "table").write_text("earlier")

    refused = refusal("deviation", water_model, other_water_model, "-s", "box", "-o", "table", "--force")

    assert "box, frame 1: " in refused
    assert (labelled / "table").read_text() == "earlier"


def test_parameters_of_frames_are_ignored_with_one_line_each(labelled, water_model, other_water_model) -> None:
    np.save(labelled / "box" / "set.000" / "fparam.npy", np.ones((3, 1)))
    np.save(labelled / "box" / "set.000" / "aparam.npy", np.ones((3, 6)))

    said = command("deviation", water_model, other_water_model, "-s", "box", "box/..", "-o", "table")

    assert said.count("fparam is ignored") == said.count("aparam is ignored") == 1


RUN = """
[model]
file = "{model}"
precision = "mix16"
[structure]
file = "{structure}"
[dynamics]
ensemble = "nvt"
temperature = 330
steps = 20
[output]
thermo_every = 5
checkpoint_every = 10
[deviation]
models = ["{other}"]
every = 5
{more}
"""


def test_a_run_keeps_a_table_and_selects_frames_also_when_resumed(two_models, shared, tmp_path) -> None:
    text = RUN.format(
        model=two_models[0], other=two_models[1], structure=shared / "data" / "water_192.extxyz", more="lower = 0.01"
    )
    for name in ("whole", "parts"):
        (tmp_path / f"{name}.toml").write_text(text)
    command("run", tmp_path / "whole.toml")
    command("run", tmp_path / "parts.toml", "--steps", 10)
    command("run", tmp_path / "parts.toml", "--resume")

    for name in ("model_devi.out", "selected.extxyz"):
        assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "parts" / name).read_bytes()
    rows = np.loadtxt(tmp_path / "whole" / "model_devi.out")
    assert list(rows[:, 0]) == [0, 5, 10, 15, 20]
    assert (rows[:, 4] > 0.01).all()
    assert len(ase.io.read(tmp_path / "whole" / "selected.extxyz", ":")) == 5


def test_what_does_not_fit_is_refused(pair, water_atoms, water_model, oracle, tmp_path) -> None:
    def simulation() -> dpmd.Simulation:
        return dpmd.Simulation(pair[0], water_atoms)

    table = tmp_path / "table"
    with pytest.raises(InputError, match="lower = 2.*upper|upper = 1.*lower"):
        simulation().deviation(pair[1:], table, 5, selected=tmp_path / "s", lower=2, upper=1)
    with pytest.raises(InputError, match="relative = -1"):
        simulation().deviation(pair[1:], table, 5, relative=-1)
    with pytest.raises(InputError, match="needs another model"):
        simulation().deviation([], table, 5)
    with pytest.raises(InputError, match="every = 0"):
        simulation().deviation(pair[1:], table, 0)
    with pytest.raises(InputError, match="each output its own file"):
        simulation().deviation(pair[1:], table, 5, selected=table)
    stranger = dpmd.Potential(oracle / "fparam_aparam.pb")
    with pytest.raises(InputError, match="types"):
        simulation().deviation([stranger], table, 5)
    with pytest.raises(InputError, match="types"):
        dpmd.Committee([pair[0], stranger])
    assert "agrees with itself" in refusal("deviation", water_model, "-s", tmp_path)
    twice = ("deviation", water_model, water_model, "-s", tmp_path, "-o", table)
    assert "--selected" in refusal(*twice, "--lower", 0.1)
    assert "must be below" in refusal(*twice, "--lower", 2, "--upper", 1)
    assert "no system here" in refusal(*twice)
    assert "is a model by its name" in refusal("deviation", water_model, "-s", water_model, "--real_error")
    (tmp_path / "text.extxyz").write_text("no frames\n")
    assert "text.extxyz" in refusal(*twice[:3], "-s", tmp_path / "text.extxyz", "-o", table)
    assert not table.exists(), "a refused deviation leaves no file"


def test_an_input_file_is_checked(water_model, tmp_path) -> None:
    from dpmd.config import load_config

    file = tmp_path / "run.toml"
    structure = water_model.parent / "water_192.extxyz"

    def load(other: object, more: str) -> None:
        file.write_text(RUN.format(model=water_model, other=other, structure=structure, more=more))
        load_config(file)

    load(water_model, "lower = 0.1")
    with pytest.raises(InputError, match="deviation.models.*there is no such file"):
        load(tmp_path / "none.dpmd", "")
    with pytest.raises(InputError, match="deviation.lower = 1 must be below deviation.upper = 0.5"):
        load(water_model, "lower = 1\nupper = 0.5")
    text = file.read_text().replace(f'models = ["{water_model}"]', "")
    file.write_text(text)
    with pytest.raises(InputError, match=r"deviation.* has no effect without deviation.models"):
        load_config(file)


def test_threads_may_share_a_committee(pair, water_atoms) -> None:
    from concurrent.futures import ThreadPoolExecutor

    committee, shaken = dpmd.Committee(pair), []
    for seed in range(4):
        shaken.append(water_atoms.copy())
        shaken[-1].rattle(0.02, seed=seed)
    wanted = [committee.compute(atoms)[1].forces for atoms in shaken]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda atoms: committee.compute(atoms)[1].forces, 3 * shaken))
    for k, forces in enumerate(found):
        assert np.array_equal(forces, wanted[k % 4])


FULL_DISK = """
import resource, sys
import ase.io, dpmd
model, structure = sys.argv[1:]
simulation = dpmd.Simulation(dpmd.Potential(model), ase.io.read(structure))
simulation.deviation([dpmd.Potential(model, precision="mix32")], "table", 1, selected="frames.extxyz")
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, hard))  # room for the table, not for a frame
try:
    simulation.run(2)
    raise SystemExit("a frame was written")
except dpmd.InputError as error:
    assert "frames.extxyz" in str(error), error
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
simulation.run(2)
"""


def test_a_step_whose_frame_did_not_fit_has_one_row(water_model, tmp_path) -> None:
    structure = water_model.parent / "water_192.extxyz"
    command_line = [sys.executable, "-c", FULL_DISK, str(water_model), str(structure)]
    subprocess.run(command_line, cwd=tmp_path, check=True)

    steps = np.loadtxt(tmp_path / "table")[:, 0].tolist()
    assert steps == sorted(set(steps))
    assert [frame.info["step"] for frame in ase.io.read(tmp_path / "frames.extxyz", ":")] == steps


def test_the_largest_deviation_is_that_of_the_last_row(water_model, other_water_model, water_atoms, tmp_path) -> None:
    simulation = dpmd.Simulation(dpmd.Potential(water_model), water_atoms)
    simulation.deviation([dpmd.Potential(other_water_model)], tmp_path / "model_devi.out", 2)
    before = simulation.largest_force_deviation

    simulation.run(3)

    assert np.isnan(before)
    row = np.loadtxt(tmp_path / "model_devi.out")[-1]
    assert simulation.largest_force_deviation == pytest.approx(row[4], rel=1e-5)
