"""``dpmd bench MODEL``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dpmd.cli.options import Force, Head, Threads, real, whole
from dpmd.cli.structure_options import reads_structures
from dpmd.structure import ReadOptions

if TYPE_CHECKING:
    from dpmd.benchmark import Measurement

_ATOMS, _SMALL = 4096, 192
_LARGE_REST = 0.3  # of a step; integration takes a tenth at most


@reads_structures
def bench(
    model: Annotated[Path, typer.Argument(help="Any model file that dpmd reads.")],
    structure: Annotated[
        Path | None, typer.Option(help="A structure file; without one, a lattice that suits the model is generated.")
    ] = None,
    atoms: Annotated[int | None, whole(1, help=f"About how many atoms to generate [{_ATOMS}].")] = None,
    small: Annotated[int | None, whole(0, help=f"Atoms of a second, small structure [{_SMALL}]; 0: none.")] = None,
    timestep: Annotated[
        float | None, real(0, help="Time step for which ns/day is given, fs [1, or 0.5 with hydrogen].")
    ] = None,
    seconds: Annotated[float, real(0.01, help="Seconds to spend on each row.")] = 2.0,
    device: Annotated[str, typer.Option(help="What to measure: cpu, cuda:0, hip:0 or auto.")] = "cpu",
    threads: Threads = None,
    head: Head = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write the numbers to this file.")] = None,
    force: Force = False,
    *,
    reading: ReadOptions,
) -> None:
    """Measure how fast a model runs on this machine in each precision.

    Times whole NVE steps with a skin of 2 Å, and adds a fiftieth of the time that it takes to build a neighbour list,
    since a list is used for about 50 steps. The atoms hardly move (the time step is 0.0001 fs), because those of a
    generated structure would fly apart; a step costs the same.
    """
    import json

    from dpmd.benchmark import FORMS, measure
    from dpmd.errors import InputError
    from dpmd.output_files import OutputFiles
    from dpmd.potential import Potential
    from dpmd.structure import read_structure

    if structure is not None and (atoms, small) != (None, None):
        raise InputError("--atoms and --small make structures; they have no effect with --structure")
    if structure is None and reading != ReadOptions():
        raise InputError(
            "--types, --format, --cell, --pbc, --atom-style, --units and --frame have no effect without --structure"
        )
    if timestep is not None and not timestep > 0:
        raise InputError(f"--timestep {timestep} fs must be above 0")
    if json_file is not None and not json_file.parent.is_dir():
        raise InputError(f"{json_file}: there is no folder {json_file.parent}")
    files = OutputFiles([path for path in (model, structure) if path is not None], force)
    if json_file is not None:
        files.reserve(json_file)
    potential = Potential(model, device, threads=threads, head=head)
    step = timestep or (0.5 if "H" in potential.type_map else 1.0)
    given = None if structure is None else read_structure(structure, potential.type_map, reading)
    sizes = [atoms or _ATOMS, _SMALL if small is None else small]
    sizes = sizes[:1] if given is not None else [size for size in dict.fromkeys(sizes) if size]

    heading = _heading(model, potential)
    typer.echo("\n".join(f"{name}: {value}" for name, value in heading.items()))
    rows = []
    for n_atoms in sizes:
        found = [
            measure(model, given, precision, compress, n_atoms, threads, seconds, device=device, head=head)
            for precision, compress in FORMS
        ]
        _print(found, step)
        rows += found
    typer.echo("\n".join(dict.fromkeys(row.form for row in rows)))
    if max(row.stages["rest"] for row in rows) > _LARGE_REST:
        typer.echo('A large "rest" means that threads wait: other programs use the cores, or there are too few cores.')
    if json_file is not None:
        plain = [row.as_plain() | {"nanoseconds_per_day": row.nanoseconds_per_day(step)} for row in rows]
        document = heading | {"timestep": step, "measurements": plain}
        with files:
            files.open(json_file).write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def _heading(model: Path, potential: Any) -> dict[str, Any]:
    import dpmd
    from dpmd.benchmark import REBUILD_EVERY, SKIN, machine

    info = potential.info()
    return {
        "model": str(model),
        "machine": f"{machine(info['device'])}, {info['kernels']}",
        "threads": info["threads"],
        "dpmd": dpmd.__version__,
        "skin": SKIN,
        "steps per neighbour list": REBUILD_EVERY,
    }


def _print(found: list[Measurement], timestep: float) -> None:
    """Two tables per structure: how fast it runs, and where the time goes."""
    from rich.console import Console

    first = found[0]
    speeds = ("ms/step", "µs/atom", "atom-steps/s", "ns/day", "speed-up", "spread", "B/atom")
    title = f"\n{first.n_atoms} atoms; ns/day at {timestep:g} fs"
    fast = _table(title, speeds)
    where = _table("of a step, %", tuple(first.stages))
    for row in found:
        name = (row.precision, "compressed" if row.compressed else "exact")
        fast.add_row(
            *name,
            f"{1e3 * row.seconds_per_step:.3g}",
            f"{row.microseconds_per_atom:.3g}",
            f"{row.atom_steps_per_second:.3g}",
            f"{row.nanoseconds_per_day(timestep):.3g}",
            f"{first.seconds_per_step / row.seconds_per_step:.2f}",
            f"{100 * row.spread:.0f} %",
            f"{row.bytes_per_atom:.0f}",
        )
        where.add_row(*name, *(f"{100 * share:.0f}" for share in row.stages.values()))
    console = Console()
    console.width = max(console.width, 100)
    console.print(fast)
    console.print(where)


def _table(title: str, columns: tuple[str, ...]) -> Any:
    from rich import box
    from rich.table import Table

    table = Table(title=title, title_justify="left", title_style="", box=box.SIMPLE_HEAD, padding=(0, 0, 0, 1))
    table.add_column("precision")
    table.add_column("nets")
    for name in columns:
        table.add_column(name, justify="right")
    return table
