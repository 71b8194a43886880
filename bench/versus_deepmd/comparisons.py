"""The comparisons: models, systems, and the ratio that each is committed to reach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from measurement import BenchmarkError

if TYPE_CHECKING:
    from ase import Atoms


@dataclass(frozen=True)
class System:
    """A periodic box of one material."""

    name: str
    source: str
    """``"fcc"``, or a structure file below the shared folder."""
    repeats: tuple[int, int, int]
    """Copies of the cubic fcc cell (4 atoms), or of the structure file."""
    timestep_fs: float


COPPER = System("copper", "fcc", (10, 10, 10), 1.0)
COPPER_LONG_CUTOFF = System("copper_rc8", "fcc", (8, 8, 8), 1.0)
WATER = System("water", "data/water_192.extxyz", (2, 3, 4), 0.5)


def _water_in_place(x: int, y: int, z: int) -> System:
    """Water for random nets, whose forces would tear it apart within a few steps of the usual length.

    Its size is such that DeePMD-kit's faster backend takes 0.2 to 2 s for a step.
    """
    return System(f"water_{x}x{y}x{z}", "data/water_192.extxyz", (x, y, z), 0.01)


LATTICE_CONSTANT = 3.63  # Å, fcc copper
DISPLACEMENT = 0.05  # Å, standard deviation per direction: no force vanishes by symmetry
SMALLEST_FCC_REPEATS, SMALLEST_FILE_REPEATS = (4, 4, 4), (1, 1, 1)


@dataclass(frozen=True)
class DeepmdVariant:
    """How DeePMD-kit runs a model."""

    model: str
    """A file of the shared folder, or one that it makes (models.py); TensorFlow runs ``.pb``, PyTorch ``.pth``."""
    compressed: bool
    """The model went through ``dp compress``."""

    def __str__(self) -> str:
        return f"{self.model} {'compressed' if self.compressed else 'exact'}"


@dataclass(frozen=True)
class DpmdVariant:
    """How dpmd runs a model: arguments of ``dpmd.Potential``, or settings of a pair style in LAMMPS."""

    model: str
    precision: str
    compress: bool
    pair_style: Literal["", "dpmd", "deepmd"] = ""
    """The pair style of LAMMPS: dpmd's own, or DeePMD-kit's plug-in on dpmd's library; "": dpmd without LAMMPS."""

    def __str__(self) -> str:
        form = f"{self.precision} {'compressed' if self.compress else 'exact'}"
        return f"{form}, pair_style {self.pair_style}" if self.pair_style else form


@dataclass(frozen=True)
class Comparison:
    """One line of the table."""

    name: str
    system: System
    deepmd: DeepmdVariant
    dpmd: DpmdVariant
    commitment: float | None = None
    """The promised ratio of DeePMD-kit's time to dpmd's."""
    aim: float | None = None
    """The ratio to aim for."""


def _in_lammps(name: str, system: System, model: str, compressed: bool) -> tuple[Comparison, ...]:
    """The same input with either pair style on dpmd. There is no commitment: both should take the same time."""
    return tuple(
        Comparison(
            f"{name}-{place}",
            system,
            DeepmdVariant(model, compressed),
            DpmdVariant(model, "double", compressed, pair_style),
        )
        for place, pair_style in (("in-lammps", "dpmd"), ("in-deepmd-plugin", "deepmd"))
    )


def _with_both_backends(
    name: str, system: System, model: str, compressed: bool, commitment: float
) -> tuple[Comparison, ...]:
    """The same descriptor in both backends of DeePMD-kit that LAMMPS runs: the commitment is against the faster one.
    The last line shows what dpmd gains by mix32, for which there is no commitment."""
    lines = (("tensorflow", ".pb", "double"), ("pytorch", ".pth", "double"), ("mix32", ".pb", "mix32"))
    return tuple(
        Comparison(
            f"{name}-{what}",
            system,
            DeepmdVariant(f"{model}{suffix}", compressed),
            DpmdVariant(f"{model}{suffix}", precision, compressed),
            commitment if precision == "double" else None,
        )
        for what, suffix, precision in lines
    )


_CU64_EXACT, _CU64_COMPRESSED = DeepmdVariant("cu_v2_fp64.pb", False), DeepmdVariant("cu_v2_fp64.pb", True)
_GB_EXACT = DeepmdVariant("copper_gb.pb", False)

