"""A step of NVE: the kernels of a model's descriptors and fitting net, and those around them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from .counts import Kernel, Part, Surroundings
from .fitting import count_fitting, fitting_bytes

STEPS_PER_LIST = 40


class Descriptor(Protocol):
    """A descriptor in one of its forms."""

    on_rows: bool
    """Whether it runs with its nets as trained, on rows."""

    @property
    def cutoff(self) -> float: ...
    @property
    def n_features(self) -> int: ...
    def count(self, seen: Surroundings) -> Part: ...


@dataclass(frozen=True)
class System:
    """A model, its atoms, and the form and precision in which it runs."""

    name: str
    density: float
    """Atoms per Å³."""
    n_types: int
    descriptors: tuple[Descriptor, ...]
    """All of them in one form."""
    fitting: tuple[int, ...]
    real_bytes: int
    """Bytes of a real number in the nets: 8 for double, 4 for mix32."""

    @property
    def on_rows(self) -> bool:
        return any(descriptor.on_rows for descriptor in self.descriptors)

    @property
    def n_features(self) -> int:
        return sum(descriptor.n_features for descriptor in self.descriptors)

    def listed(self, skin: float) -> float:
        """The number of neighbours of an atom in the list."""
        return self._inside(max(descriptor.cutoff for descriptor in self.descriptors) + skin)

    def seen_by(self, descriptor: Descriptor, skin: float) -> Surroundings:
        return Surroundings(self.n_types, self._inside(descriptor.cutoff), self.listed(skin), self.real_bytes)

    def _inside(self, radius: float) -> float:
        return 4 / 3 * math.pi * self.density * radius**3


@dataclass(frozen=True)
class Step:
    """One step of NVE."""

    kernels: Sequence[Kernel]
    tile_atoms: int
    """Atoms of one type that pass through the stages together: all stages are launched once for each such tile."""
    tile_launches: float

    @property
    def launches(self) -> float:
        """The launches for a system with one tile of each type, without building the list."""
        return sum(kernel.launches for kernel in self.kernels if kernel.group != "list")


def count_step(system: System, skin: float) -> Step:
    """One step of NVE of a large system, with few ghosts compared to its atoms."""
    kernels, tile_atoms = _count_tile(system, skin)
    tile_launches = sum(kernel.launches for kernel in kernels)
    for kernel in kernels:
        kernel.launches *= system.n_types  # each type has its own tiles
        kernel.chain *= system.n_types
    return Step([*kernels, _INTEGRATION, _count_list(system.listed(skin))], tile_atoms, tile_launches)


def _count_tile(system: System, skin: float) -> tuple[list[Kernel], int]:
    """The kernels of a tile, and its atoms: the most, halved until they fit into the budget of cuda/local/runner.cu."""
    parts = [descriptor.count(system.seen_by(descriptor, skin)) for descriptor in system.descriptors]
    network = (system.fitting, system.n_features, system.real_bytes)
    kernels = [kernel for part in parts for kernel in part.forward]
    kernels += count_fitting(*network)
    kernels += [kernel for part in parts for kernel in part.backward]
    bytes_per_atom = 4 + sum(part.scratch for part in parts) + fitting_bytes(*network)
    n_atoms, budget = (8192, 1 << 30) if system.on_rows else (65536, 512 << 20)
    while n_atoms > 1 and n_atoms * bytes_per_atom > budget:
        n_atoms //= 2
    return kernels, n_atoms


# kick, drift, kick; next step; displacement and its end, check of the list; positions to the list's order, ghosts;
# clearing two arrays and the totals; closing totals and forces; forces of ghosts and back to the caller's order;
# measures
_INTEGRATION = Kernel("integration, sums", 18, fp64=150, memory=450, chain=40)


def _count_list(listed: float) -> Kernel:
    """Two passes through the cells around each atom, 15.6 cubes of the cutoff instead of 4.2; the bitonic sort of the
    keys; 2 radix sorts of up to 8 digits; all per build, and a build serves many steps."""
    slots = 2 ** math.ceil(math.log2(1.1 * listed))
    depth = math.log2(slots)
    candidates = 15.6 / 4.19 * listed
    lines = slots / 2 * depth * (depth + 1) / 2 * 4 / 16
    return Kernel(
        "list",
        60 / STEPS_PER_LIST,
        fp64=2 * 8 * candidates / STEPS_PER_LIST,
        memory=(4 * listed + 16 * 2 * 12 + 300) / STEPS_PER_LIST,
        cache=2 * 24 * candidates / STEPS_PER_LIST,
        lines=lines / STEPS_PER_LIST,
    )


def memory_per_atom(system: System, skin: float) -> dict[str, float]:
    """Bytes in the device's memory by array, without a tile's scratch."""
    return {
        "neighbours": 1.1 * 4 * system.listed(skin) + 8,
        "the list's atoms": 1.1 * (24 + 4 + 12 + 24 + 4 + 12 + 8 + 4),
        "grid and sorting": 24 + 2 * 12 + 4 + 8 + 24 * 0.1,
        "positions": 24,
        "velocities": 24,
        "forces": 24 + 1.1 * 24,
        "energies, ids, types, masses": 1.1 * 8 + 1.1 * 4 + 8 + 4,
    }
