"""How a run behaves when several processes share it: one voice, one failure, one pace."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

from dpmd.cli.command_group import say_error
from dpmd.cli.one_process import launched_rank
from dpmd.command import end_with
from dpmd.config import RunConfig
from dpmd.errors import DeviceError, InputError, RankError
from dpmd.ranks import Ranks, mpi_world

if TYPE_CHECKING:
    from dpmd.simulation import Simulation

_CAUSE_FIRST_SECONDS = 1.0


def world() -> Ranks:
    """All processes of mpirun; an error that keeps them from connecting is printed once."""
    try:
        return mpi_world()
    except RankError:
        if not launched_rank():
            raise
        time.sleep(_CAUSE_FIRST_SECONDS)
        raise typer.Exit(2) from None


@contextmanager
def one_failure(ranks: Ranks) -> Iterator[None]:
    """Errors that all ranks raise end all of them, and rank 0 prints one; an error of one rank alone ends the job."""
    try:
        yield
    except typer.Exit:
        raise
    except (InputError, DeviceError) as error:
        if ranks.size == 1:
            raise
        if ranks.is_first:
            say_error(error)
        raise typer.Exit(2) from None
    except BaseException as error:
        if ranks.size == 1:
            raise
        if isinstance(error, RankError):
            time.sleep(_CAUSE_FIRST_SECONDS)  # so that the rank that failed prints its reason first
        elif not isinstance(error, KeyboardInterrupt):
            end_with(error)
        reason = "interrupted" if isinstance(error, KeyboardInterrupt) else f"{type(error).__name__}: {error}"
        ranks.abort(reason)
        raise


def chosen_grid(text: str | None, config: RunConfig, ranks: Ranks) -> tuple[int, int, int] | None:
    """The grid of ``--grid 2x2x1`` or of the input file; InputError unless it has one part for each rank."""
    place, grid = "--grid " + (text or ""), config.ranks.grid
    if text is None:
        place = f"{config.source}: ranks.grid = {list(grid or ())}"
    else:
        parts = text.split("x")
        if len(parts) != 3 or not all(part.isascii() and part.isdigit() and int(part) > 0 for part in parts):
            raise InputError(
                f"{place}: must be three numbers from 1, the parts along each lattice vector, such as 2x2x1"
            )
        grid = (int(parts[0]), int(parts[1]), int(parts[2]))
    if grid is not None and grid[0] * grid[1] * grid[2] != ranks.size:
        raise InputError(
            f"{place} has {grid[0] * grid[1] * grid[2]} parts, but there are {ranks.description}, one for each part; "
            "give another grid or none, or start as many ranks (mpirun -n)"
        )
    return grid


def require_same(ranks: Ranks, record: dict[str, Any]) -> None:
    """Raise InputError on all ranks if one has read different files or settings than rank 0. Collective."""
    first = ranks.by_first(lambda: record)

    def compare() -> None:
        for table, values in first.items():
            for key, value in values.items():
                if record[table].get(key) != value:
                    raise InputError(
                        f"{table}.{key} is {record[table].get(key)!r}, on rank 0 {value!r}; all ranks must see the "
                        "same files: put input, model and structure where every node reads them"
                    )

    ranks.together(compare)


def sharing_line(simulation: Simulation, ranks: Ranks, seconds: float) -> str:
    """A line about how the work was shared in a run of ``seconds``. Collective."""
    report = simulation.rank_report()
    n_ghosts = int(ranks.largest(report.n_ghosts))
    halo = ranks.largest(simulation.stage_times.get("halo", 0.0) / max(seconds, 1e-9))
    return (
        f"{ranks.size} ranks ({' x '.join(map(str, report.grid))}), imbalance {report.imbalance:.2f}, "
        f"at most {n_ghosts:,} ghosts per rank and {100 * halo:.0f} % of the time in the halo"
    )
