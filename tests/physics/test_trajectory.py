"""Trajectories and thermo logs: ASE reads what was in memory, and a resumed run writes nothing twice."""

from __future__ import annotations

import ase.io
import numpy as np
import pytest
from ase import units

import dpmd

FORMATS = {"extxyz": "extxyz", "lammpstrj": "lammps-dump-text"}


def recorded(simulation, every):
    """Collects frames as arrays while the simulation runs."""
    frames = []

    def keep(sim):
        frames.append(
            {
                "step": sim.step,
                "positions": sim.positions,
                "velocities": sim.velocities,
                "forces": sim.forces,
                "cell": sim.cell,
                "energy": sim.thermo()["potential_energy"],
            }
        )

    simulation.callback(keep, every)
    return frames


@pytest.mark.parametrize("pbc", ([True, True, True], [False, False, False], [True, True, False]))
def test_extxyz_reads_back_exactly(make, droplet, tmp_path, pbc):
    atoms = droplet.copy()
    atoms.pbc = pbc
    simulation = make(atoms=atoms)
    simulation.trajectory(tmp_path / "t.extxyz", every=10, velocities=True, forces=True, virial=True)
    frames = recorded(simulation, 10)

    simulation.run(25)

    read = ase.io.read(tmp_path / "t.extxyz", index=":")
    assert [one.info["step"] for one in read] == [0, 10, 20] == [f["step"] for f in frames]
    for one, frame in zip(read, frames, strict=True):
        assert one.get_chemical_symbols() == droplet.get_chemical_symbols()
        np.testing.assert_array_equal(one.positions, frame["positions"])
        np.testing.assert_array_equal(one.arrays["velo"], frame["velocities"])
        np.testing.assert_allclose(one.get_velocities() * units.fs, frame["velocities"], rtol=1e-14)
        np.testing.assert_array_equal(one.get_forces(), frame["forces"])
        np.testing.assert_array_equal(one.cell, frame["cell"])
        np.testing.assert_array_equal(one.pbc, pbc)
        assert one.get_potential_energy() == frame["energy"]
        assert one.info["time"] == frame["step"] * 0.5


def test_lammps_dump_reads_back(make, droplet, tmp_path):
    simulation = make()
    simulation.trajectory(tmp_path / "t.lammpstrj", every=10, velocities=True, forces=True)
    frames = recorded(simulation, 10)

    simulation.run(20)

    read = ase.io.read(tmp_path / "t.lammpstrj", index=":", format="lammps-dump-text")
    assert len(read) == 3
    for one, frame in zip(read, frames, strict=True):
        assert one.get_chemical_symbols() == droplet.get_chemical_symbols()
        np.testing.assert_array_equal(one.positions, frame["positions"])
        np.testing.assert_array_equal(one.get_forces(), frame["forces"])
        np.testing.assert_array_equal(one.cell, frame["cell"])
        # ASE rounds once on the way from Å/ps to its own unit
        np.testing.assert_allclose(one.get_velocities() * units.fs, frame["velocities"], rtol=1e-9)
        assert one.pbc.all()


def test_lammps_dump_of_a_cell_that_turned_keeps_distances_and_volume(make, tmp_path):
    simulation = make(dpmd.MTK(330, 1, damping=50, pressure_damping=100, coupling="full"))
    simulation.run(50)
    simulation.trajectory(tmp_path / "t.dump", every=1, velocities=True)
    simulation.run(0)

    read = ase.io.read(tmp_path / "t.dump", format="lammps-dump-text")
    ours = simulation.atoms()
    np.testing.assert_allclose(read.cell.cellpar(), ours.cell.cellpar(), rtol=1e-9)
    np.testing.assert_allclose(read.get_all_distances(mic=True), ours.get_all_distances(mic=True), atol=1e-9)
    np.testing.assert_allclose(read.get_kinetic_energy(), ours.get_kinetic_energy(), rtol=1e-7)


def test_a_name_that_does_not_tell_needs_the_format(make, tmp_path):
    simulation = make()
    with pytest.raises(dpmd.InputError, match=r"end it in \.extxyz"):
        simulation.trajectory(tmp_path / "frames", every=1)
    with pytest.raises(dpmd.InputError, match="'xtc'.*not one of: extxyz, lammps"):
        simulation.trajectory(tmp_path / "frames.a", every=1, format="xtc")
    simulation.trajectory(tmp_path / "frames.b", every=1, format="extxyz")
    simulation.run(0)

    assert len(ase.io.read(tmp_path / "frames.b", index=":", format="extxyz")) == 1


