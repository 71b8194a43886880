"""Frames between two processes: a line of JSON and the bytes of arrays, so that what arrives is data, nothing else."""

from __future__ import annotations

from math import prod
from typing import Any, BinaryIO

import numpy as np

from dpmd.child_process import write_line
from dpmd.structure.file_frame import FileFrame, Kind

_ARRAYS = ("kind_of_atom", "positions", "cell", "velocities", "masses", "fixed", "fparam", "aparam", "forces", "virial")
_VALUES = ("pbc", "step", "time", "energy", "remarks", "unused", "hindrances")
_NUMBERS = "fiub"  # kinds of arrays: numbers and flags


def send_frame(stream: BinaryIO, frame: FileFrame) -> None:
    """A frame for ``receive_frame``."""
    arrays = {name: np.ascontiguousarray(array) for name in _ARRAYS if (array := getattr(frame, name)) is not None}
    for name, array in arrays.items():
        if array.dtype.kind not in _NUMBERS:
            raise ValueError(f"{name} holds {array.dtype}, not numbers")
    message: dict[str, Any] = {name: getattr(frame, name) for name in _VALUES}
    message["kinds"] = [(kind.name, kind.label, kind.mass) for kind in frame.kinds]
    message["arrays"] = {name: (array.dtype.str, array.shape) for name, array in arrays.items()}
    write_line(stream, message)
    for array in arrays.values():
        stream.write(array.data.cast("B") if array.size else b"")
    stream.flush()


def receive_frame(message: Any, stream: BinaryIO) -> FileFrame:
    """The frame of a line, whose arrays follow.

    Raises:
        EOFError: Whoever sends has ended.
    """
    arrays = {name: _array(stream, *message["arrays"][name]) for name in _ARRAYS if name in message["arrays"]}
    frame = FileFrame([Kind(*kind) for kind in message["kinds"]], arrays.pop("kind_of_atom"), arrays.pop("positions"))
    for name, value in [*arrays.items(), *((name, message[name]) for name in _VALUES)]:
        setattr(frame, name, value)
    frame.pbc = None if frame.pbc is None else (frame.pbc[0], frame.pbc[1], frame.pbc[2])
    return frame


def _array(stream: BinaryIO, kind: str, shape: list[int]) -> np.ndarray:
    dtype = np.dtype(kind)
    if dtype.kind not in _NUMBERS:
        raise ValueError(f"an array of {kind}")
    n_bytes = dtype.itemsize * prod(shape)
    content = stream.read(n_bytes)
    if len(content) != n_bytes:
        raise EOFError
    return np.frombuffer(bytearray(content), dtype).reshape(shape)
