"""The files that ``dp test --detail-file`` writes: reference and prediction side by side, a row per frame or atom."""

from __future__ import annotations

from pathlib import Path
from typing import IO

import numpy as np

from dpmd.errors import InputError
from dpmd.output_files import OutputFiles
from dpmd.potential import Result
from dpmd.shown import plain
from dpmd.systems import Frame

_FORCE = ("fx", "fy", "fz")
_TENSOR = tuple(f"{a}{b}" for a in "xyz" for b in "xyz")
# Columns of each file; the reference comes first.
_COLUMNS = {
    "e": ("e",),
    "e_peratom": ("e",),
    "f": _FORCE,
    "v": tuple(f"v{ab}" for ab in _TENSOR),
    "v_peratom": tuple(f"v{ab}" for ab in _TENSOR),
    "s": tuple(f"s{ab}" for ab in _TENSOR),
}


class DetailFiles:
    """``PREFIX.e.out`` (eV), ``PREFIX.f.out`` (eV/Å), ``PREFIX.v.out`` (eV), ``…_peratom.out``, and ``PREFIX.s.out``
    (eV/Å³) where virials of periodic frames are known. A reference that is not known is ``nan``.

    Args:
        prefix: Path of the files up to the first dot.
        files: The context that opens the files; they appear when it ends.

    Raises:
        InputError: A file must not be written, or the prefix has no name.
    """

    def __init__(self, prefix: Path, files: OutputFiles) -> None:
        if not prefix.name:
            raise InputError(f"{prefix}: is a folder; the files need a name to begin with")
        self._prefix, self._outputs = prefix, files
        self._files: dict[str, IO[str]] = {}
        self._system, self._titled = "", set[str]()
        files.reserve(*map(self._path, _COLUMNS))

    def begin(self, system: str) -> None:
        """Start the rows of a system, with a title line in each file that begins with #."""
        self._system, self._titled = plain(system), set()

    def add(self, frame: Frame, result: Result) -> None:
        """Write the rows of one frame."""
        n = max(frame.n_atoms, 1)
        energy = np.nan if frame.energy is None else frame.energy
        self._write("e", energy, result.energy)
        self._write("e_peratom", energy / n, result.energy / n)
        self._write("f", np.full_like(result.forces, np.nan) if frame.forces is None else frame.forces, result.forces)
        virial = np.full((3, 3), np.nan) if frame.virial is None else frame.virial
        self._write("v", virial, result.virial)
        self._write("v_peratom", virial / n, result.virial / n)
        if frame.virial is not None and frame.volume is not None:
            self._write("s", -virial / frame.volume, -result.virial / frame.volume)

    def _write(self, name: str, reference: np.ndarray | float, prediction: np.ndarray | float) -> None:
        columns = _COLUMNS[name]
        rows = np.hstack([np.reshape(values, (-1, len(columns))) for values in (reference, prediction)])
        if name not in self._files:
            self._files[name] = self._outputs.open(self._path(name))
        if name not in self._titled:
            self._titled.add(name)
            titles = " ".join(f"{kind}_{column}" for kind in ("data", "pred") for column in columns)
            self._files[name].write(f"# {self._system}{' (eV/Å³)' if name == 's' else ''}: {titles}\n")
        np.savetxt(self._files[name], rows)

    def _path(self, name: str) -> Path:
        return self._prefix.with_name(f"{self._prefix.name}.{name}.out")
