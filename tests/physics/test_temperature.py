"""Constant temperature. Long statistics on an analytic crystal are in tests/unit/md/test_sampling.cpp."""

from __future__ import annotations

import numpy as np
import pytest

import dpmd

THERMOSTATS = {
    "langevin": dpmd.Langevin(330, damping=10),
    "nose_hoover": dpmd.NoseHoover(330, damping=10),
    "bussi": dpmd.Bussi(330, damping=10),
}
N_BLOCKS = 20


def mean_and_error(values):
    blocks = np.asarray(values).reshape(N_BLOCKS, -1).mean(axis=1)
    return blocks.mean(), blocks.std(ddof=1) / np.sqrt(N_BLOCKS)


@pytest.mark.parametrize("name", THERMOSTATS)
def test_temperature_has_the_canonical_mean_and_fluctuation(make, name):
    simulation, temperatures = make(THERMOSTATS[name]), []
    simulation.run(500)
    simulation.callback(lambda sim: temperatures.append(sim.thermo()["temperature"]), every=1)

    simulation.run(6000 - 1)

    n_f = simulation.degrees_of_freedom
    relative = np.array(temperatures) / 330
    mean, error = mean_and_error(relative)
    spread, spread_error = mean_and_error((relative - relative.mean()) ** 2)
    print(f"{name}: <T>/T0 = {mean:.4f} ± {error:.4f}, var T / (2 T0²/N_f) = {spread * n_f / 2:.3f}")
    assert n_f == 69
    # the step error of the velocities, (omega dt)²/4, is 1 % for O-H stretches at 0.5 fs
    assert abs(mean - 1) < 5 * error + 0.01
    assert abs(spread - 2 / n_f) < 5 * spread_error
    assert error < 0.03


@pytest.mark.parametrize("name", THERMOSTATS)
def test_conserved_energy_stays_while_the_energy_changes(make, name):
    simulation = make(THERMOSTATS[name], timestep=0.25)
    simulation.initialize_velocities(200, seed=1)
    before = simulation.thermo()

    simulation.run(2000)

    after = simulation.thermo()
    total = [t["kinetic_energy"] + t["potential_energy"] for t in (before, after)]
    assert abs(total[1] - total[0]) > 0.3
    assert abs(after["conserved_energy"] - before["conserved_energy"]) < 0.01


def test_cold_start_at_rest_warms_up_with_every_thermostat(make):
    for thermostat in THERMOSTATS.values():
        simulation = make(thermostat)
        simulation.initialize_velocities(0)

        simulation.run(400)

        assert simulation.thermo()["temperature"] > 100


def test_langevin_noise_leaves_the_total_momentum_at_zero_unless_asked(make):
    kept, free = make(dpmd.Langevin(330, 10)), make(dpmd.Langevin(330, 10), zero_momentum=False)

    kept.run(50)
    free.run(50)

    assert np.abs(kept.masses @ kept.velocities).max() < 1e-12
    assert np.abs(free.masses @ free.velocities).max() > 0.01
    assert (kept.degrees_of_freedom, free.degrees_of_freedom) == (69, 72)
