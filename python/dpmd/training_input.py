"""The data named in an ``input.json`` of DeePMD-kit's training."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from dpmd.errors import InputError
from dpmd.regular_file import read_text
from dpmd.shown import shown


def training_systems(path: Path, part: str) -> list[Path]:
    """The systems of one part of the data, for ``find_sources``.

    Args:
        path: The input file; the paths in it are relative to its folder.
        part: ``"training_data"`` or ``"validation_data"``.

    Raises:
        InputError: The file is not such an input, or names no systems for that part.
    """
    data = _part(_document(path), path, part)
    systems, patterns = data.get("systems"), data.get("rglob_patterns")
    names = [systems] if isinstance(systems, str) else systems
    if not _are_texts(names) or not names:
        raise InputError(f"{path}: training.{part}.systems must be a path or a list of paths, not {shown(systems)}")
    paths = [path.parent / name for name in names]
    if patterns is None:
        return paths
    if not _are_texts(patterns):
        raise InputError(f"{path}: training.{part}.rglob_patterns must be a list of patterns, not {shown(patterns)}")
    try:
        found = sorted({one for folder in paths for pattern in patterns for one in folder.rglob(pattern)})
    except (ValueError, NotImplementedError) as error:  # for an empty pattern, or one that begins at the root
        raise InputError(f"{path}: training.{part}.rglob_patterns = {shown(patterns)}: {error}") from error
    if not found:
        raise InputError(f"{path}: nothing in {shown([str(one) for one in paths])} matches one of {shown(patterns)}")
    return found


def _document(path: Path) -> Any:
    try:
        return json.loads(read_text(path))
    except InputError:
        raise
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: is not JSON: {error}") from error


def _part(document: Any, path: Path, part: str) -> dict[str, Any]:
    training = document.get("training") if isinstance(document, dict) else None
    if not isinstance(training, dict):
        raise InputError(f"{path}: has no section 'training'; is it an input of dp train?")
    if "data_dict" in training:
        raise InputError(f"{path}: trains several tasks (training.data_dict); name the systems of one with -s")
    data = training.get(part)
    if not isinstance(data, dict):
        raise InputError(f"{path}: has no section training.{part}; its sections are {shown(list(training))}")
    return data


def _are_texts(values: Any) -> bool:
    return isinstance(values, list) and all(isinstance(value, str) for value in values)
