"""The entries of a zip archive from elsewhere, within the budget of the file."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from dpmd.errors import InputError
from dpmd.foreign import reading
from dpmd.importers.limits import Budget

# PyTorch compresses neither pickles nor documents; others, who pack its files anew, may deflate the latter.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class ZipEntries:
    """The names in an archive, and what they hold."""

    def __init__(self, path: Path, content: bytes, budget: Budget):
        self.place = str(path)
        self._file_bytes = len(content)
        self._budget = budget
        with reading(path, "a damaged zip archive, truncated?"):
            self._zip = zipfile.ZipFile(io.BytesIO(content))
            self.names = self._zip.namelist()

    def read(self, name: str) -> bytes:
        """An entry, after its declared size is accounted for."""
        place, info = f"{self.place}: {name}", self._entry(name)
        self._budget.take(info.file_size, place)
        # A damaged entry fails its checksum, its header or its compression, each in its own way.
        with reading(place, "damaged"), self._zip.open(info) as entry:
            data = entry.read(info.file_size + 1)
        if len(data) != info.file_size:
            raise InputError(f"{place} holds {len(data)} bytes, declares {info.file_size}")
        return data

    def require_size(self, name: str, times_file: int) -> None:
        """Raise ``InputError`` for an entry that is so many times as large as its file: it is made to cost more."""
        size, most = self._entry(name).file_size, times_file * self._file_bytes
        if size > most:
            raise InputError(
                f"{self.place}: {name} declares {size} bytes, more than a file of {self._file_bytes} should hold"
            )

    def _entry(self, name: str) -> zipfile.ZipInfo:
        place = f"{self.place}: {name}"
        try:
            info = self._zip.getinfo(name)
        except KeyError:
            raise InputError(f"{place} is missing in the archive") from None
        if info.compress_type not in _METHODS:
            raise InputError(f"{place}: compression method {info.compress_type} is not PyTorch's")
        return info
