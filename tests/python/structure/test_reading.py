"""Structure files of every kind: what is read from them, and what is refused."""

from __future__ import annotations

import warnings

import ase.io
import numpy as np
import pytest
from ase import Atoms, units
from ase.constraints import FixAtoms, FixBondLength, FixedPlane, FixScaled

import dpmd
from dpmd.errors import InputError
from dpmd.structure import ReadOptions, read_frames, read_options, read_structure, structure_of


def test_the_last_frame_of_several_is_taken(tmp_path, water_atoms) -> None:
    moved = water_atoms.copy()
    moved.positions += 1
    ase.io.write(tmp_path / "two.traj", [water_atoms, moved])

    found = read_structure(tmp_path / "two.traj", ["O", "H"])

    assert np.allclose(found.positions, moved.positions)
    assert not found.has_velocities
    first = read_structure(tmp_path / "two.traj", ["O", "H"], ReadOptions(frame=0))
    assert np.allclose(first.positions, water_atoms.positions)
    assert len(list(read_frames(tmp_path / "two.traj", ["O", "H"]))) == 2


def test_velocities_at_rest_are_none(tmp_path) -> None:
    atoms = Atoms("O2", positions=np.eye(2, 3))
    atoms.set_momenta(np.zeros((2, 3)))

    assert not structure_of(atoms, ["O"]).has_velocities


def test_a_trajectory_of_dpmd_brings_its_velocities_and_masses(tmp_path, water_potential, water_atoms) -> None:
    heavy = water_atoms.copy()
    heavy.set_masses([2.014 if symbol == "H" else 15.999 for symbol in heavy.symbols])
    simulation = dpmd.Simulation(water_potential, heavy, timestep=0.5, fixed=[3])
    simulation.initialize_velocities(330, seed=1)
    simulation.trajectory(tmp_path / "t.extxyz", every=1, velocities=True, forces=True, virial=True)
    simulation.trajectory(tmp_path / "t.dump", every=1, velocities=True, time=True)
    simulation.run(0)

    found = read_structure(tmp_path / "t.extxyz", ["O", "H"])
    dumped = read_structure(tmp_path / "t.dump", ["O", "H"])

    assert found.velocities == pytest.approx(simulation.velocities, rel=1e-14)
    assert dumped.velocities == pytest.approx(simulation.velocities, rel=1e-14)
    assert found.masses == {"O": 15.999, "H": 2.014}
    assert np.flatnonzero(found.fixed).tolist() == [3]
    assert found.energy == simulation.thermo()["potential_energy"]
    assert found.forces.tolist() == simulation.forces.tolist()


def test_what_ase_holds_is_taken_whole() -> None:
    atoms = Atoms("OH", positions=np.eye(2, 3), cell=[5, 5, 5], pbc=[True, True, False])
    atoms.set_masses([15.999, 2.014])
    atoms.set_velocities(np.full((2, 3), 0.01 / units.fs))
    atoms.set_constraint(FixAtoms([0]))
    atoms.info["fparam"] = [0.5]
    atoms.set_array("aparam", np.array([[1.0], [2.0]]))
    atoms.set_initial_charges([1, -1])

    found = structure_of(atoms, ["H", "O"])

    assert found.types.tolist() == [1, 0]
    assert found.pbc == (True, True, False)
    assert found.masses == {"O": 15.999, "H": 2.014}
    assert found.velocities[1] == pytest.approx([0.01] * 3)
    assert found.fixed.tolist() == [True, False]
    assert found.fparam.tolist() == [0.5]
    assert found.aparam.tolist() == [[1.0], [2.0]]
    assert found.unused == ["array initial_charges"]


def test_atoms_go_to_ase_and_back() -> None:
    atoms = Atoms("OH", positions=np.eye(2, 3), cell=[5, 5, 5], pbc=True, masses=[15.999, 2.014])
    atoms.set_constraint(FixAtoms([0]))
    atoms.set_momenta([[0, 0, 0], [0.1, 0, 0]], apply_constraint=False)

    back = structure_of(atoms, ["H", "O"]).atoms()

    assert back.get_chemical_symbols() == ["O", "H"]
    assert back.get_masses().tolist() == [15.999, 2.014]
    assert back.get_momenta() == pytest.approx(atoms.get_momenta())
    assert back.constraints[0].index.tolist() == [0]


def test_selective_dynamics_of_vasp_fixes_atoms(tmp_path) -> None:
    poscar = "Cu\n1.0\n4 0 0\n0 4 0\n0 0 4\nCu\n2\nSelective dynamics\nDirect\n0 0 0 F F F\n0.5 0.5 0.5 T T T\n"
    (tmp_path / "POSCAR").write_text(poscar)
    (tmp_path / "partly").mkdir()
    (tmp_path / "partly" / "POSCAR").write_text(poscar.replace("T T T", "T T F"))

    found = read_structure(tmp_path / "POSCAR", ["Cu"])

    assert found.fixed.tolist() == [True, False]
    assert found.describe()[0].endswith("Cu (2); periodic; 1 fixed")
    partly = read_structure(tmp_path / "partly" / "POSCAR", ["Cu"])
    with pytest.raises(InputError, match="constraint FixScaled.*fix atoms along all directions"):
        partly.require_movable()


