"""Writes a model dictionary as DeePMD-kit's ``.dp`` and ``.yaml`` files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

_HEAD = {"software": "test", "version": "3.1.0", "backend": "test"}


def document(model: dict[str, Any]) -> dict[str, Any]:
    return {**_HEAD, "model": model, "model_def_script": {"type_map": model["type_map"]}}


def write_dp(path: Path, model: dict[str, Any]) -> Path:
    """Writes HDF5: the dictionary as JSON in an attribute, arrays as datasets that it names."""
    import h5py

    arrays: list[np.ndarray] = []

    def name(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            arrays.append(value)
            return f"/variable_{len(arrays) - 1:04d}"
        return value

    with h5py.File(path, "w") as file:
        text = json.dumps(_mapped(document(model), name))
        for k, array in enumerate(arrays):
            file.create_dataset(f"variable_{k:04d}", data=array)
        file.attrs["json"] = text
    return path


def write_yaml(path: Path, model: dict[str, Any]) -> Path:
    """Writes YAML: arrays as tagged mappings with nested lists."""
    import yaml

    def tagged(value: Any) -> Any:
        if isinstance(value, np.ndarray):
            return {"@class": "np.ndarray", "dtype": value.dtype.name, "value": value.tolist()}
        return value

    path.write_text(yaml.safe_dump(_mapped(document(model), tagged)))
    return path


def _mapped(value: Any, leaf: Any) -> Any:
    if isinstance(value, dict):
        return {key: _mapped(item, leaf) for key, item in value.items()}
    if isinstance(value, list):
        return [_mapped(item, leaf) for item in value]
    return leaf(value)
