"""Frame and atomic parameters in ASE's ``Atoms``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dpmd.arguments import as_floats

if TYPE_CHECKING:
    from ase import Atoms


def own_parameters(atoms: Atoms) -> tuple[np.ndarray | None, np.ndarray | None]:
    """``info["fparam"]``; ``arrays["aparam"]`` or ``info["aparam"]``; None for what is missing."""
    found = atoms.info.get("fparam"), atoms.arrays.get("aparam", atoms.info.get("aparam"))
    fparam, aparam = (
        None if values is None else as_floats(values, name)
        for name, values in zip(("fparam", "aparam"), found, strict=True)
    )
    return fparam, aparam


def parameters_of(atoms: Atoms, n_fparam: int, n_aparam: int, fparam: Any, aparam: Any) -> tuple[Any, Any]:
    """The parameters for a model: the arguments or, where they are None, those of the atoms if the model takes any.

    Args:
        atoms: ASE's object.
        n_fparam: Frame parameters that the model takes.
        n_aparam: Parameters per atom that it takes.
        fparam: As the user gives them, or None.
        aparam: Likewise.
    """
    own_fparam, own_aparam = own_parameters(atoms)
    return (
        own_fparam if fparam is None and n_fparam else fparam,
        own_aparam if aparam is None and n_aparam else aparam,
    )
