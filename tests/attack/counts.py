"""The findings of an attack, and its limits."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic


class DataLossError(Exception):
    """Complete data have been lost, or damage was taken for data."""


@dataclass
class Counts:
    """One line of the table; everything except the inputs should be zero."""

    name: str
    inputs: int = 0
    crashes: int = 0
    hangs: int = 0
    losses: int = 0
    notes: list[str] = field(default_factory=list)
    """Other information: measured numbers, where failing inputs are kept."""
    left_out: str = ""
    """Why the attack cannot be done here."""

    @property
    def is_clean(self) -> bool:
        """Whether nothing was found."""
        return self.crashes == self.hangs == self.losses == 0

    def line(self) -> str:
        """Name and counts."""
        if self.left_out:
            return f"{self.name:<24}    left out: {self.left_out}"
        counted = (self.inputs, self.crashes, self.hangs, self.losses)
        return f"{self.name:<24}" + "".join(f"{n:>12,}" for n in counted)

    @staticmethod
    def heading() -> str:
        """The names of the columns of ``line``."""
        return f"{'attack':<24}" + "".join(f"{title:>12}" for title in ("inputs", "crashes", "hangs", "data losses"))


@dataclass(frozen=True)
class Budget:
    """How long an attack runs, with which seed, and in which folder."""

    name: str
    seconds: float
    seed: int
    scratch: Path
    """Scratch folder for this attack only."""
    keep: Path
    """The folder in which failing inputs are kept."""
    build: Path
    """The build with the fuzz targets."""
    case: int | None = None
    """The only case to try; None: all cases, one after the other."""
    start: float = field(default_factory=monotonic)

    @property
    def is_over(self) -> bool:
        """Whether the time is used up."""
        return monotonic() - self.start > self.seconds

    def kept(self, case: object, folder: Path, reason: str) -> str:
        """Keep a case's folder with the reason and the command that repeats it; returns a note about it."""
        place = self.keep / f"{self.name}-{self.seed}-{case}"
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(folder, place, symlinks=True, ignore_dangling_symlinks=True)
        again = f"python tests/attack/run.py {self.name} --seed {self.seed} --case {case}"
        (place / "reason.txt").write_text(f"{again}\n\n{reason}\n", encoding="utf-8")
        last = next((line for line in reversed(reason.splitlines()) if line.strip()), "")
        return f"{last[:160]}\n    kept in {place}; again: {again}"
