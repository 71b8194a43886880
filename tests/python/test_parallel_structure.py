"""The contents of a structure file have the same effect on every rank: labels, fixed atoms, velocities."""

from __future__ import annotations

import ase.io
from ase.constraints import FixAtoms

from run_input import RESULTS, dpmd_run


def test_labels_of_a_data_file_are_followed_by_all_ranks(run_on, write_input, root, tmp_path) -> None:
    swapped = root / "tests" / "data" / "structure" / "labels_swapped.lmp"
    alone = dpmd_run(write_input("alone", structure=swapped))

    code, output, errors = run_on(2, "-m", "dpmd", "run", write_input("shared", structure=swapped))

    assert (alone.exit_code, code) == (0, 0), errors
    assert output.count("6 atoms: 1 -> H by label (4), 2 -> O by label (2); periodic") == 1
    assert ase.io.read(tmp_path / "shared" / "trajectory.extxyz").get_chemical_symbols() == ["O", "H", "H"] * 2
    for name in RESULTS:
        assert (tmp_path / "shared" / name).read_bytes() == (tmp_path / "alone" / name).read_bytes(), name


def test_fixed_atoms_of_a_file_stay_on_every_rank_and_after_a_resume(run_on, write_input, small_box, tmp_path) -> None:
    atoms = ase.io.read(small_box)
    atoms.set_constraint(FixAtoms(range(6)))
    ase.io.write(tmp_path / "held.extxyz", atoms, columns=["symbols", "positions", "move_mask"])
    alone = dpmd_run(write_input("alone", structure=tmp_path / "held.extxyz"))
    path = write_input("shared", structure=tmp_path / "held.extxyz")

    code, output, errors = run_on(2, "-m", "dpmd", "run", path, "--steps", 30)
    resumed, _, more = run_on(2, "-m", "dpmd", "run", path, "--resume")

    assert (alone.exit_code, code, resumed) == (0, 0, 0), errors + more
    assert "periodic; 6 fixed" in output
    frames = ase.io.read(tmp_path / "shared" / "trajectory.extxyz", index=":")
    assert len(frames) == 7
    for frame in frames:
        assert (frame.positions[:6] == frames[0].positions[:6]).all()
        assert frame.constraints[0].index.tolist() == [0, 1, 2, 3, 4, 5]
    assert (frames[-1].positions[6:] != frames[0].positions[6:]).any()
    for name in RESULTS:
        assert (tmp_path / "shared" / name).read_bytes() == (tmp_path / "alone" / name).read_bytes(), name
