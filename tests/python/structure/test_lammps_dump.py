"""LAMMPS dumps: types of atoms, kinds of positions, boxes, units."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dpmd.errors import InputError
from dpmd.structure import ReadOptions, Structure, read_frames, read_structure

FRAME = """ITEM: TIMESTEP
{step}
ITEM: NUMBER OF ATOMS
2
ITEM: BOX BOUNDS {bounds}
ITEM: ATOMS id type {columns}
2 2 {second}
1 1 {first}
"""
CUBE = "pp pp ff\n0 20\n0 20\n0 20"


def frame(step: int = 0, bounds: str = CUBE, columns: str = "element x y z", first="H 1 2 3", second="O 4 5 6") -> str:
    return FRAME.format(step=step, bounds=bounds, columns=columns, first=first, second=second)


def read(folder: Path, text: str, options: ReadOptions | None = None) -> Structure:
    (folder / "run.lammpstrj").write_text(text)
    return read_structure(folder / "run.lammpstrj", ["O", "H"], options)


def test_elements_tell_and_atoms_stand_by_their_ids(tmp_path) -> None:
    found = read(tmp_path, frame())

    assert found.types.tolist() == [1, 0]
    assert found.positions.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert found.pbc == (True, True, False)


def test_types_without_elements_are_no_atomic_numbers(structures) -> None:
    path = structures / "no_elements.lammpstrj"

    with pytest.raises(InputError, match="1 is no type of the model, which has He, H"):
        read_structure(path, ["He", "H"])
    assert read_structure(path, ["He", "H"], ReadOptions(types={"1": "H"})).types.tolist() == [1, 1]


def test_an_element_that_stands_for_all_types_is_none(tmp_path) -> None:
    default = frame(first="C 1 2 3", second="C 4 5 6")  # as LAMMPS writes it without dump_modify element

    with pytest.raises(InputError, match="1, 2 are no type of the model"):
        read(tmp_path, default)
    found = read(tmp_path, default, ReadOptions(types={"1": "O", "2": "H"}))
    assert found.types.tolist() == [0, 1]
    assert "element is C for several types" in found.remarks[0]


def test_type_labels_tell(tmp_path) -> None:
    found = read(tmp_path, frame(columns="typelabel x y z"))

    assert found.types.tolist() == [1, 0]


def test_a_blank_line_before_a_dump_changes_nothing(tmp_path) -> None:
    with pytest.raises(InputError, match="1, 2 are no type of the model"):
        read(tmp_path, "\n" + frame(columns="x y z", first="1 2 3", second="4 5 6"))


def test_times_belong_to_the_frame_behind_them(tmp_path) -> None:
    from dpmd.structure.lammps_dump import blocks, parse

    path = tmp_path / "run.dump"
    path.write_text("ITEM: TIME\n0.001\n" + frame(10) + "ITEM: TIME\n0.002\n" + frame(20))

    assert [(one.step, one.time) for one in (parse(path, block) for block in blocks(path))] == [(10, 1.0), (20, 2.0)]


def test_columns_of_velocities_that_are_not_whole_are_told(tmp_path) -> None:
    found = read(tmp_path, frame(columns="element x y z vx vy", first="H 1 2 3 1 1", second="O 1 2 3 1 1"))

    assert found.velocities is None
    assert found.unused == ["column vx", "column vy"]


def test_masses_tell_where_there_are_no_elements(tmp_path) -> None:
    found = read(tmp_path, frame(columns="mass x y z", first="1.008 1 2 3", second="15.999 4 5 6"))

    assert found.types.tolist() == [1, 0]
    assert found.masses == {"H": 1.008, "O": 15.999}


@pytest.mark.parametrize(
    ("columns", "row", "expected"),
    [
        ("x y z", "1 2 3", [1, 2, 3]),
        ("xu yu zu x y z", "21 2 3 1 2 3", [21, 2, 3]),
        ("x y z ix iy iz", "1 2 3 1 0 -1", [21, 2, -17]),
        ("xs ys zs", "0.05 0.1 0.15", [1, 2, 3]),
        ("xs ys zs ix iy iz", "0.05 0.1 0.15 1 0 0", [21, 2, 3]),
        ("xsu ysu zsu", "1.05 0.1 0.15", [21, 2, 3]),
    ],
)
def test_positions_of_every_kind_are_unwrapped_angstrom(tmp_path, columns, row, expected) -> None:
    found = read(tmp_path, frame(columns=f"element {columns}", first=f"H {row}", second=f"O {row}"))

    assert found.positions[0] == pytest.approx(np.array(expected))


def test_tilted_boxes_lose_the_room_of_their_tilt(tmp_path) -> None:
    found = read(tmp_path, frame(bounds="xy xz yz pp pp pp\n0 22 2\n0 20 0\n0 20 0"))
    general = read(tmp_path, frame(bounds="abc origin pp pp pp\n0 5 6 0\n1 2 3 0\n0 0 7 0"))

    assert found.cell.tolist() == [[20, 0, 0], [2, 20, 0], [0, 0, 20]]
    assert general.cell.tolist() == [[0, 5, 6], [1, 2, 3], [0, 0, 7]]


def test_velocities_and_forces_are_in_the_units_of_the_file(tmp_path) -> None:
    moving = frame(columns="element x y z vx vy vz fx fy fz", first="H 1 2 3 1 0 0 1 0 0", second="O 1 2 3 0 0 0 0 0 0")
    metal, real = read(tmp_path, moving), read(tmp_path, f"ITEM: UNITS\nreal\nITEM: TIME\n500\n{moving}")

    assert metal.velocities[0, 0] == pytest.approx(0.001)
    assert "units metal" in metal.remarks[0]
    assert real.velocities[0, 0] == pytest.approx(1.0)
    assert real.forces[0, 0] == pytest.approx(0.0433641153087705)


def test_units_are_said_once_for_all_frames(tmp_path) -> None:
    moving = frame(columns="element x y z vx vy vz", first="H 1 2 3 1 0 0", second="O 1 2 3 0 0 0")
    (tmp_path / "run.dump").write_text("ITEM: UNITS\nreal\n" + moving + moving)

    speeds = [one.velocities[0, 0] for one in read_frames(tmp_path / "run.dump", ["O", "H"])]

    assert speeds == [1.0, 1.0]


def test_frames_have_steps_and_numbers(tmp_path) -> None:
    text = frame(0) + frame(100) + frame(200)

    assert read(tmp_path, text).step == 200
    assert read(tmp_path, text, ReadOptions(frame=1)).step == 100
    assert [one.step for one in read_frames(tmp_path / "run.lammpstrj", ["O", "H"])] == [0, 100, 200]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (frame().replace("1 1 H 1 2 3\n", ""), "has 1 atoms, but says that it has 2"),
        (frame().split("ITEM: ATOMS")[0], "has no ITEM: ATOMS: the file is cut off"),
        (frame().replace("2 2 O", "1 2 O"), "has an id twice"),
        (frame(bounds="pp pp pp\n0\n0\n0"), "BOX BOUNDS has lines of 1 numbers"),
        (frame(bounds="abc origin pp pp pp\n0 5 6\n1 2 3\n0 0 7"), "BOX BOUNDS has lines of 3 numbers"),
        (frame().replace("x y z", "x y w"), "has no positions among its columns"),
        (frame().replace("x y z", "x x z"), "names a column twice"),
        (frame().replace("H 1 2 3", "H 1 2"), "row 2 has 5 columns, expected 6"),
        (frame(bounds="pp pp pp\n0 20\n0 20"), "BOX BOUNDS has 2 lines"),
        (frame(bounds="pp pp pp\n0 0\n0 20\n0 20"), "has a box without volume"),
        (frame().replace("ITEM: TIMESTEP\n0\n", "ITEM: TIMESTEP\n"), "has no number below ITEM: TIMESTEP"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, text, message) -> None:
    with pytest.raises(InputError) as refused:
        read(tmp_path, text)

    assert "run.lammpstrj, frame at line 1" in str(refused.value)
    assert message in str(refused.value)
