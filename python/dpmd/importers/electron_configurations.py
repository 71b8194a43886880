"""Electron configurations of the elements as DeePMD-kit feeds them to a type embedding (use_econf_tebd).

Every orbital of the ground state of the neutral atom gives two numbers, one per spin: 1 where there is an electron and
-1 where there is none. The orbitals of a subshell are filled by Hund's rule, and all numbers are divided by the square
root of their count.
"""

from __future__ import annotations

import re

import numpy as np

from dpmd.errors import InputError
from dpmd.shown import shown

_NAME = re.compile(r"\w+")
_ELEMENTS = _NAME.findall(
    """
    H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Y Zr Nb Mo
    Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl
    Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm Bk Cf Es Fm Md No Lr Rf Db Sg Bh Hs Mt Ds Rg Cn Nh Fl Mc Lv Ts Og
    """
)
# The subshells in the order of the numbers, and in the order of their energies.
_SUBSHELLS = _NAME.findall("1s 2s 2p 3s 3p 3d 4s 4p 4d 4f 5s 5p 5d 5f 6s 6p 6d 7s 7p")
_FILLING = _NAME.findall("1s 2s 2p 3s 3p 4s 3d 4p 5s 4d 5p 6s 4f 5d 6p 7s 5f 6d 7p")
_ORBITALS = {"s": 1, "p": 3, "d": 5, "f": 7}

# Where the ground state is not the filling in order.
_EXCEPTIONS = {
    "Cr": {"3d": 5, "4s": 1},
    "Cu": {"3d": 10, "4s": 1},
    "Nb": {"4d": 4, "5s": 1},
    "Mo": {"4d": 5, "5s": 1},
    "Ru": {"4d": 7, "5s": 1},
    "Rh": {"4d": 8, "5s": 1},
    "Pd": {"4d": 10, "5s": 0},
    "Ag": {"4d": 10, "5s": 1},
    "La": {"4f": 0, "5d": 1},
    "Ce": {"4f": 1, "5d": 1},
    "Gd": {"4f": 7, "5d": 1},
    "Pt": {"5d": 9, "6s": 1},
    "Au": {"5d": 10, "6s": 1},
    "Ac": {"5f": 0, "6d": 1},
    "Th": {"5f": 0, "6d": 2},
    "Pa": {"5f": 2, "6d": 1},
    "U": {"5f": 3, "6d": 1},
    "Np": {"5f": 4, "6d": 1},
    "Cm": {"5f": 7, "6d": 1},
    "Ds": {"6d": 9, "7s": 1},
    "Rg": {"6d": 10, "7s": 1},
}


def configuration_rows(type_map: list[str], place: str) -> np.ndarray:
    """The numbers of each type [n_types, 118], whose names must be symbols of elements."""
    unknown = [name for name in type_map if name not in _ELEMENTS]
    if unknown:
        raise InputError(
            f"{place}: use_econf_tebd needs types that are elements, and {shown(unknown)} are none; name the types of "
            "the model by their elements"
        )
    return np.array([_row(electrons(name)) for name in type_map])


def electrons(element: str) -> dict[str, int]:
    """The electrons in each subshell."""
    left = _ELEMENTS.index(element) + 1
    filled = {}
    for subshell in _FILLING:
        filled[subshell] = min(left, 2 * _ORBITALS[subshell[1]])
        left -= filled[subshell]
    return filled | _EXCEPTIONS.get(element, {})


def _row(filled: dict[str, int]) -> np.ndarray:
    spins = [spin for subshell in _SUBSHELLS for spin in _spins(_ORBITALS[subshell[1]], filled[subshell])]
    return np.array(spins) / np.sqrt(len(spins))


def _spins(n_orbitals: int, n_electrons: int) -> list[float]:
    """Two numbers for each orbital: those with two electrons first, then those with one, then empty ones."""
    n_pairs = max(n_electrons - n_orbitals, 0)
    n_single = n_electrons - 2 * n_pairs
    return [1.0, 1.0] * n_pairs + [-1.0, 1.0] * n_single + [-1.0, -1.0] * (n_orbitals - n_pairs - n_single)
