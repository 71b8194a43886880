"""What commands for data sets share: the option that names the data, and notes about what is not used."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from dpmd.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from dpmd.systems import Source, Structures, System

_HELP = (
    "Frames: a deepmd/npy or raw folder, or a folder that contains some; an HDF5 file, or file#/group; a structure "
    "file or trajectory, or a folder of them. Several may follow one -s, or repeat the option."
)
Systems = Annotated[list[str], typer.Option("--system", "-s", help=_HELP, show_default=False)]
OptionalSystems = Annotated[list[str] | None, typer.Option("--system", "-s", help=_HELP)]


class Notes:
    """Notes on stderr about what is not used or missing."""

    def __init__(self) -> None:
        self._kinds: set[str] = set()

    def say(self, line: str) -> None:
        """Print a note."""
        typer.echo(f"dpmd: note: {line}", err=True)

    def once(self, kind: str, line: str) -> None:
        """Print a note, unless there was one of this kind."""
        if kind not in self._kinds:
            self._kinds.add(kind)
            self.say(line)


def opened(sources: Iterable[Source], type_map: Sequence[str], notes: Notes) -> Iterator[System | Structures]:
    """Open each source for the types of a model, after printing the notes about it."""
    for source in sources:
        system = source.open(type_map, notes.once)
        for line in system.notes:
            notes.say(line)
        yield system


def read_files(models: Iterable[Path], sources: Iterable[Source]) -> list[Path]:
    """The files that a command reads and must not overwrite."""
    return [*models, *(file for source in sources for file in source.paths())]


def require_frames(n_frames: int, names: Sequence[str | Path]) -> None:
    """Raise InputError when there are no frames at all."""
    if not n_frames:
        raise InputError(f"{', '.join(map(str, names))}: no frames")
