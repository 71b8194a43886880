"""The names of ``deepmd.infer``, computed by dpmd: ``from dpmd.infer import DeepPot, calc_model_devi``."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any

import numpy as np

from dpmd.arguments import as_count, as_flag, as_items, as_path
from dpmd.committee import ModelDeviation, model_deviation, real_deviation
from dpmd.deep_pot import DeepPot
from dpmd.deep_pot_shapes import shaped
from dpmd.errors import InputError
from dpmd.result import Result
from dpmd.shown import shown

__all__ = ["DeepEval", "DeepPot", "DeepPotential", "calc_model_devi"]

# DeePMD-kit's factories return the class that fits the model; dpmd runs energy models.
DeepEval = DeepPotential = DeepPot

_COLUMNS = ("max_v", "min_v", "avg_v", "max_f", "min_f", "avg_f", "energy")


def calc_model_devi(
    coord: Any,
    box: Any,
    atype: Any,
    models: Sequence[DeepPot],
    fname: str | PathLike[str] | None = None,
    frequency: int = 1,
    mixed_type: bool = False,
    fparam: Any = None,
    aparam: Any = None,
    real_data: Mapping[str, Any] | None = None,
    atomic: bool = False,
    relative: float | None = None,
    relative_v: float | None = None,
) -> np.ndarray:
    """Compute how far models disagree about nf frames with nat atoms.

    Args:
        coord: (nf, nat*3) Å; this and the following as for ``DeepPot.eval``.
        box: (nf, 9) Å, or None.
        atype: (nat), or (nf, nat) when ``mixed_type``.
        models: Two or more, of the same types.
        fname: The table is also appended to this file.
        frequency: Steps between frames, for the first column.
        mixed_type: Every frame has its own types.
        fparam: (nf, n_fparam).
        aparam: (nf, nat, n_aparam).
        real_data: ``"energy"`` (nf) eV per atom, ``"force"`` (nf, nat, 3) eV/Å and ``"virial"`` (nf, 9) eV per atom:
            deviations are then the models' root-mean-square errors with respect to these, and not to their mean.
        atomic: Add a column for the force on each atom.
        relative: eV/Å: deviations of forces are divided by |⟨F⟩| + relative, with real data by |F| + relative.
        relative_v: eV: those of the virial per atom likewise.

    Returns:
        (nf, 8) or (nf, 8 + nat): step, largest, smallest and mean deviation of the virial per atom (eV), the same of
        the forces (eV/Å), that of the energy per atom (eV), and those of each atom's force.

    Raises:
        InputError: An argument does not fit, or the file cannot be written.
    """
    atomic, steps = as_flag(atomic, "atomic"), as_count(frequency, "frequency")
    models = list(as_items(models, "models", "DeepPot"))
    if not models or not all(isinstance(model, DeepPot) for model in models):
        raise InputError("models must be a list of DeepPot, one or more")
    evaluated = [model.eval(coord, box, atype, fparam=fparam, aparam=aparam, mixed_type=mixed_type) for model in models]
    n_frames, n_atoms = evaluated[0][1].shape[:2]
    real = None if real_data is None else _real_results(real_data, n_frames, n_atoms)
    rows, lines = np.empty((n_frames, 8 + n_atoms * atomic)), [ModelDeviation.header(atomic, energy=True)]
    for k in range(n_frames):
        results = [Result(float(e[k, 0]), f[k], v[k].reshape(3, 3)) for e, f, v in evaluated]
        if real is None:
            found = model_deviation(results, relative, relative_v)
        else:
            found = real_deviation(results, real[k], relative, relative_v)
        lines.append(found.row(k * steps, atomic, energy=True))
        rows[k, 0], rows[k, 1:8] = k * steps, [getattr(found, name) for name in _COLUMNS]
        if atomic:
            rows[k, 8:] = found.forces
    if fname is not None:
        _append(as_path(fname, "fname"), "".join(lines))
    return rows


def _real_results(given: Mapping[str, Any], n_frames: int, n_atoms: int) -> list[Result]:
    """The reference data of each frame, with energies and virials of all its atoms."""
    if not isinstance(given, Mapping):
        raise InputError(f"real_data = {shown(given)} must give 'energy', 'force' and 'virial'")
    missing = [name for name in ("energy", "force", "virial") if given.get(name) is None]
    if missing:
        raise InputError(f"real_data has no {missing[0]!r}; it needs 'energy', 'force' and 'virial'")
    energy = shaped(given["energy"], "real_data['energy']", (n_frames,)) * n_atoms
    force = shaped(given["force"], "real_data['force']", (n_frames, n_atoms, 3))
    virial = shaped(given["virial"], "real_data['virial']", (n_frames, 3, 3)) * n_atoms
    return [Result(float(e), f, v) for e, f, v in zip(energy, force, virial, strict=True)]


def _append(path: str, table: str) -> None:
    """Append the table to those in the file, as DeePMD-kit does; all of it or nothing."""
    rest = memoryview(table.encode())
    try:
        size = _size_of_tables(path)
        with open(path, "ab", buffering=0) as file:
            try:
                while rest:
                    rest = rest[file.write(rest) :]
            except OSError:
                if size is not None:
                    file.truncate(size)
                raise
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror}") from error


def _size_of_tables(path: str) -> int | None:
    """The size of a file of tables in bytes, 0 if there is none yet; None for anything but a regular file."""
    if not os.path.exists(path):
        return 0
    if not os.path.isfile(path):
        return None
    with open(path, "rb") as file:
        if file.read(1) not in (b"", b"#"):
            raise InputError(f"fname = {path}: exists and is not a table of model deviations; give another name")
    return os.path.getsize(path)
