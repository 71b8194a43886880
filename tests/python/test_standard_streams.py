"""Standard output and standard error that fail: a run survives this, and any other command ends without a traceback."""

from __future__ import annotations

import fcntl
import os
import pty
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from run_input import RESULTS, thermo_rows

needs_dev_full = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")


def shell(line: str) -> subprocess.CompletedProcess[str]:
    """The output of a shell for a line that runs ``dpmd``, with its status from $PIPESTATUS at the end."""
    line = line.replace("dpmd", f"{sys.executable} -m dpmd", 1) + '; echo "status ${PIPESTATUS[0]}" >&2'
    return subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=120)


def status(done: subprocess.CompletedProcess[str]) -> int:
    return int(done.stderr.split()[-1])


@needs_dev_full
@pytest.mark.parametrize(
    ("mode", "redirection", "loss"),
    [
        ("", "| head -1", "standard output cannot be written: Broken pipe"),
        ("--json", "| head -1", "standard output cannot be written: Broken pipe"),
        ("", "> /dev/full", "standard output cannot be written: No space left on device"),
        ("", "<&- >&- 2>&-", "standard output cannot be written: it is closed"),
        ("--quiet", "> /dev/full 2> /dev/full", "standard error cannot be written: No space left on device"),
    ],
)
def test_a_run_outlives_its_output_and_says_so_in_its_log(write_input, tmp_path, mode, redirection, loss) -> None:
    path = write_input(replace=("[output]", "[watch]\ndistance = 1.2\n[output]"))  # gives it something to warn about

    done = shell(f"dpmd run {path} {mode} {redirection}")

    log = (tmp_path / "run" / "run.log").read_text()
    assert status(done) == 0
    assert "Traceback" not in done.stderr
    assert log.count(f"warning: {loss}; the run goes on") == 1
    assert "finished 60 steps" in log
    assert len(thermo_rows(tmp_path / "run")) == 14


@needs_dev_full
def test_a_run_whose_output_dies_writes_the_same_files(write_input, tmp_path) -> None:
    for name, redirection in (("heard", "> /dev/null"), ("unheard", "> /dev/full")):
        assert status(shell(f"dpmd run {write_input(name)} {redirection}")) == 0

    for name in RESULTS:
        assert (tmp_path / "heard" / name).read_bytes() == (tmp_path / "unheard" / name).read_bytes(), name


@pytest.mark.parametrize("controls", [False, True])
def test_a_terminal_that_closes_costs_no_step(write_input, tmp_path, controls: bool) -> None:
    path = write_input(replace=("steps = 60", "steps = 1000"))
    master, slave = pty.openpty()

    def take_terminal() -> None:  # closing it then sends SIGHUP
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    process = subprocess.Popen(
        [sys.executable, "-m", "dpmd", "run", str(path)],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        preexec_fn=take_terminal if controls else None,
    )
    try:
        os.close(slave)
        shown = b""
        while b"T/K" not in shown:
            shown += os.read(master, 4096)
        os.close(master)
        code = process.wait(120)
    finally:
        process.kill()

    log = (tmp_path / "run" / "run.log").read_text()
    assert "warning: standard output cannot be written: Input/output error; the run goes on" in log
    assert (tmp_path / "run" / "checkpoint.safetensors").exists()
    assert code == (130 if controls else 0)
    assert ("interrupted at step" if controls else "finished 1000 steps") in log


@needs_dev_full
def test_a_rank_without_output_does_not_end_the_job(start, mpiexec, write_input, tmp_path) -> None:
    script = f'exec "{sys.executable}" -m dpmd run "{write_input()}" > /dev/full 2> /dev/full'
    process = start(2, "-c", "import os, sys; os.execvp('sh', ['sh', '-c', sys.argv[1]])", script)

    process.communicate(timeout=120)

    log = (tmp_path / "run" / "run.log").read_text()
    assert process.returncode == 0
    assert log.count("standard output cannot be written: No space left on device; the run goes on") == 1
    assert "finished 60 steps" in log


COMMANDS = ("--help", "run --keys", "energy {model} -s {box} --forces")


@needs_dev_full
@pytest.mark.parametrize("words", COMMANDS)
def test_a_result_that_cannot_be_shown_is_an_error_in_one_line(words: str, water_model, small_box) -> None:
    words = words.format(model=water_model, box=small_box)

    for redirection, reason in (("> /dev/full", "No space left on device"), (">&-", "it is closed")):
        done = shell(f"dpmd {words} {redirection}")

        assert done.stderr.splitlines() == [f"dpmd: error: standard output cannot be written: {reason}", "status 2"]


def test_a_reader_that_has_seen_enough_ends_a_command_without_a_word(water_model, small_box) -> None:
    done = shell(f"dpmd energy {water_model} -s {small_box} --forces | head -1")

    assert done.stdout.startswith("precision ")
    assert done.stderr == "status 141\n"


@needs_dev_full
def test_nobody_misses_standard_error(water_model, small_box) -> None:
    done = shell(f"{{ dpmd energy {water_model} -s {small_box} 2> /dev/full; }}")

    assert status(done) == 0
    assert done.stdout.count("\n") > 3


def test_files_do_not_take_the_place_of_a_closed_stream(water_model, tmp_path) -> None:
    done = shell(f"dpmd convert {water_model} {tmp_path / 'new.dpmd'} <&- >&- 2>&-")

    assert status(done) == 2
    assert (tmp_path / "new.dpmd").read_bytes() == water_model.read_bytes()


@needs_dev_full
def test_serving_outlives_its_output(water_model, small_box, tmp_path) -> None:
    log = tmp_path / "serve.log"

    done = shell(f"dpmd serve {water_model} -s {small_box} --unix nobody --wait 0 --log {log} > /dev/full")

    assert status(done) == 2
    assert "error: no server at" in done.stderr
    assert "standard output cannot be written: No space left on device" in log.read_text()
