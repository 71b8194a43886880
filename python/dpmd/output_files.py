"""Files that a command or a function writes: none is an input or another output, and none is left incomplete."""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import IO, Any

from dpmd.errors import InputError

__all__ = ["OutputFiles"]

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
_DESCRIPTORS = {"/dev/stdout": 1, "/dev/stderr": 2}


class OutputFiles:
    """A context whose files are put in place together when it ends well; after an error the old files stay.

    Until then they have no name, so that a process that is killed leaves nothing. Anything but a regular file
    (/dev/stdout, a fifo) is written to directly.

    Args:
        inputs: Files that are read. They are identified by their inode: links count as the file itself.
        force: Existing files may be replaced.
    """

    def __init__(self, inputs: Iterable[Path] = (), force: bool = True) -> None:
        self._inputs = {identity: path for path in inputs if isinstance(identity := _identity(path), tuple)}
        self._force = force
        self._names: dict[Any, Path] = {}
        self._files: dict[Path, IO[Any]] = {}
        self._streams: dict[Path, IO[Any]] = {}

    def reserve(self, *paths: Path) -> None:
        """Check the names of outputs before any work is done. A file that is not opened afterwards belongs to an
        earlier call and is removed at the end.

        Raises:
            InputError: One is an input, another output, a folder, or an existing file that must not be replaced.
        """
        for path in paths:
            if _is_stream(path):
                continue
            identity = _identity(path)
            if path.is_dir():
                raise InputError(f"{path}: is a folder; give the name of a file")
            if identity in self._inputs:
                raise InputError(f"{path}: would overwrite {self._inputs[identity]}, which is read; give another name")
            if self._names.get(identity, path) != path:
                raise InputError(f"{path}: is {self._names[identity]}; give each output its own file")
            if path.exists() and not self._force:
                raise InputError(f"{path}: exists; --force replaces it")
            self._names[identity] = path

    def open(self, path: Path, binary: bool = False) -> IO[Any]:
        """The file that becomes ``path``; text is UTF-8.

        Raises:
            InputError: As for ``reserve``; or the file cannot be written.
        """
        self.reserve(path)
        if path in self._files:
            raise InputError(f"{path}: is written already; give each output its own file")
        how: dict[str, Any] = {"mode": "w+b"} if binary else {"mode": "w+", "encoding": "utf-8"}
        try:
            if _is_stream(path):
                self._streams[path] = _open_stream(path, binary)
                return self._streams[path]
            self._files[path] = TemporaryFile(dir=_target(path).parent, **how)  # noqa: SIM115
        except OSError as error:
            raise _refusal(path, error) from error
        return self._files[path]

    def __enter__(self) -> OutputFiles:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self._finish()
            elif isinstance(error, OSError) and error.errno in _NO_ROOM and self._files:
                raise _refusal(next(iter(self._files)), error) from error
        finally:
            for file in (*self._files.values(), *self._streams.values()):
                with suppress(OSError):  # of files that are given up
                    file.close()

    def _finish(self) -> None:
        parts: dict[Path, Path] = {}
        path = Path()
        try:
            for path, file in self._streams.items():  # noqa: B007
                file.flush()
            for path, file in self._files.items():
                parts[path] = _target(path).with_name(f".dpmd-{secrets.token_hex(4)}.part")
                _copy(file, parts[path], _target(path))
            for path, part in parts.items():
                os.replace(part, _target(path))
            for path in self._names.values():
                if path not in parts:
                    path.unlink(missing_ok=True)
        except OSError as error:
            raise _refusal(path, error) from error
        finally:
            for part in parts.values():
                part.unlink(missing_ok=True)


def _copy(file: IO[Any], part: Path, target: Path) -> None:
    """A new file with this content, written to disk, with the permissions of the file that it is to replace."""
    file.flush()
    with open(file.fileno(), "rb", closefd=False) as source, open(part, "xb") as copy:
        source.seek(0)
        shutil.copyfileobj(source, copy)
        copy.flush()
        os.fsync(copy.fileno())
        if target.exists():
            os.fchmod(copy.fileno(), stat.S_IMODE(target.stat().st_mode))


def _identity(path: Path) -> tuple[int, int] | str:
    """Equal for two names of one file: its inode, or the place where it would be created."""
    try:
        found = os.stat(path)
    except OSError:
        return os.path.realpath(path)
    return found.st_dev, found.st_ino


def _target(path: Path) -> Path:
    """The path of the file itself, so that a link stays a link."""
    return Path(os.path.realpath(path))


def _descriptor(path: Path) -> int | None:
    """The file that /dev/stdout, /dev/fd/3 and the like stand for."""
    name = os.path.abspath(path)
    found = re.fullmatch(r"(?:/dev|/proc/self)/fd/(\d+)", name)
    return int(found[1]) if found else _DESCRIPTORS.get(name)


def _is_stream(path: Path) -> bool:
    return _descriptor(path) is not None or (path.exists() and not path.is_file() and not path.is_dir())


def _open_stream(path: Path, binary: bool) -> IO[Any]:
    descriptor = _descriptor(path)
    place: Any = path if descriptor is None else os.dup(descriptor)  # which appends to what is there
    return open(place, "wb") if binary else open(place, "w", encoding="utf-8")


def _refusal(path: Path, error: OSError) -> InputError:
    if isinstance(error, FileNotFoundError) and not _target(path).parent.exists():
        return InputError(f"{path}: cannot be written: there is no folder {path.parent}")
    return InputError(f"{path}: cannot be written: {error.strerror or error}")
