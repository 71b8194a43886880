"""The input file of ``dpmd run``: its tables, keys, units and defaults.

A TOML file with the tables below. Units: Å, fs, K, bar. Relative paths resolve against the folder
of the TOML file. ``load_config`` refuses unknown keys, wrong types and values, and keys that would
have no effect.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass, fields, replace
from os.path import isfile
from pathlib import Path
from typing import Any

from dpmd.arguments import MOST_STEPS
from dpmd.config_reader import TableReader, describe_schema, option
from dpmd.ensemble_table import KINDS, Kind, thermostats
from dpmd.errors import InputError
from dpmd.regular_file import MAX_TEXT_BYTES, read_regular
from dpmd.shown import shown
from dpmd.structure.options import ReadOptions, read_options

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TRAJECTORY_SUFFIXES = (".extxyz", ".lammpstrj", ".dump")
THERMOSTAT = "bussi"
"""How nvt keeps the temperature where the input file does not say."""


def _parameter(name: str, doc: str) -> Any:
    """A key of [dynamics] that is a parameter of ensembles; what it may be stands in their tables."""
    row = next(row for kind in KINDS.values() for row in kind.parameters if row.name == name)
    absent = "" if row.default is None else f" (absent: {_toml(row.default)})"
    above = 0 if row.is_positive else None
    return option(doc + absent, default=None, unit=row.unit, choices=row.choices, above=above)


def _toml(value: Any) -> str:
    return json.dumps(value) if isinstance(value, str) else f"{value:g}"


@dataclass(frozen=True)
class ModelTable:
    """[model]: which potential, and how it runs."""

    file: Path = option("the model file (.dpmd .pb .pth .pt .pt2 .pte .dp .hlo .yaml)")  # noqa: RUF009
    head: str | None = option(
        'which model of a multi-task checkpoint (.pt), and of those of [deviation]; absent: "Default", or the only one',
        default=None,
    )
    device: str = option(
        'where it runs: "cpu"; a GPU, as "cuda:0" or "hip:0"; "auto": the first GPU, else the CPU', default="cpu"
    )
    precision: str = option(
        "of the networks; the rest is in double always; tf32 on GPUs only",
        default="double",
        choices=("double", "mix32", "mix16", "mix32-3xtf32", "mix32-tf32"),
    )
    compress: bool = option(
        "true: tables in place of the embedding nets, several times faster, as exact as tolerance says", default=True
    )
    tolerance: float | None = option(
        "largest force error of compression; absent: 1e-7 for double, 1e-6 for mix32, 1e-4 for mix16",
        default=None,
        unit="eV/Å",
        above=0,
    )
    threads: int | None = option("number of threads; absent: OMP_NUM_THREADS, or all cores", default=None, at_least=1)
    overflow: str = option(
        "what happens when an atom has more neighbours than the model's sel",
        default="error",
        choices=("error", "keep_nearest"),
    )
    masses: dict[str, float] | None = option(  # noqa: RUF009
        "of types that are no elements, or have another mass than their element, as { X = 12.0 }",
        default=None,
        unit="atomic mass units",
        above=0,
    )
    fparam: tuple[float, ...] | None = option("frame parameters, for models that take some", default=None)
    aparam: tuple[float, ...] | None = option(
        "atomic parameters, the same for every atom, for models that take some", default=None
    )


@dataclass(frozen=True)
class StructureTable:
    """[structure]: the atoms to start from."""

    file: Path = option("the structure file, of any format that dpmd or ASE reads")  # noqa: RUF009
    format: str | None = option("ASE's name of its format; absent: from content and name", default=None)
    types: dict[str, str] | None = option(  # noqa: RUF009
        'what its atoms are, as { 1 = "O", 2 = "H" } or { OW = "O" }; absent: its elements, labels or masses tell',
        default=None,
    )
    cell: tuple[float, ...] | None = option(
        "box of a file that has none: three edges, or the nine components of the lattice vectors",
        default=None,
        unit="Å",
    )
    pbc: tuple[bool, ...] | None = option(
        "which directions are periodic, one flag or three; absent: as the file says, else all if there is a box",
        default=None,
    )
    atom_style: str | None = option("of a LAMMPS data file; absent: as the file says or its columns tell", default=None)
    units: str | None = option("of a LAMMPS file that does not name them; absent: metal", default=None)
    frame: int | None = option(
        "which frame of a trajectory, from 0; negative: from the last; absent: the last", default=None
    )
    replicate: tuple[int, int, int] = option(
        "copies along each lattice vector, as [a, b, c]", default=(1, 1, 1), at_least=1
    )

    def read_options(self) -> ReadOptions:
        """What ``read_structure`` is to know besides the file."""
        return read_options(self.format, self.types, self.cell, self.pbc, self.atom_style, self.units, self.frame)


@dataclass(frozen=True)
class DynamicsTable:
    """[dynamics]: how the atoms move."""

    ensemble: str = option(
        "what is kept constant", choices=tuple(dict.fromkeys(kind.statistics for kind in KINDS.values()))
    )
    steps: int = option("number of steps of the whole run", at_least=0, at_most=MOST_STEPS)
    timestep: float = option("length of one step", default=0.5, unit="fs", above=0)
    thermostat: str | None = option(
        f'how nvt keeps the temperature (absent: "{THERMOSTAT}")',
        default=None,
        choices=tuple(sorted(thermostats("nvt"))),
    )
    coupling: str | None = _parameter("coupling", "which cell changes npt makes")
    temperature: float | None = _parameter("temperature", "for nvt and npt")
    pressure: float | None = _parameter("pressure", "for npt")
    damping: float | None = _parameter("damping", "relaxation time of the temperature")
    pressure_damping: float | None = _parameter("pressure_damping", "relaxation time of the pressure")
    skin: float = option("by how much neighbour lists exceed the cutoff", default=1.0, unit="Å", at_least=0)
    seed: int = option("of every random number of the run", default=1, at_least=0)

    def kind(self) -> Kind:
        """The ensemble."""
        kinds = thermostats(self.ensemble)
        return kinds["" if "" in kinds else self.thermostat or THERMOSTAT]

    def ensemble_keys(self) -> dict[str, Any]:
        """What the ensemble takes beyond the keys of every ensemble: defaults, or None where a key is required."""
        kind = self.kind()
        thermostat = {"thermostat": kind.thermostat} if kind.thermostat else {}
        return thermostat | {row.name: row.default for row in kind.parameters if row.name in _PARAMETER_KEYS}


_PARAMETER_KEYS = {item.name for item in fields(DynamicsTable)} & {
    row.name for kind in KINDS.values() for row in kind.parameters
}


@dataclass(frozen=True)
class VelocitiesTable:
    """[velocities]: drawn at the start when the structure file holds none."""

    temperature: float | None = option(
        "of the drawn velocities; absent: dynamics.temperature", default=None, unit="K", at_least=0
    )
    seed: int | None = option("absent: dynamics.seed", default=None, at_least=0)
    replace: bool = option("true: draw them even when the structure holds some", default=False)


@dataclass(frozen=True)
class OutputTable:
    """[output]: what is written, and how often (in steps)."""

    directory: Path | None = option(  # noqa: RUF009
        "folder of the run; absent: the name of the TOML file", default=None
    )
    thermo_every: int = option("steps between lines of thermo.csv", default=100, at_least=1, at_most=MOST_STEPS)
    trajectory: tuple[str, ...] = option(
        "file name(s) in the folder; the suffix .extxyz, .lammpstrj or .dump gives the format",
        default=("trajectory.extxyz",),
    )
    trajectory_every: int = option(
        "steps between frames; 0: no trajectory", default=100, at_least=0, at_most=MOST_STEPS
    )
    velocities: bool = option("true: frames hold velocities", default=False)
    forces: bool = option("true: frames hold forces", default=False)
    virial: bool = option("true: .extxyz frames hold virial (eV) and stress (eV/Å^3, ASE's sign)", default=False)
    time: bool = option(
        "true: LAMMPS dumps hold times (ps) and units, in lines that MDAnalysis does not read; .extxyz frames have the "
        "time (fs) always",
        default=False,
    )
    checkpoint_every: int = option("steps between checkpoints", default=1000, at_least=1, at_most=MOST_STEPS)


@dataclass(frozen=True)
class DeviationTable:
    """[deviation]: other models judge the steps that the model makes."""

    models: tuple[Path, ...] = option("model files besides model.file, of the same types", default=())
    every: int = option("steps between lines of model_devi.out", default=100, at_least=1, at_most=MOST_STEPS)
    relative: float | None = option(
        "deviations of forces are divided by |<F>| + this; absent: as they are", default=None, unit="eV/Å", at_least=0
    )
    relative_v: float | None = option("the same for the virial per atom", default=None, unit="eV", at_least=0)
    atomic: bool = option("true: a column for each atom's force", default=False)
    lower: float | None = option(
        "frames with max_devi_f of at least this are written to selected.extxyz", default=None, unit="eV/Å", at_least=0
    )
    upper: float | None = option("... if it is below this", default=None, unit="eV/Å", above=0)
    stop: float | None = option(
        "end the run, with a checkpoint and exit status 3, when max_devi_f exceeds this",
        default=None,
        unit="eV/Å",
        above=0,
    )


@dataclass(frozen=True)
class WatchTable:
    """[watch]: what would be wrong with a run; it is said once, marked in the table, and repeated at the end."""

    drift: float = option(
        "how far the conserved energy may move within a picosecond; 0: any",
        default=0.002,
        unit="eV per atom",
        at_least=0,
    )
    temperature_factor: float = option(
        "how many times the temperature may lie above, or below, both its target and its start; 0: any",
        default=3.0,
        at_least=0,
    )
    distance: float | None = option(
        "how near two atoms may be; absent: as in the training data, where the model tells; 0: any",
        default=None,
        unit="Å",
        at_least=0,
    )
    distance_every: int | None = option(
        "steps between looks at distances; absent: at rows of the table, about 40 in a run",
        default=None,
        at_least=1,
        at_most=MOST_STEPS,
    )
    stop: bool = option(
        "true: what is wrong ends the run, with a checkpoint and exit status 3; false: it goes on", default=False
    )


@dataclass(frozen=True)
class RanksTable:
    """[ranks]: how the processes of mpirun share the run; no effect on its results."""

    grid: tuple[int, int, int] | None = option(
        "parts of the box along each lattice vector, as [a, b, c], one per rank; absent: those with the fewest ghosts",
        default=None,
        at_least=1,
    )
    most_imbalance: float = option(
        "most atoms of a rank over the mean; beyond it the box is cut anew", default=1.05, at_least=1
    )


@dataclass(frozen=True)
class RunConfig:
    """A checked input file; every path is absolute or relative to the working directory."""

    source: Path
    model: ModelTable
    structure: StructureTable
    dynamics: DynamicsTable
    velocities: VelocitiesTable
    output: OutputTable
    deviation: DeviationTable
    watch: WatchTable
    ranks: RanksTable

    @property
    def directory(self) -> Path:
        """Folder of the run."""
        return self.output.directory or self.source.with_suffix("")

    def as_plain(self) -> dict[str, dict[str, Any]]:
        """Tables of plain values, for JSON."""
        tables = {item.name: getattr(self, item.name) for item in fields(self)}
        del tables["source"]
        return {name: _plain(asdict(table)) for name, table in tables.items()}


SCHEMA: dict[str, type] = {
    "model": ModelTable,
    "structure": StructureTable,
    "dynamics": DynamicsTable,
    "velocities": VelocitiesTable,
    "output": OutputTable,
    "deviation": DeviationTable,
    "watch": WatchTable,
    "ranks": RanksTable,
}


def load_config(path: str | Path) -> RunConfig:
    """Read and check an input file.

    Raises:
        InputError: The file cannot be read, is not TOML, or holds an unknown key or a value that is
            not allowed.
    """
    source = Path(path)
    document = _document(source)
    reader = TableReader(document, source, SCHEMA)
    config = RunConfig(source, **{name: reader.read(name) for name in SCHEMA})
    _check_files(config)
    _check_model(config)
    _check_structure(config)
    _check_output(config)
    _check_deviation(config)
    _check_watch(config)
    return replace(config, dynamics=_complete_dynamics(config))


def _document(source: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(read_regular(source, MAX_TEXT_BYTES).decode("utf-8-sig"))
    except InputError:
        raise
    except RecursionError:
        raise InputError(f"{source}: not a valid TOML file: lists within lists, nested too deep") from None
    except ValueError as error:  # TOMLDecodeError, UnicodeDecodeError, numbers of too many digits
        raise InputError(f"{source}: not a valid TOML file: {error}") from error


def describe_keys() -> str:
    """Every table and key with its meaning, unit, choices and default."""
    return describe_schema(SCHEMA)


def _check_files(config: RunConfig) -> None:
    named = [("model.file", config.model.file), ("structure.file", config.structure.file)]
    named += [("deviation.models", file) for file in config.deviation.models]
    for name, file in named:
        if not isfile(file):
            raise InputError(f"{config.source}: {name} = {shown(str(file))}: there is no such file")


def _check_model(config: RunConfig) -> None:
    if config.model.tolerance is not None and not config.model.compress:
        raise InputError(
            f"{config.source}: model.tolerance = {config.model.tolerance:g} has no effect with compress = false; "
            "remove one of them"
        )


def _check_structure(config: RunConfig) -> None:
    try:
        config.structure.read_options()
    except InputError as error:
        raise InputError(f"{config.source}: structure.{error}") from None


def _check_output(config: RunConfig) -> None:
    if config.source.suffix == "" and config.output.directory is None:
        raise InputError(
            f"{config.source}: output.directory is missing; its default is the name of the input "
            "file without its suffix, and this one has none"
        )
    for name in config.output.trajectory:
        place = f"{config.source}: output.trajectory = {name!r}"
        if Path(name).name != name:
            raise InputError(f"{place}: must be a plain file name; output.directory is its folder")
        if Path(name).suffix not in TRAJECTORY_SUFFIXES:
            allowed = ", ".join(TRAJECTORY_SUFFIXES)
            raise InputError(f"{place}: the suffix must be one of {allowed}")
    if len(set(config.output.trajectory)) < len(config.output.trajectory):
        raise InputError(f"{config.source}: output.trajectory names a file twice")
    suffixes = {Path(name).suffix for name in config.output.trajectory}
    if config.output.virial and ".extxyz" not in suffixes:
        raise InputError(f"{config.source}: output.virial = true needs a .extxyz file in output.trajectory")
    if config.output.time and not suffixes - {".extxyz"}:
        raise InputError(
            f"{config.source}: output.time = true needs a LAMMPS dump in output.trajectory; .extxyz has the time always"
        )


def _check_deviation(config: RunConfig) -> None:
    table = config.deviation
    if not table.models:
        given = [item.name for item in fields(table) if getattr(table, item.name) != item.default]
        if given:
            raise InputError(
                f"{config.source}: deviation.{given[0]} = {shown(getattr(table, given[0]))} has no effect without "
                "deviation.models; name the other models, or remove the table"
            )
    selects = table.lower is not None or table.upper is not None
    if selects and "selected.extxyz" in config.output.trajectory:
        raise InputError(
            f"{config.source}: output.trajectory = 'selected.extxyz' is where the frames of deviation.lower and upper "
            "go; choose another name"
        )
    if table.lower is not None and table.upper is not None and not table.lower < table.upper:
        raise InputError(
            f"{config.source}: deviation.lower = {table.lower:g} must be below deviation.upper = {table.upper:g}"
        )


def _check_watch(config: RunConfig) -> None:
    factor, table = config.watch.temperature_factor, config.watch
    if 0 < factor <= 1:
        raise InputError(f"{config.source}: watch.temperature_factor = {factor:g} must be above 1, or 0 for no limit")
    if table.distance == 0 and table.distance_every is not None:
        raise InputError(
            f"{config.source}: watch.distance_every = {table.distance_every} has no effect with distance = 0; remove "
            "one of them"
        )


def _complete_dynamics(config: RunConfig) -> DynamicsTable:
    """Refuse keys without effect, demand the needed ones, fill in the defaults of the ensemble."""
    dynamics, taken = config.dynamics, config.dynamics.ensemble_keys()
    place = f"{config.source}: dynamics"
    for key in sorted(_PARAMETER_KEYS | {"thermostat"}):
        value = getattr(dynamics, key)
        if value is not None and key not in taken:
            raise InputError(
                f'{place}.{key} = {shown(value)} has no effect with ensemble "{dynamics.ensemble}"; '
                f"remove it or choose another ensemble{_velocity_hint(key)}"
            )
    for key, default in taken.items():
        if getattr(dynamics, key) is None and default is None:
            raise InputError(f'{place}.{key} is missing: ensemble "{dynamics.ensemble}" needs it')
    absent = {key: value for key, value in taken.items() if getattr(dynamics, key) is None}
    return replace(dynamics, **absent)


def _velocity_hint(key: str) -> str:
    return " (velocities.temperature sets the start)" if key == "temperature" else ""


def _plain(table: dict[str, Any]) -> dict[str, Any]:
    def plain(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(plain(item) for item in value)
        return str(value) if isinstance(value, Path) else value

    return {key: plain(value) for key, value in table.items()}
