"""Frames that models disagree about, as extended XYZ."""

from __future__ import annotations

import io

import ase.io
import numpy as np
import pytest

from dpmd.committee import ModelDeviation, model_deviation
from dpmd.potential import Result
from dpmd.selected_frames import write_selected
from dpmd.systems import Frame


@pytest.fixture
def found() -> ModelDeviation:
    results = [Result(0.0, np.full((2, 3), force), np.zeros((3, 3))) for force in (0.0, 1.0)]
    return model_deviation(results)


def frame(cell: np.ndarray | None, pbc: tuple[bool, bool, bool]) -> Frame:
    positions = np.array([[0.1, 0.2, 0.3], [1 / 3, 2, 3]])
    return Frame("here", positions, np.array([0, 1], np.int32), cell, pbc, fparam=np.array([0.5, 2.0]))


def written(*arguments: object) -> str:
    file = io.StringIO()
    write_selected(file, *arguments)
    return file.getvalue()


def test_a_frame_is_read_back_as_it_was(found) -> None:
    cell = np.array([[5, 0, 0], [0.1, 6, 0], [0.2, 0.3, 7]])

    text = written(frame(cell, (True, True, False)), ["O", "H"], found, 'a "b" c', 50)

    atoms = ase.io.read(io.StringIO(text), format="extxyz")
    assert str(atoms.symbols) == "OH"
    assert np.allclose(atoms.positions, frame(None, (False,) * 3).positions, atol=1e-10)
    assert np.allclose(atoms.cell, cell)
    assert atoms.pbc.tolist() == [True, True, False]
    assert (atoms.info["step"], atoms.info["source"]) == (50, 'a "b" c')
    assert atoms.info["fparam"].tolist() == [0.5, 2.0]
    assert atoms.info["max_devi_f"] == pytest.approx(found.max_f)
    assert np.allclose(atoms.arrays["force_deviation"], found.forces)


def test_names_that_are_no_elements_stay(found) -> None:
    lines = written(frame(None, (False,) * 3), ["OW", "HW"], found, "s", 0).splitlines()

    assert [line.split()[0] for line in lines[2:]] == ["OW", "HW"]
    assert "Lattice" not in lines[1]
