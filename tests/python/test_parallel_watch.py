"""A watched `dpmd run` on several ranks: all decide the same, one writes messages, and signs of life appear."""

from __future__ import annotations

import json
import re

import pytest

from run_input import RESULTS, dpmd_run


@pytest.mark.parametrize(("limit", "first"), [("drift = 1e-9", 5), ("distance = 1.2", 0)])
def test_all_ranks_stop_at_the_step_where_one_alone_stops(run_on, write_input, tmp_path, limit, first) -> None:
    watched = ("[output]", f"[watch]\n{limit}\nstop = true\n[output]")
    alone = dpmd_run(write_input("alone", replace=watched))

    code, output, errors = run_on(2, "-m", "dpmd", "run", write_input("shared", replace=watched))

    assert (code, alone.exit_code) == (3, 3), errors
    assert errors.splitlines()[:2] == alone.stderr.splitlines()
    assert f"stopped at step {first} of 60, checkpoint written: " in errors
    assert f"continue with: mpirun -n 2 dpmd run {tmp_path / 'shared.toml'} --resume" in output
    for name in RESULTS:
        assert (tmp_path / "shared" / name).read_bytes() == (tmp_path / "alone" / name).read_bytes(), name


def test_a_watched_run_goes_on_with_another_number_of_ranks(run_on, write_input) -> None:
    path = write_input(replace=("[output]", "[watch]\ndrift = 1e-9\nstop = true\n[output]"))

    stopped = dpmd_run(path)
    code, _, errors = run_on(2, "-m", "dpmd", "run", path, "--resume")

    assert (stopped.exit_code, code) == (3, 3)
    assert "stopped at step 5 of 60" in stopped.stderr
    assert "stopped at step 10 of 60" in errors


def test_a_deviation_above_its_limit_ends_all_ranks(run_on, write_input, other_water_model) -> None:
    judged = ("[output]", f'[deviation]\nmodels = "{other_water_model}"\nevery = 10\nstop = 1e-9\n[output]')

    code, _, errors = run_on(2, "-m", "dpmd", "run", write_input(replace=judged))

    assert code == 3
    assert errors.count("stopped at step 0 of 60, checkpoint written: max_devi_f is ") == 1


def test_ranks_tell_how_far_the_run_is(run_on, write_input, tmp_path) -> None:
    code, output, errors = run_on(2, "-m", "dpmd", "run", write_input(), "--heartbeat", "1e-6")

    assert (code, errors) == (0, "")
    beats = re.findall(r"^at step \d+ of 60, \S+ ns/day, \d+:\d\d:\d\d left$", output, re.MULTILINE)
    assert beats
    assert beats[0] in (tmp_path / "run" / "run.log").read_text()


def test_one_rank_speaks_json(run_on, write_input) -> None:
    code, output, errors = run_on(2, "-m", "dpmd", "run", write_input(), "--json")

    assert (code, errors) == (0, "")
    lines = [json.loads(line) for line in output.splitlines()]
    assert [line["step"] for line in lines[:-1]] == list(range(0, 61, 5))
    assert lines[-1]["status"] == "finished"


def test_json_ends_with_the_error_of_all_ranks_once(run_on, write_input) -> None:
    path = write_input(replace=("steps = 60", "steps = 2000\ntimestep = 10"))

    code, output, errors = run_on(2, "-m", "dpmd", "run", path, "--json")

    assert code == 2
    assert errors.count("dpmd: error: ") == 1
    ends = [line for line in map(json.loads, output.splitlines()) if "status" in line]
    assert [end["status"] for end in ends] == ["failed"]
