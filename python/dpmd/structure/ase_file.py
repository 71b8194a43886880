"""Every other kind of file, read by ASE in a separate process.

ASE has a hundred parsers, none of which limits what a file can make it do: a few bytes can declare any number of atoms
or grid points, or unpack to gigabytes. A child process reads the file under limits of memory and time that grow with
the size of the file, and returns plain arrays. It reads file after file, so that it has to be started only once.
"""

from __future__ import annotations

import shutil
from codecs import BOM_UTF8
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from dpmd.child_process import Child
from dpmd.errors import InputError
from dpmd.foreign import reading
from dpmd.regular_file import open_regular, require_regular
from dpmd.structure.file_frame import FileFrame
from dpmd.structure.frame_message import unpack

_CHILD = "dpmd.structure.ase_child"
# What reading a file may take: a fixed amount, and an amount for each megabyte of it.
_SECONDS, _SECONDS_PER_MEGABYTE = 4, 4  # CPU time; the elapsed time may be longer on a busy machine
_BYTES, _BYTES_PER_BYTE = 256 << 20, 96


def frames(path: Path, file_format: str | None, index: int | None) -> Iterator[FileFrame]:
    """One frame, or all if ``index`` is None, without the empty frames that ASE makes at the end of a file.

    Raises:
        InputError: ASE cannot read the file, or not within the limits for its size; or it contains something that dpmd
            cannot treat as intended.
    """
    if file_format is not None and file_format.startswith("lammps-dump"):
        raise InputError(f"{path}: dumps are read as text; ASE would take the types of a binary one for elements")
    size = require_regular(path)
    seconds = _SECONDS + _SECONDS_PER_MEGABYTE * (size >> 20)
    with _unmarked(path) as readable, Child.taken(_CHILD, path) as child:
        task = {"path": str(readable.absolute()), "name": str(path), "file_format": file_format, "index": index}
        for answer in child.ask(path, task, _BYTES + _BYTES_PER_BYTE * size, seconds):
            with reading(path, "reading it gave an unusable answer"):
                frame = unpack(answer)
            yield frame


@contextmanager
def _unmarked(path: Path) -> Iterator[Path]:
    """The file, or a copy without its byte order mark, which ASE would take for a part of the first word."""
    with open_regular(path) as file:
        if file.read(3) != BOM_UTF8:
            yield path
            return
        with TemporaryDirectory() as folder:
            copy = Path(folder) / path.name
            with copy.open("wb") as target:
                shutil.copyfileobj(file, target)
            yield copy
