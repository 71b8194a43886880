"""Cases that fail in every possible way, for the test of the workers."""

from __future__ import annotations

import os
import random
import signal
import time
from pathlib import Path

from attack.counts import DataLossError


def prepare(folder: Path) -> None:
    """Nothing to prepare."""


def attempt(state: None, rng: random.Random, folder: Path) -> None:
    """Fails in one of the ways, or not at all."""
    (folder / "input").write_text("an input", encoding="utf-8")
    way = rng.randrange(8)
    if way == 0:
        os.kill(os.getpid(), signal.SIGSEGV)
    elif way == 1:
        time.sleep(60)
    elif way == 2:
        raise DataLossError("gone")
    elif way == 3:
        raise ValueError("broken")
