"""From a file of any kind to the frames that it holds."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from dpmd.errors import InputError
from dpmd.lfs_pointer import refuse_lfs_pointer
from dpmd.regular_file import open_regular, require_regular
from dpmd.structure import ase_file, lammps_data, lammps_dump, xyz
from dpmd.structure.file_frame import FileFrame
from dpmd.structure.options import ReadOptions
from dpmd.structure.text_file import open_lines, plain_name

_XYZ_NAMES = (".xyz", ".extxyz", ".exyz")
_FORMATS = {
    "lammps-data": "lammps-data",
    "lammps-dump-text": "lammps-dump",
    "lammps-dump": "lammps-dump",
    "xyz": "xyz",
    "extxyz": "xyz",
}
_HEAD = 200  # lines that are enough to recognise a format


def file_format(path: Path, options: ReadOptions) -> str | None:
    """A format that dpmd reads itself (lammps-data, lammps-dump or xyz), or else ASE's name, or None to let ASE find
    out.

    Raises:
        InputError: The file cannot be read, or an option is for another kind of file.
    """
    require_regular(path)
    found = _FORMATS.get(options.format or "", options.format) if options.format else _sniff(path)
    for name, formats in (("atom_style", ("lammps-data",)), ("units", ("lammps-data", "lammps-dump"))):
        if getattr(options, name) is not None and found not in formats:
            raise InputError(
                f'{path}: {name} = "{getattr(options, name)}" is for {" and ".join(formats)} files, and this is '
                f"{found or 'none'}: remove it, or name the format"
            )
    return found


def _sniff(path: Path) -> str | None:
    name = plain_name(path)
    refuse_lfs_pointer(path)
    try:
        with open_regular(path) as file:  # ASE reads binary files
            if b"\0" in file.read(4096) and name == path.name.lower():
                return None
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error
    try:
        head = list(islice(open_lines(path), _HEAD))
    except InputError:
        return "xyz" if name.endswith(_XYZ_NAMES) else None
    if lammps_dump.looks_like_one(head):
        return "lammps-dump"
    if name.endswith(_XYZ_NAMES):
        return "xyz"
    return "lammps-data" if lammps_data.looks_like_one(head) else None


def read_file(path: Path, options: ReadOptions, all_frames: bool) -> Iterator[FileFrame]:
    """The frame named by the options; if they name none, the last or, with ``all_frames``, each one by one.

    Raises:
        InputError: The file cannot be read in its format, or takes more memory than there is.
    """
    try:
        yield from _frames(path, options, all_frames)
    except MemoryError:
        raise InputError(f"{path}: reading it takes more memory than there is") from None


def _frames(path: Path, options: ReadOptions, all_frames: bool) -> Iterator[FileFrame]:
    kind = file_format(path, options)
    index = options.frame if options.frame is not None or all_frames else -1
    if kind == "lammps-data":
        if index not in (None, -1, 0):
            raise InputError(f"{path}: frame = {index}: a LAMMPS data file holds one")
        yield lammps_data.read(path, options.atom_style, options.units)
        return
    if kind not in ("lammps-dump", "xyz"):
        yield from _through_ase(path, kind, index)
        return
    blocks, parse = (
        (xyz.blocks, xyz.parse)
        if kind == "xyz"
        else (
            lammps_dump.blocks,
            partial(lammps_dump.parse, units=options.units),
        )
    )
    if index is None:
        found = False
        for block in blocks(path):
            found = True
            yield parse(path, block)
        if not found:
            raise InputError(f"{path}: holds no frames")
        return
    block, remark = _pick(path, blocks(path), index)
    frame = parse(path, block)
    if options.frame is None and remark:
        frame.remarks = [remark, *frame.remarks]
    yield frame


def _through_ase(path: Path, kind: str | None, index: int | None) -> Iterator[FileFrame]:
    n = 0
    for n, frame in enumerate(ase_file.frames(path, kind, index), start=1):  # noqa: B007
        yield frame
    if n == 0:
        raise InputError(f"{path}: holds no frames" if index is None else f"{path}: has no frame {index}")


def _pick(path: Path, blocks: Iterator[Any], index: int) -> tuple[Any, str]:
    """The frame with an index, with no more of the file in memory than necessary; and which it is, if it is the last of
    several."""
    last: deque[Any] = deque(maxlen=min(max(-index, 0), 2**31))
    n = 0
    for n, block in enumerate(blocks, start=1):
        if index >= 0 and n == index + 1:
            return block, ""
        last.append(block)
    if n == 0:
        raise InputError(f"{path}: holds no frames")
    if index >= 0 or n < -index:
        raise InputError(f"{path}: has no frame {index}: it holds {n}, from 0 to {n - 1}")
    return last[0], f"frame {n - 1} is taken, the last of {n}" if n > 1 and index == -1 else ""
