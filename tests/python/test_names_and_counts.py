"""Names that would break a file are refused or quoted, and numbers of steps have a limit that the message names."""

from __future__ import annotations

import shutil

import ase.io
import numpy as np
import pytest

import dpmd
from command_line import command, refusal
from dpmd.models.spec import ModelSpec
from dpmd.shown import is_plain, one_line, plain, shown
from run_input import dpmd_run

LAST = 2**53


@pytest.fixture
def simulation(water_potential, small_box):
    return dpmd.Simulation(water_potential, ase.io.read(small_box))


@pytest.mark.parametrize("n", [-1, LAST + 1, 2**63, 10**400, "3", 1.5, float("nan")])
def test_a_number_of_steps_that_cannot_be_is_refused(simulation, n: object) -> None:
    with pytest.raises(dpmd.InputError, match="n_steps"):
        simulation.run(n)


def test_no_run_leads_beyond_the_last_step(simulation) -> None:
    simulation.run(1)

    with pytest.raises(dpmd.InputError, match=f"n_steps = {LAST} from step 1 on leads beyond step {LAST}"):
        simulation.run(LAST)


@pytest.mark.parametrize("every", [-1, 0, LAST + 1, 2**64])
def test_an_interval_that_cannot_be_is_refused(simulation, tmp_path, every: int) -> None:
    for watch in (simulation.thermo_log, simulation.trajectory, simulation.checkpoint):
        with pytest.raises(dpmd.InputError, match="every"):
            watch(tmp_path / "x.extxyz", every)
    with pytest.raises(dpmd.InputError, match="every"):
        simulation.callback(print, every)


@pytest.mark.parametrize("n", [-1, LAST + 1, 2**63, 10**400])
@pytest.mark.parametrize("key", ["steps", "thermo_every", "checkpoint_every", "trajectory_every"])
def test_the_input_file_has_the_same_limit(write_input, key: str, n: int) -> None:
    text = {"steps": "steps = 60", "thermo_every": "thermo_every = 5"}.get(key)
    text = text or {"checkpoint_every": "checkpoint_every = 20", "trajectory_every": "trajectory_every = 10"}[key]

    result = dpmd_run(write_input(replace=(text, f"{key} = {n}")))

    assert result.exit_code == 2
    assert f"{key} = {str(n)[:20]}" in result.stderr


def test_so_has_the_option(write_input) -> None:
    result = dpmd_run(write_input(), "--steps", LAST + 1)

    assert result.exit_code == 2
    assert "is above 9007199254740992" in " ".join(result.stderr.split())


def test_the_largest_intervals_are_as_good_as_none(write_input) -> None:
    path = write_input(replace=("thermo_every = 5", f"thermo_every = {LAST}"))
    path.write_text(path.read_text().replace("checkpoint_every = 20", f"checkpoint_every = {LAST}"))

    assert "finished 3 steps" in dpmd_run(path, "--steps", 3).output


@pytest.mark.parametrize("name", ["", "O H", "O\n", "\tO", 'O"', "O,H", "O\\", "\x7f", "\udcff", "H"])
def test_a_type_that_would_break_a_table_is_refused(water_model, tmp_path, name: str) -> None:
    spec = ModelSpec.load(water_model)
    spec.type_map[0] = name

    with pytest.raises(dpmd.InputError, match=r"type_map(\[[01]\]|\.0) (holds|is empty|= 'H' is there twice)"):
        spec.save(tmp_path / "named.dpmd")


@pytest.mark.parametrize("letter", [b" ", b",", b"\x7f"])
def test_the_core_refuses_it_too(water_model, tmp_path, letter: bytes) -> None:
    content = water_model.read_bytes()
    names = rb"[\"O\", \"%s\"]"
    assert names % b"H" in content
    (tmp_path / "odd.dpmd").write_bytes(content.replace(names % b"H", names % letter))

    with pytest.raises(dpmd.InputError, match=r"type_map\[1\] holds"):
        dpmd.Potential(tmp_path / "odd.dpmd")


def test_a_name_with_a_line_break_breaks_no_table(water_model, small_box, tmp_path) -> None:
    odd = tmp_path / 'a "name"\nin two\nlines.extxyz'
    shutil.copy(small_box, odd)
    table, selected = tmp_path / "devi.out", tmp_path / "selected.extxyz"

    command("deviation", water_model, water_model, "-s", odd, "-o", table, "--selected", selected)
    command("test", water_model, "-s", odd, "-d", tmp_path / "detail")

    assert np.loadtxt(table).shape[-1] == 8
    assert ase.io.read(selected, ":")[0].info["max_devi_f"] == 0
    assert np.loadtxt(tmp_path / "detail.f.out").shape == (24, 6)


@pytest.mark.parametrize("name", ["device", "precision", "overflow", "instruction_set", "compress"])
def test_a_text_that_is_not_utf_8_is_refused(water_model, name: str) -> None:
    with pytest.raises(dpmd.InputError, match=f"{name} = .* must be text"):
        dpmd.Potential(water_model, **{name: "\udcff"})


def test_a_file_that_the_core_opens_has_a_plain_name(simulation, tmp_path) -> None:
    for name in ("a\0b", "a\nb", "\udcff"):
        with pytest.raises(dpmd.InputError, match="must be text in UTF-8 without control characters"):
            simulation.write_checkpoint(tmp_path / name)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("file", '"a\\u0000b"'),
        ("file", '"a\\nb"'),
        ("file", '"~nobody_is_here/x"'),
        ("types", '{ "a\\nb" = "O" }'),
        ("format", '"\\u001b[31m"'),
    ],
)
def test_texts_of_the_input_file_have_no_control_characters(write_input, small_box, key: str, value: str) -> None:
    old = f'file = "{small_box}"'
    result = dpmd_run(write_input(replace=(old, f"{key} = {value}" + ("" if key == "file" else f"\n{old}"))))

    assert result.exit_code == 2
    assert f"structure.{key} = " in result.stderr
    assert "\x1b" not in result.stderr


@pytest.mark.parametrize("missing", ["time", "density", "step"])
def test_plot_names_the_column_that_a_thermo_log_lacks(write_input, tmp_path, missing: str) -> None:
    dpmd_run(write_input(), "--steps", 5)
    log = tmp_path / "run" / "thermo.csv"
    log.write_text(log.read_text().replace(missing, "other", 1))

    assert f"thermo.csv: not a thermo log: it must have one column {missing}" in refusal("plot", tmp_path / "run")


def test_values_are_shown_in_few_characters() -> None:
    nested: list[object] = []
    nested.append(nested)

    assert len(shown("x" * 10_000)) < 250
    assert len(shown([[["x" * 100] * 100] * 100] * 100)) < 450
    assert "int" in shown(10**5000)
    assert shown(nested) == "[[[[…]]]]"


def test_texts_are_put_on_one_line() -> None:
    assert plain("a\tb\n\udcff\x1b") == "a\\tb\\n\\udcff\\x1b"
    assert one_line("  a\n  b ") == "a b"
    assert is_plain("Ä b")
    assert not is_plain("a\u2028b")
