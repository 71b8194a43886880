"""``DeepPot``: a class with the methods and array shapes of ``deepmd.infer.DeepPot``, computed by dpmd.

Code written for DeePMD-kit's Python interface works with this class instead.
"""

from __future__ import annotations

from os import PathLike
from types import TracebackType
from typing import Any

import numpy as np

from dpmd.arguments import as_flag
from dpmd.deep_pot_shapes import aparam_of, cells_of, fparam_of, frames_of, types_of
from dpmd.errors import InputError
from dpmd.handle import MadeByInit
from dpmd.model import Model
from dpmd.models.queries import ModelQueries
from dpmd.models.typed_network import TypedNetwork
from dpmd.potential import Potential
from dpmd.shown import shown

_DTYPES = {"native": np.float64, "fp64": np.float64, "fp32": np.float32}


class DeepPot(ModelQueries):
    """A potential for batches of frames.

    All arguments of DeePMD-kit's constructor are accepted; those that have no meaning here have no effect.

    Args:
        model_file: Any model file that ``dpmd.Model`` reads; or a ``dpmd.Model``, which is shared then.
        auto_batch_size: Without effect: memory does not grow with the number of frames here.
        neighbor_list: Without effect: neighbour lists are always native and linear in atoms.
        head: Which model of a multi-task checkpoint (``.pt``), by its name or an alias. For a file of one model, which
            DeePMD-kit runs whatever head is asked for, it is an error.
        nlist_backend: Without effect.
        no_jit: Without effect: nothing is compiled at run time.
        load_prefix: Without effect: there is no graph whose names it could change.
        default_tf_graph: Without effect: there is no TensorFlow.
        input_map: Must be None: it would put other tensors in place of the model's.
        **options: Passed on to ``dpmd.Potential`` (device, precision, threads, overflow, skin,
            compress, tolerance). By default it is an error if ``sel`` is exceeded, whereas DeePMD-kit
            silently keeps the nearest neighbours; pass ``overflow="keep_nearest"`` to get the same
            numbers.

    Threads may share a DeepPot: computations take turns.

    Raises:
        InputError: As ``dpmd.Potential``.
    """

    _potential: Potential | None = MadeByInit()

    def __init__(
        self,
        model_file: str | PathLike[str] | Model,
        auto_batch_size: Any = True,
        neighbor_list: Any = None,
        head: str | None = None,
        nlist_backend: str = "auto",
        no_jit: bool = False,
        *,
        load_prefix: str = "load",
        default_tf_graph: bool = False,
        input_map: dict[str, Any] | None = None,
        **options: Any,
    ) -> None:
        if isinstance(auto_batch_size, (str, float)) or auto_batch_size is None:
            raise InputError(f"auto_batch_size = {shown(auto_batch_size)} must be True, False or a number of atoms")
        if input_map is not None and (not isinstance(input_map, dict) or input_map):
            raise InputError("input_map would put other tensors in place of the model's; dpmd runs the file as it is")
        self._potential = Potential(model_file, head=head, **options)

    @property
    def potential(self) -> Potential:
        """The model."""
        potential = self._potential
        if potential is None:
            raise InputError("this DeepPot is closed; load the model again")
        return potential

    def close(self) -> None:
        """Free the model's memory; later calls are an InputError."""
        self._potential = None

    def __enter__(self) -> DeepPot:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def eval(
        self,
        coords: Any,
        cells: Any,
        atom_types: Any,
        atomic: bool = False,
        fparam: Any = None,
        aparam: Any = None,
        mixed_type: bool = False,
        **others: Any,
    ) -> tuple[np.ndarray, ...]:
        """Energies, forces and virials of nf frames with nat atoms.

        Args:
            coords: (nf, nat*3) Å, or (nf, nat, 3), or the same numbers in one row.
            cells: (nf, 9) Å, rows are lattice vectors, or anything that reshapes to it; None: open
                systems.
            atom_types: (nat) type indices (or names), the same for all frames; (nf, nat) when
                ``mixed_type``. -1 is a virtual atom.
            atomic: Also return energies and virials per atom.
            fparam: (nf, n_fparam), or (n_fparam) for all frames.
            aparam: (nf, nat, n_aparam), (nat, n_aparam) for all frames, or (n_aparam) for all
                atoms.
            mixed_type: Every frame has its own types.
            **others: Arguments of other models of DeePMD-kit (efield, spin, charge_spin, ...); must be None.

        Returns:
            energies (nf, 1) eV, forces (nf, nat, 3) eV/Å, virials (nf, 9) eV and, when ``atomic``,
            atom energies (nf, nat, 1) eV and atom virials (nf, nat, 9) eV.

        Raises:
            InputError: An argument's shape does not fit, or the model cannot take an argument or a frame.
        """
        batch = self._batch(coords, cells, atom_types, fparam, aparam, mixed_type, others)
        found = self.potential.compute(**batch, atomic=atomic)
        n_frames, n_atoms = batch["positions"].shape[:2]
        plain = found.energy.reshape(n_frames, 1), found.forces, found.virial.reshape(n_frames, 9)
        if found.atom_energies is None or found.atom_virials is None:
            return plain
        return (
            *plain,
            found.atom_energies.reshape(n_frames, n_atoms, 1),
            found.atom_virials.reshape(n_frames, n_atoms, 9),
        )

    def eval_descriptor(
        self,
        coords: Any,
        cells: Any,
        atom_types: Any,
        fparam: Any = None,
        aparam: Any = None,
        mixed_type: bool = False,
        dtype: str = "native",
        **others: Any,
    ) -> np.ndarray:
        """(nf, nat, n_descriptor) descriptors of the atoms, computed with the networks as trained, on the CPU.

        Arguments are those of ``eval``; ``dtype`` is that of the result: ``"fp32"``, ``"fp64"``, or ``"native"``, which
        is double.
        """
        batch = self._batch(coords, cells, atom_types, fparam, aparam, mixed_type, others)
        return self.potential.describe(**batch).descriptors.astype(_dtype(dtype), copy=False)

    def eval_fitting_last_layer(
        self,
        coords: Any,
        cells: Any,
        atom_types: Any,
        fparam: Any = None,
        aparam: Any = None,
        mixed_type: bool = False,
        dtype: str = "native",
        **others: Any,
    ) -> np.ndarray:
        """(nf, nat, n_neurons) last hidden layer of the fitting nets, from which their linear layer computes energies.

        Arguments as for ``eval_descriptor``.
        """
        batch = self._batch(coords, cells, atom_types, fparam, aparam, mixed_type, others)
        return self.potential.describe(**batch).hidden.astype(_dtype(dtype), copy=False)

    def eval_embedding(
        self,
        coords: Any,
        cells: Any,
        atom_types: Any,
        fparam: Any = None,
        aparam: Any = None,
        mixed_type: bool = False,
        dtype: str = "fp32",
        **others: Any,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Descriptors, last hidden layers, and (nf, n_neurons) the sum of the latter over the atoms of a frame.

        Arguments as for ``eval_descriptor``.
        """
        batch = self._batch(coords, cells, atom_types, fparam, aparam, mixed_type, others)
        found, kind = self.potential.describe(**batch), _dtype(dtype)
        of_frame = found.hidden.sum(axis=1)
        return found.descriptors.astype(kind), found.hidden.astype(kind), of_frame.astype(kind)

    def eval_typeebd(self) -> np.ndarray:
        """(n_types + 1, width) type embedding of a model that has one; the last row is that of an empty slot.

        Raises:
            InputError: The model has none: each of its types has nets of its own.
        """
        descriptors = [one for term in self._spec().nets for one in term.descriptors]
        found = [one.type_embedding for one in descriptors if isinstance(one, TypedNetwork)]
        if not found:
            raise InputError("the model has no type embedding: each type has its own nets")
        return found[0]

    def _batch(
        self,
        coords: Any,
        cells: Any,
        atom_types: Any,
        fparam: Any,
        aparam: Any,
        mixed_type: bool,
        others: dict[str, Any],
    ) -> dict[str, Any]:
        """Arguments for the frames of a call."""
        for name, value in others.items():
            if value is not None:
                raise InputError(f"{name} is given, but this model (se_e2_a, energy) takes none; pass None")
        mixed_type = as_flag(mixed_type, "mixed_type")
        types = types_of(atom_types, mixed_type)
        x = frames_of(coords, types.shape[1])
        n_frames, n_atoms = x.shape[:2]
        if mixed_type and types.shape[0] != n_frames:
            raise InputError(f"atom_types has {types.shape[0]} rows, but coords hold {n_frames} frames")
        return {
            "positions": x,
            "types": types if mixed_type else types[0],
            "cell": cells_of(cells, n_frames),
            "fparam": fparam_of(fparam, self.potential.n_fparam, n_frames),
            "aparam": aparam_of(aparam, self.potential.n_aparam, n_frames, n_atoms),
        }


def _dtype(name: str) -> type:
    if not isinstance(name, str) or name not in _DTYPES:
        raise InputError(f"dtype = {shown(name)} is not one of: {', '.join(_DTYPES)}")
    return _DTYPES[name]
