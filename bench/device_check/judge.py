"""Decides when a check has failed."""

from __future__ import annotations

from typing import Any

from report import FAILED, MEASURED, OK, Row

# Largest deviation from the CPU in the same precision and form. Terms of sums are rounded to 2⁻⁴³ or finer on both
# sides, the rest is the order of additions: 2⁻⁵³ of about a hundred terms in double, 2⁻²⁴ in mix32. In mix16 a sum that
# falls on the other side of a tie becomes another bfloat16, 2⁻⁸ away. Products of tf32 are compared with those of
# mix32, which are exact in comparison: operands are rounded by 2⁻¹¹. Forces in eV/Å, the rest in eV, for forces of
# about 1 eV/Å.
LIMITS = {
    "double": {"force_max": 1e-8, "force_rms": 1e-9, "energy_per_atom": 1e-9, "virial_per_atom": 1e-8},
    "mix32": {"force_max": 1e-4, "force_rms": 1e-5, "energy_per_atom": 1e-5, "virial_per_atom": 1e-4},
    "mix32-3xtf32": {"force_max": 1e-4, "force_rms": 1e-5, "energy_per_atom": 1e-5, "virial_per_atom": 1e-4},
    "mix32-tf32": {"force_max": 2e-2, "force_rms": 2e-3, "energy_per_atom": 4e-4, "virial_per_atom": 4e-3},
    "mix16": {"force_max": 1e-1, "force_rms": 1e-2, "energy_per_atom": 2e-3, "virial_per_atom": 2e-2},
}
ATOM_LIMIT = 10  # times the limit of the mean, for the energy and the virial of single atoms
# Energies may be hundreds of eV, and their rounding grows with them. So the limits grow by a share of the rounding
# errors of the CPU in this case (cases.ROUNDED_AS): two orders of additions differ by as much as each is wrong;
# operands that both round in the same way sometimes fall on different sides of a tie; tf32 rounds an eighth as much as
# bfloat16.
ROUNDING_SHARE = {"double": 0.0, "mix32": 2.0, "mix32-3xtf32": 4.0, "mix32-tf32": 0.5, "mix16": 0.5}
# Against the exact nets in double the device may be worse than the CPU by this factor, plus the force limit.
TO_EXACT = 1.2
DRIFT_LIMIT = 3e-6  # eV/atom/ps, beyond four standard errors of the slope


def accuracy(case: str, found: dict[str, Any], precision: str) -> Row:
    """Compares deviations with the limits."""
    every, limits = found | found["more"], dict(LIMITS[precision])
    limits["atom_energy_max"] = ATOM_LIMIT * limits["energy_per_atom"]
    limits["atom_virial_max"] = ATOM_LIMIT * limits["virial_per_atom"]
    for name in limits:
        limits[name] += ROUNDING_SHARE[precision] * every["rounding"][name]
    limits["force_rms_to_exact"] = TO_EXACT * every["cpu_rms_to_exact"] + limits["force_rms"]
    broken = [f"{name} {every[name]:.1e} > {limit:.1e}" for name, limit in limits.items() if not every[name] <= limit]
    refusal = every["not_compressed"]
    note = "; ".join(broken) or (f"not compressed: {refusal}" if refusal else "")
    return Row("accuracy", case, FAILED if broken else OK, found, note)


def drift(case: str, found: dict[str, Any]) -> Row:
    """Compares the slope of the energy with the limit, once it can be told from the energy's oscillation."""
    limit = DRIFT_LIMIT + 4 * found["slope_error"]
    if found["picoseconds"] < 1:
        return Row("NVE drift", case, MEASURED, found, "too short to be judged")
    if abs(found["slope"]) <= limit:
        return Row("NVE drift", case, OK, found)
    return Row("NVE drift", case, FAILED, found, f"slope beyond {limit:.1e} eV/atom/ps")