def outputs(simulation, folder):
    simulation.thermo_log(folder / "thermo.csv", every=5)
    simulation.trajectory(folder / "t.extxyz", every=10, velocities=True, forces=True)
    simulation.trajectory(folder / "t.lammpstrj", every=10)
    simulation.trajectory(folder / "timed.lammpstrj", every=10, velocities=True, time=True)
    simulation.checkpoint(folder / "c", every=20)


def contents(folder):
    return {p.name: p.read_bytes() for p in folder.iterdir() if p.name != "c" and p.suffix != ".cut"}


def test_a_run_that_was_killed_and_resumed_leaves_the_files_of_one_that_was_not(make, potential, tmp_path, ensemble):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    for folder in (whole, broken):
        folder.mkdir()
        simulation = make(ensemble)
        outputs(simulation, folder)
        # "killed" at step 37, after the checkpoint of step 20
        simulation.run(60 if folder is whole else 37)
    with open(broken / "t.extxyz", "ab") as file:
        file.write(b"24\nhalf a fra")

    behind = {name: content for name, content in contents(broken).items() if name == "t.extxyz"}
    resumed = dpmd.Simulation.resume(broken / "c", potential)
    outputs(resumed, broken)
    resumed.run(40)

    assert resumed.step == 60
    assert contents(broken) == contents(whole)
    cut = (broken / "t.extxyz.cut").read_bytes()
    assert cut and behind["t.extxyz"].endswith(cut)
    assert f"{broken / 't.extxyz'}: 1 frame behind the checkpoint" in " ".join(resumed.resume_notes)


def killed_behind_its_checkpoint(make, folder):
    simulation = make()
    outputs(simulation, folder)
    simulation.run(37)


def damaged_in_the_middle(content):
    place = content.index(b"step=10 ")
    return content[:place] + b"step=1O " + content[place + 8 :]


@pytest.mark.parametrize(
    ("name", "damage", "where"),
    [
        ("t.extxyz", damaged_in_the_middle, "at line 27, byte .* behind the frame of step 0, there is no whole frame"),
        ("t.lammpstrj", lambda content: content.replace(b"ITEM: TIMESTEP", b"ITEM: TIMESTOP", 2), "does not|at line 1"),
        ("t.lammpstrj", lambda content: content.replace(b" 0.", b" 9.", 1), "checksum differs"),
        ("thermo.csv", lambda content: content[:-1000], "ends after the row of step .* bytes, but had"),
    ],
)
def test_a_file_damaged_before_the_checkpoint_is_not_continued(make, potential, tmp_path, name, damage, where):
    killed_behind_its_checkpoint(make, tmp_path)
    damaged = damage((tmp_path / name).read_bytes())
    (tmp_path / name).write_bytes(damaged)

    resumed = dpmd.Simulation.resume(tmp_path / "c", potential)
    with pytest.raises(dpmd.InputError, match=f"{name}.*{where}.*put it back from a copy"):
        outputs(resumed, tmp_path)

    assert (tmp_path / name).read_bytes() == damaged


def test_a_file_that_is_gone_begins_anew_and_a_strange_one_is_left_alone(make, potential, tmp_path):
    killed_behind_its_checkpoint(make, tmp_path)
    (tmp_path / "t.extxyz").unlink()
    (tmp_path / "other.csv").write_bytes((tmp_path / "thermo.csv").read_bytes())

    resumed = dpmd.Simulation.resume(tmp_path / "c", potential)
    resumed.trajectory(tmp_path / "t.extxyz", every=10)
    with pytest.raises(dpmd.InputError, match="other.csv: is no file that the checkpoint knows"):
        resumed.thermo_log(tmp_path / "other.csv", every=5)
    resumed.run(20)

    assert "is not there any more; a new one begins" in resumed.resume_notes[0]
    assert [frame.info["step"] for frame in ase.io.read(tmp_path / "t.extxyz", index=":")] == [20, 30, 40]


