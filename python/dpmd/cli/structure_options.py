"""Options of commands that read structure files: what a file does not say."""

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
        typer.Option("--types", help="What the atoms of the file are, as 1=O,2=H or OW=O; default: as it says."),
    ],
    "format": Annotated[
        str | None, typer.Option("--format", help="ASE's name of the file's format; default: from content and name.")
    ],
    "cell": Annotated[
        str | None,
        typer.Option("--cell", help="Box of a file that has none: 3 edges, or the 9 components of its vectors, Å."),
    ],
    "pbc": Annotated[
        str | None,
        typer.Option("--pbc", help='Which directions are periodic: true, false or "T T F"; default: as the file says.'),
    ],
    "atom_style": Annotated[str | None, typer.Option("--atom-style", help="Of a LAMMPS data file.")],
    "units": Annotated[str | None, typer.Option("--units", help="Of a LAMMPS file that does not name them.")],
}
_FRAME = Annotated[int, typer.Option("--frame", help="Which frame of a trajectory, from 0; -1: the last.")]


def reads_structures(one_frame: bool) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A decorator that gives a command the options above, and its parameter ``reading`` what they say.

    Args:
        one_frame: There is an option for which frame.
    """
    shared: dict[str, Any] = _OPTIONS | ({"frame": _FRAME} if one_frame else {})

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        hints = get_type_hints(command, include_extras=True)
        signature = inspect.signature(command)

        def call(**given: Any) -> None:
            said = {name: given.pop(name) for name in shared}
            command(**given, reading=_parse(**said))

        own = [p.replace(annotation=hints[p.name]) for p in signature.parameters.values() if p.name != "reading"]
        added = [
            inspect.Parameter(
                name, inspect.Parameter.KEYWORD_ONLY, default=-1 if name == "frame" else None, annotation=hint
            )
            for name, hint in shared.items()
        ]
        parameters = [p.replace(kind=inspect.Parameter.KEYWORD_ONLY) for p in own] + added
        call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        call.__annotations__ = {p.name: p.annotation for p in parameters}
        call.__name__, call.__doc__, call.__module__ = command.__name__, command.__doc__, command.__module__
        return call

    return decorate


def _parse(
    types: str | None,
    format: str | None,
    cell: str | None,
    pbc: str | None,
    atom_style: str | None,
    units: str | None,
    frame: int = -1,
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
        raise InputError(f"types {text}: must be pairs, each name once, as 1=O,2=H")
    return out


def _numbers(text: str | None) -> list[float] | None:
    try:
        return None if text is None else [float(word) for word in text.replace(",", " ").split()]
    except ValueError:
        raise InputError(f"cell {text}: must be numbers, as 10,10,10") from None


def _flags(text: str | None) -> list[bool] | None:
    from dpmd.structure.flags import parse_flags

    if text is None:
        return None
    flags = parse_flags(text)
    if flags is None:
        raise InputError(f'pbc {text}: must be one flag or three, as true or "T T F"')
    return list(flags)
