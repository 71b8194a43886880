"""A trained model as plain data: what a ``.dpmd`` file holds (docs/model-format.md).

The classes mirror those of the C++ core, which alone says whether their values fit together: ``save`` asks it. Lengths
are in Å and energies in eV throughout.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dpmd.models.fitting import Fitting
from dpmd.models.local_frame import LocalFrame
from dpmd.models.pair_table import Bridge, PairTable
from dpmd.models.se_a import SeA
from dpmd.models.se_atten import SeAtten
from dpmd.models.se_r import SeR
from dpmd.models.se_t import SeT
from dpmd.models.se_t_tebd import SeTTebd

Descriptor = SeA | SeR | SeT | SeAtten | LocalFrame | SeTTebd


@dataclass(eq=False)
class NetTerm:
    """Descriptors, their features one behind the other, and a fitting net on them."""

    descriptors: list[Descriptor]
    fitting: Fitting
    pair_exclude_types: list[tuple[int, int]] = field(default_factory=list)  # such neighbours are ignored
    atom_exclude_types: list[int] = field(default_factory=list)  # such atoms have no energy from the term
    kind: str = "net"


Term = NetTerm | PairTable


@dataclass(eq=False)
class Sum:
    """The energy of an atom is the sum of its terms."""

    kind: str = "sum"


@dataclass(eq=False)
class Source:
    """Where a model came from; information only."""

    format: str
    file: str = ""
    sha256: str = ""
    version: str = ""


@dataclass(eq=False)
class ModelSpec:
    """A whole model. ``load`` and ``save`` use the ``.dpmd`` format."""

    type_map: list[str]
    terms: list[Term]
    kind: str = "local"
    precision: str = "float64"  # of the networks in the source; information only
    blend: Sum | Bridge = field(default_factory=Sum)
    min_neighbor_distance: float | None = None  # Å
    source: Source = field(default_factory=lambda: Source("dpmd"))
    training_script: Any = None  # JSON value
    notes: list[str] = field(default_factory=list)  # what a user should know of how it was read; not stored

    @property
    def n_types(self) -> int:
        return len(self.type_map)

    @property
    def nets(self) -> list[NetTerm]:
        """The terms with nets."""
        return [term for term in self.terms if isinstance(term, NetTerm)]

    @property
    def pair_tables(self) -> list[PairTable]:
        """The terms that are pair tables."""
        return [term for term in self.terms if isinstance(term, PairTable)]

    def save(self, path: str | Path) -> None:
        """Write a ``.dpmd`` file, which appears complete or not at all.

        Raises:
            InputError: The parts of the model do not fit together, or the file cannot be written.
        """
        from dpmd.models.file import write_model

        write_model(self, Path(path))

    @classmethod
    def load(cls, path: str | Path) -> ModelSpec:
        """Read a ``.dpmd`` file; raise ``InputError`` for anything that is not one."""
        from dpmd.models.file import read
        from dpmd.regular_file import read_regular

        return read(Path(path), read_regular(path))
