"""Several models on the same atoms, and how far they disagree."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any

import numpy as np

from dpmd import _core
from dpmd.arguments import as_count, as_flag, as_floats, as_items, as_number
from dpmd.errors import InputError
from dpmd.frames import as_frames
from dpmd.handle import MadeByInit, SharedHandle
from dpmd.model import Model
from dpmd.potential import Potential, Result, run_options

if TYPE_CHECKING:
    from ase import Atoms

    from dpmd.systems import Frame

__all__ = ["Committee", "ModelDeviation", "model_deviation", "real_deviation"]


class ModelDeviation(SharedHandle):
    """The spread of the models' results: sqrt(⟨|x_k - ⟨x⟩|²⟩) over models k, as DeePMD-kit prints it (Y. Zhang et al.,
    Comput. Phys. Commun. 253, 107206 (2020))."""

    _instead = "give the other process its numbers, or the results that it was computed from"

    def __init__(self, core: _core.ModelDeviation) -> None:
        self._core = core

    @property
    def max_v(self) -> float:
        """The largest of the nine components of the virial per atom, eV."""
        return self._core.max_v

    @property
    def min_v(self) -> float:
        """The smallest of the nine, eV."""
        return self._core.min_v

    @property
    def avg_v(self) -> float:
        """Their root mean square, eV."""
        return self._core.avg_v

    @property
    def max_f(self) -> float:
        """The largest deviation of the force on an atom, eV/Å."""
        return self._core.max_f

    @property
    def min_f(self) -> float:
        """The smallest of these, eV/Å."""
        return self._core.min_f

    @property
    def avg_f(self) -> float:
        """The mean of these, eV/Å."""
        return self._core.avg_f

    @property
    def energy(self) -> float:
        """The deviation of the energy per atom, eV."""
        return self._core.energy

    @property
    def forces(self) -> np.ndarray:
        """[n] The deviation of the force on each atom, eV/Å."""
        return self._core.forces

    @staticmethod
    def header(atomic: bool = False, energy: bool = False) -> str:
        """The heading of the table, with its line end."""
        return _core.deviation_header(as_flag(atomic, "atomic"), as_flag(energy, "energy"))

    def row(self, step: int, atomic: bool = False, energy: bool = False) -> str:
        """A row of ``model_devi.out``; on request with columns for the energy and for the force on each atom."""
        columns = as_flag(atomic, "atomic"), as_flag(energy, "energy")
        return _core.deviation_row(as_count(step, "step"), self._core, *columns)

    def _text(self) -> str:
        return f"ModelDeviation(max_f={self.max_f:.6g}, avg_f={self.avg_f:.6g}, max_v={self.max_v:.6g})"


def levels(relative: float | None, relative_v: float | None) -> tuple[float, float]:
    """The levels that are added to the mean in relative deviations, eV/Å and eV; -1 asks the core for absolute ones."""
    for name, level in (("relative", relative), ("relative_v", relative_v)):
        if level is not None and not 0 <= as_number(level, name) < np.inf:
            raise InputError(f"{name} = {level} must be zero or more")
    return (-1.0 if relative is None else float(relative), -1.0 if relative_v is None else float(relative_v))


def model_deviation(
    results: Sequence[Result], relative: float | None = None, relative_v: float | None = None
) -> ModelDeviation:
    """The spread of results for the same atoms.

    Args:
        results: One per model.
        relative: eV/Å: deviations of forces are divided by |⟨F⟩| + relative.
        relative_v: eV: those of the virial per atom by |⟨v⟩| + relative_v.

    Raises:
        InputError: There are no results, or they are of different numbers of atoms.
    """
    results = list(as_items(results, "results", "results"))
    for result in results:
        if not isinstance(result, Result) or np.ndim(result.energy) != 0:
            raise InputError(
                "a deviation needs a Result of one frame from each model; give the frames of a batch one by one"
            )
    if len({result.forces.shape for result in results}) != 1:
        raise InputError("a deviation needs results of one set of atoms, from one model or more")
    forces = as_floats(np.stack([result.forces for result in results]), "forces")
    virials = as_floats(np.stack([result.virial for result in results]), "virials")
    energies = [result.energy for result in results]
    return ModelDeviation(_core.model_deviation(energies, forces, virials, *levels(relative, relative_v)))


def real_deviation(
    results: Sequence[Result], frame: Frame | Result, relative: float | None = None, relative_v: float | None = None
) -> ModelDeviation:
    """How far the models are from reference data instead of their mean: sqrt(⟨|x_k - x_ref|²⟩), as
    ``dp model-devi --real_error`` has it.

    Args:
        results: One per model, for the atoms of ``frame``.
        frame: The frame with reference forces; deviations of energy or virial are nan if it has no reference for them.
        relative: eV/Å: deviations of forces are divided by |F_ref| + relative.
        relative_v: eV: those of the virial per atom by |v_ref| + relative_v.

    Raises:
        InputError: The frame has no reference forces.
    """
    if frame.forces is None:
        raise InputError("has no reference forces, which its real error is measured against")
    energy = np.nan if frame.energy is None else frame.energy
    virial = np.full((3, 3), np.nan) if frame.virial is None else frame.virial
    # A result and its mirror image about the reference have the reference as their mean, and the error as their spread.
    mirrored = [
        Result(2 * energy - one.energy, 2 * frame.forces - one.forces, 2 * virial - one.virial) for one in results
    ]
    both = [one for pair in zip(results, mirrored, strict=True) for one in pair]
    return model_deviation(both, relative, relative_v)


def model_of(given: Any) -> Model | None:
    """The model of a ``Potential``, the model itself, or None."""
    return given.model if isinstance(given, Potential) else given if isinstance(given, Model) else None


class Committee(SharedHandle):
    """Several models with the same types, on the same atoms. They share one neighbour list, and the environment matrix
    is formed once for models with the same cutoff, smooth start, sel and exclusions.

    Args:
        models: Model files, ``Model`` or ``Potential`` objects.
        device: The device for all of them, as for ``Potential``; None takes that of the first of ``models`` if it is a
            ``Potential``, else ``"cpu"``.
        threads: Likewise.
        skin: Likewise, Å.
        instruction_set: Likewise.
        **options: Options of ``Model`` (precision, overflow, compress, tolerance, head), for models given as files.

    Threads may share a committee: computations take turns. Copying it returns the object itself.

    Raises:
        InputError: There is no model, or types or parameters differ, or options are given but no file.
    """

    _instead = "give the other process the files of the models, and load them there"
    models: list[Model] = MadeByInit()

    def __init__(
        self,
        models: Sequence[str | PathLike[str] | Model | Potential],
        *,
        device: str | None = None,
        threads: int | None = None,
        skin: float | None = None,
        instruction_set: str | None = None,
        **options: Any,
    ) -> None:
        given = list(as_items(models, "models", "model files or potentials"))
        if options and all(isinstance(one, (Model, Potential)) for one in given):
            raise InputError(
                f"{', '.join(options)}: the models are loaded already and have their own; give these options to "
                "dpmd.Model, or give files here"
            )
        self.models = [model_of(one) or Model(one, threads=threads, **options) for one in given]
        place = given[0]._run if given and isinstance(given[0], Potential) else run_options("cpu", None, "", 0.0)
        chosen = (device, threads, instruction_set, skin)
        run = [default if one is None else one for one, default in zip(chosen, place, strict=True)]
        self._core = _core.Committee([model._core for model in self.models], *run_options(*run))

    @property
    def type_map(self) -> list[str]:
        """Name of each type."""
        return self.models[0].type_map

    def compute(
        self,
        positions: np.ndarray | Sequence[Any] | Atoms,
        types: Sequence[int] | Sequence[str] | np.ndarray | None = None,
        cell: np.ndarray | Sequence[Any] | None = None,
        pbc: bool | Sequence[bool] | str | None = None,
        atomic: bool = False,
        fparam: np.ndarray | Sequence[float] | None = None,
        aparam: np.ndarray | Sequence[Any] | None = None,
    ) -> list[Result]:
        """Energy, forces and virial from each model; arguments and batches as for ``Potential.compute``."""
        frames = as_frames(self.models[0], positions, types, cell, pbc, fparam, aparam)
        atomic = as_flag(atomic, "atomic")
        by_frame = frames.map(lambda frame: self._core.compute(**frame, atom_virials=atomic))
        results = [[Result.of(one, atomic) for one in of_models] for of_models in by_frame]
        if not frames.is_batch:
            return results[0]
        by_model = [[frame[m] for frame in results] for m in range(len(self.models))]
        return [Result.of_frames(of_frames, frames.n_atoms, atomic) for of_frames in by_model]

    def _text(self) -> str:
        return f"Committee({self.models!r})"
