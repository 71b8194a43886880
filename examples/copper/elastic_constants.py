"""Lattice constant and elastic constants of fcc copper from a Deep Potential.

    python elastic_constants.py copper.pb

1. The lattice constant is the one at which the hydrostatic stress vanishes.
2. The relaxed cell is strained by small amounts of both signs: along x for C11 and C12, and sheared in yz for C44. No
   atom has to be relaxed: every atom of a strained fcc crystal is a centre of inversion, so the forces vanish.
3. The slope of the stress at zero strain, from a polynomial through all strains, is the elastic constant.
4. The curvature of the energy gives the same constants without the stresses: the two results must agree.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ase import Atoms, units
from ase.build import bulk
from scipy.optimize import brentq

import dpmd
from dpmd.ase import DPMD

STRAIN = 0.004  # the largest; beyond it the crystal is not linear enough, and far below it rounding errors matter
N_STRAINS = 9
XX = np.diag([1.0, 0.0, 0.0])
XX_YY = np.diag([1.0, -1.0, 0.0])
YZ = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 0.5], [0.0, 0.5, 0.0]])  # engineering shear strain 1

# At room temperature: the lattice constant in Å, the others in GPa (W. C. Overton and J. Gaffney, Phys. Rev. 98, 969,
# 1955).
EXPERIMENT = {"a": 3.615, "C11": 168.4, "C12": 121.4, "C44": 75.4}


@dataclass(frozen=True)
class Elasticity:
    """The lattice constant (Å) and the elastic constants (GPa) of a cubic crystal."""

    a: float
    c11: float
    c12: float
    c44: float

    @property
    def bulk_modulus(self) -> float:
        """Resistance to a change of the volume, GPa."""
        return (self.c11 + 2 * self.c12) / 3

    @property
    def shear_modulus(self) -> float:
        """C', the resistance to a stretch along x at constant volume, GPa."""
        return (self.c11 - self.c12) / 2

    @property
    def is_stable(self) -> bool:
        """Born's conditions: every small strain costs energy."""
        return self.bulk_modulus > 0 and self.shear_modulus > 0 and self.c44 > 0


class Crystal:
    """A cubic fcc cell of four atoms, under any strain."""

    def __init__(self, calculator: DPMD, element: str) -> None:
        self.calculator, self.element = calculator, element

    def atoms(self, a: float, strain: np.ndarray | None = None) -> Atoms:
        """The cell with the lattice constant ``a`` (Å), deformed by 1 + strain (symmetric, [3, 3])."""
        atoms = bulk(self.element, "fcc", a=a, cubic=True)
        if strain is not None:
            atoms.set_cell(atoms.cell @ (np.eye(3) + strain), scale_atoms=True)
        atoms.calc = self.calculator
        return atoms

    def stress(self, a: float, strain: np.ndarray | None = None) -> np.ndarray:
        """The stress, [6] GPa: xx yy zz yz xz xy, positive under tension."""
        return self.atoms(a, strain).get_stress() / units.GPa

    def energy_density(self, a: float, strain: np.ndarray) -> float:
        """The energy per volume of the unstrained cell, GPa."""
        return self.atoms(a, strain).get_potential_energy() / a**3 / units.GPa

    def largest_force(self, a: float, strain: np.ndarray) -> float:
        """The largest component of a force, eV/Å."""
        return float(np.abs(self.atoms(a, strain).get_forces()).max())


def relaxed_lattice_constant(crystal: Crystal, low: float, high: float) -> float:
    """The lattice constant at which the hydrostatic stress changes sign, between two given ones, Å."""

    def tension(a: float) -> float:
        return float(crystal.stress(a)[:3].sum())

    if tension(low) >= 0 or tension(high) <= 0:
        raise SystemExit(f"no lattice constant without stress between {low} and {high} Å: is this a model of copper?")
    return float(brentq(tension, low, high, xtol=1e-9))


def strains() -> np.ndarray:
    """The strains, [n], from minus to plus the largest one."""
    return np.linspace(-STRAIN, STRAIN, N_STRAINS)


def slope(function: Callable[[float], float]) -> float:
    """First derivative at zero strain, from a polynomial of third order."""
    return np.polynomial.Polynomial.fit(strains(), [function(e) for e in strains()], 3).deriv(1)(0.0)


def curvature(function: Callable[[float], float]) -> float:
    """Second derivative at zero strain, from a polynomial of fourth order."""
    return np.polynomial.Polynomial.fit(strains(), [function(e) for e in strains()], 4).deriv(2)(0.0)


def from_stresses(crystal: Crystal, a: float) -> Elasticity:
    """Elastic constants as slopes of the stress."""
    return Elasticity(
        a,
        c11=slope(lambda e: crystal.stress(a, e * XX)[0]),
        c12=slope(lambda e: crystal.stress(a, e * XX)[1]),
        c44=slope(lambda e: crystal.stress(a, e * YZ)[3]),
    )


def from_energies(crystal: Crystal, a: float) -> Elasticity:
    """Elastic constants as curvatures of the energy: C11, 2 (C11 - C12) and C44."""
    c11 = curvature(lambda e: crystal.energy_density(a, e * XX))
    stretch = curvature(lambda e: crystal.energy_density(a, e * XX_YY))
    return Elasticity(a, c11, c11 - stretch / 2, curvature(lambda e: crystal.energy_density(a, e * YZ)))


def report(by_stress: Elasticity, by_energy: Elasticity) -> str:
    """A table of the results."""
    lines = [f"{'':<6} {'stress':>10} {'energy':>10} {'experiment':>12}"]
    lines.append(f"{'a':<6} {by_stress.a:10.4f} {'':>10} {EXPERIMENT['a']:12.3f}  Å")
    for name in ("C11", "C12", "C44"):
        values = (getattr(found, name.lower()) for found in (by_stress, by_energy))
        lines.append(f"{name:<6} {next(values):10.2f} {next(values):10.2f} {EXPERIMENT[name]:12.1f}  GPa")
    c11, c12, c44 = (EXPERIMENT[name] for name in ("C11", "C12", "C44"))
    measured = Elasticity(EXPERIMENT["a"], c11, c12, c44)
    for name, value in (("B", "bulk_modulus"), ("C'", "shear_modulus")):
        found = [getattr(one, value) for one in (by_stress, by_energy, measured)]
        lines.append(f"{name:<6} {found[0]:10.2f} {found[1]:10.2f} {found[2]:12.1f}  GPa")
    lines.append(f"mechanically stable: {'yes' if by_stress.is_stable else 'NO'}")
    return "\n".join(lines)


def main() -> None:
    """Compute and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path, help="a Deep Potential of copper: .pb .pth .pt .pt2 .dp .yaml or .dpmd")
    parser.add_argument("--between", type=float, nargs=2, default=(3.4, 3.8), metavar="Å", help="lattice constants")
    arguments = parser.parse_args()

    calculator = DPMD(dpmd.Potential(arguments.model))
    if calculator.potential.type_map != ["Cu"]:
        raise SystemExit(f"{arguments.model} knows {calculator.potential.type_map}; a model of Cu alone is needed")
    crystal = Crystal(calculator, "Cu")
    a = relaxed_lattice_constant(crystal, *arguments.between)
    print(report(from_stresses(crystal, a), from_energies(crystal, a)))
    print(f"largest force in a strained cell: {crystal.largest_force(a, STRAIN * XX):.1e} eV/Å")


if __name__ == "__main__":
    main()
