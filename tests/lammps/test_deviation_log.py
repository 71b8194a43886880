"""The file of model deviations continues when a run continues, and holds every step once."""

from __future__ import annotations

import pytest
from lammps_runs import NVE, script, water

NAMES = "pair_coeff * * O H"


@pytest.fixture
def committee(model, other_water_model):
    """The pair style with two models, and more words."""

    def committee(words):
        return [f"pair_style dpmd {model} {other_water_model} {words}", NAMES]

    return committee


@pytest.fixture
def data(tmp_path):
    return water(with_velocities=True).write(tmp_path / "water.lmp")


@pytest.fixture
def rows(tmp_path):
    """Lines of the file, the header first."""
    return lambda name="model_devi.out": (tmp_path / name).read_text().splitlines()


def resumed(committee_lines, commands, restart="8.restart"):
    """An input that begins with a restart file."""
    return "\n".join([f"read_restart {restart}", *committee_lines, "neighbor 1.0 bin", *NVE, *commands, ""])


def steps(lines):
    assert lines[0].startswith("#       step")
    return [int(line.split()[0]) for line in lines[1:]]


@pytest.mark.parametrize("ranks", [1, 2])
def test_a_run_from_a_restart_goes_on_with_the_file(run, rows, data, committee, ranks):
    """The first run went beyond the restart: the rows that will be repeated are dropped first."""
    pair = committee("out_freq 2")
    run(script(data, pair, [*NVE, "restart 8 *.restart", "run 14"]), ranks, "first")
    first = rows()
    (line_of_ten,) = [line for line in first if line.split()[0] == "10"]
    assert steps(first) == [0, 2, 4, 6, 8, 10, 12, 14]

    run(resumed(pair, ["run 3", "run 3"]), ranks, "second")

    assert steps(rows()) == [0, 2, 4, 6, 8, 10, 12, 14]
    assert rows()[:5] == first[:5]
    # the same trajectory, except for rounding when LAMMPS writes a restart
    again = next(line for line in rows() if line.split()[0] == "10")
    assert [float(x) for x in again.split()] == pytest.approx([float(x) for x in line_of_ten.split()], rel=1e-5)


def test_a_run_from_step_zero_begins_anew(run, rows, data, committee, tmp_path):
    (tmp_path / "model_devi.out").write_text("of another run\n")

    run(script(data, committee("out_freq 5"), [*NVE, "run 5"]), name="first")
    run(script(data, committee("out_freq 1"), [*NVE, "run 1"]), name="second")

    assert steps(rows()) == [0, 1]


def test_runs_of_one_input_write_each_step_once(run, rows, data, committee):
    run(script(data, committee("out_freq 2"), [*NVE, "run 4", "run 4", *committee("out_freq 2"), "run 2"]), ranks=2)

    assert steps(rows()) == [0, 2, 4, 6, 8, 10]


def test_a_row_that_a_crash_has_cut_off_is_dropped(run, rows, data, committee, tmp_path):
    pair = committee("out_freq 2")
    run(script(data, pair, [*NVE, "run 8", "write_restart 8.restart"]), name="first")
    whole = rows()
    (tmp_path / "model_devi.out").write_text("\n".join([*whole[:4], whole[4][:40]]))

    run(resumed(pair, ["run 2"]), name="second")

    assert steps(rows()) == [0, 2, 4, 8, 10]
    assert rows()[:4] == whole[:4]
    assert not (tmp_path / "model_devi.out.new").exists()


@pytest.mark.parametrize("content", ["# something else\n 1 2 3\n", None])
def test_a_file_of_other_columns_is_kept_aside(run, rows, data, committee, tmp_path, content):
    """The title of atomic deviations is the same for any number of atoms."""
    run(script(data, committee("out_freq 2"), [*NVE, "run 8", "write_restart 8.restart"]), name="first")
    if content is None:  # one atom less
        run(script(data, committee("out_freq 2 atomic"), ["group one id 1", "delete_atoms group one", "run 0"]))
        content = (tmp_path / "model_devi.out").read_text()
    else:
        (tmp_path / "model_devi.out").write_text(content)
    (tmp_path / "model_devi.out.1").write_text("of an earlier run\n")

    output = run(resumed(committee("out_freq 2 atomic"), ["run 2"]), ranks=2, name="second")

    assert steps(rows()) == [8, 10]
    assert "model_devi.out has other columns than this run writes, and is kept as" in output.text
    assert (tmp_path / "model_devi.out.2").read_text() == content
    assert (tmp_path / "model_devi.out.1").read_text() == "of an earlier run\n"


def test_a_pipe_gets_rows_as_they_come(run, data, committee):
    run(script(data, committee("out_freq 1 out_file /dev/null"), [*NVE, "run 1", "run 1"]))
