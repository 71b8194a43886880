"""Options that several commands share: how a model is loaded."""

from __future__ import annotations

from math import isfinite
from typing import Annotated, Any

import typer


def whole(at_least: int, **description: str) -> Any:
    """An option that takes a whole number up to 2^53, which may be written as 1e6.

    Args:
        at_least: The smallest value allowed.
        description: Further arguments of ``typer.Option``.
    """

    def parse(text: str) -> int:
        from dpmd.arguments import MOST_STEPS
        from dpmd.config_reader import whole_number

        try:
            number = whole_number(int(text) if text.strip().lstrip("+-").isdigit() else float(text))
        except ValueError:
            raise typer.BadParameter(f"{text!r} is not a whole number") from None
        if number < at_least:
            raise typer.BadParameter(f"{text!r} is below {at_least}")
        if number > MOST_STEPS:
            raise typer.BadParameter(f"{text!r} is above {MOST_STEPS}")
        return number

    return typer.Option(parser=parse, metavar="INTEGER", **description)


def real(at_least: float, *names: str, **description: str) -> Any:
    """An option that takes a finite number.

    Args:
        at_least: The smallest value allowed.
        names: Names of the option, if they differ from that of the parameter.
        description: Further arguments of ``typer.Option``.
    """

    def parse(text: str | float) -> float:
        try:
            number = float(text)
        except ValueError:
            raise typer.BadParameter(f"{text!r} is not a number") from None
        if not isfinite(number):
            raise typer.BadParameter(f"{text!r} is not a finite number")
        if number < at_least:
            raise typer.BadParameter(f"{text!r} is below {at_least:g}")
        return number

    return typer.Option(*names, parser=parse, metavar="FLOAT", **description)


Device = Annotated[str, typer.Option(help="Where to compute: cpu, cuda:0, hip:0 or auto.")]
Threads = Annotated[int | None, typer.Option(min=1, help="Number of threads.")]
Precision = Annotated[str, typer.Option(help="double, mix32 or mix16; on a GPU also mix32-3xtf32, mix32-tf32.")]
Overflow = Annotated[
    str, typer.Option(help="What to do with more neighbours than sel: error, or keep_nearest as in DeePMD-kit.")
]
Compress = Annotated[bool, typer.Option(help="Compress at load, as dpmd run does.")]
Tolerance = Annotated[
    float | None, typer.Option(help="Largest force error of compression, eV/Å; the default depends on the precision.")
]
Head = Annotated[
    str | None, typer.Option(metavar="NAME", help="Which model of a multi-task checkpoint; default: Default.")
]
Dpa1Function = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="dense or graph: that function of a DPA-1 model; default: its file's."),
]
Force = Annotated[bool, typer.Option("--force", help="Replace existing files.")]
