"""Neighbours equal those of ASE and of vesin in boxes of every kind."""

from __future__ import annotations

import ase.io
import ase.neighborlist
import numpy as np
import pytest
from ase import Atoms

import dpmd


def boxes():
    """Name, cell, pbc and number of atoms: orthogonal, triclinic, skewed, slabs, wires, open, tiny."""
    rng = np.random.default_rng(7)
    skew = np.array([[10.0, 0, 0], [7.0, 9.0, 0], [-6.0, 8.0, 7.0]])
    yield "orthogonal", np.diag([11.0, 9.0, 13.0]), (1, 1, 1), 120
    yield "triclinic", np.diag([10.0, 11.0, 12.0]) + rng.normal(size=(3, 3)), (1, 1, 1), 100
    yield "skewed", skew, (1, 1, 1), 60
    yield "left-handed", skew[[1, 0, 2]], (1, 1, 1), 60
    yield "slab", skew, (1, 1, 0), 60
    yield "slab-xz", skew, (1, 0, 1), 60
    yield "wire", skew, (0, 1, 0), 60
    yield "open", np.diag([20.0, 20.0, 20.0]), (0, 0, 0), 80
    yield "tiny", np.diag([1.7, 2.1, 2.6]), (1, 1, 1), 2
    yield "tiny-triclinic", np.array([[2.0, 0, 0], [0.9, 2.2, 0], [-0.7, 0.3, 1.9]]), (1, 1, 1), 3
    yield "thin-slab", np.diag([1.5, 14.0, 1.5]), (1, 0, 1), 9
    yield "one-atom", np.diag([3.0, 3.0, 3.0]), (1, 1, 1), 1
    yield "no-atoms", np.diag([3.0, 3.0, 3.0]), (1, 1, 1), 0


def as_pairs(i, j, shift):
    return sorted(map(tuple, np.column_stack([i, j, shift]).astype(int)))


def random_positions(name: str, cell: np.ndarray, n: int) -> np.ndarray:
    """Atoms everywhere in and around the cell."""
    rng = np.random.default_rng(31 * len(name) + n)
    return rng.uniform(-1.5, 2.5, size=(n, 3)) @ cell if name != "open" else rng.uniform(0, 20, size=(n, 3))


@pytest.mark.parametrize(("name", "cell", "pbc", "n"), list(boxes()), ids=lambda v: v if isinstance(v, str) else "")
@pytest.mark.parametrize("cutoff", [2.5, 5.0])
def test_pairs_equal_those_of_ase(name, cell, pbc, n, cutoff) -> None:
    positions = random_positions(name, cell, n)
    expected = ase.neighborlist.neighbor_list("ijS", Atoms(f"H{n}" if n else "", positions, cell=cell, pbc=pbc), cutoff)

    i, j, shift, distance = dpmd.neighbor_list(positions, cell, cutoff, pbc=pbc)

    assert as_pairs(i, j, shift) == as_pairs(*expected)
    vectors = positions[j] + shift @ cell - positions[i]
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), distance, atol=1e-12)


@pytest.mark.parametrize(
    ("name", "cell", "pbc", "n"), list(boxes())[:10], ids=lambda v: v if isinstance(v, str) else ""
)
def test_pairs_equal_those_of_vesin(name, cell, pbc, n) -> None:
    vesin = pytest.importorskip("vesin", reason="needs vesin, which the extra [test] installs")
    positions = random_positions(name, cell, n)
    calculator = vesin.NeighborList(cutoff=4.1, full_list=True)
    expected = calculator.compute(points=positions, box=cell, periodic=np.array(pbc, dtype=bool), quantities="ijS")

    i, j, shift, _ = dpmd.neighbor_list(positions, cell, 4.1, pbc=pbc)

    assert as_pairs(i, j, shift) == as_pairs(*expected)


def test_neighbours_of_an_atom_come_by_distance() -> None:
    positions = np.random.default_rng(5).uniform(0, 12, size=(200, 3))

    i, _, _, distance = dpmd.neighbor_list(positions, [12, 12, 12], 4.0)

    assert (np.diff(i) >= 0).all()
    # ordered by the key's 29 bits of distance: steps of cutoff * 2^-29
    assert (np.diff(distance)[np.diff(i) == 0] > -1e-8).all()


def test_a_far_atom_costs_nothing() -> None:
    positions = np.vstack([np.random.default_rng(6).uniform(0, 10, size=(50, 3)), [[1e9, -1e9, 1e9]]])

    i, j, *_ = dpmd.neighbor_list(positions, None, 3.0)

    assert 50 not in i and 50 not in j
    assert len(i) == len(dpmd.neighbor_list(positions[:50], None, 3.0)[0])


@pytest.mark.parametrize("cutoff", [0.0, -1.0, np.nan, np.inf])
def test_a_bad_cutoff_is_named(cutoff) -> None:
    with pytest.raises(dpmd.InputError, match="cutoff"):
        dpmd.neighbor_list([[0, 0, 0]], None, cutoff)


def test_the_closest_pair_is_that_of_the_neighbour_list(water_model, small_box) -> None:
    atoms = ase.io.read(small_box)
    simulation = dpmd.Simulation(dpmd.Potential(water_model), atoms)
    i, j, _, d = dpmd.neighbor_list(atoms.positions, atoms.cell, 1.5)

    first, second, distance = simulation.closest_pair(1.5)

    k = d.argmin()
    assert (first, second, distance) == (*sorted((i[k], j[k])), d[k])
    assert simulation.closest_pair(0.5) is None
    with pytest.raises(dpmd.InputError, match="cutoff"):
        simulation.closest_pair(-1)
