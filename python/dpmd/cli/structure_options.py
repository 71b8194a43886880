"""Options of commands that read structure files, for what a file does not say."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated, Any, get_type_hints

import typer

from dpmd.errors import InputError
from dpmd.structure import ReadOptions, read_options

_OPTIONS: dict[str, Any] = {
    "types": Annotated[
        str | None,
        typer.Option("--types", help="The types of the file's atoms, e.g. 1=O,2=H or OW=O; default: from the file."),
    ],
    "format": Annotated[
        str | None, typer.Option("--format", help="ASE's name of the file's format; default: from content and name.")
    ],
    "cell": Annotated[
        str | None,
        typer.Option(
            "--cell", help="A box for a file that has none: 3 edges, or 9 components of the lattice vectors, Å."
        ),
    ],
    "pbc": Annotated[
        str | None,
        typer.Option("--pbc", help='Which directions are periodic: true, false or "T T F"; default: from the file.'),
    ],
    "atom_style": Annotated[str | None, typer.Option("--atom-style", help="Atom style of a LAMMPS data file.")],
    "units": Annotated[str | None, typer.Option("--units", help="Units of a LAMMPS file that does not name them.")],
    "frame": Annotated[
        int | None,
        typer.Option("--frame", help="One frame of a trajectory, counted from 0; negative: from the end."),
    ],
}


def reads_structures(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options above to a command, and pass their values as its parameter ``reading``."""
    hints = get_type_hints(command, include_extras=True)

    def call(**given: Any) -> None:
        said = {name: given.pop(name) for name in _OPTIONS}
        command(**given, reading=_parse(**said))

    kind = inspect.Parameter.KEYWORD_ONLY
    own = [one for one in inspect.signature(command).parameters.values() if one.name != "reading"]
    parameters = [one.replace(kind=kind, annotation=hints[one.name]) for one in own]
    parameters += [inspect.Parameter(name, kind, default=None, annotation=hint) for name, hint in _OPTIONS.items()]
    call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    call.__annotations__ = {one.name: one.annotation for one in parameters}
    call.__name__, call.__doc__, call.__module__ = command.__name__, command.__doc__, command.__module__
    return call


def _parse(
    types: str | None,
    format: str | None,
    cell: str | None,
    pbc: str | None,
    atom_style: str | None,
    units: str | None,
    frame: int | None,
) -> ReadOptions:
    try:
        return read_options(format, _pairs(types), _numbers(cell), _flags(pbc), atom_style, units, frame)
    except InputError as error:
        raise InputError(f"--{error}") from None


def _pairs(text: str | None) -> dict[str, str] | None:
    if text is None:
        return None
    pairs = [part.partition("=") for part in text.split(",")]
    out = {name.strip(): value.strip() for name, _, value in pairs}
    if not all(sign and name.strip() and value.strip() for name, sign, value in pairs) or len(out) < len(pairs):
        raise InputError(f"types {text}: must be pairs such as 1=O,2=H, with each name once")
    return out


def _numbers(text: str | None) -> list[float] | None:
    try:
        return None if text is None else [float(word) for word in text.replace(",", " ").split()]
    except ValueError:
        raise InputError(f"cell {text}: must be numbers such as 10,10,10") from None


def _flags(text: str | None) -> list[bool] | None:
    from dpmd.flags import parse_flags

    if text is None:
        return None
    flags = parse_flags(text)
    if flags is None:
        raise InputError(f'pbc {text}: must be one flag or three, such as true or "T T F"')
    return list(flags)
