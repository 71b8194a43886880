"""Data sets: folders of arrays or texts, groups of HDF5 files, structure files, and what in them is not used."""

from __future__ import annotations

import os
import re
from pathlib import Path

import ase.build
import ase.io
import h5py
import numpy as np
import pytest
from ase.calculators.singlepoint import SinglePointCalculator

from dpmd.child_process import Child
from dpmd.errors import InputError
from dpmd.structure import ReadOptions
from dpmd.systems import Source, System, find_sources, read_data_file

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


def opened(path: Path | str, type_map: list[str] | None = None) -> System:
    """The one system of a path."""
    (source,) = find_sources([path])
    return source.open(type_map or ["O", "H"], lambda key, line: None)


def test_types_are_matched_by_name(tmp_path) -> None:
    system = opened(write_system(tmp_path / "s"), ["C", "O", "H"])

    frame = next(system.frames())

    assert frame.types.tolist() == [1, 2, 1]


def test_without_a_type_map_types_are_the_models(tmp_path) -> None:
    folder = write_system(tmp_path / "s")
    (folder / "type_map.raw").unlink()

    frame = next(opened(folder, ["X", "Y"]).frames())

    assert frame.types.tolist() == TYPES


def test_frames_come_in_the_order_of_the_sets(tmp_path) -> None:
    system = opened(write_system(tmp_path / "s", n_frames=(2, 3)))

    frames = list(system.frames())

    assert system.n_frames == 5
    assert [frame.energy for frame in frames] == [0, 1, 2, 3, 4]
    assert frames[3].positions.shape == frames[3].forces.shape == (3, 3)
    assert frames[3].cell.shape == frames[3].virial.shape == (3, 3)
    assert [frame.energy for frame in system.frames([4, 0, 2])] == [4, 0, 2]
    assert frames[3].place == f"{tmp_path / 's'}, frame 3"


def test_an_open_system_has_no_cell(tmp_path) -> None:
    folder = write_system(tmp_path / "s", box=None)
    (folder / "nopbc").touch()

    assert next(opened(folder).frames()).cell is None


def test_absent_references_are_none(tmp_path) -> None:
    frame = next(opened(write_system(tmp_path / "s", virial=None, force=None)).frames())

    assert frame.forces is None
    assert frame.virial is None


def test_virtual_atoms_of_mixed_types_are_left_out(tmp_path) -> None:
    types = np.array([[0, 1, 1], [1, -1, 0]])
    aparam = np.arange(12.0).reshape(2, 6)
    folder = write_system(tmp_path / "s", real_atom_types=types, aparam=aparam)

    first, second = opened(folder).frames()

    assert first.types.tolist() == [1, 0, 0]
    assert second.types.tolist() == [0, 1]
    assert second.forces.shape == (2, 3)
    assert second.aparam.tolist() == [[6, 7], [10, 11]]


def test_a_mixed_type_that_is_in_no_map_is_named_with_its_frame(tmp_path) -> None:
    folder = write_system(tmp_path / "s", real_atom_types=np.array([[0, 1, 1], [1, 7, 0]]))

    with pytest.raises(InputError, match="real_atom_types.npy, frame 1: type 7 is not in the type map"):
        list(opened(folder).frames())


def test_frame_parameters_are_read(tmp_path) -> None:
    folder = write_system(tmp_path / "s", fparam=np.array([[1.0, 2.0], [3.0, 4.0]]))

    assert [frame.fparam.tolist() for frame in opened(folder).frames()] == [[1, 2], [3, 4]]


def test_systems_are_found_below_a_folder_once(tmp_path) -> None:
    b = write_system(tmp_path / "all" / "b")
    a = write_system(tmp_path / "all" / "a" / "deep")

    assert names(find_sources([tmp_path / "all"])) == [str(a), str(b)]
    assert names(find_sources([a, tmp_path / "all"])) == [str(a), str(b)]


