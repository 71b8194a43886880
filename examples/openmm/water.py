"""Molecular dynamics of 64 water molecules: OpenMM moves the atoms, dpmd computes energy and forces."""

import argparse
import sys
from pathlib import Path
from time import perf_counter

import ase.io
import numpy as np
import openmm
from openmm import unit

import dpmd

WATER = Path(__file__).resolve().parents[1] / "water"
KJ_PER_MOL = 96.48533212331  # 1 eV


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("model", nargs="?", default=str(WATER / "water_small.dpmd"), help="any model file")
    arguments.add_argument("--steps", type=int, default=1000)
    arguments.add_argument("--platform", default="Reference", help="OpenMM's platform, which integrates")
    given = arguments.parse_args()

    atoms = ase.io.read(WATER / "water_192.extxyz")
    potential = dpmd.Potential(given.model, compress=True, skin=1.0)
    types = [potential.type_map.index(symbol) for symbol in atoms.symbols]

    def energy_and_forces(state):
        positions = state.getPositions(asNumpy=True).value_in_unit(unit.angstrom)
        cell = state.getPeriodicBoxVectors(asNumpy=True).value_in_unit(unit.angstrom)
        result = potential.compute(positions, types, cell)
        return result.energy * KJ_PER_MOL, result.forces * KJ_PER_MOL * 10  # kJ/mol, kJ/mol/nm

    system = openmm.System()
    for mass in atoms.get_masses():
        system.addParticle(mass)
    system.setDefaultPeriodicBoxVectors(*np.asarray(atoms.cell) / 10)  # nm
    force = openmm.PythonForce(energy_and_forces)
    force.setUsesPeriodicBoundaryConditions(True)
    system.addForce(force)

    integrator = openmm.LangevinMiddleIntegrator(330 * unit.kelvin, 10 / unit.picosecond, 0.5 * unit.femtosecond)
    context = openmm.Context(system, integrator, openmm.Platform.getPlatformByName(given.platform))
    context.setPositions(atoms.positions / 10)
    context.setVelocitiesToTemperature(330 * unit.kelvin, 1)
    print(f"{'step':>6} {'potential eV':>16} {'temperature K':>14}")
    start = perf_counter()
    for step in range(0, given.steps + 1, max(1, given.steps // 10)):
        integrator.step(step - context.getStepCount())
        state = context.getState(getEnergy=True)
        kinetic, degrees = state.getKineticEnergy(), 3 * len(atoms)
        temperature = 2 * kinetic / (degrees * unit.MOLAR_GAS_CONSTANT_R)
        energy = state.getPotentialEnergy().value_in_unit(unit.kilojoule_per_mole) / KJ_PER_MOL
        print(f"{step:6} {energy:16.6f} {temperature.value_in_unit(unit.kelvin):14.1f}")
    seconds = perf_counter() - start
    print(f"{given.steps / seconds:.0f} steps per second", file=sys.stderr)


if __name__ == "__main__":
    main()
