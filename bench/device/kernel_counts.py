"""What the GPU kernels do per atom and step, counted from their sources in cuda/: operations, bytes, launches."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

LANES = 32
LINE_BYTES, FIRST_LEVEL_BYTES = 128, 128 << 10
ROW_MULTIPLE = 8  # rows of arrays are padded to a multiple of this
STEPS_PER_LIST = 40


@dataclass(frozen=True)
class System:
    """A model, its atoms, and the form and precision in which it runs."""

    name: str
    density: float
    """Atoms per Å³."""
    cutoff: float
    sel: int
    n_types: int
    embedding: tuple[int, ...]
    axis: int
    fitting: tuple[int, ...]
    real_bytes: int
    """Bytes of a real number in the nets: 8 for double, 4 for mix32."""
    n_basis: int = 0
    """K functions of the moment form; 0: exact nets."""
    n_features: int = 0
    table_bytes: int = 0

    def neighbors(self, skin: float = 0.0) -> float:
        """The number of neighbours of an atom in the list."""
        return 4 / 3 * math.pi * self.density * (self.cutoff + skin) ** 3


@dataclass
class Kernel:
    """The counts of a kernel, per atom unless noted otherwise."""

    group: str
    launches: float
    """Per tile of atoms."""
    nets: float = 0.0
    """Operations in the precision of the nets outside of matrix products."""
    gemm: float = 0.0
    """Operations of matrix products in the precision of the nets; `narrow` ones have about ten columns."""
    narrow: float = 0.0
    fp64: float = 0.0
    """Operations in double, whatever the precision of the nets."""
    memory: float = 0.0
    """Bytes between the device's memory and its processor."""
    cache: float = 0.0
    """Bytes from the second-level cache."""
    lines: float = 0.0
    """Cache lines that loads of 32 lanes touch; the first-level cache serves them one after the other."""
    adds: float = 0.0
    """Atomic additions."""
    chain: float = 0.0
    """Dependent loads per launch, each of which waits for the one before, along an atom's list or the depth of a
    product."""


@dataclass
class Step:
    """One step of NVE."""

    kernels: list[Kernel] = field(default_factory=list)
    tile_atoms: float = math.inf
    """Atoms that pass through the stages together: all stages are launched once for each such tile."""

    @property
    def launches(self) -> float:
        """The launches for a system that fits into one tile, without building the list."""
        return sum(kernel.launches for kernel in self.kernels if kernel.group != "list")


