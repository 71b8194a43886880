"""Reads data sets in an HDF5 file in a separate process, which ``hdf5`` starts."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any

import h5py
import numpy as np

from dpmd.child_process import Answer
from dpmd.regular_file import open_regular

COMPLAINT = "a damaged HDF5 file"


def answers(path: str, wanted: str, **about: Any) -> Iterator[Answer]:
    """The result of ``groups``, ``system`` or ``rows``; the file is open only as long as that takes.

    Args:
        path: The file.
        wanted: One of the three.
        about: Its arguments.
    """
    with open_regular(path) as content, h5py.File(content, "r") as file:
        found = {"groups": groups, "system": system, "rows": rows}[wanted](file, **about)
    yield (None, {"rows": found}) if wanted == "rows" else (found, {})


def groups(file: h5py.File, below: str) -> dict[str, Any]:
    """The groups within a group that are systems, and the contents of the root; None if there is no such group."""
    try:
        group = member(file, below) if below else file
    except KeyError:
        group = None
    if not isinstance(group, h5py.Group):
        return {"found": None, "root": list(file)[:20]}
    found = [below] if "type.raw" in group else []

    def look(name: str, item: Any) -> None:
        if isinstance(item, h5py.Group) and "type.raw" in item:
            found.append(f"{below}/{name}".strip("/"))

    group.visititems(look)
    return {"found": sorted(found), "root": []}


def system(file: h5py.File, name: str, used: list[str]) -> dict[str, Any]:
    """The texts of a system, and the kind and shape of its arrays by set."""
    group = member(file, name) if name else file
    folders = {key: member(group, key) for key in group if key.startswith("set.")}
    sets, unused = {}, set()
    for key in sorted(key for key, item in folders.items() if isinstance(item, h5py.Group)):
        held = {one: member(folders[key], f"{one}.npy") for one in used if f"{one}.npy" in folders[key]}
        sets[key] = {one: [data.dtype.str, list(data.shape), data.name] for one, data in held.items()}
        unused |= {item for item in folders[key] if item.removesuffix(".npy") not in used}
    return {
        "sets": sets,
        "unused": sorted(unused),
        "types": words(member(group, "type.raw")),
        "type_map": words(member(group, "type_map.raw")) if "type_map.raw" in group else None,
        "open": "nopbc" in group and bool(np.all(member(group, "nopbc")[()])),
    }


def rows(file: h5py.File, name: str, first: int, end: int) -> np.ndarray:
    """[rows, numbers] some rows of a dataset, flat, as float64."""
    found = np.asarray(member(file, name)[first:end], dtype="<f8")
    return found.reshape(len(found), prod(found.shape[1:]))


def member(group: Any, path: str) -> Any:
    """The object at a path; links out of the file are refused."""
    for step in path.strip("/").split("/"):
        if isinstance(group.get(step, getlink=True), h5py.ExternalLink):
            raise ValueError(f"{path} is a link to another file")
        group = group[step]
    if isinstance(group, h5py.Dataset) and (group.external or group.is_virtual):
        raise ValueError(f"{path} keeps its data in another file")
    return group


def words(data: Any) -> list[str]:
    """A dataset of numbers or texts, as words."""
    found = [word.decode("utf-8", "replace") if isinstance(word, bytes) else str(word) for word in np.ravel(data[()])]
    return " ".join(found).split()
