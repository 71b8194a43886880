"""Frames that models disagree about, as extended XYZ: those to label next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import IO

import numpy as np

from dpmd.committee import ModelDeviation
from dpmd.shown import plain
from dpmd.systems import Frame


def write_selected(
    file: IO[str], frame: Frame, type_map: Sequence[str], found: ModelDeviation, source: str, step: int
) -> None:
    """Append a frame with the deviation of the force on each atom; the names of types take the place of elements."""
    comment = [f'Properties=species:S:1:pos:R:3:force_deviation:R:1 pbc="{" ".join("FT"[flag] for flag in frame.pbc)}"']
    if frame.cell is not None:
        comment.insert(0, f'Lattice="{_numbers(frame.cell)}"')
    if frame.fparam is not None:
        comment.append(f'fparam="{_numbers(frame.fparam)}"')
    comment += [f"source={_quoted(source)}", f"step={step}", f"max_devi_f={found.max_f:.12g}"]
    file.write(f"{frame.n_atoms}\n{' '.join(comment)}\n")
    for kind, position, deviation in zip(frame.types, frame.positions, found.forces, strict=True):
        file.write(f"{type_map[kind]:<4}" + "".join(f"{x:>18.10f}" for x in position) + f"{deviation:>18.10f}\n")


def _numbers(values: np.ndarray) -> str:
    return " ".join(f"{value:.12g}" for value in np.ravel(values))


def _quoted(text: str) -> str:
    return '"' + plain(text).replace("\\", "\\\\").replace('"', '\\"') + '"'
