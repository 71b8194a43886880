"""Is dpmd as much faster than DeePMD-kit as it is committed to be? Runs both programs in turn on this machine.

python bench/versus_deepmd/versus_deepmd.py --help
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated

import typer
from comparisons import Comparison, grouped, select, write_structure
from deepmd_side import Deepmd
from dpmd_side import measure_dpmd
from measurement import MAX_FOREIGN_CORES, BenchmarkError, Dynamics, Layout, Measurement
from plugin_side import measure_in_lammps
from report import Row, document, table
from rich.console import Console

REPOSITORY = Path(__file__).resolve().parents[2]
SKIN = 2.0  # Å
TEMPERATURE = 330.0  # K
SEED = 20201

# A check that both programs compute the same system, not a test of accuracy: (eV per atom, relative length of the force
# vector). A table of DeePMD-kit is accurate to about 1e-7, half precision to a few meV per atom.
_TOLERANCE = {"double": (1e-5, 1e-4)}
_TOLERANCE_MIXED = (5e-3, 1e-2)

console = Console()


@dataclass(frozen=True)
class Settings:
    """How every comparison is measured."""

    shared: Path
    work: Path
    layouts: tuple[Layout, ...]
    steps: int
    warmup: int
    repeats: int
    smallest: bool


class Benchmark:
    """Measures comparisons, and keeps those that failed with the reason."""

    def __init__(self, settings: Settings, deepmd: Deepmd) -> None:
        self._settings = settings
        self._deepmd = deepmd
        self.rows: list[Row] = []
        self.failures: dict[str, str] = {}
        """Message by ``comparison, cores``."""

    def measure(self, group: Sequence[Comparison]) -> None:
        """Measure comparisons that share the run of DeePMD-kit."""
        for layout in self._settings.layouts:
            rows = [Row(comparison, layout, [], []) for comparison in group]
            try:
                self._take_turns(rows)
            except BenchmarkError as error:
                for row in rows:
                    self._fail(row, error)
            self.rows += [row for row in rows if len(row.ours) == self._settings.repeats]

    def _take_turns(self, rows: Sequence[Row]) -> None:
        """Run DeePMD-kit, then dpmd for each row, and repeat. A row that fails is left out from then on."""
        settings, variant, system = self._settings, rows[0].comparison.deepmd, rows[0].comparison.system
        layout = rows[0].layout
        original = self._deepmd.original(variant, settings.shared)
        types = _type_map(original)
        structure = write_structure(system, types, settings.shared, settings.work, settings.smallest)
        dynamics = Dynamics(
            structure, system.timestep_fs, settings.steps, settings.warmup, SKIN, TEMPERATURE, seed=SEED
        )
        model = self._deepmd.model(variant, original)
        logs = settings.work / "logs"
        logs.mkdir(exist_ok=True)
        for turn in range(settings.repeats):
            going = [row for row in rows if len(row.ours) == turn]
            if not going:
                return
            seeded, where = replace(dynamics, seed=SEED + turn), f"{layout}-{turn}.log".replace(" ", "-")
            log = logs / f"deepmd-{system.name}-{model.name}-{where}"
            theirs = self._deepmd.measure(model, types, seeded, layout, log)
            for row in going:
                self._answer(row, theirs, original, types, seeded, logs / f"dpmd-{row.comparison.name}-{where}")

    def _answer(
        self, row: Row, theirs: Measurement, model: Path, types: Sequence[str], dynamics: Dynamics, log: Path
    ) -> None:
        """Measure dpmd after DeePMD-kit, and record both."""
        variant = row.comparison.dpmd
        try:
            if variant.pair_style:
                ours = measure_in_lammps(self._deepmd, variant, model, types, dynamics, row.layout, log)
            else:
                ours = measure_dpmd(variant, model, dynamics, row.layout, log)
            _check_same_system(theirs, ours, variant.precision)
        except BenchmarkError as error:
            self._fail(row, error)
            return
        row.theirs.append(theirs)
        row.ours.append(ours)
        console.print(
            f"{row.comparison.name}, {row.layout}, turn {len(row.ours)} of {self._settings.repeats}: "
            f"DeePMD-kit {theirs.us_per_atom_step:.1f}, dpmd {ours.us_per_atom_step:.2f} µs per atom and step; "
            f"energies differ by {abs(theirs.energy - ours.energy) / ours.n_atoms:.1e} eV per atom, "
            f"force norms by {abs(theirs.force_norm / ours.force_norm - 1):.1e}",
            soft_wrap=True,
        )
        foreign = max(theirs.usage.foreign_cores, ours.usage.foreign_cores)
        if foreign > MAX_FOREIGN_CORES:
            console.print(f"[yellow]  something else kept {foreign:.1f} cores busy meanwhile: repeat this[/]")

    def _fail(self, row: Row, error: BenchmarkError) -> None:
        name = f"{row.comparison.name}, {row.layout}"
        self.failures.setdefault(name, str(error))
        console.print(f"[red]{name} failed:[/]")
        console.print(str(error), markup=False, highlight=False, soft_wrap=True)


def main(
    cases: Annotated[str | None, typer.Option(help="Words, comma-separated: cases whose name has one.")] = None,
    steps: Annotated[int, typer.Option(min=1, help="Timed steps.")] = 50,
    warmup: Annotated[int, typer.Option(min=1, help="Steps before them.")] = 5,
    repeats: Annotated[int, typer.Option(min=1, help="Turns of both programs; medians are printed.")] = 3,
    cores: Annotated[str, typer.Option(help="Numbers of cores, comma-separated.")] = "1,2",
    also_threads: Annotated[
        bool, typer.Option("--also-threads", help="DeePMD-kit also with threads instead of MPI ranks.")
    ] = False,
    json_path: Annotated[
        Path | None, typer.Option("--json", help="Where results go; else versus_deepmd.json in the work folder.")
    ] = None,
    work_dir: Annotated[
        Path, typer.Option(help="For DeePMD-kit's environment (2.2 GB), compressed models and logs; kept.")
    ] = REPOSITORY / "build" / "versus_deepmd",
    shared: Annotated[Path, typer.Option(help="Folder with models/ and data/.")] = REPOSITORY.parent / "shared",
    deepmd_venv: Annotated[
        Path | None, typer.Option(help="Environment with DeePMD-kit and its LAMMPS; else one is made.")
    ] = None,
    smallest: Annotated[
        bool,
        typer.Option("--smallest", help="Small boxes, three steps, one turn: shows that it works, times nothing."),
    ] = False,
) -> None:
    """Compare DeePMD-kit in LAMMPS with dpmd on this machine, and both with the committed ratios."""
    try:
        settings = Settings(
            shared=shared.absolute(),
            work=work_dir.absolute(),
            layouts=_layouts(cores, also_threads),
            steps=3 if smallest else steps,
            warmup=1 if smallest else warmup,
            repeats=1 if smallest else repeats,
            smallest=smallest,
        )
        chosen = select(cases if cases or not smallest else "cu-exact")
        benchmark, deepmd = _run(settings, chosen, deepmd_venv)
    except BenchmarkError as error:
        console.print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(1) from error
    if benchmark.rows:
        name = "smallest.json" if smallest else "versus_deepmd.json"
        _report(benchmark, settings, deepmd.versions, json_path or settings.work / name)
    if benchmark.failures:
        console.print(f"[red]failed:[/] {'; '.join(benchmark.failures)}", soft_wrap=True)
        raise typer.Exit(1)


def _report(benchmark: Benchmark, settings: Settings, versions: Mapping[str, str], path: Path) -> None:
    plain = {key: str(value) if isinstance(value, Path) else value for key, value in asdict(settings).items()}
    plain |= {"skin": SKIN, "temperature": TEMPERATURE, "seed": SEED}
    path.write_text(json.dumps(document(benchmark.rows, benchmark.failures, plain, versions), indent=1) + "\n")
    Console(width=max(console.width, 180)).print(table(benchmark.rows))
    console.print(f"written: {path}", soft_wrap=True)


def _run(settings: Settings, chosen: Sequence[Comparison], deepmd_venv: Path | None) -> tuple[Benchmark, Deepmd]:
    if not (settings.shared / "models").is_dir():
        raise BenchmarkError(f"{settings.shared} has no folder models: --shared must name the reference models' folder")
    settings.work.mkdir(parents=True, exist_ok=True)
    deepmd = Deepmd(settings.work, deepmd_venv)
    benchmark = Benchmark(settings, deepmd)
    for group in grouped(chosen):
        benchmark.measure(group)
    return benchmark, deepmd


def _layouts(cores: str, also_threads: bool) -> tuple[Layout, ...]:
    """The layouts to measure: DeePMD-kit is fastest with one MPI rank of one thread per core."""
    available = len(os.sched_getaffinity(0))
    layouts: list[Layout] = []
    for word in cores.split(","):
        if not word.strip().isdigit() or not 1 <= int(word) <= available:
            raise BenchmarkError(f"--cores {cores!r}: {word!r} is no number from 1 to {available}, which are there")
        layouts.append(Layout(ranks=int(word), threads=1))
        if also_threads and int(word) > 1:
            layouts.append(Layout(ranks=1, threads=int(word)))
    return tuple(layouts)


def _type_map(model: Path) -> list[str]:
    """Names of a model's types, in its order."""
    try:
        from dpmd.errors import Error
        from dpmd.importers import import_model
    except ImportError as error:
        raise BenchmarkError(
            f"dpmd cannot be imported ({error}): run this with the Python it is installed in"
        ) from error
    try:
        return import_model(str(model)).type_map
    except (Error, OSError) as error:
        raise BenchmarkError(str(error)) from error


def _check_same_system(theirs: Measurement, ours: Measurement, precision: str) -> None:
    """Raise unless energy and forces of the start structure agree."""
    per_atom, relative = _TOLERANCE.get(precision, _TOLERANCE_MIXED)
    same = (
        theirs.n_atoms == ours.n_atoms
        and math.isclose(theirs.energy, ours.energy, rel_tol=0, abs_tol=per_atom * ours.n_atoms)
        and math.isclose(theirs.force_norm, ours.force_norm, rel_tol=relative)
    )
    if not same:
        raise BenchmarkError(
            f"the programs disagree about the start structure, so times mean nothing: DeePMD-kit {theirs.n_atoms} "
            f"atoms, {theirs.energy} eV, force norm {theirs.force_norm} eV/Å; dpmd {ours.n_atoms} atoms, "
            f"{ours.energy} eV, {ours.force_norm} eV/Å"
        )


if __name__ == "__main__":
    typer.run(main)
