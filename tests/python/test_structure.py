"""Reading the structure that a run starts from."""

from __future__ import annotations

import ase.io
import numpy as np
import pytest
from ase import Atoms, units

import dpmd
from dpmd.errors import InputError
from dpmd.structure import has_velocities, read_structure

LAMMPS = """made by hand

2 atoms
2 atom types
0.0 5.0 xlo xhi
0.0 6.0 ylo yhi
0.0 7.0 zlo zhi

Masses

1 1.008
2 15.999

Atoms # {style}

{atoms}

Velocities

1 1.0 0 0
2 0 2.0 0
"""
STYLES = {
    "atomic": "1 1 0.1 0.2 0.3\n2 2 1.1 1.2 1.3",
    "charge": "1 1 0.5 0.1 0.2 0.3\n2 2 -0.5 1.1 1.2 1.3",
    "full": "1 1 1 0.5 0.1 0.2 0.3\n2 1 2 -0.5 1.1 1.2 1.3",
}


@pytest.mark.parametrize("style", STYLES)
def test_types_of_a_lammps_data_file_are_the_models(tmp_path, style: str) -> None:
    path = tmp_path / "start.lmp"
    path.write_text(LAMMPS.format(style=style, atoms=STYLES[style]))

    atoms = read_structure(path, ["O", "H"])

    assert atoms.get_chemical_symbols() == ["O", "H"]
    assert atoms.positions[1].tolist() == [1.1, 1.2, 1.3]
    assert np.diag(atoms.cell).tolist() == [5, 6, 7]
    assert has_velocities(atoms)


def test_an_unnamed_atom_style_is_atomic(tmp_path) -> None:
    path = tmp_path / "start.data"
    path.write_text(LAMMPS.format(style="", atoms=STYLES["atomic"]))

    atoms = read_structure(path, ["O", "H"], "lammps-data")

    assert atoms.positions[0] == pytest.approx([0.1, 0.2, 0.3])


def test_the_last_frame_of_several_is_taken(tmp_path, water_atoms) -> None:
    moved = water_atoms.copy()
    moved.positions += 1
    ase.io.write(tmp_path / "two.extxyz", [water_atoms, moved])

    atoms = read_structure(tmp_path / "two.extxyz", ["O", "H"])

    assert np.allclose(atoms.positions, moved.positions, atol=1e-7)
    assert not has_velocities(atoms)


def test_a_dpmd_trajectory_brings_its_velocities_and_masses(tmp_path, water_potential, water_atoms) -> None:
    water_atoms = water_atoms.copy()
    water_atoms.set_masses([2.014 if symbol == "H" else 15.999 for symbol in water_atoms.symbols])
    simulation = dpmd.Simulation(water_potential, water_atoms, timestep=0.5)
    simulation.initialize_velocities(330, seed=1)
    simulation.trajectory(tmp_path / "t.extxyz", every=1, velocities=True)
    simulation.run(0)

    atoms = read_structure(tmp_path / "t.extxyz", ["O", "H"])

    assert atoms.get_velocities() * units.fs == pytest.approx(simulation.velocities, rel=1e-14)
    assert set(atoms.get_masses()) == {2.014, 15.999}


def test_velocities_at_rest_are_none() -> None:
    atoms = Atoms("O2", positions=np.eye(2, 3))

    atoms.set_momenta(np.zeros((2, 3)))

    assert not has_velocities(atoms)


def test_an_unknown_element_is_named_with_the_file(tmp_path, water_atoms) -> None:
    ase.io.write(tmp_path / "water.extxyz", water_atoms)

    with pytest.raises(InputError, match=r"water\.extxyz: element 'H' is not in .*\['O', 'N'\]"):
        read_structure(tmp_path / "water.extxyz", ["O", "N"])


def test_what_ase_cannot_read_is_refused(tmp_path) -> None:
    (tmp_path / "bad.extxyz").write_text("3\nnonsense\nO 1\n")
    (tmp_path / "bad.unknown").write_text("nonsense")
    (tmp_path / "empty.extxyz").write_text("")

    for name in ("bad.extxyz", "bad.unknown", "empty.extxyz", "absent.lmp"):
        with pytest.raises(InputError, match=name):
            read_structure(tmp_path / name, ["O", "H"])
    with pytest.raises(InputError, match="no element"):
        read_structure(tmp_path / "absent.lmp", ["OW", "HW"])