def padded(n: int) -> int:
    """The padded length of a row of n values."""
    return -(-n // ROW_MULTIPLE) * ROW_MULTIPLE


def _rounds(n: float) -> int:
    return math.ceil(n / LANES)


# Operations in double: difference and square of a listed pair; radial functions, normalised row and their roots and
# quotients; gradient, rounding, virial.
_PER_LISTED, _PER_ROW, _PER_PAIR_FORCE = 8, 120, 60
# For a gathered neighbour: sectors of 32 bytes touched by position and type, and lines of the four loads.
_GATHER_BYTES, _GATHER_LINES = 1.6 * 32 + 32, 4


def _fitting(system: System, n_in: int) -> list[Kernel]:
    """The layers forwards (y and slope are written) and backwards (dy and slope are read)."""
    size, kernels, before = system.real_bytes, [], n_in
    for n_out in system.fitting:
        moved = (2 * padded(before) + 4 * padded(n_out)) * size
        # one slice of 16 at a time; an activation is about 30 operations
        chain = 1.5 * (before + n_out) / 16
        kernels.append(Kernel("fitting", 2, nets=30 * n_out, gemm=4.0 * before * n_out, memory=moved, chain=chain))
        before = n_out
    kernels.append(Kernel("fitting", 1, nets=4 * before, memory=2 * before * size, adds=0.1, chain=4))
    return kernels


def _moment_form(system: System, skin: float) -> Step:
    size, k, f = system.real_bytes, system.n_basis, system.n_features
    stride, n, listed = padded(k), system.neighbors(), system.neighbors(skin)
    rounds, moments = _rounds(listed), 4 * stride * size
    gather = {"cache": _GATHER_BYTES * listed, "lines": _GATHER_LINES * listed}
    # six coefficients per function and neighbour; for large tables half of them are in the first-level cache
    coefficients = 6 * size * n * stride
    missed = coefficients * (0.5 if system.table_bytes > FIRST_LEVEL_BYTES else 0)
    forward = Kernel(
        "moments forward",
        1,
        nets=18 * n * LANES * math.ceil(stride / LANES),
        fp64=_PER_LISTED * listed + _PER_ROW * LANES * rounds,
        memory=4 * listed + moments,
        cache=gather["cache"] + missed,
        lines=gather["lines"] + coefficients / LINE_BYTES,
        chain=3 * rounds + n,
    )
    features = Kernel(
        "features", 1, nets=8 * f, memory=moments + padded(f) * size, lines=8 * f * size / LINE_BYTES, chain=3
    )
    # each lane has its own neighbour, and so its own interval of the tables: a line per lane and load, two loads for a
    # function, and half of a sector is used
    backward = Kernel(
        "moments backward",
        1,
        nets=(18 + 18) * k * LANES * rounds + 16 * f,
        fp64=(_PER_ROW + _PER_PAIR_FORCE) * LANES * rounds,
        memory=4 * listed + moments + padded(f) * size + 24,
        cache=gather["cache"] + 2 * missed,
        lines=gather["lines"] + 2 * k * n,
        adds=3 * n + 3,
        chain=rounds * (4 + k * (6 * size / LINE_BYTES + 0.2)) + k / LANES * system.axis * 0.2,
    )
    kernels = [forward, features, *_fitting(system, f), backward]
    per_atom = moments + 4 + 2 * padded(f) * size + sum(2 * padded(w) * size for w in system.fitting)
    per_atom += 2 * max(padded(f), *system.fitting) * size + 8
    return Step(kernels, min(65536.0, (512 << 20) / per_atom))


def _exact(system: System, skin: float) -> Step:
    size, widths, axis = system.real_bytes, system.embedding, system.axis
    m = widths[-1]
    n, listed, stride = system.neighbors(), system.neighbors(skin), padded(m)
    rounds = _rounds(listed)
    gather = {"cache": _GATHER_BYTES * listed, "lines": _GATHER_LINES * listed}
    rows = Kernel(
        "rows",
        3,
        fp64=2 * _PER_LISTED * listed + _PER_ROW * LANES * rounds,
        memory=4 * listed + n * (8 + 4 * size),
        cache=2 * gather["cache"],
        lines=2 * gather["lines"],
        chain=3 * rounds + 40,
    )
    embedding, before = [], 1
    for layer, n_out in enumerate(widths):
        moved = n * (2 * padded(before) + 4 * padded(n_out)) * size
        flop = 4.0 * n * before * n_out
        is_product = layer > 0
        embedding.append(
            Kernel(
                "embedding",
                2 * system.n_types,
                nets=n * 30 * n_out + (0 if is_product else flop),
                narrow=flop if is_product else 0,
                memory=moved,
                lines=0 if is_product else 2 * n * n_out,  # backwards each lane has its own row
                chain=(1.5 * (before + n_out) / 16 if is_product else n_out) * system.n_types,
            )
        )
        before = n_out
    moments, n_descriptor = 4 * stride * size, m * axis
    descriptor = Kernel(
        "descriptor",
        5,
        nets=n * m * (8 + 8 + 8) + 24 * n_descriptor,
        # g is read twice, dg written; moments and their gradients stay in the cache
        memory=n * (3 * stride * size + 4 * 4 * size) + 2 * moments + 2 * n_descriptor * size,
        cache=n * stride * 4 * size,
        lines=n * m,  # of the kernel in which each lane has its own row
        chain=n + m + 20,
    )
    scatter = Kernel(
        "forces",
        1,
        fp64=(_PER_ROW + _PER_PAIR_FORCE) * n,
        memory=n * (4 + 5 * size),
        cache=_GATHER_BYTES * n,
        lines=_GATHER_LINES * n,
        adds=3 * n + 3,
        chain=5 * _rounds(n),
    )
    rows_per_atom = min(1.15 * listed, system.sel)  # decided by the longest list
    per_row = (2 * stride + 2 * sum(padded(w) for w in widths) - stride + 2 * stride + 9) * size + 8
    per_atom = rows_per_atom * per_row + 2 * moments + 2 * n_descriptor * size + 8 * max(system.fitting) * size
    kernels = [rows, *embedding, descriptor, *_fitting(system, n_descriptor), scatter]
    return Step(kernels, min(8192.0, (1 << 30) / per_atom))


def count_step(system: System, skin: float) -> Step:
    """One step of NVE of a large system, with few ghosts compared to its atoms."""
    step = _moment_form(system, skin) if system.n_basis > 0 else _exact(system, skin)
    for kernel in step.kernels:
        kernel.launches *= system.n_types  # each type has its own tiles
        kernel.chain *= system.n_types
    listed = system.neighbors(skin)
    # kick, drift, kick; next step; displacement and its end, check of the list; positions to the list's order, ghosts;
    # clearing two arrays and the totals; closing totals and forces; forces of ghosts and back to the caller's order;
    # measures
    step.kernels.append(Kernel("integration, sums", 18, fp64=150, memory=450, chain=40))
    # two passes through the cells around each atom, 15.6 cubes of the cutoff instead of 4.2; the bitonic sort of the
    # keys; 2 radix sorts of up to 8 digits; all per build, and a build serves many steps
    slots = 2 ** math.ceil(math.log2(1.1 * listed))
    depth = math.log2(slots)
    candidates = 15.6 / 4.19 * listed
    build = Kernel(
        "list",
        60 / STEPS_PER_LIST,
        fp64=2 * 8 * candidates,
        memory=4 * listed + 16 * 2 * 12 + 300,
        cache=2 * 24 * candidates,
        lines=slots / 2 * depth * (depth + 1) / 2 * 4 / 16,
    )
    for name in ("fp64", "memory", "cache", "lines"):
        setattr(build, name, getattr(build, name) / STEPS_PER_LIST)
    step.kernels.append(build)
    return step


def memory_per_atom(system: System, skin: float) -> dict[str, float]:
    """Bytes in the device's memory by array, without a tile's scratch."""
    return {
        "neighbours": 1.1 * 4 * system.neighbors(skin) + 8,
        "the list's atoms": 1.1 * (24 + 4 + 12 + 24 + 4 + 12 + 8 + 4),
        "grid and sorting": 24 + 2 * 12 + 4 + 8 + 24 * 0.1,
        "positions": 24,
        "velocities": 24,
        "forces": 24 + 1.1 * 24,
        "energies, ids, types, masses": 1.1 * 8 + 1.1 * 4 + 8 + 4,
    }
