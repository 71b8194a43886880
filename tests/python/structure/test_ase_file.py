"""Files that ASE reads in a separate process: the same frames, and limits that no file can exceed."""

from __future__ import annotations

from dataclasses import fields

import ase.build
import ase.io
import numpy as np
import pytest
from ase.calculators.singlepoint import SinglePointCalculator
from ase.constraints import FixAtoms, FixedLine

from dpmd.child_process import Child
from dpmd.errors import InputError
from dpmd.structure import ReadOptions, ase_file, read_frames, read_structure
from dpmd.structure.ase_atoms import from_atoms


def water(seed: int = 1) -> ase.Atoms:
    """Atoms with everything that a frame may have."""
    rng = np.random.default_rng(seed)
    atoms = ase.build.molecule("H2O", vacuum=3.0, pbc=(True, True, False))
    atoms.set_velocities(rng.normal(size=(3, 3)))
    atoms.set_masses([16.5, 2.014, 2.014])
    atoms.set_constraint(FixAtoms([1]))
    atoms.info["fparam"], atoms.info["step"] = np.array([0.25]), 2**60 + 1
    atoms.set_array("aparam", rng.normal(size=(3, 2)))
    atoms.set_array("charges", np.ones(3))
    forces, stress = rng.normal(size=(3, 3)), rng.normal(size=6)
    atoms.calc = SinglePointCalculator(atoms, energy=-1.2345678901234567, forces=forces, stress=stress, magmom=1.0)
    return atoms


def assert_same(found, expected) -> None:
    for field in fields(expected):
        a, b = getattr(found, field.name), getattr(expected, field.name)
        if isinstance(b, np.ndarray):
            assert a.dtype == b.dtype, field.name
            np.testing.assert_array_equal(a, b, field.name)
        else:
            assert a == b, field.name


def test_frames_are_those_that_ase_reads(tmp_path) -> None:
    path = tmp_path / "x.traj"
    ase.io.write(path, [water(1), water(2)])

    found = list(ase_file.frames(path, None, None))

    for one, atoms in zip(found, ase.io.read(path, ":"), strict=True):
        assert_same(one, from_atoms(atoms, str(path)))


@pytest.mark.parametrize("name", ["POSCAR", "x.cif", "x.pdb", "x.gen", "x.json", "x.db", "x.xsf"])
def test_formats_are_read_as_in_this_process(tmp_path, name: str) -> None:
    path = tmp_path / name
    ase.io.write(path, ase.build.bulk("NaCl", "rocksalt", a=5.6, cubic=True))

    (found,) = ase_file.frames(path, None, -1)

    assert_same(found, from_atoms(ase.io.read(path), str(path)))


def test_what_hinders_atoms_to_move_comes_along(tmp_path) -> None:
    atoms = water()
    atoms.set_constraint(FixedLine(0, (0, 0, 1)))
    ase.io.write(tmp_path / "x.traj", atoms)

    (found,) = ase_file.frames(tmp_path / "x.traj", None, -1)

    assert "FixedLine" in found.hindrances[0]


def test_files_are_read_by_one_process_after_another_and_an_error_does_not_end_it(tmp_path) -> None:
    (tmp_path / "POSCAR").write_text("no numbers\nat all\n")
    ase.io.write(tmp_path / "x.traj", [water(k) for k in range(3)])
    list(ase_file.frames(tmp_path / "x.traj", None, None))
    before = list(Child._idle)

    for _ in range(3):
        with pytest.raises(InputError, match="ASE cannot read it"):
            read_structure(tmp_path / "POSCAR", ["H", "O"])
        assert len(list(read_frames(tmp_path / "x.traj", ["H", "O"]))) == 3

    assert Child._idle == before


def test_frames_may_be_left_unread_and_read_beside_each_other(tmp_path) -> None:
    ase.io.write(tmp_path / "x.traj", [water(k) for k in range(5)])

    first, second = (read_frames(tmp_path / "x.traj", ["H", "O"]) for _ in range(2))
    pairs = [(next(first).positions, next(second).positions) for _ in range(3)]
    first.close()

    assert all((a == b).all() for a, b in pairs)
    assert len(list(second)) == 2
    assert len(list(read_frames(tmp_path / "x.traj", ["H", "O"]))) == 5


def test_a_file_that_takes_too_long_is_refused_and_the_next_is_read(tmp_path, monkeypatch) -> None:
    ase.io.write(tmp_path / "good.cif", ase.build.bulk("Cu"))
    positions = np.random.default_rng(1).random((5000, 3))
    sites = "".join(f"H{k} H {x:.6f} {y:.6f} {z:.6f}\n" for k, (x, y, z) in enumerate(positions))
    (tmp_path / "slow.cif").write_text(
        "data_x\n_cell_length_a 90\n_cell_length_b 90\n_cell_length_c 90\n_cell_angle_alpha 90\n_cell_angle_beta 90\n"
        "_cell_angle_gamma 90\n_symmetry_space_group_name_H-M 'F m -3 m'\n_symmetry_Int_Tables_number 225\nloop_\n"
        "_atom_site_label\n_atom_site_type_symbol\n_atom_site_fract_x\n_atom_site_fract_y\n_atom_site_fract_z\n" + sites
    )
    monkeypatch.setattr(ase_file, "_SECONDS", 0)

    with pytest.raises(InputError, match=r"slow.cif: reading it takes more than 0 s.*converted"):
        read_structure(tmp_path / "slow.cif", ["H"])

    assert len(read_structure(tmp_path / "good.cif", ["Cu"])) == 1


@pytest.mark.parametrize("name", ["octopus-in", "onetep-in", "acemolecule-input", "bundletrajectory", "mysql"])
def test_formats_that_name_other_files_or_servers_are_refused(tmp_path, name: str) -> None:
    (tmp_path / "x").write_text("XYZCoordinates = '/etc/passwd'\n")

    with pytest.raises(InputError, match=f"format {name} is not read.*convert it to extxyz"):
        read_structure(tmp_path / "x", ["H"], ReadOptions(format=name))


def test_the_name_of_a_file_is_no_address(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    ase.io.write("x.cif", ase.build.bulk("Cu"))
    for name in ("postgresql.cif", "mysql@1.cif", "a*?.cif"):
        (tmp_path / name).write_bytes((tmp_path / "x.cif").read_bytes())

        assert len(read_structure(name, ["Cu"])) == 1, name