def names(sources: list[Source]) -> list[str]:
    return [source.name for source in sources]


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
        (lambda s: truncate(s / "set.000" / "force.npy"), "not a readable .npy"),
        (lambda s: unclosed_header(s / "set.000" / "force.npy"), "not a readable .npy"),
        (lambda s: np.save(s / "set.000" / "coord.npy", np.zeros(9)), "has shape (9,), expected (n_frames, 9)"),
        (lambda s: np.save(s / "set.000" / "atom_ener.npy", np.zeros((2, 4))), "expected (2, 3)"),
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
        list(opened(folder).frames())

    assert str(folder) in str(error.value)
    assert reason in str(error.value)


def truncate(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-4])


def unclosed_header(file: Path) -> None:
    """NumPy's parser reaches the end of the header inside a bracket, and raises an unusual error."""
    file.write_bytes(file.read_bytes().replace(b"), }", b"   "))


def test_a_pickle_in_an_array_file_is_not_loaded(tmp_path) -> None:
    folder = write_system(tmp_path / "s")
    np.save(folder / "set.000" / "energy.npy", np.array([{}, {}]), allow_pickle=True)

    with pytest.raises(InputError, match="energy"):
        opened(folder)


def test_paths_without_frames_are_refused(tmp_path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "model.pb").touch()
    (tmp_path / "text").write_text("x")

    for path, reason in [
        (tmp_path / "empty", "no system here"),
        (tmp_path / "absent", "there is no such file or folder"),
        (tmp_path / "model.pb", "is a model by its name"),
        (f"{tmp_path / 'text'}#/a", "is not an HDF5 file"),
        (f"{tmp_path / 'absent'}#/a", "there is no such file"),
    ]:
        with pytest.raises(InputError, match=reason):
            find_sources([path])


def test_single_precision_is_read_as_double(tmp_path) -> None:
    coord = np.linspace(0, 1, 18, dtype=np.float32).reshape(2, 9)

    frame = next(opened(write_system(tmp_path / "s", coord=coord)).frames())

    assert frame.positions.dtype == np.float64
    assert np.array_equal(frame.positions.reshape(-1), coord[0].astype(np.float64))


def test_a_type_map_may_name_more_types_than_there_are(tmp_path) -> None:
    folder = write_system(tmp_path / "s")
    (folder / "type_map.raw").write_text("H\nO\nXe\n")

    assert opened(folder).notes == []
    assert next(opened(folder).frames()).types.tolist() == [0, 1, 0]


def test_what_is_not_used_is_said_in_one_line(tmp_path) -> None:
    folder = write_system(tmp_path / "s", (1, 1), atom_pref=np.ones((1, 3)), spin=np.ones((1, 9)))
    np.savetxt(folder / "aparam.raw", np.ones((2, 3)))

    assert opened(folder).notes == [f"{folder}: not used: atom_pref.npy, spin.npy, aparam.raw"]


def test_a_file_that_one_set_lacks_is_named(tmp_path) -> None:
    folder = write_system(tmp_path / "s", (1, 1))
    (folder / "set.001" / "energy.npy").unlink()

    system = opened(folder)

    assert system.notes == [f"{folder}/set.001/energy.npy: missing, although other sets of the system have it"]
    assert [frame.energy for frame in system.frames()] == [0, None]


def test_types_that_have_no_names_are_said_to_be_the_models(tmp_path) -> None:
    folder = write_system(tmp_path / "s")
    (folder / "type_map.raw").unlink()

    assert opened(folder).notes == [
        f"{folder}: has no type_map.raw; its types are assumed to be those of the model: 0 = O, 1 = H"
    ]


def test_a_system_without_frames_says_so(tmp_path) -> None:
    empty = {name: np.zeros((0, 9)) for name in ("coord", "box", "force", "virial")}

    system = opened(write_system(tmp_path / "s", (0,), **empty, energy=np.zeros(0)))

    assert system.n_frames == 0
    assert list(system.frames()) == []
    assert system.notes == [f"{tmp_path / 's'}: holds no frames"]


def write_hdf5(path: Path, folder: Path, *groups: str) -> None:
    """The system of a folder, in groups of an HDF5 file."""
    with h5py.File(path, "w") as file:
        for name in groups:
            group = file.require_group(name)
            for text in ("type.raw", "type_map.raw"):
                words = (folder / text).read_text().split()
                group[text] = np.array(words, dtype="S") if text == "type_map.raw" else np.array(words, dtype=int)
            for array in folder.glob("set.*/*.npy"):
                group[f"{array.parent.name}/{array.name}"] = np.load(array)


