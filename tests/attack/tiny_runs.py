"""Runs of the tiny input as processes, and the files that they leave."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from attack.tiny_input import RECORDS

SECONDS = 120.0
"""Longer than any of these runs takes."""


def start(input_file: Path, *options: str, environment: dict[str, str] | None = None) -> subprocess.Popen[str]:
    """Starts `dpmd run` as a separate process."""
    command = [sys.executable, "-m", "dpmd", "run", str(input_file), "--quiet", *options]
    surroundings = os.environ | {"OMP_NUM_THREADS": "1"} | (environment or {})
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=surroundings)


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Exit status and output. Raises TimeoutExpired after ``SECONDS``, with the process killed."""
    try:
        output, _ = process.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    return process.returncode, output


def results(folder: Path) -> dict[str, Any]:
    """The output of a run in a form that is equal for equal runs: the bytes of its records, and a checkpoint's
    arrays."""
    from safetensors.numpy import load_file

    found: dict[str, Any] = {name: (folder / name).read_bytes() for name in RECORDS}
    arrays = load_file(folder / "checkpoint.safetensors")
    return found | {f"checkpoint {name}": values.tobytes() for name, values in arrays.items()}


def differences(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """The names of the differing parts."""
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