@pytest.mark.parametrize(
    "constraint", [FixBondLength(0, 1), FixedPlane(0, [0, 0, 1]), FixScaled([0], [True, False, False])]
)
def test_other_constraints_are_refused_by_name(constraint) -> None:
    atoms = Atoms("O2", positions=np.eye(2, 3), cell=[5, 5, 5])
    atoms.set_constraint(constraint)

    found = structure_of(atoms, ["O"])  # energies and forces play no part in it

    with pytest.raises(InputError, match=f"the constraint {type(constraint).__name__}"):
        found.require_movable()


def test_a_site_that_elements_share_is_refused(structures) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(InputError, match=r"occupancy.cif: a site is occupied by 0.6 Cu, 0.4 Au"):
            read_structure(structures / "occupancy.cif", ["Cu", "Au"])


def test_alternative_locations_of_a_pdb_file_are_refused(tmp_path) -> None:
    atom = "ATOM      1  O   HOH A   1       1.000   1.000   1.000  {:4.2f}  0.00           O\n"
    (tmp_path / "half.pdb").write_text(atom.format(0.5) + "END\n")
    (tmp_path / "whole.pdb").write_text(atom.format(1.0) + "END\n")

    assert len(read_structure(tmp_path / "whole.pdb", ["O"])) == 1
    with pytest.raises(InputError, match=r"half.pdb: atom 0 has occupancy 0.5"):
        read_structure(tmp_path / "half.pdb", ["O"])


def test_a_box_is_given_to_a_file_without_one(tmp_path) -> None:
    (tmp_path / "bare.xyz").write_text("1\n\nO 1 1 1\n")
    ase.io.write(tmp_path / "bare.traj", Atoms("O"))

    for name in ("bare.xyz", "bare.traj"):
        found = read_structure(tmp_path / name, ["O"], read_options(cell=[5, 6, 7]))
        assert np.diag(found.cell).tolist() == [5, 6, 7]
        assert found.pbc == (True, True, True)
        slab = read_structure(tmp_path / name, ["O"], read_options(cell=[5, 6, 7], pbc=[True, True, False]))
        assert slab.pbc == (True, True, False)
        assert slab.describe()[0].endswith("periodic along a and b")
        with pytest.raises(InputError, match="should be periodic along a, but there is no lattice vector a"):
            read_structure(tmp_path / name, ["O"], read_options(pbc=[True]))


def test_periodicity_is_what_the_user_says(tmp_path) -> None:
    (tmp_path / "start.xyz").write_text('1\nLattice="5 0 0 0 5 0 0 0 5" pbc="T T T"\nO 1 1 1\n')

    assert read_structure(tmp_path / "start.xyz", ["O"], read_options(pbc=[False])).pbc == (False, False, False)
    with pytest.raises(InputError, match="the file has its own box"):
        read_structure(tmp_path / "start.xyz", ["O"], read_options(cell=[5, 5, 5]))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cell": [1, 2]}, r"cell = \[1, 2\] must be three edges"),
        ({"cell": [0, 0, 0]}, "must be three edges"),
        ({"cell": [-9, 9, 9]}, "must be three edges"),
        ({"pbc": [True, False]}, r"pbc = \[True, False\] must be one flag or three"),
    ],
)
def test_options_that_do_not_fit_are_refused(options, message) -> None:
    with pytest.raises(InputError, match=message):
        read_options(**options)


def test_options_for_another_kind_of_file_are_refused(tmp_path) -> None:
    (tmp_path / "start.xyz").write_text("1\n\nO 1 1 1\n")

    for options in (ReadOptions(atom_style="full"), ReadOptions(units="real")):
        with pytest.raises(InputError, match=r"(atom_style|units) = .* is for lammps-data"):
            read_structure(tmp_path / "start.xyz", ["O"], options)


def test_the_format_may_be_named(tmp_path) -> None:
    (tmp_path / "frames").write_text("1\n\nO 1 1 1\n")

    assert len(read_structure(tmp_path / "frames", ["O"], ReadOptions(format="xyz"))) == 1
    with pytest.raises(InputError, match="ASE cannot read it"):
        read_structure(tmp_path / "frames", ["O"], ReadOptions(format="nonsense"))


def test_files_that_cannot_be_read_are_named(tmp_path) -> None:
    (tmp_path / "bad.unknown").write_text("nonsense")
    (tmp_path / "binary.xyz").write_bytes(b"\xff\xfe\x00\x01")
    (tmp_path / "cut.xyz.gz").write_bytes(b"\x1f\x8b\x08")

    for name in ("bad.unknown", "binary.xyz", "cut.xyz.gz", "absent.lmp"):
        with pytest.raises(InputError, match=name):
            read_structure(tmp_path / name, ["O", "H"])
    with pytest.raises(InputError, match="is a folder, not a file"):
        read_structure(tmp_path, ["O", "H"])


