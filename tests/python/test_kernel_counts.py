"""bench/device: what the GPU kernels do, as counted from their sources, and the times that follow from it."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def counts(root: Path) -> Iterator[ModuleType]:
    folder = str(root / "bench" / "device")
    sys.path.insert(0, folder)
    try:
        yield importlib.import_module("kernel_counts")
    finally:
        sys.path.remove(folder)
        for name in [name for name in sys.modules if name.split(".")[0] == "kernel_counts"]:
            sys.modules.pop(name)


def forms(counts: ModuleType) -> dict[str, list]:
    """The descriptors of the models whose launches are in tests/data/kernel_launches.json."""
    moments = counts.Moments(cutoff=4.0, axis=4, n_basis=8, n_products=26, table_bytes=0)
    nets = dict(cutoff=4.0, sel=60, widths=(4, 8, 8), axis=4)
    attention = dict(**nets, type_width=3, hidden=5)
    return {
        "se_e2_a": [moments],
        "se_e2_a on rows": [counts.MomentsOnRows(**nets)],
        "se_e2_r": [counts.RadialMoments(cutoff=4.0, n_basis=8, table_bytes=0)],
        "se_e2_a + se_e3": [moments, counts.Angles(cutoff=4.0, sel=60, channels=8, table_bytes=0)],
        "se_e2_a + bridged pair table": [moments, counts.Pairs(cutoff=3.1, is_bridged=True)],
        "DPA-1": [moments],
        "DPA-1 on rows, two attention layers": [counts.AttentionOnRows(**attention, n_layers=2)],
        "DPA-1 on rows, types as factors, one attention layer": [
            counts.AttentionOnRows(**attention, n_layers=1, is_strip=True)
        ],
    }


def step_of(counts: ModuleType, *descriptors: object, skin: float = 1.0):
    return counts.count_step(counts.System("any", 0.1, 2, descriptors, (10, 10), 8), skin)


def total(step, name: str, without: tuple[str, ...] = ()) -> float:
    return sum(getattr(kernel, name) for kernel in step.kernels if kernel.group not in without)


def test_launches_are_those_that_the_emulator_counts(counts: ModuleType, root: Path) -> None:
    expected = json.loads((root / "tests" / "data" / "kernel_launches.json").read_text())

    found = {name: 2 * step_of(counts, *descriptors).tile_launches for name, descriptors in forms(counts).items()}

    assert found == expected


def test_a_hybrid_costs_what_its_parts_cost_besides_the_fitting_net(counts: ModuleType) -> None:
    full, angles = forms(counts)["se_e2_a + se_e3"]
    shared = ("fitting", "integration, sums", "list")

    both, one, other = (step_of(counts, *parts) for parts in ((full, angles), (full,), (angles,)))

    for name in ("nets", "fp64", "memory", "cache", "lines", "adds"):
        assert total(both, name, shared) == pytest.approx(total(one, name, shared) + total(other, name, shared))


def test_a_descriptor_with_a_short_cutoff_reads_the_list_of_the_longest(counts: ModuleType) -> None:
    near = counts.Angles(cutoff=3.0, sel=60, channels=8, table_bytes=0)
    far = counts.RadialMoments(cutoff=6.0, n_basis=8, table_bytes=0)

    rows = [next(k for k in step_of(counts, *parts).kernels if k.group == "rows") for parts in ((near,), (near, far))]

    assert rows[1].cache > 4 * rows[0].cache


def test_attention_grows_with_its_layers_and_with_the_square_of_the_neighbours(counts: ModuleType) -> None:
    def lines(n_layers: int, cutoff: float) -> float:
        form = counts.AttentionOnRows(cutoff, 200, (4, 8, 8), 4, 3, n_layers=n_layers, hidden=32)
        return sum(k.lines for k in step_of(counts, form).kernels if k.group.startswith("attention "))

    assert lines(0, 6.0) == 0
    assert lines(2, 6.0) == pytest.approx(2 * lines(1, 6.0))
    assert lines(1, 6.0 * 2 ** (1 / 3)) == pytest.approx(4 * lines(1, 6.0), rel=0.2)


def test_a_tile_shrinks_by_halves_until_its_scratch_fits(counts: ModuleType) -> None:
    small = step_of(counts, counts.AttentionOnRows(6.0, 120, (25, 50, 100), 16, 8, n_layers=0, hidden=128))
    large = step_of(counts, counts.AttentionOnRows(6.0, 120, (25, 50, 100), 16, 8, n_layers=4, hidden=128))

    assert small.tile_atoms > large.tile_atoms
    assert {tile & (tile - 1) for tile in (small.tile_atoms, large.tile_atoms)} == {0}


def test_script_prints_every_kind_of_model(root: Path) -> None:
    script = str(root / "bench" / "device" / "predict.py")

    printed = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True).stdout

    for name in ("water, double, compressed", "se_e2_r, mix32", "se_e2_a + se_e3, double", "DPA-1, two attention"):
        assert f"| {name}" in printed
