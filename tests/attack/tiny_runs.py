"""Runs of the tiny input as processes, and what they leave."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from attack.tiny_input import RECORDS

SECONDS = 120.0
"""More than any of these runs takes."""


def start(input_file: Path, *options: str, environment: dict[str, str] | None = None) -> subprocess.Popen[str]:
    """`dpmd run` in a process of its own."""
    command = [sys.executable, "-m", "dpmd", "run", str(input_file), "--quiet", *options]
    surroundings = os.environ | {"OMP_NUM_THREADS": "1"} | (environment or {})
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=surroundings)


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Exit status and what was said; TimeoutExpired after ``SECONDS``, and the process is gone."""
    try:
        output, _ = process.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    return process.returncode, output


def results(folder: Path) -> dict[str, Any]:
    """What a run has written, such that equal runs are equal: the bytes of its records, and a checkpoint's arrays."""
    from safetensors.numpy import load_file

    found: dict[str, Any] = {name: (folder / name).read_bytes() for name in RECORDS}
    arrays = load_file(folder / "checkpoint.safetensors")
    return found | {f"checkpoint {name}": values.tobytes() for name, values in arrays.items()}


def differences(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """Names of what is not the same."""
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
