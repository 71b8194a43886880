"""Completion of `dpmd` in a shell: dpmd completes commands and options, the shell names of files."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys

import pytest

SCRIPT = """
eval "$({dpmd} --show-completion bash)"
complete -p dpmd
COMP_WORDS=({words}); COMP_CWORD={last}
_dpmd_completion {dpmd}
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.fixture
def completed(tmp_path):
    """Returns what bash offers for the last word, below a line that says how `dpmd` is completed."""
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("needs bash")
    dpmd = tmp_path / "dpmd"
    dpmd.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m dpmd "$@"\n')
    dpmd.chmod(0o755)

    def completed(*words: str) -> list[str]:
        script = SCRIPT.format(dpmd=shlex.quote(str(dpmd)), words=" ".join(words), last=len(words) - 1)
        run = subprocess.run([bash, "-c", script], capture_output=True, text=True, check=True)
        assert run.stderr == ""
        return run.stdout.splitlines()

    return completed


def test_options_and_commands_are_completed(completed) -> None:
    assert completed("dpmd", "run", "--st")[1:] == ["--steps"]
    assert completed("dpmd", "ru")[1:] == ["run"]


def test_names_of_files_are_left_to_the_shell(completed) -> None:
    how, *offered = completed("dpmd", "run", "inp")

    assert "-o default" in how  # where dpmd offers nothing, bash offers files
    assert offered == [""]