def same_frames(one: System, other: System) -> bool:
    pairs = zip(one.frames(), other.frames(), strict=True)
    return all(
        np.array_equal(getattr(a, name), getattr(b, name))
        for a, b in pairs
        for name in ("positions", "types", "cell", "energy", "forces", "virial")
    )


def test_a_group_of_an_hdf5_file_is_a_system(tmp_path) -> None:
    folder, file = write_system(tmp_path / "s", (2, 1)), tmp_path / "s.hdf5"
    write_hdf5(file, folder, "a", "b/c")

    assert names(find_sources([file])) == [f"{file}#/a", f"{file}#/b/c"]
    assert names(find_sources([f"{file}#/b"])) == [f"{file}#/b/c"]
    assert same_frames(opened(f"{file}#/b/c"), opened(folder))
    with pytest.raises(InputError, match="has no group 'x'; at its root: a, b"):
        find_sources([f"{file}#/x"])


def test_the_root_of_an_hdf5_file_may_be_an_open_system(tmp_path) -> None:
    file = tmp_path / "s.hdf5"
    write_hdf5(file, write_system(tmp_path / "s", box=None), "/")
    with h5py.File(file, "a") as group:
        group["nopbc"] = True

    system = opened(file)

    assert system.name == f"{file}#/"
    assert next(system.frames()).cell is None


def test_a_damaged_hdf5_file_is_an_input_error(tmp_path) -> None:
    file, damaged = tmp_path / "s.hdf5", tmp_path / "damaged.hdf5"
    write_hdf5(file, write_system(tmp_path / "s"), "a")
    content, rng, refused = file.read_bytes(), np.random.default_rng(1), 0

    for trial in range(100):
        bad = bytearray(content)
        if trial % 2:
            del bad[rng.integers(len(bad)) :]
        else:
            for place in rng.integers(len(bad), size=5):
                bad[place] = rng.integers(256)
        damaged.write_bytes(bytes(bad))
        try:
            list(opened(damaged).frames())
        except InputError as error:
            refused += 1
            assert str(damaged) in str(error)

    assert refused > 50


def test_rows_of_an_hdf5_file_are_those_of_the_folder_in_any_order(tmp_path) -> None:
    folder, file = write_system(tmp_path / "s", (20_000, 3)), tmp_path / "s.hdf5"  # more rows than are fetched at once
    write_hdf5(file, folder, "a")
    chosen = [19_999, 0, 1, 14_000, 20_000, 13_999, 20_002, 7]

    for a, b in zip(opened(file).frames(chosen), opened(folder).frames(chosen), strict=True):
        np.testing.assert_array_equal(a.positions, b.positions)
        np.testing.assert_array_equal(a.forces, b.forces)


def test_an_hdf5_file_that_changes_while_it_is_read_is_an_error(tmp_path) -> None:
    file = tmp_path / "s.hdf5"
    write_hdf5(file, write_system(tmp_path / "s"), "a")
    system = opened(file)
    os.utime(file, (0, 0))

    with pytest.raises(InputError, match=r"s.hdf5.*: the file has changed since it was first read"):
        next(system.frames())


