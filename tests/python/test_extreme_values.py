"""Numbers that no simulation has are refused with the value and a remedy, before they cost time and memory."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import dpmd
from dpmd import MTK, NVE, Langevin, Simulation
from dpmd.errors import InputError
from dpmd.structure import Structure

WATER = np.array([[0.0, 0, 0], [0, 0.96, 0], [0.9, -0.2, 0]])
TYPES = ["O", "H", "H"]


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (0.03 * np.eye(3), r"2.7e-05 Å\^3 for 3 atoms.*check the cell"),
        (0.3 * np.eye(3), "check the cell"),
        (1e300 * np.eye(3), "beyond 1e.10 Å.*check its unit"),
        (1e-200 * np.eye(3), "cell vector 0 is zero"),
        (1e-7 * np.eye(3), "1e-07 Å long"),
        ([[12, 0, 0], [1e6, 12, 0], [0, 0, 12]], "0.000144 Å thin.*check the cell"),
        ([[12, 0, 0], [12, 1e-9, 0], [0, 0, 12]], "lie in a plane"),
        ([[12, 0, 0], [0, 12, 0], [0, 0, np.nan]], "not finite"),
    ],
)
def test_cells_that_no_matter_has_are_refused(water_potential, cell, said: str) -> None:
    with pytest.raises(InputError, match=said):
        water_potential.compute(WATER, TYPES, cell=np.array(cell))


@pytest.mark.parametrize("far", [1e18, 1e300, np.inf, np.nan])
def test_positions_too_far_to_be_wrapped_are_refused(water_potential, far: float) -> None:
    positions = WATER.copy()
    positions[1, 2] = far

    with pytest.raises(InputError, match="cells away from the box|is not finite"):
        water_potential.compute(positions, TYPES, cell=12 * np.eye(3))


@pytest.mark.parametrize("far", [1e12, 1e18, 1e300])
def test_atoms_far_apart_in_open_space_are_atoms_alone(water_potential, far: float) -> None:
    alone = [water_potential.compute(np.zeros((1, 3)), [name]).energy for name in TYPES]

    together = water_potential.compute(np.array([[0, 0, 0], [far, 0, 0], [0, -far, far]]), TYPES)

    assert together.energy == pytest.approx(sum(alone), abs=1e-12)
    assert not together.forces.any()


def test_many_atoms_at_one_place_are_refused(water_potential) -> None:
    with pytest.raises(InputError, match=r"100000 atoms are in a box of .* with atom 0, more than any matter has"):
        water_potential.compute(np.ones((100_000, 3)), np.zeros(100_000, dtype=np.int32))


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"masses": {"O": 1e300, "H": 1}}, r"masses\[0\] = 1e\+300 \(O\) must be positive, from 1e-06 to"),
        ({"masses": {"O": 1e-300, "H": 1}}, r"masses\[0\] = 1e-300"),
        ({"masses": {"O": np.nan, "H": 1}}, r"masses\[0\] = nan|O.*nan"),
        ({"velocities": np.full((3, 3), 1e300)}, "moves at inf Å/fs"),
        ({"velocities": np.full((3, 3), 1e20)}, "beyond the limit"),
        ({"velocities": np.full((3, 3), np.nan)}, "is not finite"),
        ({"skin": 1e300}, "thousandth of the cutoff"),
        ({"timestep": 1e300}, "time step"),
        ({"ensemble": MTK(temperature=300, pressure=1e300, damping=100, pressure_damping=1000)}, "cell"),
        ({"ensemble": Langevin(temperature=1e300, damping=100)}, "moves at"),
    ],
)
def test_simulations_of_extremes_are_refused(water_potential, keys, said: str) -> None:
    given = {"timestep": 0.5, "ensemble": NVE(), "positions": WATER, "types": TYPES, "cell": 12 * np.eye(3)} | keys

    with pytest.raises(InputError, match=said):
        simulation = Simulation(water_potential, **given)
        simulation.run(1)


def test_more_copies_than_there_is_memory_for_are_refused_before_they_are_made() -> None:
    types, positions = np.zeros(3, dtype=np.int32), WATER
    structure = Structure("water.xyz", ["H"], types, positions, 12 * np.eye(3), (True,) * 3)

    with pytest.raises(InputError, match=r"1000000 x 1000000 x 1 copies make 3000000000000 atoms, .* GB of memory"):
        structure.repeat((1_000_000, 1_000_000, 1))


LIMITED = """
import resource, numpy as np, dpmd
pages = int(open("/proc/self/statm").read().split()[0])
most = pages * resource.getpagesize() + (300 << 20)
resource.setrlimit(resource.RLIMIT_AS, (most, most))
rng = np.random.default_rng(1)
for positions, cell, cutoff, pbc in (
    (np.zeros((1, 3)), np.diag([0.03, 0.03, 9.0]), 25.0, [True, True, False]),
    (rng.uniform(0, 20, size=(20_000, 3)), None, 40.0, None),
):
    try:
        dpmd.neighbor_list(positions, cell, cutoff, pbc=pbc)
        print("done")
    except dpmd.Error as error:
        print(type(error).__name__, error)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_lists_beyond_the_memory_that_there_is_are_refused_before_it_is_gone() -> None:
    done = subprocess.run([sys.executable, "-c", LIMITED], capture_output=True, text=True, check=False)

    images, pairs = done.stdout.splitlines()
    assert images.startswith("InputError 1 atoms in a box 0.03 x 0.03 x"), done.stderr
    assert "periodic images within 25" in images and "are available; check the cell" in images
    assert pairs.startswith("InputError 20000 atoms have 399980000 neighbours nearer than 40 Å"), done.stderr
    assert "a list of 1.6 GB" in pairs


def test_memory_that_is_available_is_told() -> None:
    assert dpmd._core.available_memory() > 1 << 20


@pytest.mark.parametrize("speed", [10.0, 1e10, 1e300, np.inf, np.nan])
def test_velocities_that_are_refused_leave_those_before(water_potential, speed: float) -> None:
    simulation = Simulation(water_potential, positions=WATER, types=TYPES, cell=12 * np.eye(3))
    simulation.initialize_velocities(300, seed=1)
    velocities, thermo = simulation.velocities, simulation.thermo()

    with pytest.raises(InputError, match="beyond the limit"):
        simulation.velocities = np.full((3, 3), speed)

    assert (simulation.velocities == velocities).all()
    assert str(simulation.thermo()) == str(thermo)
