"""Constant pressure. Averages and fluctuations on an analytic crystal are in tests/unit/md/test_sampling.cpp."""

from __future__ import annotations

import numpy as np
import pytest

import dpmd

COUPLINGS = ("isotropic", "full")


@pytest.fixture(scope="module")
def water_potential(water_model):
    return dpmd.Potential(water_model, threads=2)


def npt(potential, atoms, pressure, coupling="isotropic", damping=300.0):
    ensemble = dpmd.MTK(330, pressure, damping=50, pressure_damping=damping, coupling=coupling)
    simulation = dpmd.Simulation(potential, atoms, timestep=0.5, ensemble=ensemble)
    simulation.initialize_velocities(330, seed=1)
    return simulation


def squeezed(atoms, factor):
    """The same molecules with all lengths changed."""
    out = atoms.copy()
    out.set_cell(atoms.cell * factor, scale_atoms=True)
    return out


@pytest.mark.parametrize("coupling", COUPLINGS)
def test_compressed_water_expands_and_its_pressure_falls(water_potential, water_atoms, coupling):
    simulation = npt(water_potential, squeezed(water_atoms, 0.96), pressure=1, coupling=coupling, damping=100)
    before, pressures = simulation.thermo(), []
    simulation.callback(lambda sim: pressures.append(sim.thermo()["pressure"]), every=1)

    simulation.run(240)

    after = simulation.thermo()
    print(f"{coupling}: {before['pressure']:.0f} bar, {before['volume']:.1f} Å³ -> {after['volume']:.1f} Å³")
    assert before["pressure"] > 5000
    assert after["volume"] > 1.02 * before["volume"]
    assert np.mean(pressures[-60:]) < 0.5 * before["pressure"]
    assert abs(after["conserved_energy"] - before["conserved_energy"]) < 1e-3 * len(water_atoms)


def test_higher_pressure_gives_a_smaller_volume(water_potential, water_atoms):
    volumes = []
    for pressure in (-10000, 20000):
        simulation = npt(water_potential, water_atoms, pressure, damping=100)
        simulation.run(200)
        volumes.append(simulation.thermo()["volume"])

    assert volumes[1] < 0.95 * volumes[0]


@pytest.mark.parametrize("coupling", COUPLINGS)
def test_conserved_energy_is_conserved(make, coupling):
    errors = []
    for timestep in (0.5, 0.25):
        ensemble = dpmd.MTK(330, 500, damping=50, pressure_damping=200, coupling=coupling)
        simulation, energies = make(ensemble, timestep=timestep), []
        simulation.callback(lambda sim, out=energies: out.append(sim.thermo()["conserved_energy"]), every=1)
        volume = simulation.thermo()["volume"]
        simulation.run(int(200 / timestep))
        errors.append(np.std(energies))
        assert abs(simulation.thermo()["volume"] / volume - 1) > 0.005

    assert 3 < errors[0] / errors[1] < 5  # second order


def test_isotropic_coupling_keeps_the_shape_and_full_coupling_does_not(make):
    def shape(coupling):
        simulation = make(dpmd.MTK(330, 1, damping=50, pressure_damping=100, coupling=coupling))
        simulation.run(200)
        return simulation.cell / simulation.cell[0, 0]

    np.testing.assert_array_equal(shape("isotropic"), np.eye(3))
    full = shape("full")
    assert np.abs(full - np.eye(3)).max() > 1e-3
    assert np.abs(full[np.triu_indices(3, 1)]).min() > 1e-3


def test_pressure_is_minus_the_derivative_of_the_free_energy_of_scaling(make, potential, droplet):
    # -dE/dV by finite differences for the virial part, N_f/3 particles' worth of ideal gas for the kinetic part
    step = 1e-4
    energies = [make(atoms=squeezed(droplet, 1 + s)).thermo()["potential_energy"] for s in (-step, step)]
    thermo = make().thermo()

    volume = thermo["volume"]
    virial = -(energies[1] - energies[0]) / (2 * step) / (3 * volume)
    kinetic = 2 * thermo["kinetic_energy"] / (3 * volume)
    np.testing.assert_allclose(thermo["pressure"], (virial + kinetic) * 1602176.634, rtol=1e-5)
    np.testing.assert_allclose(np.trace(thermo["pressure_tensor"]) / 3, thermo["pressure"], rtol=1e-12)
    np.testing.assert_array_equal(thermo["pressure_tensor"], thermo["pressure_tensor"].T)


def test_density_is_that_of_the_box(water_potential, water_atoms):
    thermo = dpmd.Simulation(water_potential, water_atoms).thermo()

    expected = water_atoms.get_masses().sum() * 1.66053906660 / water_atoms.get_volume()
    np.testing.assert_allclose(thermo["density"], expected, rtol=1e-12)


def test_open_systems_have_no_pressure_and_no_barostat(potential, droplet, make):
    drop = droplet.copy()
    drop.pbc = False

    thermo = dpmd.Simulation(potential, drop).thermo()
    with pytest.raises(dpmd.InputError, match=r"periodic in all directions.*pbc\[0\] is false"):
        make(dpmd.MTK(330, 1, 50, 300), atoms=drop)

    assert np.isnan([thermo["pressure"], thermo["volume"], thermo["density"]]).all()
    assert np.isfinite(thermo["temperature"])