COMPARISONS = (
    Comparison("cu-exact", COPPER, _CU64_EXACT, DpmdVariant("cu_v2_fp64.pb", "double", False), 2.4, 4.4),
    Comparison("cu-compressed", COPPER, _CU64_COMPRESSED, DpmdVariant("cu_v2_fp64.pb", "double", True), 2.0, 4.0),
    Comparison("cu-mix16", COPPER, _CU64_COMPRESSED, DpmdVariant("cu_v2_fp64.pb", "mix16", True), 5.0, 12.0),
    Comparison(
        "cu-mix32",
        COPPER,
        DeepmdVariant("cu_v2_fp32.pb", True),
        DpmdVariant("cu_v2_fp32.pb", "mix32", True),
        3.4,
        10.0,
    ),
    Comparison(
        "water-compressed", WATER, DeepmdVariant("water.pb", True), DpmdVariant("water.pb", "double", True), 2.0, 4.0
    ),
    *_in_lammps("cu-exact", COPPER, "cu_v2_fp64.pb", False),
    *_in_lammps("cu-compressed", COPPER, "cu_v2_fp64.pb", True),
    *_in_lammps("water-exact", WATER, "water.pb", False),
    *_in_lammps("water-compressed", WATER, "water.pb", True),
    Comparison("gb-exact", COPPER_LONG_CUTOFF, _GB_EXACT, DpmdVariant("copper_gb.pb", "double", False), 4.0, 7.0),
    Comparison("gb-mix32", COPPER_LONG_CUTOFF, _GB_EXACT, DpmdVariant("copper_gb.pb", "mix32", True), 20.0, 60.0),
    *_with_both_backends("se_e2_r", _water_in_place(2, 3, 4), "se_e2_r", True, 6.0),
    *_with_both_backends("hybrid", _water_in_place(1, 2, 2), "hybrid", True, 4.0),
    *_with_both_backends("dpa1-compressed", _water_in_place(2, 2, 2), "dpa1", True, 6.0),
    *_with_both_backends("dpa1-attention", _water_in_place(1, 1, 2), "dpa1_attention", False, 5.0),
)


def select(patterns: str | None) -> list[Comparison]:
    """Comparisons whose name contains one of the comma-separated words; all if there are no words."""
    if not patterns:
        return list(COMPARISONS)
    words = [word.strip() for word in patterns.split(",")]
    chosen = [c for c in COMPARISONS if any(word and word in c.name for word in words)]
    if not chosen:
        raise BenchmarkError(f"--cases {patterns!r} names none of {', '.join(c.name for c in COMPARISONS)}")
    return chosen


def grouped(comparisons: Sequence[Comparison]) -> list[list[Comparison]]:
    """Groups of comparisons that share the run of DeePMD-kit, which is by far the longer one."""
    groups: dict[tuple[System, DeepmdVariant], list[Comparison]] = {}
    for comparison in comparisons:
        groups.setdefault((comparison.system, comparison.deepmd), []).append(comparison)
    return list(groups.values())


def write_structure(system: System, type_map: Sequence[str], shared: Path, folder: Path, smallest: bool) -> Path:
    """Write the LAMMPS data file that both programs read; type k is the model's k-th type."""
    from ase.io import write

    atoms = _atoms(system, shared, smallest)
    atoms.wrap()
    name = "-".join([system.name, *(["smallest"] if smallest else []), *type_map])
    path = folder / f"{name}.lmp"
    write(path, atoms, format="lammps-data", specorder=list(type_map), masses=True, atom_style="atomic", units="metal")
    return path


def _atoms(system: System, shared: Path, smallest: bool) -> Atoms:
    """The atoms of a system, without velocities."""
    from ase.build import bulk
    from ase.io import read

    if system.source == "fcc":
        cell = bulk("Cu", "fcc", a=LATTICE_CONSTANT, cubic=True)
        atoms = cell.repeat(SMALLEST_FCC_REPEATS if smallest else system.repeats)
        atoms.rattle(DISPLACEMENT, seed=1)
        return atoms
    path = shared / system.source
    if not path.is_file():
        raise BenchmarkError(f"{path} is not there: --shared must name the folder that holds {system.source}")
    atoms = read(path)
    for name in set(atoms.arrays) - {"numbers", "positions"}:
        del atoms.arrays[name]
    return atoms.repeat(SMALLEST_FILE_REPEATS if smallest else system.repeats)