def test_hdf5_files_are_read_by_one_process_until_one_is_damaged(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(Child, "_idle", [])
    for name in ("a", "b"):
        write_hdf5(tmp_path / f"{name}.hdf5", write_system(tmp_path / name), "/")
        list(opened(tmp_path / f"{name}.hdf5").frames())
    (child,) = Child._idle
    (tmp_path / "b.hdf5").write_bytes((tmp_path / "b.hdf5").read_bytes()[:-2000])

    with pytest.raises(InputError, match="b.hdf5: a damaged HDF5 file"):
        opened(tmp_path / "b.hdf5")

    assert not Child._idle
    assert child._process.poll() is not None


def test_texts_without_sets_are_a_system(tmp_path) -> None:
    folder, raw = write_system(tmp_path / "s"), tmp_path / "raw"
    raw.mkdir()
    for text in ("type.raw", "type_map.raw"):
        (raw / text).write_text((folder / text).read_text())
    for array in folder.glob("set.000/*.npy"):
        np.savetxt(raw / f"{array.stem}.raw", np.load(array).reshape(2, -1))
    (raw / "spin.raw").write_text("1\n2\n")

    assert same_frames(opened(raw), opened(folder))
    assert opened(raw).notes == [f"{raw}: not used: spin.raw"]
    (raw / "coord.raw").write_text("1 2 3\n4 5 six\n")
    with pytest.raises(InputError, match="coord.raw: must hold one line of numbers per frame"):
        opened(raw)
    (raw / "coord.raw").write_text("1 2 3\n")
    with pytest.raises(InputError, match=re.escape("coord.raw: has shape (1, 3), expected (1, 9)")):
        opened(raw)


def labelled_water(energy: float) -> ase.Atoms:
    atoms = ase.build.molecule("H2O", cell=[10, 11, 12], pbc=True)
    stress = np.array([1, 2, 3, 4, 5, 6]) * 1e-3
    atoms.calc = SinglePointCalculator(atoms, energy=energy, forces=np.full((3, 3), energy), stress=stress)
    return atoms


def test_labels_of_structure_files_are_references(tmp_path) -> None:
    ase.io.write(tmp_path / "f.extxyz", [labelled_water(1), labelled_water(2)])

    first, second = opened(tmp_path / "f.extxyz").frames()

    assert (first.energy, second.energy) == (1, 2)
    assert (second.forces == 2).all()
    assert first.types.tolist() == [0, 1, 1]
    assert np.allclose(first.virial, -1320e-3 * np.array([[1, 6, 5], [6, 2, 4], [5, 4, 3]]))
    assert first.place == f"{tmp_path / 'f.extxyz'}, frame 0"


def test_forces_and_virial_may_stand_beside_the_atoms(tmp_path) -> None:
    atoms = ase.build.molecule("H2O")
    atoms.arrays["force"], atoms.info["virial"] = np.ones((3, 3)), np.arange(9.0).reshape(3, 3)
    ase.io.write(tmp_path / "f.extxyz", atoms)

    frame = next(opened(tmp_path / "f.extxyz").frames())

    assert (frame.forces == 1).all()
    assert frame.virial.reshape(-1).tolist() == list(range(9))


def test_a_folder_of_structure_files_is_one_source_in_natural_order(tmp_path) -> None:
    for k in (10, 9, 2):
        ase.io.write(tmp_path / f"f{k}.extxyz", labelled_water(k))

    system = opened(tmp_path)

    assert [frame.energy for frame in system.frames()] == [2, 9, 10]
    assert [frame.energy for frame in system.frames([2, 0])] == [10, 2]
    assert system.n_frames == 3


def test_a_dump_of_lammps_has_its_steps(tmp_path) -> None:
    frame = "ITEM: TIMESTEP\n{}\nITEM: NUMBER OF ATOMS\n1\nITEM: BOX BOUNDS pp pp pp\n" + 3 * "0 9\n"
    frame += "ITEM: ATOMS id type element x y z\n1 1 O 1 2 3\n"
    (tmp_path / "w.lammpstrj").write_text(frame.format(1000) + frame.format(1050))

    assert [frame.step for frame in opened(tmp_path / "w.lammpstrj").frames()] == [1000, 1050]


def test_a_data_file_lists_systems(tmp_path) -> None:
    (tmp_path / "list").write_text("a/b\n\n  c d  \n")
    (tmp_path / "empty").write_text("\n")

    assert read_data_file(tmp_path / "list") == ["a/b", "c d"]
    with pytest.raises(InputError, match="lists no system"):
        read_data_file(tmp_path / "empty")
    with pytest.raises(InputError, match="cannot be read"):
        read_data_file(tmp_path / "absent")


def test_a_mixed_system_may_know_more_types_than_its_atoms_have(tmp_path) -> None:
    folder = tmp_path / "mixed"
    (folder / "set.000").mkdir(parents=True)
    (folder / "type.raw").write_text("0 0 0")
    (folder / "type_map.raw").write_text("C H O")
    np.save(folder / "set.000" / "coord.npy", np.zeros((1, 9)))
    np.save(folder / "set.000" / "box.npy", np.eye(3).reshape(1, 9))
    np.save(folder / "set.000" / "real_atom_types.npy", [[2, 1, -1]])

    (frame,) = opened(folder).frames()

    assert frame.types.tolist() == [0, 1]


def test_a_pointer_of_git_lfs_in_a_set_is_named(tmp_path) -> None:
    folder = tmp_path / "one"
    (folder / "set.000").mkdir(parents=True)
    (folder / "type.raw").write_text("0")
    (folder / "set.000" / "coord.npy").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")

    with pytest.raises(InputError, match="coord.npy: a Git LFS pointer"):
        opened(folder)


def test_one_frame_is_for_structure_files_alone(tmp_path, root) -> None:
    structure = root / "examples" / "water" / "water_192.extxyz"
    (tmp_path / "one" / "set.000").mkdir(parents=True)
    (tmp_path / "one" / "type.raw").write_text("0")

    with pytest.raises(InputError, match="--frame 0 is for structure files, not for .*one"):
        find_sources([structure, tmp_path / "one"], ReadOptions(frame=0))


def test_what_is_no_file_in_a_system_is_refused_and_not_waited_for(tmp_path) -> None:
    for name in ("type.raw", "set.000/box.npy"):
        folder = write_system(tmp_path / name.replace("/", "_"))
        (folder / name).unlink()
        os.mkfifo(folder / name)

        with pytest.raises(InputError, match=f"{name}: is a fifo"):
            opened(folder)


def test_an_archive_in_place_of_an_array_is_refused(tmp_path) -> None:
    folder = write_system(tmp_path / "s")
    with (folder / "set.000" / "coord.npy").open("wb") as file:
        np.savez(file, a=np.zeros(3))

    with pytest.raises(InputError, match="coord.npy: not a readable .npy file"):
        opened(folder)


@pytest.mark.parametrize("name", ["type.raw", "set.000/coord.npy", "set.000/fparam.npy"])
def test_an_hdf5_file_that_unpacks_to_far_more_than_its_size_is_refused(tmp_path, name: str) -> None:
    file = tmp_path / "s.hdf5"
    write_hdf5(file, write_system(tmp_path / "s"), "a")
    with h5py.File(file, "a") as group:
        group["a"].pop(name, None)
        group["a"].create_dataset(name, shape=(10**9, 9), chunks=(10**5, 9), compression="gzip", dtype="f8")

    with pytest.raises(InputError, match="far more than a file of this size should hold|a damaged HDF5 file"):
        opened(file)


def test_cells_that_are_the_same_in_all_frames_may_be_packed(tmp_path) -> None:
    folder, file = write_system(tmp_path / "s", (20_000,)), tmp_path / "s.hdf5"
    write_hdf5(file, folder, "a")
    with h5py.File(file, "a") as group:
        for name in ("box", "virial"):
            group[f"a/set.000/{name}.npy"][...] = np.eye(3).reshape(9)
            data = group["a"].pop(f"set.000/{name}.npy")[()]
            group["a"].create_dataset(f"set.000/{name}.npy", data=data, compression="gzip")

    assert opened(file).n_frames == 20_000


def test_parts_of_an_hdf5_file_that_lie_in_another_are_refused(tmp_path) -> None:
    write_hdf5(tmp_path / "other.hdf5", write_system(tmp_path / "s"), "a")
    write_hdf5(tmp_path / "s.hdf5", write_system(tmp_path / "t"), "a")
    with h5py.File(tmp_path / "s.hdf5", "a") as group:
        del group["a/set.000/coord.npy"]
        group["a/set.000/coord.npy"] = h5py.ExternalLink("other.hdf5", "/a/set.000/coord.npy")

    with pytest.raises(InputError, match="coord.npy is a link"):
        opened(tmp_path / "s.hdf5")
