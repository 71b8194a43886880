"""A trained model on a device: energies, forces and virials of atoms."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np

from dpmd import _core
from dpmd.arguments import as_cell, as_flag, as_floats, as_number, as_pbc, as_text, as_vectors
from dpmd.frames import as_frames
from dpmd.handle import MadeByInit, SharedHandle
from dpmd.model import Model, as_model, as_threads
from dpmd.result import Description, Result

if TYPE_CHECKING:
    from ase import Atoms

__all__ = ["Description", "Potential", "Result", "neighbor_list"]


class Potential(SharedHandle):
    """A model on a device. The neighbour list and the packed weights are made with the first calculation.

    Args:
        model: A ``dpmd.Model``; or a model file, which is loaded with the options of ``Model`` below.
        device: ``"cpu"``; a GPU such as ``"cuda:0"`` or ``"hip:1"`` (``dpmd.devices()`` lists them); ``"auto"`` for the
            first GPU, or the CPU if there is none.
        precision: As for ``Model``.
        threads: Number of threads; None takes ``OMP_NUM_THREADS``, or all cores.
        overflow: As for ``Model``.
        skin: How far neighbour lists reach beyond the cutoff, Å, so that they can be used for several calls with
            moving atoms; 0 builds a list for each call.
        instruction_set: Force one of ``instruction_sets()``; empty takes ``DPMD_ISA``, or the best.
        compress: As for ``Model``.
        tolerance: As for ``Model``, eV/Å.
        head: As for ``Model``.
        dpa1_function: As for ``Model``.

    Threads may share a potential: computations take turns. Copying it returns the object itself.

    Raises:
        InputError: As for ``Model``; or options of ``Model`` are given together with a ``dpmd.Model``, which has its
            own; or the device does not support the precision.
        DeviceError: The device does not exist.
    """

    _instead = "give the other process the model's file, and load it there"
    _model: Model = MadeByInit()
    _run: tuple[str, int, str, float] = MadeByInit()

    def __init__(
        self,
        model: str | PathLike[str] | Model,
        device: str = "cpu",
        precision: str | None = None,
        threads: int | None = None,
        overflow: str | None = None,
        skin: float = 0.0,
        instruction_set: str = "",
        compress: bool | str | None = None,
        tolerance: float | None = None,
        head: str | None = None,
        dpa1_function: str | None = None,
    ) -> None:
        options: dict[str, Any] = {
            "precision": precision,
            "overflow": overflow,
            "compress": compress,
            "tolerance": tolerance,
            "head": head,
            "dpa1_function": dpa1_function,
        }
        if not isinstance(model, Model):
            options["threads"] = threads
        run = run_options(device, threads, instruction_set, skin)
        self._model = as_model(model, **options)
        self._core = _core.Potential(self._model._core, *run)
        self._run = run

    @property
    def model(self) -> Model:
        """The model, which others may share."""
        return self._model

    @property
    def type_map(self) -> list[str]:
        """Name of each type, usually an element symbol."""
        return self._model.type_map

    @property
    def cutoff(self) -> float:
        """Cutoff radius, Å."""
        return self._model.cutoff

    @property
    def n_fparam(self) -> int:
        """Number of frame parameters the model takes."""
        return self._model.n_fparam

    @property
    def n_aparam(self) -> int:
        """Number of atomic parameters per atom the model takes."""
        return self._model.n_aparam

    @property
    def n_fallback(self) -> int:
        """The number of atoms computed with the networks as trained in the last call, because others were closer than
        the tables of compression reach."""
        return self._core.n_fallback

    @property
    def n_list_builds(self) -> int:
        """How often the neighbour list has been built so far; with a ``skin`` a list is used for several calls."""
        return self._core.n_list_builds

    @property
    def bytes(self) -> int:
        """The memory in use: the model, which may be shared with others, and after the first calculation also its
        packed weights, neighbour lists and scratch."""
        return self._core.bytes

    @property
    def stage_times(self) -> dict[str, float]:
        """Seconds that all calls so far spent in each stage, forward and backward, summed over threads; empty before
        the first call."""
        return self._core.stage_times

    def form(self) -> str:
        """Precision and compression in one line."""
        return self._model.form()

    def info(self) -> dict[str, Any]:
        """What the model is and how it runs here, as plain values (lengths Å, forces eV/Å)."""
        info = self._model.info()
        compression = info.pop("compression")
        return info | {
            "device": self._core.device,
            "kernels": self._core.kernels,
            "choices": self._core.choices.splitlines(),
            "threads": self._core.threads,
            "compression": compression,
        }

    def compute(
        self,
        positions: np.ndarray | Sequence[Any] | Atoms,
        types: Sequence[int] | Sequence[str] | np.ndarray | None = None,
        cell: np.ndarray | Sequence[Any] | None = None,
        pbc: bool | Sequence[bool] | str | None = None,
        atomic: bool = False,
        fparam: np.ndarray | Sequence[float] | None = None,
        aparam: np.ndarray | Sequence[Any] | None = None,
    ) -> Result:
        """Compute energy, forces and virial of a frame, or of each frame of a batch.

        Args:
            positions: [n, 3] Å, anywhere (they need not lie in the cell); or an ASE ``Atoms``, which also gives
                types, cell and pbc. For a batch: [n_frames, n, 3], or a list of ``Atoms`` with equally many atoms.
            types: [n] indices into ``type_map`` (-1: a virtual atom without energy or force), or names from it.
            cell: [3, 3] Å, rows are lattice vectors; [9]; [3] for an orthogonal box; None for an open system. For a
                batch [n_frames, 3, 3] or [n_frames, 9]; [3, 3] is one cell for all, even if there are three frames.
            pbc: One flag, or three, also as text (``"T T F"``); None means periodic when a cell is given.
            atomic: Also return per-atom energies and virials.
            fparam: [n_fparam] frame parameters, unless the model has defaults; None takes ``info["fparam"]`` of Atoms.
            aparam: [n, n_aparam] atomic parameters; None takes ``arrays["aparam"]`` of Atoms.

        For a batch each argument may have a leading axis of frames, [n_frames, ...]; without it, the argument is the
        same for all frames. The results have this axis.

        Raises:
            InputError: Naming the argument or the atom that the model cannot take.
        """
        frames = as_frames(self, positions, types, cell, pbc, fparam, aparam)
        atomic = as_flag(atomic, "atomic")
        found = frames.map(lambda frame: self._core.compute(**frame, atom_virials=atomic))
        results = [Result.of(one, atomic) for one in found]
        return Result.of_frames(results, frames.n_atoms, atomic) if frames.is_batch else results[0]

    def describe(
        self,
        positions: np.ndarray | Sequence[Any] | Atoms,
        types: Sequence[int] | Sequence[str] | np.ndarray | None = None,
        cell: np.ndarray | Sequence[Any] | None = None,
        pbc: bool | Sequence[bool] | str | None = None,
        fparam: np.ndarray | Sequence[float] | None = None,
        aparam: np.ndarray | Sequence[Any] | None = None,
    ) -> Description:
        """What the nets compute for each atom on the way to its energy: its descriptor and the last hidden layer.

        This uses the networks as trained even if the model is compressed, and the CPU even if the potential is on a
        GPU. Atoms of types that the model excludes are described like others.

        Args:
            positions: This and the other arguments are as for ``compute``.
            types: [n], or [n_frames, n].
            cell: [3, 3] Å, or [n_frames, 3, 3].
            pbc: One flag, or three.
            fparam: [n_fparam], or [n_frames, n_fparam].
            aparam: [n, n_aparam], or [n_frames, n, n_aparam].

        Raises:
            InputError: Naming the argument or the atom that the model cannot take.
        """
        frames = as_frames(self, positions, types, cell, pbc, fparam, aparam)
        found = [Description(*one) for one in frames.map(lambda frame: self._core.describe(**frame))]
        return Description.of_frames(found, frames.n_atoms) if frames.is_batch else found[0]

    def _text(self) -> str:
        return f"Potential({self._model._file!r}, type_map={self.type_map}, cutoff={self.cutoff})"


def run_options(device: str, threads: int | None, instruction_set: str, skin: float) -> tuple[str, int, str, float]:
    """The options of the device as the core takes them."""
    return (
        as_text(device, "device"),
        as_threads(threads),
        as_text(instruction_set, "instruction_set"),
        as_number(skin, "skin"),
    )


def neighbor_list(
    positions: np.ndarray | Sequence[Sequence[float]],
    cell: np.ndarray | Sequence[Any] | None,
    cutoff: float,
    pbc: bool | Sequence[bool] | str | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Every ordered pair of atoms closer than ``cutoff`` (Å), including all periodic images.

    Returns:
        ``i`` [m], ``j`` [m], ``S`` [m, 3] and ``d`` [m]: the pair's vector is
        ``positions[j] + S @ cell - positions[i]``, and its length is ``d``; pairs are ordered by i, then by distance.
        The meaning is that of ``ase.neighborlist.neighbor_list("ijSd", ...)``.
    """
    box = as_cell(cell)
    x = as_floats(positions, "positions")
    x = as_vectors(x, x.shape[0] if x.ndim == 2 else x.size // 3, "positions")
    return _core.neighbor_list(x, box, as_pbc(pbc, box), as_number(cutoff, "cutoff"))
