"""Writes a model dictionary as the programs that DeePMD-kit exports, without the code."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

from model_files.dpmodel_files import document, tagged_arrays

NOW, FORMERLY, EXPORT = "model/extra/", "extra/", "extra_files/"  # where the texts are kept, by release and suffix


def write_pt2(
    path: Path, model: dict[str, Any], folder: str = NOW, metadata: dict[str, Any] | None = None, **options: Any
) -> Path:
    """An archive; ``metadata`` None leaves it out, and ``options`` are those of ``zipfile.ZipFile``."""
    texts = {"model.json": tagged_arrays(document(model)), "model_def_script.json": {"type_map": model["type_map"]}}
    if metadata is not None:
        texts["metadata.json"] = metadata
    with zipfile.ZipFile(path, "w", **options) as archive:
        archive.writestr("model/data/aotinductor/model/model.so", b"\x7fELF" + bytes(200))
        archive.writestr("model/archive_format", b"pt2")
        for name, text in texts.items():
            archive.writestr(folder + name, json.dumps(text))
    return path
