"""LAMMPS data files: types of atoms, styles, units, boxes, and what is left out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dpmd.errors import InputError
from dpmd.structure import ReadOptions, Structure, read_structure

TEMPLATE = """{title}

2 atoms
2 atom types
{box}
{labels}{masses}
Atoms{style}

{atoms}
{rest}"""
BOX = "0.0 5.0 xlo xhi\n0.0 6.0 ylo yhi\n0.0 7.0 zlo zhi\n"
LABELS = "\nAtom Type Labels\n\n1 H\n2 O\n"
MASSES = "\nMasses\n\n1 1.008\n2 15.999\n"
ATOMIC = "1 1 0.1 0.2 0.3\n2 2 1.1 1.2 1.3"


def write(folder: Path, name: str = "start.lmp", **parts: str) -> Path:
    values = {
        "title": "made by hand",
        "box": BOX,
        "labels": "",
        "masses": MASSES,
        "style": "",
        "atoms": ATOMIC,
        "rest": "",
    }
    (folder / name).write_text(TEMPLATE.format(**values | parts))
    return folder / name


def read(folder: Path, options: ReadOptions | None = None, **parts: str) -> Structure:
    return read_structure(write(folder, **parts), ["O", "H"], options)


def test_swapped_labels_are_followed(structures) -> None:
    found = read_structure(structures / "labels_swapped.lmp", ["O", "H"])

    assert found.types.tolist() == [0, 1, 1, 0, 1, 1]
    assert found.describe()[0].endswith("6 atoms: 1 -> H by label (4), 2 -> O by label (2); periodic")


def test_types_are_told_by_labels_then_masses_then_the_user(tmp_path) -> None:
    assert read(tmp_path, labels=LABELS, masses="").types.tolist() == [1, 0]
    assert read(tmp_path).types.tolist() == [1, 0]
    assert read(tmp_path, masses="\nMasses\n\n1 1.008 # H\n2 16.0 # OW\n").types.tolist() == [1, 0]
    named = ReadOptions(types={"1": "O", "2": "H"})
    assert read(tmp_path, named, masses="").types.tolist() == [0, 1]
    with pytest.raises(InputError, match=r"1, 2 are no type of the model.*--types 1=...,2=..."):
        read(tmp_path, masses="")
    with pytest.raises(InputError, match="its mass is that of O"):
        read(tmp_path, labels=LABELS, masses="\nMasses\n\n1 15.999\n2 1.008\n")


def test_a_number_behind_a_mass_is_no_label(tmp_path) -> None:
    found = read(tmp_path, masses="\nMasses\n\n1 1.008 # 2\n2 15.999 # 1\n")

    assert found.types.tolist() == [1, 0]


def test_a_type_without_atoms_may_be_named(tmp_path) -> None:
    named = ReadOptions(types={"1": "O", "2": "H", "3": "H"})
    path = write(tmp_path, masses="")
    path.write_text(path.read_text().replace("2 atom types", "3 atom types"))

    assert read_structure(path, ["O", "H"], named).types.tolist() == [0, 1]


def test_a_title_is_free_and_may_be_of_any_encoding(tmp_path) -> None:
    assert not read(tmp_path, title="water, units = angstrom").remarks
    path = write(tmp_path)
    path.write_bytes(b"box in \xc5\n" + path.read_bytes().partition(b"\n")[2])

    assert len(read_structure(path, ["O", "H"])) == 2


def test_labels_may_stand_in_place_of_numbers(tmp_path) -> None:
    atoms = "1 H 0.1 0.2 0.3\n2 O 1.1 1.2 1.3"

    found = read(tmp_path, labels=LABELS, masses="\nMasses\n\nH 1.008\nO 15.999\n", atoms=atoms)

    assert found.types.tolist() == [1, 0]
    assert found.masses == {"H": 1.008, "O": 15.999}


STYLES = {
    "atomic": ATOMIC,
    "charge": "1 1 0.5 0.1 0.2 0.3\n2 2 -0.5 1.1 1.2 1.3",
    "molecular": "1 7 1 0.1 0.2 0.3\n2 7 2 1.1 1.2 1.3",
    "full": "1 7 1 0.5 0.1 0.2 0.3\n2 7 2 -1 1.1 1.2 1.3",
    "sphere": "1 1 1.0 2.5 0.1 0.2 0.3\n2 2 1.0 2.5 1.1 1.2 1.3",
    "dipole": "1 1 0 0.1 0.2 0.3 0.5 0 0\n2 2 0 1.1 1.2 1.3 0 0.5 0",
}


@pytest.mark.parametrize("images", [False, True])
@pytest.mark.parametrize(
    ("style", "said"),
    [(style, said) for style in STYLES for said in ("in the file", "by the user")]
    + [(style, "by the columns") for style in ("atomic", "charge", "molecular", "full")],
)
def test_atom_styles_are_named_or_told_by_their_columns(tmp_path, style, said, images) -> None:
    atoms = "\n".join(row + " 0 1 -1" * images for row in STYLES[style].splitlines())
    options = ReadOptions(atom_style=style if said == "by the user" else None)

    found = read(tmp_path, options, atoms=atoms, style=f" # {style}" if said == "in the file" else "")

    expected = np.array([[0.1, 0.2, 0.3], [1.1, 1.2, 1.3]]) + (np.array([0, 6, -7]) if images else 0)
    assert found.positions == pytest.approx(expected)
    assert found.types.tolist() == [1, 0]
    assert ("column q of Atoms" in found.unused) == (style in ("charge", "full", "dipole"))


def test_columns_of_several_styles_have_to_be_named(tmp_path) -> None:
    with pytest.raises(InputError, match="9 columns may be atom style none that dpmd recognises .*name it: atom_style"):
        read(tmp_path, atoms=STYLES["dipole"])
    with pytest.raises(InputError, match="atom style hybrid is not read"):
        read(tmp_path, style=" # hybrid")
    with pytest.raises(InputError, match="5 columns are not those of atom style full"):
        read(tmp_path, ReadOptions(atom_style="full"))
    with pytest.raises(InputError, match='atom_style = "charge", but the file says atomic'):
        read(tmp_path, ReadOptions(atom_style="charge"), style=" # atomic")


VELOCITIES = "\nVelocities\n\n2 0 2.0 0\n1 1.0 0 0\n"


def test_velocities_are_in_the_units_of_the_file(tmp_path) -> None:
    metal = read(tmp_path, rest=VELOCITIES)
    real = read(tmp_path, rest=VELOCITIES, title="LAMMPS data file via write_data, timestep = 0, units = real")
    told = read(tmp_path, ReadOptions(units="real"), rest=VELOCITIES)

    assert metal.velocities == pytest.approx(np.array([[0.001, 0, 0], [0, 0.002, 0]]))
    assert "units metal: the file names no units" in metal.remarks[0]
    for found in (real, told):
        assert found.velocities == pytest.approx(np.array([[1.0, 0, 0], [0, 2.0, 0]]))
        assert not found.remarks


@pytest.mark.parametrize(
    ("units", "length", "velocity", "mass"),
    [
        ("si", 1e10, 1e-5, 6.02214076e26),
        ("cgs", 1e8, 1e-7, 6.02214076e23),
        ("electron", 0.529177210903, 0.529177210903 / 1.03275, 1),
        ("micro", 1e4, 1e-5, 6.02214076e11),
        ("nano", 10, 1e-5, 6.02214076e5),
    ],
)
def test_other_units_become_angstrom_and_femtoseconds(tmp_path, units, length, velocity, mass) -> None:
    title = f"LAMMPS data file via write_data, units = {units}"

    found = read(
        tmp_path, ReadOptions(types={"1": "H", "2": "O"}), title=title, rest=VELOCITIES, masses=MASSES, labels=""
    )

    assert found.positions[0] == pytest.approx(length * np.array([0.1, 0.2, 0.3]))
    assert found.velocities[0, 0] == pytest.approx(velocity)
    assert found.masses["O"] == pytest.approx(15.999 * mass)


@pytest.mark.parametrize(
    ("title", "given", "message"),
    [
        ("units = real", "metal", 'units = "metal", but the file says that its units are real'),
        ("units = lj", None, "units lj have no length"),
        ("via write_data, units = furlong", None, "units furlong are not known; dpmd reads metal, real"),
        ("made by hand", "furlong", "units furlong are not known; dpmd reads metal, real"),
    ],
)
def test_units_that_disagree_or_are_none_are_refused(tmp_path, title, given, message) -> None:
    with pytest.raises(InputError, match=message):
        read(tmp_path, ReadOptions(units=given), title=title)


def test_tilted_and_general_boxes_are_read(tmp_path) -> None:
    tilted = read(tmp_path, box=BOX + "1.0 0.5 0.25 xy xz yz\n")
    general = read(tmp_path, box="0 5 6 avec\n1 2 3 bvec\n0 0 7 cvec\n0 0 0 abc origin\n")

    assert tilted.cell.tolist() == [[5, 0, 0], [1, 6, 0], [0.5, 0.25, 7]]
    assert general.cell.tolist() == [[0, 5, 6], [1, 2, 3], [0, 0, 7]]


def test_sections_without_use_are_told(tmp_path) -> None:
    rest = "\nPair Coeffs # lj/cut\n\n1 0.1 3.0\n2 0.2 3.0\n\nBonds\n\n1 1 1 2\n"

    assert read(tmp_path, rest=rest).unused == ["Pair Coeffs", "Bonds"]


@pytest.mark.parametrize("name", ["water.data", "data.water", "water.LMP", "water.lmpdat", "water", "water.txt"])
def test_a_data_file_is_told_by_its_content(tmp_path, name) -> None:
    assert len(read_structure(write(tmp_path, name), ["O", "H"])) == 2


def test_a_byte_order_mark_is_no_matter(tmp_path) -> None:
    path = write(tmp_path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())

    assert len(read_structure(path, ["O", "H"])) == 2


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"atoms": "1 1 0.1 0.2 0.3"}, "has 1 rows, but the header says 2 atoms"),
        ({"atoms": "1 1 0.1 0.2 0.3\n1 2 1 1 1"}, "has an id twice"),
        ({"atoms": "1 1 0.1 0.2 0.3\n2 2 1 1"}, "row 2 has 4 columns, expected 5"),
        ({"atoms": "1 1 0.1 0.2 inf\n2 2 1 1 1"}, "is not finite"),
        ({"atoms": ""}, "without atoms"),
        ({"box": "0 5 xlo xhi\n0 5 ylo yhi\n"}, "has no box"),
        ({"box": BOX.replace("5.0", "0.0")}, "has a box without volume"),
        ({"box": BOX.replace("5.0", "-5.0")}, "has a box without volume: edges -5"),
        ({"box": BOX + BOX}, "says 'xlo xhi' twice"),
        ({"rest": "\nVelocities\n\n1 0 0 0\n"}, "must have one row for each atom"),
        ({"rest": "\nVelocities\n\n1 0 0\n2 0 0\n"}, "an id and three components"),
        ({"rest": "\nMasses\n\n1 1\n"}, "two sections Masses"),
        ({"masses": "\nMasses\n\n1 heavy\n2 1\n"}, "mass: could not convert"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, parts, message) -> None:
    with pytest.raises(InputError) as refused:
        read(tmp_path, **parts)

    assert "start.lmp" in str(refused.value)
    assert message in str(refused.value)
