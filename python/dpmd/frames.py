"""One frame of atoms or a batch of frames, converted frame by frame for the core."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np

from dpmd.arguments import (
    as_atomic_parameters,
    as_cell,
    as_floats,
    as_frame_parameters,
    as_pbc,
    as_plain,
    as_type_array,
    as_types,
    as_vectors,
)
from dpmd.atom_parameters import parameters_of
from dpmd.errors import InputError

Value = TypeVar("Value")


class Model(Protocol):
    """The properties of a model against which frames are checked."""

    @property
    def type_map(self) -> list[str]: ...
    @property
    def n_fparam(self) -> int: ...
    @property
    def n_aparam(self) -> int: ...


@dataclass(frozen=True)
class Frames:
    """What a caller wants computed."""

    each: list[dict[str, Any]]
    """Arguments for the core, one entry for each frame."""
    is_batch: bool
    """Whether results have an axis of frames."""
    n_atoms: int
    """The number of atoms in each frame."""

    def map(self, work: Callable[[dict[str, Any]], Value]) -> list[Value]:
        """Apply ``work`` to each frame; in a batch, an error names the frame."""
        if not self.is_batch:
            return [work(self.each[0])]
        found = []
        for k, frame in enumerate(self.each):
            with _naming(k):
                found.append(work(frame))
        return found


def as_frames(model: Model, positions: Any, types: Any, cell: Any, pbc: Any, fparam: Any, aparam: Any) -> Frames:
    """The arguments of a computation. ``positions`` may be an ASE ``Atoms``; for a batch it has an axis of frames or
    is a list of ``Atoms``. Arguments without an axis of frames are the same in all frames."""
    if isinstance(positions, (list, tuple)) and positions and hasattr(positions[0], "get_positions"):
        n_frames, n_atoms = len(positions), len(positions[0])
        _check_lengths(positions)
    elif hasattr(positions, "get_positions"):
        return _single(as_frame(model, positions, types, cell, pbc, fparam, aparam))
    else:
        positions = as_floats(positions, "positions")
        if positions.ndim != 3:
            return _single(as_frame(model, positions, types, cell, pbc, fparam, aparam))
        n_frames, n_atoms = positions.shape[:2]
    picks = {
        "types": _per_frame(None if types is None else as_type_array(types, model.type_map), n_frames, 1, "types"),
        "cell": _per_frame(_cells(cell), n_frames, 2, "cell"),
        "pbc": _per_frame(pbc, n_frames, 1, "pbc"),
        "fparam": _per_frame(fparam, n_frames, 1, "fparam"),
        "aparam": _per_frame(aparam, n_frames, 2, "aparam"),
    }
    each = []
    for k in range(n_frames):
        with _naming(k):
            each.append(as_frame(model, positions[k], **{name: of(k) for name, of in picks.items()}))
    return Frames(each, True, n_atoms)


def as_frame(model: Model, positions: Any, types: Any, cell: Any, pbc: Any, fparam: Any, aparam: Any) -> dict[str, Any]:
    """The arguments of one frame. ASE's ``Atoms`` also give the parameters that the model takes."""
    if hasattr(positions, "get_positions"):
        atoms = positions
        if types is None:
            types = atoms.get_chemical_symbols()
        cell, pbc = box_of(atoms, cell, pbc)
        fparam, aparam = parameters_of(atoms, model.n_fparam, model.n_aparam, fparam, aparam)
        positions = atoms.get_positions()
    if types is None:
        raise InputError("types is missing: one type index or element symbol per atom")
    t, box = as_types(types, model.type_map), as_cell(cell)
    return {
        "positions": as_vectors(positions, t.size, "positions"),
        "types": t,
        "cell": box,
        "pbc": as_pbc(pbc, box),
        "fparam": as_frame_parameters(fparam),
        "aparam": as_atomic_parameters(aparam, t.size),
    }


def box_of(atoms: Any, cell: Any, pbc: Any) -> tuple[Any, Any]:
    """Cell and flags: as given, or else those of ASE's ``Atoms``. A cell given for atoms that are not periodic makes
    them so, unless the flags are given."""
    if pbc is None and (cell is None or atoms.pbc.any()):
        pbc = atoms.pbc
    return np.asarray(atoms.cell) if cell is None and atoms.cell.any() else cell, pbc


@contextmanager
def _naming(frame: int) -> Iterator[None]:
    """A context in which an error names the frame of the batch."""
    try:
        yield
    except InputError as error:
        raise InputError(f"frame {frame}: {error}") from error


def _single(frame: dict[str, Any]) -> Frames:
    return Frames([frame], False, frame["types"].size)


def _check_lengths(frames: Sequence[Any]) -> None:
    """The frames of a batch as one array, which need equal lengths."""
    for k, atoms in enumerate(frames):
        if not hasattr(atoms, "get_positions"):
            raise InputError(f"positions[{k}] is {type(atoms).__name__}, among ASE Atoms")
        if len(atoms) != len(frames[0]):
            raise InputError(
                f"positions[{k}] has {len(atoms)} atoms, positions[0] has {len(frames[0])}; the frames of a batch must "
                "have equally many: compute these one by one"
            )


def _cells(cell: Any) -> np.ndarray | None:
    """Cells of several frames may be given as rows of nine numbers."""
    if cell is None:
        return None
    array = as_floats(cell, "cell")
    return array.reshape(-1, 3, 3) if array.ndim == 2 and array.shape[1] == 9 else array


def _per_frame(values: Any, n_frames: int, n_axes: int, name: str) -> Callable[[int], Any]:
    """The part for frame k: all of ``values``, or its row k if it has more than ``n_axes`` axes."""
    if values is None or isinstance(values, str):
        return lambda k: values
    array = as_plain(values, name)
    if array.ndim <= n_axes:
        return lambda k: array
    if array.shape[0] != n_frames:
        raise InputError(f"{name} has shape {array.shape}, but positions has {n_frames} frames")
    return lambda k: array[k]
