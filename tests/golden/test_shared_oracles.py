"""Our results equal DeePMD-kit's, for every shared model, in every format, on every instruction set."""

from __future__ import annotations

import pytest

import dpmd
from dpmd import _core
from golden.oracles import DEVICE, SHARED_CASES, TOLERANCES, Case, Deviation, deviation, systems, worst

_rows: list[tuple[str, int, Deviation]] = []


@pytest.fixture(scope="module", autouse=True)
def table():
    """Prints the largest deviation per model when the module is done."""
    yield
    print("\nlargest deviation from DeePMD-kit (dE eV/atom, dF eV/Å, virial eV, per-atom values eV)")
    for model, n, d in _rows:
        print(f"{model:28s} {d.energy:8.1e} {d.force:8.1e} {d.virial:8.1e} {d.atomic:8.1e}  {n:2d} systems")


@pytest.mark.parametrize("case", SHARED_CASES, ids=lambda case: case.model)
def test_every_system_equals_deepmd_kit(shared, case: Case) -> None:
    potential = dpmd.Potential(shared / "models" / case.model, device=DEVICE)

    found = {
        name: deviation(potential, system) for name, system in systems(shared / "oracle" / f"{case.oracle}.npz").items()
    }

    _rows.append((case.model, len(found), worst(found.values())))
    outside = {n: d for n, d in found.items() if not d.within(TOLERANCES[case.tolerance])}
    assert not outside


@pytest.mark.parametrize("instruction_set", _core.instruction_sets())
def test_every_instruction_set_equals_deepmd_kit(shared, instruction_set: str) -> None:
    potential = dpmd.Potential(shared / "models/water.pb", instruction_set=instruction_set)

    found = {name: deviation(potential, system) for name, system in systems(shared / "oracle/water.npz").items()}

    assert not {n: d for n, d in found.items() if not d.within(TOLERANCES["double"])}


def test_neighbours_beyond_sel_are_an_error_by_default(shared) -> None:
    potential = dpmd.Potential(shared / "models/water.pb", device=DEVICE)
    atoms = systems(shared / "oracle/water.npz")["liquid_0"]

    with pytest.raises(dpmd.InputError, match=r"atom \d+ .* has \d+ neighbours of type .* sel .* is \d+"):
        potential.compute(0.8 * atoms["positions"], atoms["types"], 0.8 * atoms["cell"])
