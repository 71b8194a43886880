"""``dpmd bench MODEL``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from dpmd.benchmark import Measurement


def bench(
    model: Annotated[Path, typer.Argument(help="Any model file that dpmd reads.")],
    structure: Annotated[
        Path | None, typer.Option(help="A structure file; without one a lattice is made that suits the model.")
    ] = None,
    atoms: Annotated[int, typer.Option(min=1, help="Atoms of the made structure, about.")] = 4096,
    small: Annotated[int, typer.Option(min=0, help="Atoms of the second, small structure; 0: none.")] = 192,
    timestep: Annotated[float, typer.Option(min=0, help="Time step that ns/day is told for, fs.")] = 0.5,
    seconds: Annotated[float, typer.Option(min=0.01, help="Time to spend on each row.")] = 2.0,
    threads: Annotated[int | None, typer.Option(min=1, help="Number of threads.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write the numbers to this file.")] = None,
) -> None:
    """Measure how fast a model runs on this machine, by precision.

    Times whole NVE steps with a skin of 2 Å, atoms at rest: a step costs the same whatever the atoms do, apart from
    rebuilding the neighbour list now and then.
    """
    import json

    from dpmd.benchmark import FORMS, measure
    from dpmd.potential import Potential
    from dpmd.structure import read_structure

    given = None
    if structure is not None:
        given = read_structure(structure, Potential(model).type_map)
    sizes = [atoms] if given is not None or small in (0, atoms) else [atoms, small]
    rows = []
    for n_atoms in sizes:
        found = [measure(model, given, precision, compress, n_atoms, threads, seconds) for precision, compress in FORMS]
        _print(found, timestep)
        rows += found
    if json_file is not None:
        document = {"model": str(model), "measurements": [row.as_plain() for row in rows]}
        json_file.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _print(found: list[Measurement], timestep: float) -> None:
    """One table per structure."""
    from rich.console import Console
    from rich.table import Table

    first = found[0]
    table = Table(title=f"{first.n_atoms} atoms, {first.threads} threads", title_justify="left")
    table.add_column("precision and form", overflow="fold")
    for name in ("ms/step", "µs/atom", "atom-steps/s", "ns/day", "speed-up", "spread", "B/atom", "time by stage, %"):
        table.add_column(name, justify="right")
    for row in found:
        stages = ", ".join(f"{name} {100 * share:.0f}" for name, share in row.stages.items() if share >= 0.005)
        table.add_row(
            row.form,
            f"{1e3 * row.seconds_per_step:.3g}",
            f"{row.microseconds_per_atom:.3g}",
            f"{row.atom_steps_per_second:.3g}",
            f"{row.nanoseconds_per_day(timestep):.3g}",
            f"{first.seconds_per_step / row.seconds_per_step:.2f}",
            f"{100 * row.spread:.0f} %",
            f"{row.bytes_per_atom:.0f}",
            stages,
        )
    console = Console()
    console.width = max(console.width, 150)
    console.print(table)
