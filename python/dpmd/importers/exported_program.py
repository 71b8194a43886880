"""Programs that DeePMD-kit exports (``.pt2``, ``.pte``): what they are, and how they become readable."""

from __future__ import annotations

import zipfile

from dpmd.errors import InputError
from dpmd.foreign import reading
from dpmd.importers.common import json_document
from dpmd.importers.kind import kind_of, refuse_other_kinds

_SETTINGS = "extra/model_def_script.json"
_LONGEST = 1 << 20  # bytes of settings


def refuse_exported_program(archive: zipfile.ZipFile, place: str, remedy: str) -> None:
    """Raise ``InputError`` by the kind of the model, or with the ``remedy`` where dpmd runs that kind."""
    info = next((one for one in archive.infolist() if one.filename.endswith(_SETTINGS)), None)
    if info is not None and info.file_size <= _LONGEST:
        with reading(place, "a damaged exported program"), archive.open(info) as entry:
            settings = entry.read(_LONGEST)
        refuse_other_kinds(kind_of(json_document(settings, f"{place}: {_SETTINGS}")), place)
    raise InputError(f"{place}: an exported program; {remedy}")
