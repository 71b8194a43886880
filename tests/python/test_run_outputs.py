"""The steps at which a run has written records, also when it was resumed to write more or less often."""

from __future__ import annotations

import numpy as np
import pytest

from dpmd.cli.running.outputs import Output, Part, continued, kind_of, misplaced_step


def test_names_tell_what_a_file_holds() -> None:
    names = ("thermo.csv", "a.extxyz", "selected.extxyz", "b.dump", "c.lammpstrj", "model_devi.out")
    assert [kind_of(name) for name in names] == ["thermo", "extxyz", "selected", "lammps", "lammps", "deviation"]


def test_a_resumed_run_adds_to_what_it_has_written() -> None:
    start = continued({}, {"thermo.csv": 5, "a.dump": 10}, 0, set())
    assert {name: output.parts for name, output in start.items()} == {
        "thermo.csv": (Part(0, 5),),
        "a.dump": (Part(0, 10),),
    }
    same = continued(start, {"thermo.csv": 5, "a.dump": 10}, 20, {"thermo.csv", "a.dump"})
    other = continued(start, {"thermo.csv": 4, "b.dump": 10}, 20, {"thermo.csv", "a.dump"})
    gone = continued(start, {"thermo.csv": 5, "a.dump": 10}, 20, {"thermo.csv"})

    assert same == start
    assert other["thermo.csv"].parts == (Part(0, 5), Part(20, 4))
    assert other["a.dump"].parts == (Part(0, 10), Part(20, 0))
    assert other["b.dump"].parts == (Part(20, 10),)
    assert gone["a.dump"].parts == (Part(20, 10),)
    again = continued(other, {"thermo.csv": 5, "a.dump": 10}, 20, {"thermo.csv", "a.dump"})
    assert again["thermo.csv"] == start["thermo.csv"]
    assert again["a.dump"] == start["a.dump"]


REGULAR = (Part(0, 5),)
CHANGED = (Part(0, 5), Part(20, 4))


@pytest.mark.parametrize(
    ("parts", "steps", "at_least"),
    [
        (REGULAR, [0, 5, 10], 10),
        (REGULAR, [0, 5, 10], 13),
        (REGULAR, [0, 5, 10, 15], 10),  # after the checkpoint
        (CHANGED, [0, 5, 10, 15, 20, 24, 28], 28),
        ((Part(0, 5), Part(22, 4)), [0, 5, 10, 15, 20, 24], 24),
        ((Part(0, 5), Part(24, 4)), [0, 5, 10, 15, 20, 24, 28], 28),  # the second part may begin with a record
        ((Part(0, 5), Part(24, 4)), [0, 5, 10, 15, 20, 28], 28),
        ((Part(40, 10),), [40, 50], 50),
        ((Part(41, 10),), [50], 50),
        ((Part(40, 10),), [7, 9, 40, 50], 50),  # nothing is known about earlier steps
        ((Part(0, 5), Part(10, 0)), [0, 5, 10, 15, 20], 100),  # no longer written
        ((Part(0, 5), Part(10, 0), Part(20, 5)), [0, 5, 10, 20, 25], 25),
        ((Part(0, 1 << 61),), [0], (1 << 61) - 1),
        ((), [3, 4], 100),
    ],
)
def test_records_that_are_due_are_found_in_their_places(parts, steps, at_least) -> None:
    assert misplaced_step(Output("thermo", parts), np.array(steps), at_least) is None


@pytest.mark.parametrize(
    ("parts", "steps", "at_least", "fault"),
    [
        (REGULAR, [0, 10, 15], 15, "the record of step 5 is missing; the next is of step 10"),
        (REGULAR, [0, 5], 10, "the record of step 10 is missing"),
        (REGULAR, [], 0, "the record of step 0 is missing"),
        (REGULAR, [0, 5, 7, 10], 10, "a record is of step 7, where one of step 10 is due"),
        (REGULAR, [0, 5, 5, 10], 10, "step 5 follows step 5"),
        (REGULAR, [0, 5, 3], 5, "step 3 follows step 5"),
        (REGULAR, [0, 5, 10, 20], 10, "the record of step 15 is missing; the next is of step 20"),
        (CHANGED, [0, 5, 10, 20, 24], 24, "the record of step 15 is missing; the next is of step 20"),
        (CHANGED, [0, 5, 10, 15, 20, 28], 28, "the record of step 24 is missing; the next is of step 28"),
        (REGULAR, [0, 5], 1 << 61, "the record of step 10 is missing"),  # without taking memory for them
    ],
)
def test_a_gap_or_a_stranger_is_named(parts, steps, at_least, fault) -> None:
    assert misplaced_step(Output("thermo", parts), np.array(steps, dtype=np.int64), at_least) == fault


def test_selected_frames_only_go_forward() -> None:
    output = Output("selected", (Part(0, 5),))

    assert misplaced_step(output, np.array([5, 35]), 100) is None
    assert misplaced_step(output, np.array([5, 35, 10]), 100) == "step 10 follows step 35"
