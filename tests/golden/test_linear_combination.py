"""DPA-1 beside a pair table, as DeePMD-kit writes it and does not evaluate it: against the members in NumPy."""

from __future__ import annotations

import numpy as np

import dpmd
from dpmd.importers import import_model
from dpmd.models.spec import ModelSpec
from golden.oracles import DEVICE
from oracle.local_numpy import evaluate
from oracle.pair_table_numpy import table_energies

STEP = 1e-5  # Å


def test_the_shared_one_is_the_sum_of_its_members_and_has_the_forces_of_this_sum(shared) -> None:
    path = shared / "models" / "local" / "linear_pairtab.dp"
    spec = import_model(path)
    cell = np.array([[7.1, 0.0, 0.0], [1.3, 6.7, 0.0], [-0.8, 0.9, 7.4]])
    rng = np.random.default_rng(8)
    corners = np.stack(np.meshgrid(*[np.arange(3)] * 3), axis=-1).reshape(-1, 3) / 3  # 2.2 Å apart and more
    positions, types = (corners + rng.uniform(0, 0.15, corners.shape)) @ cell, rng.integers(0, 2, len(corners))
    nets = evaluate(ModelSpec(spec.type_map, spec.nets), positions, types, cell)
    tables = sum(table_energies(table, positions, types, cell) for table in spec.pair_tables)
    potential = dpmd.Potential(path, device=DEVICE)

    found = potential.compute(positions, types, cell, atomic=True)

    assert np.abs(tables).max() > 0.01
    assert np.abs(found.atom_energies - nets.atom_energies - tables).max() < 1e-10
    for k in (0, 31, 77):
        moved = np.zeros(positions.size)
        moved[k] = STEP
        ends = [potential.compute(positions + s * moved.reshape(-1, 3), types, cell).energy for s in (1, -1)]
        assert abs((ends[1] - ends[0]) / (2 * STEP) - found.forces.ravel()[k]) < 1e-6
