"""Every other kind of file, through ASE, behind a process boundary.

ASE has a hundred parsers, none of which bounds what a file can make it do: a few bytes can promise any number of atoms
or points of a grid, and unpack to gigabytes. A child process reads the file under limits of memory and time that grow
with its size, and hands back plain arrays. It serves file after file, so that its start is paid once.
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
# What reading a file may take: so much, and so much for each megabyte of it.
_SECONDS, _SECONDS_PER_MEGABYTE = 4, 4  # of CPU time, which a machine with much else to do stretches
_BYTES, _BYTES_PER_BYTE = 256 << 20, 96


def frames(path: Path, file_format: str | None, index: int | None) -> Iterator[FileFrame]:
    """One frame, or all when ``index`` is None; what ASE makes of a file's end, frames without atoms, is left out.

    Raises:
        InputError: ASE cannot read the file, or not within limits that its size sets; or it holds what dpmd cannot take
            as it is meant.
    """
    if file_format is not None and file_format.startswith("lammps-dump"):
        raise InputError(f"{path}: dumps are read as text; ASE takes the types of a binary one for elements")
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
    """The file, or a copy without its byte order mark, which ASE takes for a part of the first word."""
    with open_regular(path) as file:
        if file.read(3) != BOM_UTF8:
            yield path
            return
        with TemporaryDirectory() as folder:
            copy = Path(folder) / path.name
            with copy.open("wb") as target:
                shutil.copyfileobj(file, target)
            yield copy
