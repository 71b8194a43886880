"""Options that several commands have: how a model is loaded."""

from __future__ import annotations

from typing import Annotated

import typer


def whole_option(text: str) -> int:
    """A whole number from 0 that may be written as 1e6."""
    from dpmd.config_reader import whole_number

    try:
        number = whole_number(int(text) if text.strip().lstrip("+-").isdigit() else float(text))
    except (ValueError, OverflowError):
        raise typer.BadParameter(f"{text!r} is not a whole number") from None
    if number < 0:
        raise typer.BadParameter(f"{text!r} is below 0")
    return number


Device = Annotated[str, typer.Option(help="Where to compute: cpu, cuda:0, hip:0 or auto.")]
Threads = Annotated[int | None, typer.Option(min=1, help="Number of threads.")]
Precision = Annotated[str, typer.Option(help="double, mix32 or mix16; on a GPU also mix32-3xtf32, mix32-tf32.")]
Overflow = Annotated[str, typer.Option(help="More neighbours than sel: error, or keep_nearest as DeePMD-kit does.")]
Compress = Annotated[bool, typer.Option(help="Compress at load, as dpmd run does.")]
Tolerance = Annotated[
    float | None, typer.Option(help="Largest force error of compression, eV/Å; default by precision.")
]
