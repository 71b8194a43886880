"""``DeepPot``: the shapes and method names of ``deepmd.infer.DeepPot``, computed by dpmd.

Code written for DeePMD-kit's Python interface works with this class in its place.
"""

from __future__ import annotations

from os import PathLike
from typing import Any

import numpy as np

from dpmd.arguments import as_floats
from dpmd.errors import InputError
from dpmd.potential import Potential


class DeepPot:
    """A potential for batches of frames.

    Args:
        model_file: Any model file that ``dpmd.Potential`` reads.
        auto_batch_size: Accepted for compatibility; memory does not grow with the number of frames
            here.
        neighbor_list: Accepted for compatibility; neighbour lists are always native and linear in
            atoms.
        head: Must be None: multi-task models have to be split into single ones first.
        **options: Passed on to ``dpmd.Potential`` (device, precision, threads, overflow, skin,
            compress, tolerance). By default a model whose ``sel`` is exceeded raises, where
            DeePMD-kit keeps the nearest neighbours without a word; pass ``overflow="keep_nearest"``
            for its numbers.

    Raises:
        InputError: As ``dpmd.Potential``.
    """

    def __init__(
        self,
        model_file: str | PathLike[str],
        auto_batch_size: bool | int = True,
        neighbor_list: Any = None,
        head: str | None = None,
        **options: Any,
    ) -> None:
        if head is not None:
            raise InputError(f"head = {head!r}: dpmd runs single-task models; freeze that head first")
        self.potential = Potential(model_file, **options)

    def eval(
        self,
        coords: Any,
        cells: Any,
        atom_types: Any,
        atomic: bool = False,
        fparam: Any = None,
        aparam: Any = None,
        mixed_type: bool = False,
    ) -> tuple[np.ndarray, ...]:
        """Energies, forces and virials of nf frames with nat atoms.

        Args:
            coords: (nf, nat*3) Å, or anything that reshapes to it.
            cells: (nf, 9) Å, rows are lattice vectors, or anything that reshapes to it; None: open
                systems.
            atom_types: (nat) type indices (or names), the same for all frames; (nf, nat) when
                ``mixed_type``. -1 is a virtual atom.
            atomic: Also return energies and virials per atom.
            fparam: (nf, n_fparam), or (n_fparam) for all frames.
            aparam: (nf, nat, n_aparam), (nat, n_aparam) for all frames, or (n_aparam) for all
                atoms.
            mixed_type: Every frame has types of its own.

        Returns:
            energies (nf, 1) eV, forces (nf, nat, 3) eV/Å, virials (nf, 9) eV and, when ``atomic``,
            atom energies (nf, nat, 1) eV and atom virials (nf, nat, 9) eV.

        Raises:
            InputError: An argument's shape does not fit, or the model cannot take a frame.
        """
        types = np.asarray(atom_types)
        if types.ndim == 0 or (mixed_type and types.ndim != 2):
            wanted = "(nf, nat) because mixed_type is true" if mixed_type else "(nat,)"
            raise InputError(f"atom_types must have shape {wanted}, has {types.shape}")
        types = types if mixed_type else types.reshape(1, -1)
        n_atoms = types.shape[1]
        x = _frames(coords, "coords", n_atoms)
        n_frames = x.shape[0]
        if mixed_type and types.shape[0] != n_frames:
            raise InputError(f"atom_types has {types.shape[0]} rows, but coords hold {n_frames} frames")
        boxes = None if cells is None else _shaped(cells, "cells", (n_frames, 3, 3))
        fparams = self._fparam(fparam, n_frames)
        aparams = self._aparam(aparam, n_frames, n_atoms)

        energies = np.zeros((n_frames, 1))
        forces = np.zeros((n_frames, n_atoms, 3))
        virials = np.zeros((n_frames, 9))
        atom_energies = np.zeros((n_frames, n_atoms, 1)) if atomic else None
        atom_virials = np.zeros((n_frames, n_atoms, 9)) if atomic else None
        for k in range(n_frames):
            result = self.potential.compute(
                x[k],
                types[k if mixed_type else 0],
                None if boxes is None else boxes[k],
                atomic=atomic,
                fparam=None if fparams is None else fparams[k],
                aparam=None if aparams is None else aparams[k],
            )
            energies[k, 0] = result.energy
            forces[k] = result.forces
            virials[k] = result.virial.reshape(9)
            if atomic:
                atom_energies[k, :, 0] = result.atom_energies
                atom_virials[k] = result.atom_virials.reshape(n_atoms, 9)
        if atomic:
            return energies, forces, virials, atom_energies, atom_virials
        return energies, forces, virials

    def get_rcut(self) -> float:
        """Cutoff radius, Å."""
        return self.potential.cutoff

    def get_ntypes(self) -> int:
        """Number of types."""
        return len(self.potential.type_map)

    def get_type_map(self) -> list[str]:
        """Names of the types."""
        return list(self.potential.type_map)

    def get_dim_fparam(self) -> int:
        """Number of frame parameters."""
        return self.potential.n_fparam

    def get_dim_aparam(self) -> int:
        """Number of atomic parameters per atom."""
        return self.potential.n_aparam

    def get_sel_type(self) -> list[int]:
        """Empty: an energy model gives every type an energy."""
        return []

    def get_ntypes_spin(self) -> int:
        """0: the models dpmd runs have no spin."""
        return 0

    def get_has_spin(self) -> bool:
        """False: the models dpmd runs have no spin."""
        return False

    def _fparam(self, values: Any, n_frames: int) -> np.ndarray | None:
        """(nf, n_fparam) from one of the shapes that ``eval`` accepts."""
        if values is None:
            return None
        n = self.potential.n_fparam
        array = as_floats(values, "fparam")
        if array.size == n:
            array = np.broadcast_to(array.reshape(1, n), (n_frames, n))
        return _shaped(array, "fparam", (n_frames, n))

    def _aparam(self, values: Any, n_frames: int, n_atoms: int) -> np.ndarray | None:
        """(nf, nat, n_aparam) from one of the shapes that ``eval`` accepts."""
        if values is None:
            return None
        n = self.potential.n_aparam
        array = as_floats(values, "aparam")
        shape = (n_frames, n_atoms, n)
        if array.size == n_frames * n_atoms * n:
            return array.reshape(shape)
        if array.size == n_atoms * n:
            return np.broadcast_to(array.reshape(1, n_atoms, n), shape)
        if array.size == n:
            return np.broadcast_to(array.reshape(1, 1, n), shape)
        return _shaped(array, "aparam", shape)


def _frames(coords: Any, name: str, n_atoms: int) -> np.ndarray:
    """(nf, nat, 3) from coordinates of any shape."""
    array = as_floats(coords, name)
    if n_atoms == 0:
        if array.size:
            raise InputError(f"{name} has shape {array.shape}, but atom_types names no atoms")
        return array.reshape(array.shape[0] if array.ndim > 1 else 1, 0, 3)
    if array.size % (3 * n_atoms):
        raise InputError(
            f"{name} has shape {array.shape}: its size {array.size} is no multiple of 3 times the "
            f"{n_atoms} atoms of atom_types"
        )
    return array.reshape(-1, n_atoms, 3)


def _shaped(values: Any, name: str, shape: tuple[int, ...]) -> np.ndarray:
    """``values`` reshaped to ``shape``."""
    array = as_floats(values, name)
    if array.size != int(np.prod(shape)):
        raise InputError(f"{name} has shape {array.shape}, which does not reshape to {shape}")
    return array.reshape(shape)
