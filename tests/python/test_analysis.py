"""Radial distribution functions and mean squared displacements of systems whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.constraints import FixAtoms

from dpmd.analysis import mean_squared_displacement, radial_distributions
from dpmd.errors import InputError

TRICLINIC = np.array([[11.0, 0, 0], [3.0, 10.0, 0], [-2.0, 4.0, 12.0]])


def test_an_ideal_gas_has_g_of_one_in_a_triclinic_cell() -> None:
    rng = np.random.default_rng(1)
    frames = [Atoms("Ar8Ne12", cell=TRICLINIC, scaled_positions=rng.random((20, 3)), pbc=True) for _ in range(400)]

    distributions = radial_distributions(frames, bin_width=0.5)

    assert [d.species for d in distributions] == [("Ar", "Ar"), ("Ar", "Ne"), ("Ne", "Ne")]
    for one in distributions:
        beyond = one.r > 2  # at least 28 pairs x 400 frames x 2 % of the volume in a shell: 7 % noise
        assert beyond.sum() >= 4
        assert one.g[beyond] == pytest.approx(1, abs=0.25)
        assert one.g[beyond].mean() == pytest.approx(1, abs=0.08)


@pytest.mark.parametrize("cubic", [True, False])
def test_fcc_has_its_shells_and_coordination_numbers(cubic: bool) -> None:
    a = 4.05
    shells = a * np.sqrt(np.arange(1, 6) / 2)
    neighbours = np.cumsum([12, 6, 24, 12, 24])

    (one,) = radial_distributions([bulk("Al", "fcc", a=a, cubic=cubic)], r_max=7.0, bin_width=0.02)

    filled = one.r[np.diff(one.coordination, prepend=0) > 0]
    assert filled[:5] == pytest.approx(shells, abs=0.01)
    for shell, number in zip(shells, neighbours, strict=True):
        assert one.coordination[np.searchsorted(one.r, shell + 0.1)] == number


def test_g_integrates_to_the_coordination_number() -> None:
    crystal = bulk("Al", "fcc", a=4.0, cubic=True)

    (one,) = radial_distributions([crystal], r_max=3.5, bin_width=0.1)

    shells = 4 * np.pi / 3 * ((one.r + 0.05) ** 3 - (one.r - 0.05) ** 3)
    density = (len(crystal) - 1) / crystal.get_volume()
    assert np.cumsum(one.g * shells * density) == pytest.approx(one.coordination)


def test_rock_salt_has_six_unlike_and_twelve_like_neighbours() -> None:
    salt = bulk("NaCl", "rocksalt", a=5.64, cubic=True)

    like, unlike, other = radial_distributions([salt], r_max=4.5)

    assert like.species == ("Na", "Na")
    assert unlike.species == ("Na", "Cl")
    assert unlike.coordination[np.searchsorted(unlike.r, 3.2)] == 6
    assert like.coordination[-1] == other.coordination[-1] == 12


def test_a_single_atom_of_a_species_has_no_g_with_itself() -> None:
    (one,) = radial_distributions([bulk("Al", "fcc", a=4.0)], r_max=3.0)

    assert np.isnan(one.g).all()
    assert one.coordination[-1] == 12


def test_the_default_range_is_half_the_smallest_height() -> None:
    atoms = Atoms("Ar2", cell=TRICLINIC, scaled_positions=[[0, 0, 0], [0.5, 0.5, 0.5]], pbc=True)
    heights = 1 / np.linalg.norm(np.linalg.inv(TRICLINIC), axis=0)

    (one,) = radial_distributions([atoms], bin_width=0.01)

    assert one.r[-1] + 0.005 == pytest.approx(heights.min() / 2, abs=0.01)


def test_a_radial_distribution_refuses_what_has_none() -> None:
    argon = Atoms("Ar2", positions=np.eye(2, 3), cell=TRICLINIC, pbc=True)
    krypton = Atoms("Kr2", positions=np.eye(2, 3), cell=TRICLINIC, pbc=True)

    for frames, reason in [
        ([], "at least one frame"),
        ([Atoms("Ar2", positions=np.eye(2, 3))], "periodic"),
        ([argon, krypton], "frame 1 has other atoms"),
    ]:
        with pytest.raises(InputError, match=reason):
            radial_distributions(frames)
    with pytest.raises(InputError, match="leaves no bin"):
        radial_distributions([argon], r_max=0.01)


def ballistic_frames(velocities: np.ndarray, n_frames: int, wrap: bool) -> list[Atoms]:
    """Atoms with constant velocities, Å per frame."""
    start = np.random.default_rng(5).random((len(velocities), 3)) @ TRICLINIC
    frames = []
    for k in range(n_frames):
        atoms = Atoms(f"Ar{len(start)}", positions=start + k * velocities, cell=TRICLINIC, pbc=True)
        if wrap:
            atoms.wrap()
        frames.append(atoms)
    return frames


@pytest.mark.parametrize("wrap", [False, True])
def test_ballistic_motion_displaces_with_the_square_of_time(wrap: bool) -> None:
    velocities = np.random.default_rng(6).normal(0, 0.7, (20, 3))
    frames = ballistic_frames(velocities, 41, wrap)

    (one,) = mean_squared_displacement(frames, remove_drift=False)

    assert one.lag.tolist() == list(range(22))
    expected = np.mean(np.sum(velocities**2, axis=1)) * one.lag**2
    assert one.msd == pytest.approx(expected, abs=1e-9 * expected[-1])


def test_a_common_drift_is_taken_out() -> None:
    frames = ballistic_frames(np.tile([0.3, -0.2, 0.1], (10, 1)), 20, wrap=True)

    (one,) = mean_squared_displacement(frames)

    assert one.msd == pytest.approx(0, abs=1e-9)


def test_fixed_atoms_have_no_share_in_a_displacement() -> None:
    velocities = np.tile([0.3, -0.2, 0.1], (10, 1))
    velocities[[2, 7]] = 0
    frames = ballistic_frames(velocities, 20, wrap=True)
    for atoms in frames:
        atoms.symbols[7] = "Kr"  # a type that has no free atom
        atoms.set_constraint(FixAtoms(indices=[2, 7]))

    (one,) = mean_squared_displacement(frames)

    assert one.species == "Ar"
    assert one.msd == pytest.approx(0.14 * one.lag**2)


def test_a_breathing_cell_is_not_motion() -> None:
    scaled = np.random.default_rng(7).random((10, 3))
    frames = [Atoms("Ar10", scaled_positions=scaled, cell=TRICLINIC * s, pbc=True) for s in (1, 1.05, 0.95, 1.1)]

    (one,) = mean_squared_displacement(frames, remove_drift=False)

    assert one.msd == pytest.approx(0, abs=1e-9)


def test_the_average_is_over_every_origin_and_each_species() -> None:
    rng = np.random.default_rng(8)
    path = np.cumsum(rng.normal(0, 0.3, (17, 6, 3)), axis=0)
    frames = [Atoms("ArKr2Ar2Kr", positions=x) for x in path]
    argon = [0, 3, 4]

    displacements = mean_squared_displacement(frames, remove_drift=False)

    assert [d.species for d in displacements] == ["Ar", "Kr"]
    for lag in range(1, 9):
        moved = path[lag:, argon] - path[:-lag, argon]
        assert displacements[0].msd[lag] == pytest.approx(np.mean(np.sum(moved**2, axis=2)))


def test_a_displacement_refuses_what_has_none() -> None:
    with pytest.raises(InputError, match="two frames"):
        mean_squared_displacement([Atoms("Ar")])
    with pytest.raises(InputError, match="same atoms"):
        mean_squared_displacement([Atoms("Ar"), Atoms("Kr")])
    with pytest.raises(InputError, match="not fixed"):
        mean_squared_displacement([Atoms("Ar", constraint=FixAtoms(indices=[0]))] * 2)
