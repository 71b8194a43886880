"""The sizes and lengths of the cases, on a device and where only the script is tried."""

from __future__ import annotations

from dataclasses import dataclass

# Indices of atoms and of their images have 28 bits.
MOST_ATOMS = 200_000_000


@dataclass(frozen=True)
class Plan:
    """The sizes of all sections."""

    budget: float
    """Seconds for everything."""
    accuracy_atoms: int
    drift_steps: int
    drift_seconds: float
    sizes: tuple[int, ...]
    """The numbers of atoms of the timed steps."""
    step_seconds: float
    """How long steps are timed."""
    most_atoms: int = MOST_ATOMS
    """Upper limit of the search for the largest system."""
    copper_side: int = 4
    """Cubes along the edges of the repeated copper."""
    patience: float = 90.0
    """Seconds beyond what a case should take: models are loaded and compressed."""
    remark: str = ""
    """A remark to print with all times."""


FULL = Plan(480.0, 1536, 16000, 20.0, (192, 4096, 100_000, 1_000_000, 10_000_000), 0.5)
QUICK = Plan(480.0, 192, 200, 5.0, (192, 4096), 0.2, most_atoms=100_000)
EMULATED = Plan(
    budget=1800.0,
    accuracy_atoms=64,
    drift_steps=20,
    drift_seconds=10.0,
    sizes=(64, 128),
    step_seconds=0.1,
    most_atoms=256,
    copper_side=2,
    patience=600.0,
    remark="emulated: times mean nothing",
)
"""The water that is repeated has 192 atoms."""