def test_a_folder_may_be_moved_as_a_whole(make, potential, tmp_path):
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    killed_behind_its_checkpoint(make, old)
    old.rename(new)

    resumed = dpmd.Simulation.resume(new / "c", potential)
    outputs(resumed, new)

    assert len(resumed.resume_notes) == 4


def test_files_and_checkpoints_hold_the_run_id(make, potential, tmp_path):
    first, again, other = make(seed=1), make(seed=1), make(seed=2)
    other.initialize_velocities(330, seed=9)
    outputs(first, tmp_path)
    first.run(20)

    assert first.run_id == again.run_id != other.run_id
    assert [frame.info["run_id"] for frame in ase.io.read(tmp_path / "t.extxyz", index=":")] == 3 * [first.run_id]
    rows = [line.split(",") for line in (tmp_path / "thermo.csv").read_text().splitlines()]
    assert rows[0][-1] == "run_id" and {row[-1] for row in rows[1:]} == {str(first.run_id)}
    assert dpmd.Simulation.resume(tmp_path / "c", potential, run_id=first.run_id).run_id == first.run_id
    with pytest.raises(dpmd.InputError, match=f"is of run {first.run_id}, not of run {other.run_id}"):
        dpmd.Simulation.resume(tmp_path / "c", potential, run_id=other.run_id)


def test_a_run_id_can_be_given_and_stays(make, tmp_path):
    simulation = make(run_id=17)
    simulation.initialize_velocities(300, seed=4)

    assert simulation.run_id == 17
    with pytest.raises(dpmd.InputError, match="run_id"):
        make(run_id=2**53)


def test_runs_in_pieces_leave_the_files_of_one_run(make, tmp_path):
    whole, pieces = tmp_path / "whole", tmp_path / "pieces"
    for folder, parts in ((whole, (40,)), (pieces, (10, 0, 13, 17))):
        folder.mkdir()
        simulation = make()
        outputs(simulation, folder)
        for part in parts:
            simulation.run(part)

    assert contents(pieces) == contents(whole)


def test_a_new_simulation_starts_its_files_anew(make, tmp_path):
    for _ in range(2):
        simulation = make()
        simulation.trajectory(tmp_path / "t.extxyz", every=1)
        simulation.run(2)

    assert len(ase.io.read(tmp_path / "t.extxyz", index=":")) == 3


def test_a_resumed_run_does_not_touch_a_file_of_another_kind(make, potential, tmp_path):
    make().write_checkpoint(tmp_path / "c")
    (tmp_path / "notes.extxyz").write_text("my notes\n")
    resumed = dpmd.Simulation.resume(tmp_path / "c", potential)

    with pytest.raises(dpmd.InputError, match=r"notes\.extxyz: is no file that the checkpoint knows"):
        resumed.trajectory(tmp_path / "notes.extxyz", every=1)

    assert (tmp_path / "notes.extxyz").read_text() == "my notes\n"


def test_one_file_is_not_written_twice(make, tmp_path):
    simulation = make()
    simulation.trajectory(tmp_path / "t.extxyz", every=1)

    with pytest.raises(dpmd.InputError, match="already written"):
        simulation.thermo_log(tmp_path / "t.extxyz", every=1)


def test_thermo_log_holds_what_thermo_says(make, tmp_path):
    simulation = make(dpmd.MTK(330, 1, damping=50, pressure_damping=200, coupling="full"))
    simulation.thermo_log(tmp_path / "thermo.csv", every=5)
    seen = []
    simulation.callback(lambda sim: seen.append(sim.thermo()), every=5)

    simulation.run(12)

    table = np.genfromtxt(tmp_path / "thermo.csv", delimiter=",", names=True)
    assert len(table) == 3
    for row, thermo in zip(table, seen, strict=True):
        for name in ("step", "time", "temperature", "kinetic_energy", "potential_energy", "conserved_energy"):
            assert row[name] == thermo[name]
        for name in ("pressure", "volume", "density"):
            assert row[name] == thermo[name]
        assert row["pressure_xy"] == thermo["pressure_tensor"][0, 1]
        assert row["pressure_zz"] == thermo["pressure_tensor"][2, 2]
        assert row["cell_bz"] == thermo["cell"][1, 2]
