"""Water in a small box, for tests that need only a few atoms."""

from __future__ import annotations

from pathlib import Path

import ase.io
import numpy as np
from ase.build import molecule


def write_small_box(path: Path) -> Path:
    """A structure file of 8 water molecules in a small periodic box: fast, and images matter."""
    water = molecule("H2O")
    atoms = ase.Atoms(cell=[6.4, 6.4, 6.4], pbc=True)
    for corner in np.ndindex(2, 2, 2):
        one = water.copy()
        one.rotate(47 * sum(corner), (1, 2, 3))
        one.translate(3.2 * np.array(corner) - one.positions[0])
        atoms += one
    ase.io.write(path, atoms)
    return path
