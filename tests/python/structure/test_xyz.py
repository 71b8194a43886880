"""XYZ files as written by many programs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from ase import Atoms, units
from ase.io import write

from dpmd.errors import InputError
from dpmd.structure import ReadOptions, Structure, read_frames, read_structure

BOX = 'Lattice="9 0 0 1 8 0 0 0 7" '
ROWS = "O 1 1 1 {0}\nH 1.96 1 1 {0}\nH 0.76 1.93 1 {0}\n"


def read(tmp_path: Path, text: str, options: ReadOptions | None = None) -> Structure:
    (tmp_path / "start.xyz").write_text(text, encoding="utf-8")
    return read_structure(tmp_path / "start.xyz", ["O", "H"], options)


@pytest.mark.parametrize(
    "comment", ['Lattice="{}" Properties={}', 'lattice="{}" properties={}', "LATTICE=[{}] Properties={}"]
)
def test_keys_count_in_any_spelling(tmp_path, comment) -> None:
    comment = comment.format("9 0 0 1 8 0 0 0 7", "species:S:1:pos:R:3:mass:R:1:vel:R:3")

    found = read(tmp_path, f"3\n{comment}\n" + ROWS.format("15.999 0.1 0 0").replace("H", "O"))

    assert found.cell.tolist() == [[9, 0, 0], [1, 8, 0], [0, 0, 7]]
    assert found.pbc == (True, True, True)
    assert found.masses == {"O": 15.999}
    assert found.velocities[0].tolist() == [0.1, 0, 0]


def test_lower_case_keys_of_gpumd_are_no_open_cluster(structures) -> None:
    found = read_structure(structures / "lower_case_lattice.xyz", ["O", "H"])

    assert np.diag(found.cell).tolist() == [12.44] * 3
    assert found.masses == {"O": 15.999, "H": 2.014}
    assert not found.unused
    assert found.describe()[0].endswith("3 atoms: O (1), H (2); periodic")


@pytest.mark.parametrize("name", ["vel", "velo", "velocities", "Velocity"])
def test_velocities_are_angstrom_per_femtosecond(tmp_path, name) -> None:
    found = read(tmp_path, f"3\n{BOX}Properties=species:S:1:pos:R:3:{name}:R:3\n" + ROWS.format("0.01 0 0"))

    assert found.velocities[2].tolist() == [0.01, 0, 0]


def test_momenta_are_those_of_ase(tmp_path) -> None:
    atoms = Atoms("OH", positions=[[0, 0, 0], [0, 0, 0.96]])
    atoms.set_velocities(np.array([[0.01, 0, 0], [0, 0.02, 0]]) / units.fs)
    write(tmp_path / "ase.xyz", atoms, format="extxyz")

    found = read_structure(tmp_path / "ase.xyz", ["O", "H"])

    assert found.velocities == pytest.approx(np.array([[0.01, 0, 0], [0, 0.02, 0]]), abs=1e-9)


def test_atoms_of_a_false_move_mask_are_fixed(tmp_path) -> None:
    text = f"2\n{BOX}Properties=species:S:1:pos:R:3:move_mask:L:1\nO 1 1 1 F\nH 2 1 1 T\n"

    assert read(tmp_path, text).fixed.tolist() == [True, False]
    partly = read(tmp_path, text.replace(":L:1", ":L:3").replace("F\n", "T T F\n").replace(" T\n", " T T T\n"))
    with pytest.raises(InputError, match="move_mask fixes atom 0 along some directions only"):
        partly.require_movable()


def test_parameters_of_frame_and_atoms_are_read(tmp_path) -> None:
    found = read(tmp_path, f'3\n{BOX}fparam="0.5 2" Properties=species:S:1:pos:R:3:aparam:R:1\n' + ROWS.format("0.25"))

    assert found.fparam.tolist() == [0.5, 2]
    assert found.aparam.tolist() == [[0.25]] * 3
    found.drop_parameters(n_fparam=2, n_aparam=0)
    assert found.aparam is None
    assert found.describe()[-1].endswith("not used: aparam (the model takes none)")


def test_what_is_not_used_is_told(tmp_path) -> None:
    text = f"3\n{BOX}config_type=liquid Properties=species:S:1:pos:R:3:charge:R:1:forces:R:3\n" + ROWS.format("1 0 0 0")

    assert read(tmp_path, text).describe()[-1].endswith("start.xyz: not used: config_type, charge, forces")


def test_labels_that_are_no_elements_are_matched_by_name(tmp_path) -> None:
    rows = "OW 1 1 1\nHW 2 1 1\nD 1 2 1\n"

    found = read(tmp_path, f"3\n{BOX}\n{rows}", ReadOptions(types={"OW": "O", "HW": "H"}))

    assert found.types.tolist() == [0, 1, 1]
    with pytest.raises(InputError, match="OW, HW are no type of the model"):
        read(tmp_path, f"3\n{BOX}\n{rows}")


def test_numbers_in_the_place_of_elements_have_to_be_named(tmp_path) -> None:
    text = f"2\n{BOX}\n1 1 1 1\n2 2 1 1\n"

    with pytest.raises(InputError, match="1, 2 are no type of the model"):
        read(tmp_path, text)
    assert read(tmp_path, text, ReadOptions(types={"1": "H", "2": "O"})).types.tolist() == [1, 0]


def test_atomic_numbers_are_elements(tmp_path) -> None:
    found = read(tmp_path, f"2\n{BOX}Properties=Z:I:1:pos:R:3\n8 1 1 1\n1 2 1 1\n")

    assert found.types.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("comment", "cell"),
    [
        ("10 11 12", np.diag([10, 11, 12])),
        ("10 11 12 90 90 90", np.diag([10, 11, 12])),
        ("10 0 0 1 11 0 0 0 12", [[10, 0, 0], [1, 11, 0], [0, 0, 12]]),
        ("# CELL(abcABC): 10 11 12 90 90 90 Step: 7 positions{angstrom} cell{angstrom}", np.diag([10, 11, 12])),
        ("# CELL(H): 10 1 0 0 11 0 0 0 12 positions{angstrom} cell{angstrom}", [[10, 0, 0], [1, 11, 0], [0, 0, 12]]),
        (
            "# CELL(abcABC): 10 11 12 90 90 90 positions{angstrom} cell{atomic_unit}",
            0.529177210903 * np.diag([10, 11, 12]),
        ),
    ],
)
def test_boxes_of_comment_lines_are_taken(tmp_path, comment, cell) -> None:
    found = read(tmp_path, f"1\n{comment}\nO 1 2 3\n")

    assert found.cell == pytest.approx(np.array(cell), abs=1e-12)
    assert found.positions.tolist() == [[1, 2, 3]]
    assert found.pbc == (True, True, True)


def test_positions_without_a_unit_are_ipis_atomic_units(tmp_path) -> None:
    found = read(tmp_path, "1\n# CELL(abcABC): 10 11 12 90 90 90 Step: 7\nO 1 2 3\n")

    assert found.positions[0] == pytest.approx(0.529177210903 * np.array([1, 2, 3]))
    assert found.step == 7


def test_a_free_comment_is_no_box(tmp_path) -> None:
    found = read(tmp_path, "1\nmade by hand, 10 K\nO 1 2 3\n")

    assert found.cell is None
    assert found.describe()[0].endswith("not periodic")


@pytest.mark.parametrize("comment", ["-76.4 12 3", "1 0 0", "0 0 0 0 0 0 0 0 0"])
def test_numbers_that_are_no_box_are_a_comment(tmp_path, comment) -> None:
    assert read(tmp_path, f"1\n{comment}\nO 1 2 3\n").cell is None


def test_positions_have_ipis_unit_without_a_cell_too(tmp_path) -> None:
    found = read(tmp_path, "1\n# positions{atomic_unit} Step: 1\nO 1 2 3\n")

    assert found.positions[0] == pytest.approx(0.529177210903 * np.array([1, 2, 3]))
    assert found.cell is None


@pytest.mark.parametrize(
    "words", ["time=12:30:05", "energy=-76.4Eh", "energy=nan", 'virial="1 2 3 4 5 6"', "Energy=a energy=1"]
)
def test_words_of_a_person_are_no_error(tmp_path, words) -> None:
    found = read(tmp_path, f"1\n{BOX}{words}\nO 1 2 3\n")

    assert found.unused[0].lower() == words.partition("=")[0].lower()


def test_hydrogen_beside_deuterium_has_its_own_mass(tmp_path) -> None:
    mixed = read(tmp_path, f"3\n{BOX}\nO 1 1 1\nH 2 1 1\nD 1 2 1\n")
    heavy = read(tmp_path, f"3\n{BOX}\nO 1 1 1\nD 2 1 1\nD 1 2 1\n")

    assert heavy.masses == {"H": 2.014}
    with pytest.raises(InputError, match=r"type H have different masses \(1.008 to 2.014\)"):
        mixed.require_movable()


def test_a_name_of_types_that_no_atom_has_is_told(tmp_path) -> None:
    found = read(tmp_path, f"1\n{BOX}\nOW 1 1 1\n", ReadOptions(types={"OW": "O", "D": "H"}))

    assert found.describe()[1].endswith("start.xyz: types names D, which no atom has; there are OW")


def test_a_byte_order_mark_and_a_compressed_file_are_read(tmp_path) -> None:
    import gzip

    text = f"\ufeff1\n{BOX}\nO 1 2 3\n"
    with gzip.open(tmp_path / "start.xyz.gz", "wt", encoding="utf-8") as file:
        file.write(text)

    assert read(tmp_path, text).positions.tolist() == [[1, 2, 3]]
    assert read_structure(tmp_path / "start.xyz.gz", ["O", "H"]).positions.tolist() == [[1, 2, 3]]


def test_frames_come_one_by_one_and_by_number(tmp_path) -> None:
    frames = "".join(f"1\n{BOX}step={k}\nO {k} 0 0\n" for k in range(4))

    assert read(tmp_path, frames).step == 3
    assert read(tmp_path, frames, ReadOptions(frame=1)).step == 1
    assert read(tmp_path, frames, ReadOptions(frame=-4)).step == 0
    assert [one.step for one in read_frames(tmp_path / "start.xyz", ["O"])] == [0, 1, 2, 3]
    assert [one.step for one in read_frames(tmp_path / "start.xyz", ["O"], ReadOptions(frame=2))] == [2]
    for index in (4, -5):
        with pytest.raises(InputError, match=f"has no frame {index}: it holds 4, from 0 to 3"):
            read(tmp_path, frames, ReadOptions(frame=index))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no frames"),
        ("three\n\n", "'three' must be the number of atoms"),
        ("2\n\nO 1 1 1\n", "a frame of 2 atoms begins, but 1 follow: the file is cut off"),
        ("0\n\n", "holds no atoms"),
        ("1\n\nO 1 1\n", "must have a name and x, y, z"),
        ("1\n\nO 1 1 one\n", "positions: could not convert"),
        ("1\n\nO 1 1 nan\n", "positions of row 1 is not finite"),
        ("2\n\nO 1 1 1\nO 1 1 1 1\n", "row 2 has 5 columns, expected 4"),
        ('1\nLattice="1 2" \nO 1 1 1\n', "lattice = '1 2' must be 9 numbers"),
        ('1\nLattice="9 0 0 0 9 0 0 0 9" pbc=maybe\nO 1 1 1\n', "pbc = 'maybe' must be one flag or three"),
        ('1\npbc="T T T"\nO 1 1 1\n', "should be periodic along a, but there is no lattice vector a"),
        ("1\nProperties=species:S:1:pos:R\nO 1 1 1\n", "must be a repetition of name:kind:columns"),
        ("1\nProperties=species:S:1:pos:R:2\nO 1 1\n", "pos has 2 columns, expected 3"),
        ("1\nProperties=species:S:1:vel:R:3\nO 1 1 1\n", "has no column pos"),
        ("1\nProperties=pos:R:3\n1 1 1\n", "has no column species, Z or type"),
        ("1\nProperties=Z:I:1:pos:R:3\n0 1 1 1\n", "Z = 0 is not an atomic number"),
        ("1\nlattice=1 Lattice=2\nO 1 1 1\n", "appears twice"),
        ("1\n# CELL(abcABC): 10 11 12 90\nO 1 1 1\n", "has 4 numbers"),
        ("1\n# CELL(abcABC): 10 11 12 10 90 170\nO 1 1 1\n", "10 11 12 10 90 170 are not those of a box"),
        ("1\n10 11 12 10 90 170\nO 1 1 1\n", "10 11 12 10 90 170 are not those of a box"),
        ("1\n# CELL(abcABC): 9 9 9 90 90 90 cell{parsec}\nO 1 1 1\n", "cell{parsec}: dpmd knows angstrom"),
        (
            "1\n# CELL(abcABC): 9 9 9 90 90 90 velocities{atomic_unit}\nO 1 1 1\n",
            "contains velocities, but no positions",
        ),
    ],
)
def test_what_is_wrong_is_named(tmp_path, text, message) -> None:
    with pytest.raises(InputError) as refused:
        read(tmp_path, text)

    assert "start.xyz" in str(refused.value)
    assert message in str(refused.value)
