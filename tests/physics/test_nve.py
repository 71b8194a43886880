"""Constant energy: conservation, order, reversibility."""

from __future__ import annotations

import numpy as np

import dpmd

AMU = 103.642696527  # eV fs²/Å²


def test_total_momentum_stays_what_it_was(make, droplet):
    rng = np.random.default_rng(1)
    simulation = make(zero_momentum=False)
    simulation.velocities = rng.normal(0, 0.01, (len(droplet), 3))
    before = simulation.masses @ simulation.velocities

    simulation.run(500)

    # forces cancel exactly in pairs; only the rounding of 24 velocities is left
    np.testing.assert_allclose(simulation.masses @ simulation.velocities, before, atol=1e-13)
    assert np.abs(before).max() > 0.01


def test_temperature_of_a_moving_system_is_that_of_its_inner_motion(make):
    simulation = make(zero_momentum=False)
    at_rest = make().velocities
    simulation.velocities = at_rest + [0.01, 0.0, 0.0]

    np.testing.assert_allclose(simulation.thermo()["temperature"], 330, rtol=1e-6)


def test_water_box_drifts_by_less_than_a_microelectronvolt_per_atom_and_picosecond(water_model, water_atoms):
    # The energy of velocity Verlet oscillates by (omega dt)²; the shadow energy that it keeps to fourth order,
    # H + dt² (v U'' v / 12 - F²/m / 24), reveals a drift in a short run (Engle, Skeel and Drees, J. Comput. Phys. 206,
    # 432, 2005). U'' v is minus the rate of change of the forces.
    dt, n = 0.25, 800
    simulation = dpmd.Simulation(dpmd.Potential(water_model, threads=2), water_atoms, timestep=dt)
    simulation.initialize_velocities(330, seed=1)
    energies, forces, velocities = [], [], []

    def record(sim):
        energies.append(sim.thermo()["conserved_energy"])
        forces.append(sim.forces)
        velocities.append(sim.velocities)

    simulation.callback(record, every=1)
    simulation.run(n)

    e, f, v = np.array(energies), np.array(forces), np.array(velocities)
    rate = (f[2:] - f[:-2]) / (2 * dt)
    mass = AMU * simulation.masses[:, None]
    correction = -(v[1:-1] * rate).sum((1, 2)) / 12 - (f[1:-1] ** 2 / mass).sum((1, 2)) / 24
    shadow = (e[1:-1] + dt**2 * correction) / len(water_atoms)
    time = np.arange(1, n) * dt * 1e-3
    slope = np.polyfit(time, shadow, 1)[0]
    print(f"NVE drift of water at {dt} fs: {slope:.1e} eV/atom/ps over {time[-1]:.2f} ps")
    assert abs(slope) < 1e-6
    assert shadow.std() < e.std() / len(water_atoms) / 10  # otherwise the shadow energy is wrong


def test_energy_error_is_of_second_order(make):
    errors = []
    for timestep in (1.0, 0.5, 0.25):
        simulation, energies = make(timestep=timestep), []
        simulation.callback(lambda sim, out=energies: out.append(sim.thermo()["conserved_energy"]), every=1)
        simulation.run(int(100 / timestep))
        errors.append(np.std(energies))

    # the trajectories are nearly the same for 100 fs
    assert 3.3 < errors[0] / errors[1] < 4.7
    assert 3.6 < errors[1] / errors[2] < 4.4


def test_runs_back_to_its_start_when_the_velocities_are_turned(make):
    simulation = make()
    start = simulation.positions

    simulation.run(200)
    moved = np.abs(simulation.positions - start).max()
    simulation.velocities = -simulation.velocities
    simulation.run(200)

    # forces are rounded to 1e-12 eV/Å, and chaos amplifies that a little
    assert moved > 0.1
    np.testing.assert_allclose(simulation.positions, start, atol=1e-8)


def test_skin_changes_how_often_the_list_is_built_and_nothing_else(make):
    loose, tight = make(skin=1.0), make(skin=0.0)

    loose.run(60)
    tight.run(60)

    assert tight.n_list_builds == 61
    assert loose.n_list_builds < 10
    np.testing.assert_allclose(loose.positions, tight.positions, atol=1e-10)
