"""The zip container of PyTorch files: one pickle and raw storages."""

from __future__ import annotations

import io
import math
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from dpmd.errors import InputError
from dpmd.foreign import reading
from dpmd.importers.limits import Budget
from dpmd.importers.pickle_data import Tensor, load_pickle


class TorchArchive:
    """``root`` is the pickled object; ``array`` gives the values of the tensors in it."""

    def __init__(self, path: Path, content: bytes, budget: Budget):
        self.place = str(path)
        self._budget = budget
        self._storages: dict[str, bytes] = {}
        with reading(path, "a damaged zip archive, truncated?"):
            self._zip = zipfile.ZipFile(io.BytesIO(content))
            names = self._zip.namelist()
        pickles = [n for n in names if n.endswith("/data.pkl") and n.count("/") == 1]
        if len(pickles) != 1:
            raise InputError(f"{path}: expected one <name>/data.pkl in the archive, found {pickles}")
        self._folder = pickles[0].removesuffix("data.pkl")
        order = f"{self._folder}byteorder"
        if order in names and self._read(order).strip() != b"little":
            raise InputError(f"{path}: written on a big-endian machine, which is not supported")
        self._require_stored(pickles[0], len(content))
        self.root = load_pickle(self._read(pickles[0]), f"{path}: {pickles[0]}")

    def array(self, tensor: Tensor, place: str) -> np.ndarray:
        """A tensor as float64."""
        count = self._budget.take_array(tensor.shape, place)
        itemsize = 2 if tensor.dtype == "bfloat16" else np.dtype(tensor.dtype).itemsize
        stored = self._storage(tensor.key)
        if len(stored) != tensor.n_stored * itemsize:
            raise InputError(
                f"{place}: storage {tensor.key} has {len(stored)} bytes, its tensor declares "
                f"{tensor.n_stored} elements of {itemsize}"
            )
        steps = zip(tensor.shape, tensor.stride, strict=True)
        last = tensor.offset + sum((n - 1) * step for n, step in steps)
        if count and last >= tensor.n_stored:
            raise InputError(f"{place}: the tensor reaches beyond its storage {tensor.key}")
        if count == 0:
            return np.zeros(tensor.shape)
        # Fewer distinct elements than the shape asks for means overlapping strides.
        if count > tensor.n_stored and math.prod(tensor.shape) > 1:
            raise InputError(f"{place}: {count} elements from a storage of {tensor.n_stored}")
        # Only what the tensor spans is converted: thousands of small tensors may share one large storage.
        stored_type = "<u2" if tensor.dtype == "bfloat16" else tensor.dtype
        values = np.frombuffer(stored, stored_type, last + 1 - tensor.offset, tensor.offset * itemsize)
        strides = [step * itemsize for step in tensor.stride]
        view = np.lib.stride_tricks.as_strided(values, tensor.shape, strides)
        if tensor.dtype == "bfloat16":
            view = (view.astype(np.uint32) << 16).view(np.float32)
        return np.array(view, dtype=np.float64)

    def _require_stored(self, name: str, file_bytes: int) -> None:
        """PyTorch does not compress its pickle: one that is larger than the file is made to cost more than it."""
        size = self._entry(name).file_size
        if size > file_bytes:
            raise InputError(f"{self.place}: {name} declares {size} bytes, more than the file of {file_bytes} holds")

    def resolve(self, value: Any, place: str) -> Any:
        """``value`` with tensors replaced by arrays; everything else as it is."""
        return self.array(value, place) if isinstance(value, Tensor) else value

    def _storage(self, key: str) -> bytes:
        if key not in self._storages:
            self._storages[key] = self._read(f"{self._folder}data/{key}")
        return self._storages[key]

    def _entry(self, name: str) -> zipfile.ZipInfo:
        place = f"{self.place}: {name}"
        try:
            info = self._zip.getinfo(name)
        except KeyError:
            raise InputError(f"{place} is missing in the archive") from None
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise InputError(f"{place}: compression method {info.compress_type} is not PyTorch's")
        return info

    def _read(self, name: str) -> bytes:
        """An entry, after its declared size is accounted for."""
        place, info = f"{self.place}: {name}", self._entry(name)
        self._budget.take(info.file_size, place)
        # A damaged entry fails its checksum, its header or its compression, each in its own way.
        with reading(place, "damaged"), self._zip.open(info) as entry:
            data = entry.read(info.file_size + 1)
        if len(data) != info.file_size:
            raise InputError(f"{place} holds {len(data)} bytes, declares {info.file_size}")
        return data
