"""What compression at load did to a model, as text and numbers (docs/compression.md)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from dpmd.errors import InputError

FORMS = {"off": "exact nets", "moment": "moment form", "table": "tables"}


def check_tolerance(tolerance: float | None, form: str) -> float:
    """The value of ``tolerance`` for the core: 0 stands for the default of the precision."""
    if tolerance is None:
        return 0.0
    if not 0 < tolerance < 1:
        raise InputError(f"tolerance = {tolerance} eV/Å must lie between 0 and 1")
    if form == "off":
        raise InputError(f"tolerance = {tolerance} eV/Å has no effect: the model is not compressed")
    return float(tolerance)


def form_line(precision: str, found: dict[str, Any], type_map: Sequence[str]) -> str:
    """Precision and compression in one line; ``found`` is what the core says about compression."""
    if not found["active"]:
        because = f" ({found['refusal']})" if found["refusal"] else ""
        return f"{precision}, exact nets{because}"
    return (
        f"{precision}, compressed: {by_type(found['n_basis'], type_map)} of {found['n_channels']} functions, "
        f"force error {found['force_error']:.0e} eV/Å"
    )


def describe(form: str, found: dict[str, Any]) -> dict[str, Any]:
    """The section "compression" of ``Model.info()``; lists have one entry per type.

    Args:
        form: What was asked for: "off", "moment" or "table".
        found: What the core reports about it.
    """
    if not found["active"]:
        refused = {"refusal": found["refusal"], "tolerance": found["tolerance"]} if found["refusal"] else {}
        return {"asked_for": form != "off", "form": FORMS["off"], **refused}
    as_trained, table, now = (np.array(found[key]) for key in ("mflop_uncompressed", "mflop_table", "mflop"))
    return {
        "asked_for": True,
        "form": FORMS[form],
        "functions": found["n_basis"],
        "of_channels": found["n_channels"],
        "features": found["n_features"],
        "of_descriptor": found["n_descriptor"],
        "tolerance": found["tolerance"],
        "force_error": found["force_error"],
        "probe_atoms": found["n_probe_atoms"],
        "value_error": found["value_error"],
        "slope_error": found["slope_error"],
        "exact_nets_below": found["nearest"],
        "table_bytes": found["table_bytes"],
        "neighbors_assumed": found["n_neighbors"],
        "mflop_per_atom": _rounded(now, 3),
        "mflop_uncompressed": _rounded(as_trained, 3),
        "mflop_tables": _rounded(table, 3),
        "predicted_speedup": _rounded(as_trained / now, 2),
        "predicted_speedup_over_tables": _rounded(table / now, 2),
    }


def readable(section: dict[str, Any], type_map: Sequence[str]) -> dict[str, Any]:
    """The same section for human readers: fewer lines, with units."""
    if "functions" not in section:
        return section
    return {
        "asked_for": True,
        "form": section["form"],
        "functions": f"{by_type(section['functions'], type_map)} of {section['of_channels']} channels",
        "features": f"{by_type(section['features'], type_map)} of {section['of_descriptor']} descriptor elements",
        "force_error": f"{section['force_error']:.1e} eV/Å on a gas of {section['probe_atoms']} atoms; "
        f"tolerance {section['tolerance']:g} eV/Å",
        "net_error": f"{section['value_error']:.1e}, slopes {section['slope_error']:.1e} per Å",
        "exact_nets_below": f"{section['exact_nets_below']:.3g} Å",
        "table_size": f"{section['table_bytes'] / 1e6:.2f} MB",
        "mflop_per_atom": f"{by_type(section['mflop_per_atom'], type_map)} "
        f"with {section['neighbors_assumed']:.0f} neighbours",
        "mflop_uncompressed": by_type(section["mflop_uncompressed"], type_map),
        "mflop_tables": by_type(section["mflop_tables"], type_map),
        "predicted_speedup": f"{by_type(section['predicted_speedup'], type_map)} over the exact nets; "
        f"{by_type(section['predicted_speedup_over_tables'], type_map)} over tables",
    }


def by_type(values: Sequence[Any], type_map: Sequence[str]) -> str:
    """One number per type, or a single number if all are equal."""
    if len(set(values)) == 1:
        return f"{values[0]}"
    return ", ".join(f"{value} for {name}" for value, name in zip(values, type_map, strict=True))


def _rounded(values: np.ndarray, digits: int) -> list[float]:
    return [round(float(value), digits) for value in values]
