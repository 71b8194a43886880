"""Reads the programs that DeePMD-kit exports with PyTorch: ``.pt2`` and ``.pte``.

Such a file is a zip archive of compiled code for one kind of device, and of texts beside it. One of these is the whole
model as DeePMD-kit's model dictionary; nothing else is needed, and no code is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from dpmd.errors import InputError
from dpmd.importers.common import json_document
from dpmd.importers.dpmodel import spec_from_document
from dpmd.importers.kind import kind_of, refuse_other_kinds
from dpmd.importers.limits import Budget
from dpmd.importers.section import Section
from dpmd.importers.zip_entries import ZipEntries
from dpmd.models.spec import ModelSpec

FORMAT = "exported-program"

_MODEL, _METADATA, _SETTINGS = "model.json", "metadata.json", "model_def_script.json"
# PyTorch has kept such texts in several places: extra_files/, extra/, and <name>/extra/.
_PLACE = re.compile(r"(?:.*/)?extra(?:_files)?/([^/]+)")
_PROGRAM = re.compile(r"aotinductor/|serialized_exported_program|(^|/)archive_format$")
_LONGEST = {_MODEL: 4}  # times the file; numbers as text shrink to half when they are deflated
_DEFAULT_INPUT = "nlist"  # of files that do not say


def holds_model(names: Iterable[str]) -> bool:
    """Whether an archive with these entries is a program with its model beside it."""
    return _MODEL in _texts(names)


def refuse_program(path: Path, names: Iterable[str]) -> None:
    """Raise ``InputError`` for a program without a model beside it."""
    if any(_PROGRAM.search(name) for name in names):
        raise InputError(
            f"{path}: an exported program of PyTorch without DeePMD-kit's model in it ({_MODEL}); give the model that "
            "it was made from"
        )


def read(path: Path, content: bytes) -> ModelSpec:
    budget = Budget(len(content))
    archive = ZipEntries(path, content, budget)
    texts = _texts(archive.names)

    def document(name: str) -> dict[str, Any]:
        if name not in texts:
            return {}
        archive.require_size(texts[name], times_file=_LONGEST.get(name, 1))
        place = f"{path}: {texts[name]}"
        return Section(json_document(archive.read(texts[name]), place), place, budget).value

    settings = document(_SETTINGS)
    refuse_other_kinds(kind_of(settings), str(path))
    root = {"model_def_script": settings or None, **document(_MODEL)}
    lower_input = Section(document(_METADATA), f"{path}: {_METADATA}", budget).text("lower_input_kind", _DEFAULT_INPUT)
    return spec_from_document(Section(root, str(path), budget), path, content, FORMAT, lower_input)


def _texts(names: Iterable[str]) -> dict[str, str]:
    """Where the texts beside a program are, by their own names; the outermost where there are several."""
    found: dict[str, str] = {}
    for name in sorted(names, key=lambda name: (name.count("/"), name)):
        match = _PLACE.fullmatch(name)
        if match:
            found.setdefault(match[1], name)
    return found
