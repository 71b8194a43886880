"""`dpmd energy`: a model's results for frames with or without labels."""

from __future__ import annotations

import json
from pathlib import Path

import ase.io
import numpy as np
import pytest

import dpmd
from command_line import command, refusal
from data.dp_commands.record import write_systems


@pytest.fixture
def systems(tmp_path, monkeypatch) -> Path:
    """A periodic and an open system, without references; the working folder."""
    write_systems(tmp_path)
    for name in ("energy", "force", "virial", "atom_ener"):
        for file in tmp_path.glob(f"*/set.000/{name}.npy"):
            file.unlink()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_energies_of_unlabelled_frames_are_printed(systems, water_model, water_potential) -> None:
    said = command("energy", water_model, "-s", "box", "open")

    coord = np.load("box/set.000/coord.npy")
    wanted = water_potential.compute(coord[1].reshape(-1, 3), [0, 1, 1] * 2, [6.0, 6.5, 7.0]).energy
    rows = [line.split() for line in said.splitlines() if line.split()[:1] in (["0"], ["1"], ["2"])]
    assert [row[0] for row in rows] == ["0", "1", "2", "0", "1"]
    assert [row[1] for row in rows] == ["6", "6", "6", "3", "3"]
    assert float(rows[1][2]) == pytest.approx(wanted, abs=1e-9)
    assert float(rows[1][3]) == pytest.approx(wanted / 6, abs=1e-9)


def test_forces_and_virials_come_on_request(systems, water_model) -> None:
    plain = json.loads(command("energy", water_model, "-s", "box", "--json"))["frames"][2]
    full = json.loads(command("energy", water_model, "-s", "box", "--json", "--forces", "--virial"))["frames"][2]
    text = command("energy", water_model, "-s", "open", "--forces", "--virial")

    assert plain == {name: full[name] for name in ("system", "frame", "n_atoms", "energy")}
    assert (plain["system"], plain["frame"]) == ("box", 2)
    assert np.shape(full["force"]) == (6, 3)
    assert np.shape(full["virial"]) == (3, 3)
    assert text.count("virial x") == 2
    assert sum(line.split()[1:2] == ["H"] for line in text.splitlines()) == 4


def test_arrays_are_those_of_a_set(systems, water_model) -> None:
    command("energy", water_model, "-s", "box", "--forces", "--virial", "--npy", "out/box")
    command("energy", water_model, "-s", "box", "open", "--npy", "out/both")

    shapes = {file.name: np.load(file).shape for file in Path("out/box").iterdir()}
    assert shapes == {"energy.npy": (3,), "force.npy": (3, 18), "virial.npy": (3, 9)}
    assert np.load("out/both/energy.npy").shape == (5,)
    assert "frames of equal size" in refusal("energy", water_model, "-s", "box", "open", "--forces", "--npy", "x")
    for name in ("energy", "force", "virial"):  # its output can serve as labels, with which it agrees
        (Path("box/set.000") / f"{name}.npy").write_bytes((Path("out/box") / f"{name}.npy").read_bytes())
    tested = json.loads(command("test", water_model, "-s", "box", "--json"))["total"]
    assert tested["energy"]["mae"] == tested["force"]["mae"] == tested["virial"]["mae"] == 0


def test_frames_may_come_from_structure_files(systems, water_model, water_atoms) -> None:
    moved = water_atoms.copy()
    moved.positions += 0.1
    ase.io.write("two.extxyz", [water_atoms, moved])

    first, second = json.loads(command("energy", water_model, "-s", "two.extxyz", "--json"))["frames"]

    assert first["n_atoms"] == 192
    assert first["energy"] == pytest.approx(dpmd.Potential(water_model).compute(water_atoms).energy, abs=1e-5)
    assert second["energy"] == pytest.approx(first["energy"], abs=1e-5)


def test_nothing_to_compute_is_an_error(systems, water_model) -> None:
    for file in Path("open/set.000").iterdir():
        np.save(file, np.load(file)[:0])

    assert "open: no frames" in refusal("energy", water_model, "-s", "open")
    assert "absent: there is no such file" in refusal("energy", water_model, "-s", "absent")
