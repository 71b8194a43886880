"""``dpmd neighbor-stat -s SYSTEM -r CUTOFF``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from dpmd.cli.options import real
from dpmd.cli.sources import Systems
from dpmd.cli.structure_options import reads_structures
from dpmd.structure import ReadOptions

if TYPE_CHECKING:
    from dpmd.systems import Source


@reads_structures
def neighbor_stat(
    systems: Systems,
    cutoff: Annotated[float, real(0, "--rcut", "-r", help="Cutoff radius, Å.")],
    type_map: Annotated[
        list[str] | None,
        typer.Option("--type-map", "-t", help="Names of the types, in order; default: those of the systems."),
    ] = None,
    mixed: Annotated[
        bool, typer.Option("--mixed-type", "--one-type", help="Count neighbours of all types together.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    *,
    reading: ReadOptions,
) -> None:
    """Count neighbours in data sets, for the `sel` of a training, and find the smallest distance.

    The numbers are those of `dp neighbor-stat`; the suggested sel is what `"sel": "auto"` would choose.
    """
    import json

    from dpmd.cli.sources import Notes, opened, require_frames
    from dpmd.neighbor_statistics import NeighborStatistics
    from dpmd.systems import find_sources, naming

    sources = find_sources(systems, reading)
    statistics = NeighborStatistics(type_map or _type_map(sources), cutoff, mixed)
    for system in opened(sources, statistics.type_map, Notes()):
        for frame in system.frames():
            with naming(frame):
                statistics.add(frame)
    require_frames(statistics.n_frames, systems)
    values = statistics.as_plain()
    if as_json:
        typer.echo(json.dumps(values, indent=2))
        return
    nearest = values["min_nbor_dist"]
    typer.echo(f"{statistics.n_frames} frames, types {' '.join(statistics.type_map)}, cutoff {cutoff:g} Å")
    typer.echo(f"min_nbor_dist: {f'{nearest:.6f}' if nearest else f'no two atoms are closer than {cutoff:g} Å'}")
    typer.echo(f"max_nbor_size: {values['max_nbor_size']}")
    typer.echo(f"suggested sel: {values['suggested_sel']}")


def _type_map(sources: list[Source]) -> list[str]:
    """The types of all systems, in the order of their first appearance."""
    from dpmd.errors import InputError

    names: dict[str, None] = {}
    for source in sources:
        own = source.type_map()
        if own is None:
            raise InputError(f"{source.name}: has no list of types (type_map.raw); give their names with --type-map")
        names |= dict.fromkeys(own)
    return list(names)
