"""What commands over data sets share: the option that names them, and lines about what is not used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from dpmd.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from dpmd.systems import Source, Structures, System

_HELP = (
    "Frames: a deepmd/npy or raw folder, or one that holds some; an HDF5 file, or file#/group; a structure file or "
    "trajectory, or a folder of them. Several, or repeat."
)
Systems = Annotated[list[str], typer.Option("--system", "-s", help=_HELP, show_default=False)]
OptionalSystems = Annotated[list[str] | None, typer.Option("--system", "-s", help=_HELP)]


class Notes:
    """Lines on stderr about what is not used or not there."""

    def __init__(self) -> None:
        self._kinds: set[str] = set()

    def say(self, line: str) -> None:
        """A line."""
        typer.echo(f"dpmd: note: {line}", err=True)

    def once(self, kind: str, line: str) -> None:
        """A line, unless there was one of this kind."""
        if kind not in self._kinds:
            self._kinds.add(kind)
            self.say(line)


def opened(sources: Iterable[Source], type_map: Sequence[str], notes: Notes) -> Iterator[System | Structures]:
    """Each source for the types of a model, after what there is to say about it."""
    for source in sources:
        system = source.open(type_map, notes.once)
        for line in system.notes:
            notes.say(line)
        yield system


def read_files(models: Iterable[Path], sources: Iterable[Source]) -> list[Path]:
    """What a command reads, and must not overwrite."""
    return [*models, *(file for source in sources for file in source.paths())]


def require_frames(n_frames: int, names: Sequence[str | Path]) -> None:
    """No frames at all are an error."""
    if not n_frames:
        raise InputError(f"{', '.join(map(str, names))}: no frames")
