"""The lock of a run's folder: one holder at a time, no dead holder, and nothing left behind."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dpmd import InputError
from dpmd.cli.running.lock import LOCK_NAME, Holder, RunLock, look_at_lock

HOLD = """
import sys, time
from pathlib import Path
from dpmd.cli.running.lock import RunLock
from dpmd.errors import InputError
lock = RunLock(Path(sys.argv[1]))
try:
    lock.take()
except InputError as error:
    print("refused:", error, flush=True)
    sys.exit()
print("held", flush=True)
sys.stdin.readline()
lock.release()
"""


@pytest.fixture
def hold(tmp_path):
    """Starts processes that take the lock of a folder, and release it when told to; none is left behind."""
    started = []

    def hold(folder: Path = tmp_path) -> subprocess.Popen:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        started.append(subprocess.Popen([sys.executable, "-c", HOLD, str(folder)], **pipes))
        return started[-1]

    yield hold
    for process in started:
        process.kill()
        process.communicate()


def test_a_lock_is_one_process_s_until_it_gives_it_back(hold, tmp_path) -> None:
    first = hold()
    assert first.stdout.readline() == "held\n"
    refused = hold().communicate("\n")[0]
    first.communicate("\n")
    after = hold().communicate("\n")[0]

    assert refused.startswith(f"refused: {tmp_path} is in use by another run (process {first.pid} on ")
    assert "wait for its end, or choose another output.directory" in refused
    assert after == "held\n"
    assert not (tmp_path / LOCK_NAME).exists()


def test_of_many_that_start_at_once_one_has_the_lock(hold, tmp_path) -> None:
    processes = [hold(tmp_path / "run") for _ in range(4)]
    answers = [process.stdout.readline() for process in processes]
    for process in processes:
        process.communicate("\n")

    assert sum(answer == "held\n" for answer in answers) == 1, answers
    assert sum(answer.startswith("refused: ") for answer in answers) == 3, answers
    # who made the folder may be refused while another has the lock, so that it stays, empty
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_the_lock_of_a_killed_process_is_taken_over(hold, tmp_path) -> None:
    dead = hold()
    dead.stdout.readline()
    os.kill(dead.pid, signal.SIGKILL)
    dead.wait()

    assert f"pid: {dead.pid}\n" in (tmp_path / LOCK_NAME).read_text()
    assert look_at_lock(tmp_path)[1] is False
    assert hold().communicate("\n")[0] == "held\n"


def test_a_lock_of_another_machine_is_believed_and_names_the_remedy(tmp_path) -> None:
    text = Holder("elsewhere", 4321, "2026-01-02T03:04:05Z").text()
    (tmp_path / LOCK_NAME).write_text(text)

    with pytest.raises(InputError, match=r"process 4321 on elsewhere, since 2026.*if it is dead, remove"):
        RunLock(tmp_path).take()
    assert (tmp_path / LOCK_NAME).read_text() == text


def test_a_lock_whose_writing_was_killed_half_way_is_taken_over(tmp_path) -> None:
    whole = Holder.this_process().text()
    for n in range(len(whole)):
        (tmp_path / LOCK_NAME).write_text(whole[:n])
        lock = RunLock(tmp_path)

        assert lock.take() == []
        assert f"pid: {os.getpid()}\n" in (tmp_path / LOCK_NAME).read_text()
        lock.release()


@pytest.mark.parametrize(
    "text",
    ["Cargo's own", "host: here\npod", "host: here\npid: many\nstarted: now\n", "pid: 99999999999999999999"],
)
def test_a_file_of_that_name_that_is_no_lock_is_left_alone(tmp_path, text) -> None:
    (tmp_path / LOCK_NAME).write_text(text)

    with pytest.raises(InputError, match="is not the lock of a run of dpmd; move it away"):
        RunLock(tmp_path).take()
    assert (tmp_path / LOCK_NAME).read_text() == text


def test_a_lock_file_that_leads_elsewhere_is_not_followed(tmp_path) -> None:
    (tmp_path / "mine.txt").write_text("")
    (tmp_path / LOCK_NAME).symlink_to(tmp_path / "mine.txt")

    with pytest.raises(InputError, match=r"run\.lock: cannot be written"):
        RunLock(tmp_path).take()
    assert (tmp_path / "mine.txt").read_text() == ""


def test_a_folder_that_was_made_and_got_nothing_is_taken_away_again(tmp_path) -> None:
    lock = RunLock(tmp_path / "a" / "b")
    lock.take()
    assert (tmp_path / "a" / "b" / LOCK_NAME).exists()

    lock.release()

    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_holds_something_stays(tmp_path) -> None:
    lock = RunLock(tmp_path / "run")
    lock.take()
    (tmp_path / "run" / "thermo.csv").write_text("")

    lock.release()

    assert [path.name for path in (tmp_path / "run").iterdir()] == ["thermo.csv"]


def test_a_file_that_replaced_the_lock_is_not_taken_away(tmp_path) -> None:
    lock = RunLock(tmp_path)
    lock.take()
    (tmp_path / LOCK_NAME).unlink()
    (tmp_path / LOCK_NAME).write_text("another's")

    lock.release()

    assert (tmp_path / LOCK_NAME).read_text() == "another's"


def test_without_locks_of_the_file_system_the_file_stands_for_one(tmp_path, monkeypatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "lockf", refuse)
    lock = RunLock(tmp_path)

    warnings = lock.take()
    lock.release()

    assert len(warnings) == 1 and "this file system has no locks (No locks available)" in warnings[0]
    (tmp_path / LOCK_NAME).write_text(Holder(Holder.this_process().host, os.getppid(), "today").text())
    with pytest.raises(InputError, match=f"in use by another run \\(process {os.getppid()} on "):
        RunLock(tmp_path).take()
