"""bench/compare.py: two results of google-benchmark side by side."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

CONTEXT = {"host_name": "one", "num_cpus": 2, "library_build_type": "release", "dpmd_build": "Release"}


@pytest.fixture(scope="module")
def compare(root: Path) -> ModuleType:
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("bench_compare", root / "bench" / "compare.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def repeated(name: str, *milliseconds: float) -> list[dict]:
    """Repetitions of a case, as google-benchmark writes them."""
    return [
        {"name": name, "run_name": name, "run_type": "iteration", "real_time": time, "time_unit": "ms"}
        for time in milliseconds
    ]


def aggregates(name: str, **microseconds: float) -> list[dict]:
    """The entries that --benchmark_report_aggregates_only leaves."""
    return [
        {
            "name": f"{name}_{kind}",
            "run_name": name,
            "run_type": "aggregate",
            "aggregate_name": kind,
            "aggregate_unit": "percentage" if kind == "cv" else "time",
            "real_time": time,
            "time_unit": "us",
        }
        for kind, time in microseconds.items()
    ]


def failure(name: str, message: str) -> list[dict]:
    return [{"name": name, "run_name": name, "error_occurred": True, "error_message": message, "real_time": 0}]


@pytest.fixture
def write(tmp_path: Path):
    """write(name, *lists of entries, **changes of the context): the path of a result file."""

    def written(name: str, *entries: list[dict], **context) -> str:
        path = tmp_path / name
        document = {"context": CONTEXT | context, "benchmarks": [entry for part in entries for entry in part]}
        path.write_text(json.dumps(document))
        return str(path)

    return written


def test_medians_of_repetitions_are_compared(compare, write, capsys) -> None:
    old = write("old.json", repeated("a/side:1", 2.0, 2.1, 9.0))
    new = write("new.json", repeated("a/side:1", 1.05, 1.05, 1.06))

    assert compare.main([old, new]) == 0

    out = capsys.readouterr().out
    line = next(line for line in out.splitlines() if line.startswith("a/side:1"))
    assert line.split()[1:6] == ["2.1", "ms", "1.05", "ms", "0.500"]
    assert "warning" not in out


@pytest.mark.parametrize(
    ("new", "verdict"),
    [
        ((1.30, 1.31, 1.29), "slower"),
        ((0.70, 0.71, 0.69), "faster"),
        ((1.03, 1.03, 1.03), ""),  # within the threshold
        ((1.30, 0.90, 1.70), ""),  # within the scatter
    ],
)
def test_changes_beyond_threshold_and_scatter_are_marked(compare, write, new, verdict) -> None:
    old_run = compare.read(Path(write("old.json", repeated("a", 1.00, 1.01, 0.99))))
    new_run = compare.read(Path(write("new.json", repeated("a", *new))))

    row = compare.Row("a", old_run.cases["a"], new_run.cases["a"])

    assert row.verdict(0.05) == verdict


def test_a_single_run_is_compared_by_the_threshold_and_said_to_have_no_scatter(compare, write, capsys) -> None:
    old, new = write("old.json", repeated("a", 1.0)), write("new.json", repeated("a", 1.2))

    compare.main([old, new, "--threshold", "0.1"])
    assert "1 slower" in (out := capsys.readouterr().out)
    assert "without scatter" in out

    compare.main([old, new, "--threshold", "0.3"])
    assert "0 slower" in capsys.readouterr().out


def test_aggregates_alone_are_enough(compare, write) -> None:
    run = compare.read(Path(write("old.json", aggregates("a", mean=110.0, median=100.0, stddev=5.0, cv=0.045))))

    assert run.cases["a"] == compare.Measured(time=100e3, scatter=0.05)


def test_cases_of_one_file_and_failures_are_listed(compare, write, capsys) -> None:
    old = write("old.json", repeated("both", 1.0), repeated("gone", 1.0), repeated("breaks", 1.0))
    new = write("new.json", repeated("both", 1.0), repeated("added", 1.0), failure("breaks", "a force is wrong"))

    assert compare.main([old, new]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert "only in old: gone" in lines
    assert "only in new: added" in lines
    assert "failed in new: breaks: a force is wrong" in lines
    assert "only in old: breaks" not in lines


def test_how_a_case_was_timed_is_no_part_of_its_name(compare, write) -> None:
    run = compare.read(Path(write("old.json", repeated("a/side:1/iterations:1/manual_time", 1.0))))

    assert list(run.cases) == ["a/side:1"]


def test_the_filter_selects_cases(compare, write, capsys) -> None:
    files = [write(name, repeated("a/side:1", 1.0), repeated("b/side:1", 1.0)) for name in ("old.json", "new.json")]

    compare.main([*files, "--filter", "^b"])

    out = capsys.readouterr().out
    assert "b/side:1" in out
    assert "a/side:1" not in out


def test_another_machine_or_build_is_warned_of(compare, write, capsys) -> None:
    old = write("old.json", repeated("a", 1.0))
    new = write("new.json", repeated("a", 1.0), host_name="two", dpmd_build="Debug")

    assert compare.main([old, new]) == 0

    out = capsys.readouterr().out
    assert "warning: machine differs: one and two" in out
    assert "warning: build type of dpmd differs: Release and Debug" in out


def test_both_tables_show_every_cell(compare, write, capsys, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    old, new = (compare.read(Path(write(f"{k}.json", repeated("a", k, k, k)))) for k in (1.0, 1.5))
    lines = [compare.cells(compare.Row("a", old.cases["a"], new.cases["a"]), 0.05)]

    for show in (compare.print_plain, compare.print_rich):
        show(lines)
        out = capsys.readouterr().out
        assert all(cell in out for cell in ("1 ms", "1.5 ms", "1.500", "±0.000", "slower"))


def test_a_filter_that_is_no_expression_is_refused(compare, write, capsys) -> None:
    file = write("old.json", repeated("a", 1.0))

    with pytest.raises(SystemExit):
        compare.main([file, file, "--filter", "("])

    assert "not a regular expression" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "No such file"),
        ("{", "is not JSON"),
        ("[]", "not of google-benchmark"),
        ('{"context": {}}', "benchmarks"),
        ('{"context": {}, "benchmarks": [{"name": "a"}]}', "real_time"),
        ('{"context": {}, "benchmarks": [{"name": "a", "real_time": 0, "time_unit": "ms"}]}', "takes no time"),
    ],
)
def test_files_that_cannot_be_read_are_named_with_the_reason(compare, write, tmp_path, capsys, text, reason) -> None:
    bad, good = tmp_path / "bad.json", write("good.json", repeated("a", 1.0))
    if text is not None:
        bad.write_text(text)

    assert compare.main([good, str(bad)]) == 2

    complaint = capsys.readouterr().err
    assert "bad.json" in complaint
    assert reason in complaint
