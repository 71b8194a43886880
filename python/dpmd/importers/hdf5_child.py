"""Reads a model's HDF5 file in a process of its own, which ``hdf5_file`` starts."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

import h5py
import numpy as np

from dpmd.child_process import Answer
from dpmd.regular_file import open_regular

COMPLAINT = "a damaged HDF5 file or no model in it"


def answers(path: str, n_bytes: int) -> Iterator[Answer]:
    """The attribute ``json``, the names of what is skipped (programs that .hlo files keep beside a model), and arrays.

    Args:
        path: The file.
        n_bytes: What the arrays may hold.
    """
    with open_regular(path) as content, h5py.File(content, "r") as file:
        text = text_of(file)
        arrays, skipped = arrays_of(file, n_bytes)
    yield {"json": text, "skipped": skipped}, arrays


def text_of(file: h5py.File) -> str:
    """The root attribute ``json``."""
    if "json" not in file.attrs:
        raise ValueError("no attribute 'json' in it; is it a DeePMD-kit model?")
    if file.attrs.get_id("json").shape != ():
        raise ValueError("the attribute 'json' is not one text")
    text = file.attrs["json"]
    text = text.decode("utf-8") if isinstance(text, bytes) else text
    if not isinstance(text, str):
        raise ValueError("the attribute 'json' is not text")
    return text


def arrays_of(file: h5py.File, n_bytes: int) -> tuple[dict[str, np.ndarray], list[str]]:
    """Every numeric dataset at the root as float64, and the names of what else is there."""
    arrays, skipped = {}, []
    for name in file:
        if not isinstance(file.get(name, getlink=True), h5py.HardLink):
            raise ValueError(f"{name} is a link, not a dataset of this file")
        dataset = file[name]
        if not isinstance(dataset, h5py.Dataset) or dataset.dtype.kind not in "fiub":
            skipped.append(name)
            continue
        if dataset.external or dataset.is_virtual:
            raise ValueError(f"{name} keeps its data in another file")
        n_bytes -= 8 * prod(map(int, dataset.shape))
        if n_bytes < 0:
            raise ValueError(f"{name} declares the shape {dataset.shape}, more than the file holds")
        arrays[name] = np.ascontiguousarray(dataset[()], dtype=np.float64)
    return arrays, skipped
