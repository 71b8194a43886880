"""Signals at any moment of `dpmd run`: a checkpoint, or nothing at all, and the exit status that says so."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from dpmd.cli.running.interrupt import Interruption
from run_input import dpmd_run, thermo_rows

ALL = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1]

# Runs `dpmd`; the last rank sends signals to itself when a function of one of its modules is called.
SIGNALLED = """
import importlib, os, sys
import dpmd
from dpmd.__main__ import main
place, name, numbers = sys.argv[1:4]
module = importlib.import_module(place)
usual = getattr(module, name)

def signalled(*arguments, **named):
    if dpmd.mpi_world().rank == dpmd.mpi_world().size - 1:
        for number in numbers.split(","):
            os.kill(os.getpid(), int(number))
    return usual(*arguments, **named)

setattr(module, name, signalled)
sys.argv = ["dpmd", *sys.argv[4:]]
main()
"""


def signalled(
    place: str, name: str, numbers: list[int], *arguments: object, **options: object
) -> subprocess.CompletedProcess[str]:
    """A run that receives these signals when it first calls the function ``name`` of the module ``place``."""
    command = [sys.executable, "-c", SIGNALLED, place, name, ",".join(str(int(n)) for n in numbers), "run"]
    return subprocess.run([*command, *map(str, arguments)], capture_output=True, text=True, timeout=120, **options)


@pytest.mark.parametrize("number", ALL)
def test_every_signal_leaves_a_checkpoint_that_goes_on(write_input, tmp_path, number: int) -> None:
    path = write_input()

    done = signalled("dpmd.cli.running.course", "say_opening", [number], path)

    assert (done.returncode, done.stderr) == (130, "")
    assert done.stdout.splitlines()[-2].startswith("interrupted at step 0 of 60; checkpoint written")
    assert done.stdout.splitlines()[-1] == f"continue with: dpmd run {path} --resume"
    assert dpmd_run(path, "--resume").exit_code == 0
    assert thermo_rows(tmp_path / "run")[-1][0] == "60"


def test_a_signal_while_the_model_is_loaded_leaves_everything_as_it_was(write_input, tmp_path) -> None:
    path = write_input()
    place = ("dpmd.cli.running.setup", "_load_potential", [signal.SIGINT])

    done = signalled(*place, path)
    assert (done.returncode, done.stderr) == (130, "")
    assert done.stdout == "interrupted before the first step: nothing was written\n"
    assert not (tmp_path / "run").exists()

    dpmd_run(path)
    before = (tmp_path / "run" / "thermo.csv").read_bytes()
    assert signalled(*place, path, "--force", "--json").stdout == '{"status": "interrupted", "step": 0}\n'
    assert (tmp_path / "run" / "thermo.csv").read_bytes() == before


def test_a_signal_while_a_run_is_resumed_keeps_its_checkpoint(write_input, tmp_path) -> None:
    path = write_input()
    dpmd_run(path, "--steps", 20)

    done = signalled("dpmd.cli.running.setup", "_load_potential", [signal.SIGTERM], path, "--resume")

    assert done.returncode == 130
    assert "interrupted at step 20 of 60; checkpoint written" in done.stdout
    assert dpmd_run(path, "--resume").exit_code == 0
    assert thermo_rows(tmp_path / "run")[-1][0] == "60"


@pytest.mark.parametrize("numbers", [[signal.SIGINT], [signal.SIGTERM, signal.SIGHUP, signal.SIGTERM]])
def test_a_signal_behind_the_last_step_finds_a_finished_run(write_input, numbers: list[int]) -> None:
    done = signalled("dpmd.cli.running.course", "_say_end", numbers, write_input())

    assert (done.returncode, done.stderr) == (0, "")
    assert "finished 60 steps" in done.stdout


def test_several_signals_at_once_are_one_request(write_input, tmp_path) -> None:
    numbers = [signal.SIGTERM, signal.SIGHUP, signal.SIGTERM, signal.SIGINT]

    done = signalled("dpmd.cli.running.course", "say_opening", numbers, write_input())

    assert (done.returncode, done.stderr) == (130, "")
    assert (tmp_path / "run" / "checkpoint.safetensors").exists()


def test_nohup_keeps_a_run_going(write_input) -> None:
    def ignore() -> None:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    place = ("dpmd.cli.running.course", "say_opening", [signal.SIGHUP])
    done = signalled(*place, write_input(), preexec_fn=ignore)

    assert (done.returncode, done.stderr) == (0, "")
    assert "finished 60 steps" in done.stdout


def test_a_later_signal_acts_as_usual(monkeypatch) -> None:
    calls, now = [], [0.0]
    monkeypatch.setattr("dpmd.cli.running.interrupt.monotonic", lambda: now[0])
    before = [signal.getsignal(number) for number in ALL]

    with Interruption() as interruption:
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGINT)  # immediately afterwards
        assert interruption.requested
        interruption.stops(lambda: calls.append("stop"))
        now[0] = 2.0
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(1)

    assert calls == ["stop"]
    assert [signal.getsignal(number) for number in ALL] == before


@pytest.mark.parametrize(
    "place", [("dpmd.cli.running.course", "say_opening"), ("dpmd.cli.running.setup", "_load_potential")]
)
def test_a_signal_to_one_rank_stops_all(run_on, write_input, tmp_path, place: tuple[str, str]) -> None:
    script = tmp_path / "script.py"
    script.write_text(SIGNALLED)

    code, output, errors = run_on(2, script, *place, int(signal.SIGHUP), "run", write_input())

    assert code == 130, errors
    if place[1] == "say_opening":
        assert "interrupted at step 0 of 60; checkpoint written" in output
        assert (tmp_path / "run" / "checkpoint.safetensors").exists()
    else:
        assert output == "interrupted before the first step: nothing was written\n"
        assert not (tmp_path / "run").exists()
