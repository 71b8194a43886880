"""Frames sent between two processes as answers of ``child_process``: only data is transferred."""

from __future__ import annotations

from typing import Any

from dpmd.child_process import Answer
from dpmd.structure.file_frame import FileFrame, Kind

_ARRAYS = ("kind_of_atom", "positions", "cell", "velocities", "masses", "fixed", "fparam", "aparam", "forces", "virial")
_VALUES = ("pbc", "step", "time", "energy", "remarks", "unused", "hindrances")


def pack(frame: FileFrame) -> Answer:
    """Pack a frame for ``unpack``."""
    message: dict[str, Any] = {name: getattr(frame, name) for name in _VALUES}
    message["kinds"] = [(kind.name, kind.label, kind.mass) for kind in frame.kinds]
    return message, {name: array for name in _ARRAYS if (array := getattr(frame, name)) is not None}


def unpack(answer: Answer) -> FileFrame:
    """The frame in an answer."""
    message, arrays = answer[0], {name: answer[1][name] for name in _ARRAYS if name in answer[1]}
    frame = FileFrame([Kind(*kind) for kind in message["kinds"]], arrays.pop("kind_of_atom"), arrays.pop("positions"))
    for name, value in [*arrays.items(), *((name, message[name]) for name in _VALUES)]:
        setattr(frame, name, value)
    frame.pbc = None if frame.pbc is None else (frame.pbc[0], frame.pbc[1], frame.pbc[2])
    return frame
