"""Systems small enough to move for a while, and the ensembles."""

from __future__ import annotations

import numpy as np
import pytest

import dpmd

ENSEMBLES = {
    "nve": dpmd.NVE(),
    "langevin": dpmd.Langevin(temperature=330, damping=50),
    "nose_hoover": dpmd.NoseHoover(temperature=330, damping=50),
    "bussi": dpmd.Bussi(temperature=330, damping=50),
    "mtk_isotropic": dpmd.MTK(temperature=330, pressure=1, damping=50, pressure_damping=300),
    "mtk_full": dpmd.MTK(temperature=330, pressure=1, damping=50, pressure_damping=300, coupling="full"),
}


@pytest.fixture(scope="session", params=ENSEMBLES)
def ensemble(request):
    """Each ensemble in turn."""
    return ENSEMBLES[request.param]


@pytest.fixture(scope="session")
def potential(water_model):
    """The small water model on one thread."""
    return dpmd.Potential(water_model, threads=1)


@pytest.fixture(scope="session")
def droplet(water_atoms):
    """Eight of the water molecules in a periodic box of 10 Å: half a millisecond per step."""
    oxygens = [atom.index for atom in water_atoms if atom.symbol == "O"]
    hydrogens = np.array([atom.index for atom in water_atoms if atom.symbol == "H"])
    distances = water_atoms.get_all_distances(mic=True)
    near = sorted(oxygens, key=lambda o: distances[oxygens[0], o])[:8]
    chosen = []
    for o in near:
        chosen += [o, *hydrogens[np.argsort(distances[o, hydrogens])[:2]]]
    atoms = water_atoms[chosen]
    atoms.positions = water_atoms.get_distances(oxygens[0], chosen, mic=True, vector=True)
    atoms.set_cell([10.0, 10.0, 10.0])
    return atoms


@pytest.fixture
def make(potential, droplet):
    """make(ensemble, ...): a simulation of the droplet with velocities of 330 K."""

    def make(ensemble=None, timestep=0.5, seed=1, **options):
        simulation = dpmd.Simulation(
            potential, options.pop("atoms", droplet), timestep=timestep, ensemble=ensemble, seed=seed, **options
        )
        simulation.initialize_velocities(330, seed=seed)
        return simulation

    return make