def test_a_name_with_an_at_sign_is_a_name(tmp_path) -> None:
    for name, x in (("conf", 0.1), ("conf@0.vasp", 0.2)):
        poscar = f"O\n1.0\n4 0 0\n0 4 0\n0 0 4\nO\n1\nCartesian\n{x} 0 0\n"
        (tmp_path / name).write_text(poscar)

    assert read_structure(tmp_path / "conf@0.vasp", ["O"], ReadOptions(format="vasp")).positions[0, 0] == 0.2


def test_frames_without_atoms_that_end_a_file_are_none(tmp_path) -> None:
    atom = "ATOM      1  O   HOH A   1       {}.000   1.000   1.000  1.00  0.00           O\n"
    models = "".join(f"MODEL     {k}\n{atom.format(k)}ENDMDL\n" for k in (1, 2))
    (tmp_path / "two.pdb").write_text(models + "END\n")

    assert read_structure(tmp_path / "two.pdb", ["O"]).positions[0, 0] == 2
    assert [one.positions[0, 0] for one in read_frames(tmp_path / "two.pdb", ["O"])] == [1, 2]


def test_a_frame_that_is_not_there_is_named(tmp_path) -> None:
    (tmp_path / "POSCAR").write_text("O\n1.0\n4 0 0\n0 4 0\n0 0 4\nO\n1\nCartesian\n0 0 0\n")

    with pytest.raises(InputError, match="POSCAR: has no frame 5"):
        read_structure(tmp_path / "POSCAR", ["O"], ReadOptions(frame=5))


def test_velocities_in_parts_of_lattice_vectors_are_refused(tmp_path) -> None:
    contcar = "O\n1.0\n4 0 0\n0 4 0\n0 0 4\nO\n1\nDirect\n0 0 0\n\n{}0.01 0 0\n"
    (tmp_path / "CONTCAR").write_text(contcar.format(""))
    (tmp_path / "direct").mkdir()
    (tmp_path / "direct" / "CONTCAR").write_text(contcar.replace("\n\n{}", "\nDirect\n"))

    if read_structure(tmp_path / "CONTCAR", ["O"]).velocities is not None:  # older ASE reads none
        with pytest.raises(InputError, match="velocities in direct coordinates"):
            read_structure(tmp_path / "direct" / "CONTCAR", ["O"])


def test_a_byte_order_mark_hides_no_box_from_ase(tmp_path) -> None:
    pdb = "CRYST1    9.000    9.000    9.000  90.00  90.00  90.00 P 1           1\n"
    pdb += "ATOM      1  O   HOH A   1       1.000   1.000   1.000  1.00  0.00           O\nEND\n"
    (tmp_path / "marked.pdb").write_text(pdb, encoding="utf-8-sig")

    assert np.diag(read_structure(tmp_path / "marked.pdb", ["O"]).cell).tolist() == [9, 9, 9]


def test_a_pointer_of_git_lfs_is_named(tmp_path) -> None:
    (tmp_path / "start.xyz").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")

    with pytest.raises(InputError, match="start.xyz: a Git LFS pointer, not the file itself"):
        read_structure(tmp_path / "start.xyz", ["O"])


def test_atoms_of_one_type_with_several_masses_are_refused() -> None:
    found = structure_of(Atoms("H2", positions=np.eye(2, 3), masses=[1.008, 2.014]), ["H"])

    with pytest.raises(InputError, match=r"type H have different masses \(1.008 to 2.014\)"):
        found.require_movable()
    found.require_movable(given_masses=["H"])


def test_copies_have_types_and_parameters_but_no_velocities() -> None:
    atoms = Atoms("OH", positions=np.eye(2, 3), cell=[[5, 0, 0], [1, 6, 0], [0, 0, 7]], pbc=True)
    atoms.set_array("aparam", np.array([[1.0], [2.0]]))
    atoms.set_constraint(FixAtoms([1]))
    atoms.set_momenta(np.ones((2, 3)), apply_constraint=False)

    found = structure_of(atoms, ["O", "H"]).repeat((2, 1, 3))

    expected = atoms.repeat((2, 1, 3))
    assert found.positions == pytest.approx(expected.positions)
    assert found.cell == pytest.approx(np.asarray(expected.cell))
    assert found.types.tolist() == [0, 1] * 6
    assert found.fixed.tolist() == [False, True] * 6
    assert found.aparam[:, 0].tolist() == [1, 2] * 6
    assert not found.has_velocities
    assert "O (6), H (6)" in found.describe()[0]
    assert any("velocities are left out: copies" in line for line in found.describe())
    with pytest.raises(InputError, match="not have three lattice vectors"):
        structure_of(Atoms("O"), ["O"]).repeat((2, 1, 1))
