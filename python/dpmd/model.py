"""A trained model in memory, read once and shared by all that compute with it."""

from __future__ import annotations

import json
from os import PathLike
from typing import Any

from dpmd import _core
from dpmd.arguments import as_count, as_flag, as_number, as_path, as_text
from dpmd.compression import check_tolerance, describe, form_line
from dpmd.errors import InputError
from dpmd.handle import MadeByInit, SharedHandle
from dpmd.models.summary import summary
from dpmd.regular_file import read_regular

__all__ = ["Model"]


class Model(SharedHandle):
    """A loaded model, in the precision and form in which it is to be run. Any number of ``Potential``, ``Simulation``
    and ``Committee`` objects can share it: its weights are in memory once, and every object that computes adds a
    packed copy for its device.

    Args:
        file: A ``.dpmd`` file, or any DeePMD-kit file that ``dpmd.importers`` reads (``.pb .pth .pt .pt2 .pte .dp
            .hlo .yaml``), converted on the fly.
        precision: Precision of the networks: ``"double"``; ``"mix32"``, which is single; ``"mix16"``, with matrix
            products of bfloat16 values; on a GPU also ``"mix32-tf32"``, with products of 10-bit numbers, and
            ``"mix32-3xtf32"``, with three such products in place of one, which is nearly single. The environment
            matrix, energies, forces and virials are always in double.
        overflow: What to do when an atom has more neighbours of a type than the model's ``sel``: ``"error"`` names
            atom, type, count and ``sel``; ``"keep_nearest"`` ignores the farthest ones, as DeePMD-kit does silently.
        compress: Replace the embedding nets by tables in a reduced basis (docs/compression.md), several times faster.
            ``"table"`` keeps the whole basis, for comparison.
        tolerance: Largest force error of compression, eV/Å, measured at load; None takes 1e-7 for double, 1e-6 for
            mix32, 1e-5 for mix32-tf32 and 1e-4 for mix16. When it cannot be reached, or the model cannot be
            compressed, the networks as trained are used; ``form()`` and ``info()`` say so, and why.
        threads: Number of threads for compression; None takes ``OMP_NUM_THREADS``, or all cores.
        head: Which model of a multi-task checkpoint (``.pt``), by its name or an alias; None takes ``"Default"``, or
            the only one. A name that is not there is an error that lists those that are.
        dpa1_function: ``"dense"`` or ``"graph"`` for that function of a DPA-1 model (docs/theory.md); None takes the
            one that DeePMD-kit computes from such a file. ``info()`` says which it is.

    A model never changes, so threads may share it. Copying it returns the object itself.

    Raises:
        InputError: The file is not a model, is damaged, or needs something that dpmd does not run; or an option does
            not exist.
    """

    _instead = "give the other process the model's file, and load it there"
    _document: dict[str, Any] = MadeByInit()
    _shapes: dict[str, list[int]] = MadeByInit()
    _file: str = MadeByInit()
    _head: str | None = MadeByInit()
    _function: str | None = MadeByInit()
    _notes: list[str] = MadeByInit()

    def __init__(
        self,
        file: str | PathLike[str],
        precision: str = "double",
        overflow: str = "error",
        compress: bool | str = False,
        tolerance: float | None = None,
        threads: int | None = None,
        head: str | None = None,
        dpa1_function: str | None = None,
    ) -> None:
        from dpmd.importers import dpmd_file
        from dpmd.models.file import tensor_shapes

        path, form = as_path(file, "model"), _compression(compress)
        options = (
            as_text(precision, "precision"),
            as_text(overflow, "overflow"),
            form,
            check_tolerance(None if tolerance is None else as_number(tolerance, "tolerance"), form),
            as_threads(threads),
        )
        head = None if head is None else as_text(head, "head")
        function = None if dpa1_function is None else as_text(dpa1_function, "dpa1_function")
        content, notes = _dpmd_content(path) if head is None and function is None else None, []
        if content is None:
            content, notes = dpmd_file(path, head, dpa1_function=function)
        self._core = _core.Model(content, path, *options)
        self._document = json.loads(self._core.metadata)
        self._shapes = tensor_shapes(content)
        self._file, self._head, self._function, self._notes = path, head, function, notes

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
    def bytes(self) -> int:
        """The memory that its weights and tables take."""
        return self._core.bytes

    def form(self) -> str:
        """Precision and compression in one line."""
        return form_line(self._core.precision, self._core.compression, self.type_map)

    def info(self) -> dict[str, Any]:
        """What the model is and the form in which it is run, as plain values (lengths Å, forces eV/Å).

        ``"notes"`` are sentences about what was chosen or left out when the file was read.
        """
        return {
            "model": self._file,
            **summary(self._document, self._shapes),
            "precision": self._core.precision,
            "compression": describe(self._core.compress, self._core.compression),
            "notes": list(self._notes),
        }

    def _text(self) -> str:
        return f"Model({self._file!r}, type_map={self.type_map}, cutoff={self.cutoff}, {self.form()})"


def as_model(model: Any, **options: Any) -> Model:
    """A ``Model`` as it is, or the model of a file; options that are None keep their defaults."""
    given = {name: value for name, value in options.items() if value is not None}
    if not isinstance(model, Model):
        return Model(model, **given)
    if given:
        raise InputError(
            f"{', '.join(given)}: the dpmd.Model is loaded already and has its own; give these options to dpmd.Model, "
            "or give the model's file here"
        )
    return model


def as_threads(threads: int | None) -> int:
    """A number of threads as the core takes it; 0 stands for all."""
    return 0 if threads is None else as_count(threads, "threads", at_most=2**31 - 1)


def _compression(compress: bool | str) -> str:
    """The form of the model that ``compress`` asks for."""
    if isinstance(compress, str):
        return as_text(compress, "compress")
    return "moment" if as_flag(compress, "compress") else "off"


def _dpmd_content(path: str) -> bytes | None:
    """The bytes of a ``.dpmd`` file, or None when the file is of another kind, whatever its name."""
    if not path.endswith(".dpmd"):
        return None
    content = read_regular(path)
    return content if content[8:9] == b"{" else None  # where its document begins
