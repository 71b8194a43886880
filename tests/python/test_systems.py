"""Data sets in the deepmd/npy layout."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dpmd.errors import InputError
from dpmd.systems import System, find_systems

TYPES = [1, 0, 1]


def write_system(folder: Path, n_frames: tuple[int, ...] = (2,), **arrays: np.ndarray) -> Path:
    """A system of three atoms; every number tells its frame."""
    folder.mkdir(parents=True)
    (folder / "type.raw").write_text("".join(f"{t}\n" for t in TYPES))
    (folder / "type_map.raw").write_text("H\nO\n")
    first = 0
    for k, n in enumerate(n_frames):
        (folder / f"set.{k:03d}").mkdir()
        frame = np.arange(first, first + n, dtype=np.float32)[:, None]
        defaults = {
            "coord": frame + np.zeros((1, 9)),
            "box": frame + np.eye(3).reshape(1, 9) * 10,
            "energy": frame[:, 0],
            "force": frame + np.zeros((1, 9)),
            "virial": frame + np.zeros((1, 9)),
        }
        for name, values in (defaults | arrays).items():
            if values is not None:
                np.save(folder / f"set.{k:03d}" / f"{name}.npy", values)
        first += n
    return folder


def test_types_are_matched_by_name(tmp_path) -> None:
    system = System(write_system(tmp_path / "s"), ["C", "O", "H"])

    frame = next(system.frames())

    assert frame.types.tolist() == [1, 2, 1]


def test_without_a_type_map_types_are_the_models(tmp_path) -> None:
    folder = write_system(tmp_path / "s")
    (folder / "type_map.raw").unlink()

    frame = next(System(folder, ["X", "Y"]).frames())

    assert frame.types.tolist() == TYPES


def test_frames_come_in_the_order_of_the_sets(tmp_path) -> None:
    system = System(write_system(tmp_path / "s", n_frames=(2, 3)), ["O", "H"])

    frames = list(system.frames())

    assert system.n_frames == 5
    assert [frame.energy for frame in frames] == [0, 1, 2, 3, 4]
    assert frames[3].positions.shape == frames[3].forces.shape == (3, 3)
    assert frames[3].cell.shape == frames[3].virial.shape == (3, 3)
    assert [frame.energy for frame in system.frames(limit=3)] == [0, 1, 2]


def test_an_open_system_has_no_cell(tmp_path) -> None:
    folder = write_system(tmp_path / "s", box=None)
    (folder / "nopbc").touch()

    assert next(System(folder, ["O", "H"]).frames()).cell is None


def test_absent_references_are_none(tmp_path) -> None:
    frame = next(System(write_system(tmp_path / "s", virial=None, force=None), ["O", "H"]).frames())

    assert frame.forces is None
    assert frame.virial is None


def test_virtual_atoms_of_mixed_types_are_left_out(tmp_path) -> None:
    types = np.array([[0, 1, 1], [1, -1, 0]])
    aparam = np.arange(12.0).reshape(2, 6)
    folder = write_system(tmp_path / "s", real_atom_types=types, aparam=aparam)

    first, second = System(folder, ["O", "H"]).frames()

    assert first.types.tolist() == [1, 0, 0]
    assert second.types.tolist() == [0, 1]
    assert second.forces.shape == (2, 3)
    assert second.aparam.tolist() == [[6, 7], [10, 11]]


def test_frame_parameters_are_read(tmp_path) -> None:
    folder = write_system(tmp_path / "s", fparam=np.array([[1.0, 2.0], [3.0, 4.0]]))

    assert [frame.fparam.tolist() for frame in System(folder, ["O", "H"]).frames()] == [[1, 2], [3, 4]]


def test_systems_are_found_below_a_folder_once(tmp_path) -> None:
    b = write_system(tmp_path / "all" / "b")
    a = write_system(tmp_path / "all" / "a" / "deep")

    assert find_systems([tmp_path / "all"]) == [a, b]
    assert find_systems([a, tmp_path / "all"]) == [a, b]


@pytest.mark.parametrize(
    ("break_it", "reason"),
    [
        (lambda s: (s / "type.raw").write_text("0 x 1"), "one type number per atom"),
        (lambda s: (s / "type.raw").write_text("0 -1 1"), "negative"),
        (lambda s: (s / "type.raw").write_text(""), "is empty"),
        (lambda s: (s / "type.raw").write_text("0 1 7"), "type 7 is not in the type map"),
        (lambda s: (s / "type_map.raw").write_text("H Xe"), "'Xe' is not in the model's type map"),
        (lambda s: (s / "set.000" / "coord.npy").unlink(), "coord.npy is missing"),
        (lambda s: (s / "set.000" / "box.npy").unlink(), "'nopbc'"),
        (lambda s: (s / "set.000" / "coord.npy").write_bytes(b"x" * 200), "not a readable .npy"),
        (lambda s: np.save(s / "set.000" / "energy.npy", np.zeros(3)), "expected (2, 1)"),
        (lambda s: np.save(s / "set.000" / "coord.npy", np.zeros((2, 8))), "expected (2, 9)"),
        (lambda s: np.save(s / "set.000" / "coord.npy", np.array(["a"])), "rows of numbers"),
        (lambda s: np.save(s / "set.000" / "aparam.npy", np.zeros((2, 4))), "do not divide"),
        (lambda s: (s / "set.000").rename(s / "data"), "no set.* folder"),
    ],
)
def test_damage_is_named(tmp_path, break_it, reason: str) -> None:
    folder = write_system(tmp_path / "s")
    break_it(folder)

    with pytest.raises(InputError) as error:
        list(System(folder, ["O", "H"]).frames())

    assert str(folder) in str(error.value)
    assert reason in str(error.value)


def test_a_pickle_in_an_array_file_is_not_loaded(tmp_path) -> None:
    folder = write_system(tmp_path / "s")
    np.save(folder / "set.000" / "energy.npy", np.array([{}, {}]), allow_pickle=True)

    with pytest.raises(InputError, match="energy"):
        System(folder, ["O", "H"])


def test_paths_without_systems_are_refused(tmp_path) -> None:
    (tmp_path / "file.hdf5").touch()

    for path, reason in [
        (tmp_path, "no system here"),
        (tmp_path / "absent", "there is no such folder"),
        (tmp_path / "file.hdf5", "is a file"),
    ]:
        with pytest.raises(InputError, match=reason):
            find_systems([path])
