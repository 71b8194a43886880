"""The zip container of PyTorch files: one pickle and raw storages."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from dpmd.errors import InputError
from dpmd.importers.limits import Budget
from dpmd.importers.pickle_data import Tensor, load_pickle
from dpmd.importers.zip_entries import ZipEntries


class TorchArchive:
    """``root`` is the pickled object; ``array`` gives the values of the tensors in it."""

    def __init__(self, path: Path, content: bytes, budget: Budget):
        self.place = str(path)
        self._budget = budget
        self._storages: dict[str, bytes] = {}
        self._entries = ZipEntries(path, content, budget)
        pickles = [n for n in self._entries.names if n.endswith("/data.pkl") and n.count("/") == 1]
        if len(pickles) != 1:
            raise InputError(f"{path}: expected one <name>/data.pkl in the archive, found {pickles}")
        self._folder = pickles[0].removesuffix("data.pkl")
        order = f"{self._folder}byteorder"
        if order in self._entries.names and self._entries.read(order).strip() != b"little":
            raise InputError(f"{path}: written on a big-endian machine, which is not supported")
        self._entries.require_size(pickles[0], times_file=1)  # PyTorch does not compress it
        self.root = load_pickle(self._entries.read(pickles[0]), f"{path}: {pickles[0]}")

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

    def resolve(self, value: Any, place: str) -> Any:
        """``value`` with tensors replaced by arrays; everything else as it is."""
        return self.array(value, place) if isinstance(value, Tensor) else value

    def _storage(self, key: str) -> bytes:
        if key not in self._storages:
            self._storages[key] = self._entries.read(f"{self._folder}data/{key}")
        return self._storages[key]
