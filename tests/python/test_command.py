"""The `dpmd` command where the machine forbids something, or a user interrupts it: one line, and no traceback."""

from __future__ import annotations

import os
import resource
import subprocess
import sys

import pytest

from command_line import refusal
from dpmd import InputError, Potential
from dpmd.command import end_with, is_interrupt

# Runs `dpmd` with something happening when a module is about to be imported.
AT_IMPORT = """
import os, signal, sys
from dpmd.command import main

class Finder:
    def find_spec(self, name, *rest):
        if name == os.environ["AT"]:
            {what}

sys.meta_path.insert(0, Finder())
main()
"""
INTERRUPT = "os.kill(os.getpid(), signal.SIGINT)"


def dpmd(*arguments: object, what: str = "", limit: tuple[int, int] | None = None, **environment: object):
    """Runs the command in a separate process."""
    start = ["-c", AT_IMPORT.format(what=what)] if what else ["-m", "dpmd"]
    return subprocess.run(
        [sys.executable, *start, *map(str, arguments)],
        capture_output=True,
        text=True,
        env=os.environ | {key: str(value) for key, value in environment.items()},
        preexec_fn=None if limit is None else lambda: resource.setrlimit(limit[0], (limit[1], limit[1])),
    )


@pytest.mark.parametrize("module", ["dpmd.cli", "numpy", "dpmd.models.file"])
def test_ctrl_c_is_a_line_also_while_python_imports_and_a_model_is_loaded(water_model, module: str) -> None:
    done = dpmd("info", water_model, what=INTERRUPT, AT=module)

    assert (done.returncode, done.stderr) == (130, "dpmd: interrupted\n")


def test_a_defect_is_a_line_and_its_traceback_a_file(water_model, tmp_path) -> None:
    done = dpmd("info", water_model, what="1 / 0", AT="dpmd.models.file", TMPDIR=tmp_path)

    (file,) = tmp_path.glob("dpmd-traceback-*.txt")
    assert done.returncode == 1
    assert done.stderr == (
        "dpmd: internal error: ZeroDivisionError: division by zero; a defect of dpmd, please report it: the traceback "
        f"is in {file}\n"
    )
    assert "Traceback (most recent call last)" in file.read_text()


def test_a_defect_shows_its_traceback_where_that_is_asked_for(water_model, tmp_path) -> None:
    done = dpmd("info", water_model, what="1 / 0", AT="dpmd.models.file", TMPDIR=tmp_path, DPMD_TRACEBACK=1)

    assert done.returncode == 1
    assert done.stderr.startswith("Traceback (most recent call last)")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (MemoryError(), "out of memory; a smaller system"),
        (RecursionError(), "something in the input is nested too deeply"),
        (OSError(28, "No space left on device", "a\nb\udcff"), "a b\\udcff: No space left on device"),
        (UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad"), "invalid text: 'utf-8' codec"),
        (ModuleNotFoundError(name="numpy"), "the Python package numpy is missing: pip install numpy"),
        (ImportError("libx.so: too many\nfiles"), "a library cannot be loaded: libx.so: too many files"),
    ],
)
def test_what_is_no_defect_has_plain_words(capsys, error: Exception, words: str) -> None:
    assert end_with(error) == 2

    said = capsys.readouterr().err
    assert said.startswith(f"dpmd: error: {words}")
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    "limit",
    [
        (resource.RLIMIT_NOFILE, 5),
        (resource.RLIMIT_AS, 60 << 20),
        (resource.RLIMIT_FSIZE, 0),
    ],
)
def test_a_limit_of_the_machine_is_no_traceback(write_input, limit: tuple[int, int]) -> None:
    done = dpmd("run", write_input(), "--steps", 0, limit=limit, OMP_NUM_THREADS=1)

    assert done.returncode == 2
    assert done.stderr.startswith("dpmd: error: ")


@pytest.mark.parametrize("columns", ["9" * 20, "-1", "", "wide", "0"])
def test_an_odd_width_of_the_terminal_is_ignored(columns: str) -> None:
    done = dpmd("info", "--help", COLUMNS=columns)

    assert (done.returncode, done.stderr) == (0, "")


def test_more_threads_than_any_machine_has_are_refused_before_they_start(water_model) -> None:
    by_environment = dpmd("info", water_model, OMP_NUM_THREADS=1_000_000_000)

    assert by_environment.returncode == 2
    assert "OMP_NUM_THREADS = 1000000000 must be 4096 or less" in by_environment.stderr
    with pytest.raises(InputError, match="threads = 100000 must be 4096 or less"):
        Potential(water_model, threads=100_000)


@pytest.mark.parametrize(
    "words",
    [
        ("energy", "MODEL", "-s", "BOX", "--npy", "/dev/full"),
        ("deviation", "MODEL", "MODEL", "-s", "BOX", "-o", "/dev/full"),
        ("deviation", "MODEL", "MODEL", "-s", "BOX", "-o", "/dev/null", "--selected", "/dev/full"),
    ],
)
def test_a_full_disk_is_said_in_words(water_model, small_box, words: tuple[str, ...]) -> None:
    given = {"MODEL": water_model, "BOX": small_box}

    assert "/dev/full: " in refusal(*(given.get(word, word) for word in words))


def test_characters_that_the_terminal_lacks_are_shown_as_escapes(water_model) -> None:
    done = dpmd("bench", "--help", PYTHONIOENCODING="ascii")

    assert done.returncode == 0
    assert done.stderr == ""


def test_an_interrupt_is_known_behind_what_it_has_broken() -> None:
    try:
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt as interrupt:
            raise ImportError("initialization failed") from interrupt
    except ImportError as error:
        assert is_interrupt(error)
    assert not is_interrupt(ImportError())
