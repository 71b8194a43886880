"""Files that Git LFS has not fetched: they contain a pointer of a few lines instead of the content."""

from __future__ import annotations

from pathlib import Path

from dpmd.errors import InputError
from dpmd.regular_file import open_regular

_FIRST_LINE = b"version https://git-lfs.github.com/spec/"


def refuse_lfs_pointer(path: str | Path) -> None:
    """Raise ``InputError`` with the remedy when the file is a Git LFS pointer.

    If it cannot be read, its reader will report that.
    """
    try:
        with open_regular(path) as file:
            head = file.read(len(_FIRST_LINE))
    except (InputError, OSError):
        return
    if head.startswith(_FIRST_LINE):
        raise InputError(f"{path}: a Git LFS pointer, not the file itself; fetch it with: git lfs pull")
