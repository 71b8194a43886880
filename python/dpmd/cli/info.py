"""``dpmd info [MODEL]``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from dpmd.cli.options import Compress, Dpa1Function, Head, Precision, Tolerance


def info(
    model: Annotated[Path | None, typer.Argument(help="Any model file that dpmd reads.")] = None,
    device: Annotated[str, typer.Option(help="cpu, cuda:0, hip:0 or auto.")] = "cpu",
    precision: Precision = "double",
    compress: Compress = True,
    tolerance: Tolerance = None,
    head: Head = None,
    dpa1_function: Dpa1Function = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show what a model file holds and how it would run here, and what this machine has: GPUs, MPI and LAMMPS.

    Without a model, only the machine is shown. The defaults are those of `dpmd run`. What compression does to the model
    is measured, not estimated, except for the predicted speed-up, which counts operations.
    """
    import json
    from dataclasses import asdict

    from dpmd.compression import readable
    from dpmd.device import devices
    from dpmd.lammps import plugin_parts
    from dpmd.models.summary import hybrids_in_words
    from dpmd.potential import Potential
    from dpmd.ranks import mpi_parts

    values: dict[str, Any] = {}
    if model is not None:
        form = {"compress": compress, "tolerance": tolerance, "head": head, "dpa1_function": dpa1_function}
        values = Potential(model, device, precision, **form).info()
    found = devices()
    if as_json:
        document = values | {"devices": [asdict(one) for one in found], "mpi": mpi_parts(), "lammps": plugin_parts()}
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
        return
    if values:
        values = hybrids_in_words(values)
        values["compression"] = readable(values["compression"], values["type_map"])
    parts = {"devices": {one.name: str(one) for one in found}, "mpi": mpi_parts(), "lammps": plugin_parts()}
    rows = list(_rows(values | parts))
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        typer.echo(f"{name:<{width}}  {value}")


def _rows(values: dict[str, Any], prefix: str = "") -> Any:
    """The name and text of each value; a dictionary gives a row for each of its values."""
    for key, value in values.items():
        if key == "notes":
            yield from ((f"{prefix}note", one) for one in value)
        elif isinstance(value, dict):
            yield from _rows(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", _text(value)


def _text(value: Any) -> str:
    if value is None or value == "" or value == []:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return " ".join(str(item) for item in value)
    return f"{value:g}" if isinstance(value, float) else str(value)
