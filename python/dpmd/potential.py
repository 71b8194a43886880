"""A trained Deep Potential in Python: load any supported model file, compute energies, forces and virials."""

from __future__ import annotations

import json
from collections.abc import Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np

from dpmd import _core
from dpmd.arguments import as_cell, as_count, as_flag, as_floats, as_number, as_path, as_pbc, as_text, as_vectors
from dpmd.compression import check_tolerance, describe, form_line
from dpmd.frames import as_frames
from dpmd.handle import MadeByInit, SharedHandle
from dpmd.models.summary import summary
from dpmd.regular_file import read_regular
from dpmd.result import Description, Result

if TYPE_CHECKING:
    from ase import Atoms

__all__ = ["Description", "Potential", "Result", "neighbor_list"]


class Potential(SharedHandle):
    """A model, loaded and ready.

    Args:
        model: A ``.dpmd`` file, or any DeePMD-kit file that ``dpmd.importers`` reads (``.pb .pth .pt .dp .yaml``),
            converted on the fly.
        device: ``"cpu"``; a GPU: ``"cuda:0"``, ``"hip:1"`` (``dpmd.devices()`` lists them); ``"auto"``: the first GPU,
            or the CPU where there is none.
        precision: Of the networks: ``"double"``; ``"mix32"`` in single; ``"mix16"`` with matrix products of bfloat16
            values; on a GPU also ``"mix32-tf32"`` with products of numbers of 10 bits and ``"mix32-3xtf32"`` with
            three such products in place of one, nearly single. The environment matrix, energies, forces and virials
            are in double always.
        threads: Number of threads; None takes ``OMP_NUM_THREADS``, or all cores.
        overflow: What to do when an atom has more neighbours of a type than the model's ``sel``: ``"error"`` names
            atom, type, count and ``sel``; ``"keep_nearest"`` ignores the farthest, as DeePMD-kit does silently.
        skin: Å by which neighbour lists are kept too long so that they serve several calls with moving atoms;
            0 builds a list for each call.
        instruction_set: Force one of ``instruction_sets()``; empty takes ``DPMD_ISA``, or the best.
        compress: Replace the embedding nets by tables in a reduced basis (docs/compression.md), several times faster.
            ``"table"`` keeps the whole basis, for comparison.
        tolerance: Largest force error of compression, eV/Å, measured at load; None takes 1e-7 for double, 1e-6 for
            mix32, 1e-5 for mix32-tf32 and 1e-4 for mix16. When it cannot be reached, or the model has what cannot be
            compressed, the exact nets are used; ``form()`` and ``info()`` say so, and why.

    Threads may share one: computations take turns. A copy of it is the object itself.

    Raises:
        InputError: The file is no model, is damaged, or needs what dpmd does not run; or an option does not exist.
        DeviceError: The device is not there.
    """

    _instead = "give the other process the model's file, and load it there"
    _document: dict[str, Any] = MadeByInit()
    _precision: str = MadeByInit()

    def __init__(
        self,
        model: str | PathLike[str],
        device: str = "cpu",
        precision: str = "double",
        threads: int | None = None,
        overflow: str = "error",
        skin: float = 0.0,
        instruction_set: str = "",
        compress: bool | str = False,
        tolerance: float | None = None,
    ) -> None:
        from dpmd.importers import import_model
        from dpmd.models.file import model_bytes

        path, form = as_path(model, "model"), _compression(compress)
        options = (
            as_text(device, "device"),
            as_text(precision, "precision"),
            0 if threads is None else as_count(threads, "threads", at_most=2**31 - 1),
            as_text(overflow, "overflow"),
            as_text(instruction_set, "instruction_set"),
            as_number(skin, "skin"),
            form,
            check_tolerance(None if tolerance is None else as_number(tolerance, "tolerance"), form),
        )
        content = _dpmd_content(path) or model_bytes(import_model(path))
        self._core = _core.Potential(content, path, *options)
        self._precision, self._compress = precision, form
        self._document = json.loads(self._core.metadata)
        self._model = path

    @property
    def type_map(self) -> list[str]:
        """Name of each type, usually an element symbol."""
        return self._core.type_map

    @property
    def cutoff(self) -> float:
        """Cutoff radius, Å."""
        return self._core.cutoff

    @property
    def n_fparam(self) -> int:
        """Number of frame parameters the model takes."""
        return self._core.n_fparam

    @property
    def n_aparam(self) -> int:
        """Number of atomic parameters per atom the model takes."""
        return self._core.n_aparam

    @property
    def n_exact(self) -> int:
        """Atoms that took the exact nets in the last call: others were nearer than the tables of compression reach."""
        return self._core.n_exact

    @property
    def n_list_builds(self) -> int:
        """How often all calls so far have built the neighbour list; with a ``skin`` one serves several calls."""
        return self._core.n_list_builds

    @property
    def stage_times(self) -> dict[str, float]:
        """Seconds that all calls so far spent in each stage, forwards and backwards, summed over threads."""
        return self._core.stage_times

    def form(self) -> str:
        """Precision and compression in one line."""
        return form_line(self._precision, self._core.compression, self.type_map)

    def info(self) -> dict[str, Any]:
        """What the model is and how it runs here, as plain values (lengths Å, forces eV/Å)."""
        return {
            "model": self._model,
            **summary(self._document),
            "device": self._core.device,
            "precision": self._precision,
            "kernels": self._core.kernels,
            "choices": self._core.choices.splitlines(),
            "threads": self._core.threads,
            "compression": describe(self._compress, self._core.compression),
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
        """Energy, forces and virial of a frame, or of each frame of a batch.

        Args:
            positions: [n, 3] Å, anywhere (they need not lie in the cell); or an ASE ``Atoms``, which also gives
                types, cell and pbc. Of a batch: [n_frames, n, 3], or a list of ``Atoms`` with as many atoms each.
            types: [n] indices into ``type_map`` (-1: a virtual atom without energy or force), or names from it.
            cell: [3, 3] Å, rows are lattice vectors; [9]; [3] for an orthogonal box; None for an open system. Of a
                batch [n_frames, 3, 3] or [n_frames, 9]: [3, 3] is one cell for all, also of three frames.
            pbc: One flag, or three, also as text (``"T T F"``); None means periodic when a cell is given.
            atomic: Also return per-atom energies and virials.
            fparam: [n_fparam] frame parameters, unless the model has defaults; None takes ``info["fparam"]`` of Atoms.
            aparam: [n, n_aparam] atomic parameters; None takes ``arrays["aparam"]`` of Atoms.

        For a batch each argument may have an axis of frames in front, [n_frames, ...]; without it, it is the same for
        all frames. The result has this axis.

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
        """What the nets make of each atom on the way to its energy: its descriptor, and the last hidden layer.

        By the exact nets, also where the potential is compressed; a potential on a GPU leaves this to the CPU. Atoms
        of types that the model excludes have a description like others.

        Args:
            positions: This and the others as for ``compute``.
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
        return f"Potential({self._model!r}, type_map={self.type_map}, cutoff={self.cutoff})"


def _compression(compress: bool | str) -> str:
    """The form of the model that ``compress`` asks for."""
    if isinstance(compress, str):
        return as_text(compress, "compress")
    return "moment" if as_flag(compress, "compress") else "off"


def _dpmd_content(path: str) -> bytes | None:
    """The bytes of a ``.dpmd`` file, or None when the file is of another kind."""
    if not path.endswith(".dpmd"):
        return None
    return read_regular(path)


def neighbor_list(
    positions: np.ndarray | Sequence[Sequence[float]],
    cell: np.ndarray | Sequence[Any] | None,
    cutoff: float,
    pbc: bool | Sequence[bool] | str | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Every ordered pair of atoms nearer than ``cutoff`` (Å), all periodic images included.

    Returns:
        ``i`` [m], ``j`` [m], ``S`` [m, 3] and ``d`` [m]: the pair's vector is
        ``positions[j] + S @ cell - positions[i]``, its length ``d``; ordered by i, then by distance. The meaning is
        that of ``ase.neighborlist.neighbor_list("ijSd", ...)``.
    """
    box = as_cell(cell)
    x = as_floats(positions, "positions")
    x = as_vectors(x, x.shape[0] if x.ndim == 2 else x.size // 3, "positions")
    return _core.neighbor_list(x, box, as_pbc(pbc, box), as_number(cutoff, "cutoff"))
