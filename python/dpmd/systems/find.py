"""Finds the sources of frames that a user names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from dpmd.errors import InputError
from dpmd.regular_file import read_text, require_regular
from dpmd.structure import ReadOptions
from dpmd.systems.contents import Contents
from dpmd.systems.hdf5 import find_groups, is_hdf5, read_group
from dpmd.systems.npy import read_npy, set_folders
from dpmd.systems.raw import read_raw
from dpmd.systems.system import System

if TYPE_CHECKING:
    from collections.abc import Callable

    from dpmd.systems.structures import Structures

_MODEL_SUFFIXES = (".dpmd", ".pb", ".pth", ".pt", ".pt2", ".pte", ".dp", ".hlo", ".jax", ".yaml")


@dataclass(frozen=True)
class Source:
    """One system, or some structure files that belong together; nothing is read before it is needed."""

    name: str
    read: Callable[[], Contents] | None = None  # of a stored system
    files: tuple[Path, ...] = ()  # structure files
    reading: ReadOptions = field(default_factory=ReadOptions)  # what these do not say
    stored: Path | None = None  # the folder or HDF5 file of a stored system

    def type_map(self) -> list[str] | None:
        """The names of the types, if the source has a list of them."""
        return None if self.read is None else self.read().type_map

    def paths(self) -> tuple[Path, ...]:
        """The files from which it is read."""
        if self.stored is None or self.stored.is_file():
            return self.files if self.stored is None else (self.stored,)
        return tuple(file for pattern in ("*.raw", "nopbc", "set.*/*.npy") for file in self.stored.glob(pattern))

    def open(self, type_map: Sequence[str], say: Callable[[str, str], None]) -> System | Structures:
        """The frames, with types numbered as in ``type_map``.

        Args:
            type_map: Names of the types.
            say: Called with a key and a line about how a file was interpreted, once for each key.

        Raises:
            InputError: A system is damaged, or names a type that is not in ``type_map``.
        """
        if self.read is not None:
            return System(self.read(), type_map)
        from dpmd.systems.structures import Structures

        return Structures(self.name, self.files, type_map, self.reading, say)


def find_sources(paths: Iterable[str | Path], reading: ReadOptions | None = None) -> list[Source]:
    """Every source in ``paths`` and below them, sorted within each path, and none twice.

    A path may be the folder of a system or one that contains systems at any depth; an HDF5 file, or ``file#/group``; a
    structure file; or a folder of structure files, which is one source.

    Args:
        paths: The paths that the user names.
        reading: Options for what structure files do not say.

    Raises:
        InputError: A path does not exist or contains nothing to read; or there are no structure files for ``reading``.
    """
    found: dict[str, Source] = {}
    for path in paths:
        for source in _sources(str(path)):
            found.setdefault(source.name, source)
    if reading in (None, ReadOptions()):
        return list(found.values())
    if not any(source.files for source in found.values()):
        raise InputError(
            "--types, --format, --cell, --pbc, --atom-style, --units and --frame are for structure files, and there is "
            f"none among {', '.join(found)}"
        )
    others = [source.name for source in found.values() if not source.files]
    if reading.frame is not None and others:
        raise InputError(f"--frame {reading.frame} is for structure files, not for {others[0]}; use two commands")
    return [replace(source, reading=reading) for source in found.values()]


def read_data_file(path: Path) -> list[str]:
    """The systems that a text file lists, one per line, as for ``dp test -f``; paths are relative to the working
    folder."""
    lines = [line.strip() for line in read_text(path).splitlines()]
    if not any(lines):
        raise InputError(f"{path}: lists no system; it needs one path per line")
    return [line for line in lines if line]


def _sources(name: str) -> list[Source]:
    file, hash_sign, group = name.partition("#")
    path = Path(name)
    if hash_sign and not path.exists():
        return _groups(Path(file), group.strip("/"))
    if path.is_dir():
        return _below(path)
    if not path.exists():
        raise InputError(f"{path}: there is no such file or folder")
    require_regular(path)
    return _groups(path, "") if is_hdf5(path) else [_structure(path)]


def _below(path: Path) -> list[Source]:
    """The sources in a folder."""
    below = sorted(file.parent for file in path.rglob("type.raw"))
    return [_folder(one) for one in below] or [_structures(path)]


def _folder(path: Path) -> Source:
    raw = not set_folders(path) and (path / "coord.raw").exists()
    return Source(str(path), partial(read_raw if raw else read_npy, path), stored=path)


def _groups(path: Path, below: str) -> list[Source]:
    if not path.is_file():
        raise InputError(f"{path}: there is no such file")
    if not is_hdf5(path):
        raise InputError(f"{path}: is not an HDF5 file, so it has no group {below!r}")
    return [
        Source(f"{path}#/{group}", partial(read_group, path, group), stored=path) for group in find_groups(path, below)
    ]


def _structure(path: Path) -> Source:
    if path.suffix in _MODEL_SUFFIXES:
        raise InputError(f"{path}: is a model by its name, but is given where frames are expected: put models first")
    return Source(str(path), files=(path,))


def _structures(path: Path) -> Source:
    """A folder of frames, in numerical order: 2 before 10."""
    files = [file for file in path.iterdir() if file.is_file() and not file.name.startswith(".")]
    if not files:
        raise InputError(f"{path}: no system here or below (a system has a file type.raw), and no structure files")
    return Source(str(path), files=tuple(sorted(files, key=_natural)))


def _natural(file: Path) -> list[tuple[int, int, str]]:
    parts = re.split(r"(\d+)", file.name)
    return [(1, int(part), "") if part.isdecimal() else (0, 0, part) for part in parts]
