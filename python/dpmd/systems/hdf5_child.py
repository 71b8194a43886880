"""Reads data sets in an HDF5 file in a process of its own, which ``hdf5_process`` starts.

argv: the file. stdin: one request a line, as JSON: the ``seconds`` and ``memory`` that the answer may cost beside what
was used before, and one of ``groups``, ``system`` and ``row``. stdout: one line of JSON for each, with an ``answer`` or
an ``error``; behind the answer to ``row`` stand its numbers, float64.
"""

from __future__ import annotations

import json
import math
import os
import sys
import time
from typing import Any

import h5py
import numpy as np


def main() -> None:
    """Serve until stdin ends."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what the library prints is no answer
    file = None
    for line in sys.stdin.buffer:
        request, numbers = json.loads(line), b""
        limit(request["memory"], request["seconds"])
        try:
            file = file or h5py.File(sys.argv[1], "r")
            if "row" in request:
                numbers = row(file, *request["row"])
                answer: Any = len(numbers)
            elif "groups" in request:
                answer = groups(file, request["groups"])
            else:
                answer = system(file, request["system"], request["used"])
            reply = {"answer": answer}
        except Exception as error:  # h5py signals damage in many ways
            reply = {"error": f"{type(error).__name__}: {' '.join(str(error).split())[:400]}"}
        answers.write(json.dumps(reply).encode() + b"\n" + numbers)
        answers.flush()


def limit(memory: int, seconds: int) -> None:
    """Cap memory and CPU time at what is taken now and so much more, where the system can."""
    try:
        import resource

        with open("/proc/self/statm") as pages:
            memory += int(pages.read().split()[0]) * resource.getpagesize()
    except (ImportError, OSError):
        return
    seconds += math.ceil(time.process_time())
    for which, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, seconds)):
        hard = resource.getrlimit(which)[1]
        resource.setrlimit(which, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def groups(file: h5py.File, below: str) -> dict[str, Any]:
    """The groups that are systems within one, and what stands at the root; no group: None."""
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
    """The texts of a system, the kind and shape of its arrays, by sets."""
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


def row(file: h5py.File, name: str, index: int) -> bytes:
    """The numbers of one row."""
    return np.ascontiguousarray(member(file, name)[index], dtype="<f8").tobytes()


def member(group: Any, path: str) -> Any:
    """What stands at a path; no link leads out of the file."""
    for step in path.strip("/").split("/"):
        if isinstance(group.get(step, getlink=True), h5py.ExternalLink):
            raise ValueError(f"{path} is a link to another file")
        group = group[step]
    if isinstance(group, h5py.Dataset) and (group.external or group.is_virtual):
        raise ValueError(f"{path} keeps its data in another file")
    return group


def words(data: Any) -> list[str]:
    """A dataset of numbers or texts as words."""
    found = [word.decode("utf-8", "replace") if isinstance(word, bytes) else str(word) for word in np.ravel(data[()])]
    return " ".join(found).split()
