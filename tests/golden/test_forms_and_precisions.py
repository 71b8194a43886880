"""Compressed and mixed-precision forces equal those of the exact nets in double, for every oracle model and system.

Deviations are in units of the larger of 1 eV/Å and the root mean square force of the system.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import dpmd
from golden.oracles import DEVICE, SHARED_CASES, systems
from golden.test_project_oracles import MODELS

# double: the tolerance of compression, 1e-7, with room for systems unlike the probe. mix32: single has 7 digits, and
# a force is a difference of larger terms. mix16: 2 to 3 digits.
LIMITS = {"double": 3e-7, "mix32": 1e-5, "mix16": 0.1}
# Atoms beyond both ends of a trained table, where slopes of hundreds cancel.
STEEP = {
    "compressed": {"double": 1e-7, "mix32": 1e-3, "mix16": 3.0},
    "hybrid_compressed": {"double": 1e-7, "mix32": 1e-3, "mix16": 10.0},
    # powers of angles are summed over all pairs before they meet their coefficients, in single precision too
    "three_body_types": {"double": 1e-7, "mix32": 3e-5, "mix16": 0.1},
}
REFUSED = {
    "act_relu6_relu": "kinks",
    "act_silut_silu": "kinks",
    "compressed_below": "force error",  # trained tables that end inside the range
    "three_body_compressed": "force error",  # the steps of this one are coarse
    "pt_skips_first": "skip connection",
    "pt_skips_silut": "kinks",
    "cu_v2_fp32_compressed": "force error",  # tables rounded to single jump by 1e-5 at every knot
}


def scaled_deviations(model: Path, oracle: Path, **form) -> dict[str, float]:
    """Largest deviation of a force by system, against the exact nets in double."""
    exact = dpmd.Potential(model, overflow="keep_nearest")
    other = dpmd.Potential(model, overflow="keep_nearest", device=DEVICE, **form)
    found = {}
    for name, system in systems(oracle).items():
        frame = (system["positions"], system["types"], system.get("cell"))
        parameters = {key: system[key] for key in ("fparam", "aparam") if key in system}
        expected = exact.compute(*frame, **parameters).forces
        forces = other.compute(*frame, **parameters).forces
        found[name] = np.abs(forces - expected).max() / max(1.0, np.sqrt((expected**2).mean()))
    return found


def check(model: Path, oracle: Path, precision: str) -> None:
    limit = STEEP.get(model.stem, LIMITS)[precision]
    for compress in (True, False) if precision != "double" else (True,):
        found = scaled_deviations(model, oracle, precision=precision, compress=compress)
        assert not {name: d for name, d in found.items() if not d <= limit}, f"compress={compress}"


@pytest.mark.parametrize("precision", LIMITS)
@pytest.mark.parametrize("model", MODELS, ids=lambda path: path.name)
def test_project_models(model: Path, precision: str) -> None:
    check(model, model.with_suffix(".npz"), precision)


@pytest.mark.parametrize("precision", LIMITS)
@pytest.mark.parametrize("case", SHARED_CASES[:8], ids=lambda case: case.model)
def test_shared_models(shared, case, precision: str) -> None:
    check(shared / "models" / case.model, shared / "oracle" / f"{case.oracle}.npz", precision)


@pytest.mark.parametrize("model", MODELS, ids=lambda path: path.name)
def test_what_is_not_compressed_says_why(model: Path) -> None:
    compression = dpmd.Model(model, compress=True)._core.compression

    assert compression["active"] == (model.stem not in REFUSED)
    assert REFUSED.get(model.stem, "") in compression["refusal"]


def test_compression_keeps_a_tolerance_and_larger_ones_give_smaller_forms(shared) -> None:
    forms = [
        dpmd.Model(shared / "models/water.pb", compress=True, tolerance=tolerance)._core.compression
        for tolerance in (1e-8, 1e-6, 1e-4)
    ]

    for tolerance, form in zip((1e-8, 1e-6, 1e-4), forms, strict=True):
        assert form["active"]
        assert form["force_error"] <= tolerance
    ranks = [max(form["n_basis"]) for form in forms]
    assert ranks == sorted(ranks, reverse=True)
    assert ranks[0] < 100
    assert len(set(ranks)) == 3
