"""What a Deep Potential sees of a neighbour; descriptors share it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass(eq=False)
class Environment:
    """The cutoff and its switch, the slots of each type, and the normalisation of environment rows."""

    cutoff: float  # rc, Å
    cutoff_smooth: float  # rs, Å
    cutoff_arithmetic: str  # "float32": rc, rs and rc - rs are rounded to float32; or "float64"
    sel: list[int]  # [n_types] slots by neighbour type; 0: that neighbour type is ignored
    normalization: int  # N of 1/N: sum of the original sel
    shift: np.ndarray  # davg [n_types, components of a row] by centre type
    scale: np.ndarray  # dstd, alike
    protection: float = 0.0  # Å, added to r in the denominators of the row
    exclude_types: list[tuple[int, int]] = field(default_factory=list)  # unordered pairs
    excluded_slots: str = "drop"  # of excluded pairs: not seen; or "keep", "zero" (docs/model-format.md)
    overflow_order: str = "by_type"  # or "all_types": whose nearest neighbours are kept first
