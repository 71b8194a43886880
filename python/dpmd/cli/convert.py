"""``dpmd convert SRC DST``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dpmd.cli.options import Dpa1Function, Force, Head


def convert(
    source: Annotated[Path, typer.Argument(metavar="SRC", help="A model of DeePMD-kit.")],
    target: Annotated[Path, typer.Argument(metavar="DST", help="The .dpmd file to write.")],
    head: Head = None,
    dpa1_function: Dpa1Function = None,
    force: Force = False,
) -> None:
    """Write a model of DeePMD-kit (.pb .pth .pt .pt2 .pte .dp .hlo .yaml) as a .dpmd file.

    It holds the model as it was trained: precision and compression are chosen when it is loaded.
    """
    from dpmd.errors import InputError
    from dpmd.importers import import_model
    from dpmd.output_files import OutputFiles

    if target.suffix != ".dpmd":
        raise InputError(f"{target}: dpmd writes .dpmd files; give the target that suffix")
    OutputFiles([source], force).reserve(target)
    if not target.parent.is_dir():
        raise InputError(f"{target}: there is no folder {target.parent}")
    spec = import_model(source, head, dpa1_function=dpa1_function)
    spec.save(target)
    size = target.stat().st_size / 1e6
    types = " ".join(spec.type_map)
    parts = [one.type for term in spec.nets for one in term.descriptors] + ["pair table"] * len(spec.pair_tables)
    typer.echo(f"{source} -> {target}: {', '.join(parts)}, types {types}, {size:.2f} MB")
    for note in spec.notes:
        typer.echo(f"note: {note}")
