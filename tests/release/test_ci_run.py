"""``.ci/run`` starts stages after what they need, once each, and several runs can work in one tree."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

DRIVER = (".ci/run", ".ci/one_stage.sh")
GIT = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}


class Project:
    """A repository with its own stages; each of them writes its name into a log that git ignores."""

    def __init__(self, folder: Path, root: Path) -> None:
        self.folder = folder
        (folder / ".ci" / "stages").mkdir(parents=True)
        (folder / "build").mkdir()
        for name in DRIVER:
            shutil.copy(root / name, folder / name)
        (folder / ".gitignore").write_text("/build/\n")
        self.git("init", "-q")
        self.commit()

    def git(self, *arguments: str) -> None:
        name = ("-c", "user.name=nobody", "-c", "user.email=nobody@localhost")
        subprocess.run(["git", *name, *arguments], cwd=self.folder, env=os.environ | GIT, check=True)

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "-q", "-m", "stages")

    def stage(self, name: str, step: int, body: str = "", needs: str = "", writes: str = "") -> None:
        head = f"# The stage {name}.\n# set: default\n# step: {step}\n# needs: {needs}\n# writes: {writes}\n"
        text = f"#!/usr/bin/env bash\n{head}echo {name} >>build/log\n{body}\n"
        (self.folder / ".ci" / "stages" / f"{name}.sh").write_text(text)

    def start(self, *names: str) -> subprocess.Popen[str]:
        command = ["bash", ".ci/run", *names]
        out = subprocess.PIPE
        return subprocess.Popen(command, cwd=self.folder, env=os.environ | GIT, text=True, stdout=out, stderr=out)

    def run(self, *names: str) -> tuple[int, str]:
        """Exit status and all that was printed."""
        return ended(self.start(*names))

    @property
    def log(self) -> list[str]:
        path = self.folder / "build" / "log"
        return path.read_text().split() if path.exists() else []


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    out, err = process.communicate(timeout=60)
    return process.returncode, out + err


def summary(printed: str) -> dict[str, str]:
    """Stage to "ok" or "FAILED"."""
    return dict(re.findall(r"^(\w+) +(ok|FAILED) +\d+ s$", printed.partition("=== summary")[2], re.MULTILINE))


@pytest.fixture
def project(root, tmp_path) -> Project:
    if not all((root / name).is_file() for name in DRIVER) or not shutil.which("git") or not shutil.which("flock"):
        pytest.skip("needs .ci/run, which a release has not, git and flock")
    return Project(tmp_path, root)


def test_an_unknown_stage_is_refused_with_the_names_of_those_that_are_there(project) -> None:
    project.stage("one", 10)
    project.stage("two", 20)

    status, printed = project.run("one", "tow")

    assert status == 2
    assert printed == "no stage 'tow'; the stages are: one two; the sets are: default before_release\n"
    assert project.log == []


def test_stages_run_in_the_order_of_their_steps_and_what_they_need_runs_first_and_once(project) -> None:
    project.stage("base", 10)
    project.stage("middle", 20, needs="base")
    project.stage("a_user", 30, needs="middle base")
    project.stage("another", 40, needs="middle")
    project.stage("unasked", 15)

    status, printed = project.run("another", "a_user")

    assert status == 0
    assert project.log == ["base", "middle", "a_user", "another"]
    assert summary(printed) == dict.fromkeys([*project.log, "total"], "ok")


def test_a_need_is_done_again_when_a_file_of_the_project_has_changed_and_not_for_another(project) -> None:
    project.stage("base", 10)
    project.stage("user", 20, needs="base")
    (project.folder / "src").mkdir()
    source = project.folder / "src" / "source.cpp"
    source.write_text("int one;\n")
    project.commit()
    assert project.run("user")[0] == 0

    (project.folder / "run.log").write_text("what the run prints\n")
    project.run("user")
    assert project.log == ["base", "user", "user"]

    source.write_text("int two;\n")
    project.run("user")
    (project.folder / "src" / "new.cpp").write_text("int three;\n")
    project.run("user")
    assert project.log[3:] == ["base", "user", "base", "user"]


def test_what_needs_a_failed_stage_fails_and_all_else_goes_on(project) -> None:
    project.stage("bad", 10, "exit 3")
    project.stage("broken", 10, "if")
    project.stage("user", 20, needs="bad")
    project.stage("good", 30)

    status, printed = project.run()

    assert status == 1
    assert summary(printed) == {"bad": "FAILED", "broken": "FAILED", "user": "FAILED", "good": "ok", "total": "FAILED"}
    assert "user needs bad, which failed" in printed
    assert sorted(project.log) == ["bad", "broken", "good"]


def test_a_stage_that_has_failed_is_not_taken_for_done(project) -> None:
    project.stage("base", 10, "[ -e build/mended ]")
    project.stage("user", 20, needs="base")

    assert project.run("base")[0] == 1
    (project.folder / "build" / "mended").touch()
    assert project.run("user")[0] == 0
    assert project.log == ["base", "base", "user"]


def test_two_runs_at_once_do_their_common_need_once(project) -> None:
    project.stage("base", 10, "sleep 0.5")
    project.stage("left", 20, needs="base")
    project.stage("right", 20, needs="base")

    results = [ended(process) for process in [project.start("left"), project.start("right")]]

    assert [status for status, _ in results] == [0, 0]
    assert project.log[0] == "base" and sorted(project.log) == ["base", "left", "right"]


def test_two_stages_never_write_at_once_what_both_write(project) -> None:
    alone = "mkdir build/taken || exit 1; sleep 0.3; rmdir build/taken"
    project.stage("left", 20, alone, writes="build/shared_folder")
    project.stage("right", 20, alone, writes="build/shared_folder")

    results = [ended(process) for process in [project.start(), project.start("left"), project.start("right")]]

    assert [status for status, _ in results] == [0, 0, 0], results


def test_a_stage_is_not_begun_again_while_another_uses_its_results(project) -> None:
    project.stage("base", 10, "[ ! -e build/in_use ]")
    project.stage("user", 20, "touch build/in_use; sleep 0.5; rm build/in_use", needs="base")
    assert project.run("base")[0] == 0

    user = project.start("user")
    deadline = time.monotonic() + 30
    while not (project.folder / "build" / "in_use").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    status, printed = project.run("base")

    assert (status, ended(user)[0]) == (0, 0)
    assert "waiting for another stage that uses base" in printed
    assert project.log == ["base", "user", "base"]


def test_files_that_change_meanwhile_do_not_make_a_run_begin_again(project) -> None:
    project.stage("base", 10, "date +%N >.ci/changed; sleep 0.1")
    project.stage("user", 20, "date +%N >.ci/changed", needs="base")
    project.stage("last", 30, needs="base user")

    assert project.run()[0] == 0
    assert project.log == ["base", "user", "last"]


def test_the_line_that_a_stage_wants_to_close_with_is_the_last(project) -> None:
    project.stage("tests", 10, "mkdir -p build/ci/tests; echo '== 3 passed in 1.0s ==' >build/ci/tests/closing_line")
    project.stage("other", 20)

    assert project.run()[1].endswith("== 3 passed in 1.0s ==\n")
    assert project.run("other")[1].splitlines()[-1].startswith("total")


def test_the_list_has_a_line_for_every_stage(project) -> None:
    project.stage("second", 20)
    project.stage("first", 10)

    lines = [line.split(maxsplit=2) for line in project.run("--list")[1].splitlines()]

    assert lines == [["first", "default", "The stage first."], ["second", "default", "The stage second."]]


def heads(root: Path) -> dict[str, dict[str, str]]:
    """The heads of the project's own stages."""
    found = {}
    for path in sorted((root / ".ci" / "stages").glob("*.sh")):
        lines = path.read_text().splitlines()
        found[path.stem] = dict(re.findall(r"^# (set|step|needs|writes): (.*)$", path.read_text(), re.MULTILINE))
        found[path.stem]["about"] = lines[1]
    return found


def test_every_stage_says_what_it_does_and_needs_stages_of_earlier_steps_only(root) -> None:
    stages = heads(root)
    if not stages:
        pytest.skip("needs .ci/stages, which a release has not")
    assert len(stages) >= 20
    for name, head in stages.items():
        assert re.fullmatch(r"# [A-Z][^.]+\..*|# The .*|# DeePMD.*", head["about"]), name
        assert head["set"] in ("default", "before_release"), name
        for need in head.get("needs", "").split():
            assert int(stages[need]["step"]) < int(head["step"]), f"{name} needs {need}"
            assert head["set"] == "before_release" or stages[need]["set"] == "default", f"{name} needs {need}"


def test_documents_name_stages_that_exist(root) -> None:
    stages = heads(root)
    if not stages:
        pytest.skip("needs .ci/stages, which a release has not")
    known = {*stages, *(head["set"] for head in stages.values())}
    calls = [
        call
        for path in [*root.glob("*.md"), *root.glob("*/*.md")]
        for call in re.findall(r"bash \.ci/run((?: \w+)+)", path.read_text())
    ]

    assert calls and {name for call in calls for name in call.split()} <= known
