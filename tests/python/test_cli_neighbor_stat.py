"""`dpmd neighbor-stat`: the numbers of `dp neighbor-stat`."""

from __future__ import annotations

import json
import re
from pathlib import Path

import ase.io
import numpy as np
import pytest

from command_line import command, refusal
from data.dp_commands.record import write_systems
from dpmd.errors import InputError
from dpmd.neighbor_statistics import NeighborStatistics
from dpmd.systems import Frame

RECORDED = Path(__file__).parents[1] / "data" / "dp_commands" / "neighbors.txt"


@pytest.fixture
def systems(tmp_path, monkeypatch) -> Path:
    """Writes the systems for which DeePMD-kit's answers were recorded, to the working folder."""
    write_systems(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def counted(*arguments: object) -> dict:
    return json.loads(command("neighbor-stat", *arguments, "--json"))


def test_the_numbers_are_those_of_dp_neighbor_stat(systems) -> None:
    said = command("neighbor-stat", "-s", ".", "-r", 5)

    theirs = RECORDED.read_text().split("\n")
    assert theirs[0] in said  # min_nbor_dist, to the digits that are printed
    assert re.findall(r"\d+", theirs[1]) == re.findall(r"\d+", said[said.index("max_nbor_size") :].split("\n")[0])


def test_real_water_has_the_numbers_of_dp_neighbor_stat(shared) -> None:
    values = counted("-s", shared / "data" / "water_dft", "-r", 6)

    assert values["n_frames"] == 80
    assert values["min_nbor_dist"] == pytest.approx(0.876301, abs=5e-7)
    assert values["max_nbor_size"] == [37, 72]
    assert values["suggested_sel"] == [44, 80]


def test_types_may_be_named_and_counted_together(systems) -> None:
    assert counted("-s", "box", "open", "-r", 5, "-t", "H", "C", "O")["max_nbor_size"] == [6, 0, 3]
    together = counted("-s", "box", "open", "-r", 5, "--mixed-type")["max_nbor_size"]
    assert len(together) == 1
    assert 6 < together[0] <= 9


def test_structure_files_need_the_names_of_types(systems, small_box) -> None:
    assert "--type-map" in refusal("neighbor-stat", "-s", small_box, "-r", 4)

    values = counted("-s", small_box, "-r", 4, "-t", "O", "H")

    atoms = ase.io.read(small_box)
    i, j = ase.neighborlist.neighbor_list("ij", atoms, 4.0)
    oxygens = np.bincount(i[atoms.numbers[j] == 8], minlength=len(atoms))
    assert values["max_nbor_size"][0] == oxygens.max()


def test_the_suggestion_is_a_tenth_more_in_multiples_of_four() -> None:
    statistics = NeighborStatistics(["A", "B", "C", "D"], 5.0)
    statistics.max_size = np.array([0, 40, 41, 37])

    assert statistics.suggested_sel == [0, 44, 48, 44]


def frame(positions: list) -> Frame:
    return Frame("here", np.array(positions, float), np.zeros(len(positions), np.int32), None, (False,) * 3)


def test_atoms_without_neighbours_count_nothing() -> None:
    statistics = NeighborStatistics(["A"], 5.0)
    statistics.add(frame([[0, 0, 0], [6, 0, 0]]))
    statistics.add(frame([[0, 0, 0]]))

    assert statistics.as_plain()["min_nbor_dist"] is None
    assert statistics.as_plain()["max_nbor_size"] == [0]


def test_what_cannot_be_counted_is_an_error(systems) -> None:
    with pytest.raises(InputError, match="atoms 0 and 1 are at the same place"):
        NeighborStatistics(["A"], 5.0).add(frame([[0, 0, 0], [0, 0, 0]]))
    for cutoff in (0, float("inf"), float("nan")):
        with pytest.raises(InputError, match="cutoff"):
            NeighborStatistics(["A"], cutoff)
    (systems / "open" / "type_map.raw").unlink()
    assert "open: has no list of types" in refusal("neighbor-stat", "-s", ".", "-r", 5)
    assert "type 'H' is not in" in refusal("neighbor-stat", "-s", "box", "-r", 5, "-t", "O")
