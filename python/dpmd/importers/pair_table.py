"""DeePMD-kit's pair tables: in every format four numbers and the coefficients of cubic splines."""

from __future__ import annotations

import numpy as np

from dpmd.errors import InputError
from dpmd.importers.common import sized
from dpmd.models.pair_table import PairTable


def read_pair_table(
    info: np.ndarray, data: np.ndarray, n_types: int, cutoff: float, sel: list[int] | int, place: str
) -> PairTable:
    """A pair table without shifts and exclusions.

    Args:
        info: The least distance and the spacing, Å, the number of intervals and of types.
        data: For each pair of types and interval the coefficients of the powers 3, 2, 1, 0.
        n_types: Of the model.
        cutoff: Å.
        sel: Slots by neighbour type, or of all types together.
        place: Where the table stands in the file.
    """
    first, spacing, n_intervals, n_tabulated = (
        float(x) for x in sized(info, 4, f"{place}: the description of the table")
    )
    if n_tabulated != n_types:
        raise InputError(f"{place}: the table is for {n_tabulated:g} types, the model has {n_types}")
    if not (n_intervals.is_integer() and n_intervals > 0 and data.size == 4 * n_types**2 * n_intervals):
        raise InputError(f"{place}: {data.size} coefficients do not fill {n_intervals:g} intervals for {n_types} types")
    together = isinstance(sel, int)
    return PairTable(
        cutoff=cutoff,
        sel=[sel] * n_types if together else list(sel),
        slots=sel if together else sum(sel),
        overflow_order="all_types" if together else "by_type",
        first=first,
        spacing=spacing,
        coefficients=data.reshape(n_types**2, 4 * int(n_intervals)),
        energy_shift=np.zeros(n_types),
    )
