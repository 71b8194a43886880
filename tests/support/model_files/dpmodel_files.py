"""Writes a model dictionary as DeePMD-kit's ``.dp`` and ``.yaml`` files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

_HEAD = {"software": "test", "version": "3.1.0", "backend": "test"}


def document(model: dict[str, Any]) -> dict[str, Any]:
    return {**_HEAD, "model": model, "model_def_script": {"type_map": model["type_map"]}}


def write_dp(path: Path, model: dict[str, Any], beside: dict[str, Any] | None = None) -> Path:
    """Writes HDF5: the dictionary as JSON in an attribute, arrays as datasets that it names.

    Args:
        path: The file.
        model: The model dictionary.
        beside: What else the document has, such as the programs in a .hlo file.
    """
    import h5py

    arrays: list[Any] = []

    def name(value: Any) -> Any:
        if isinstance(value, (np.ndarray, np.void)):
            arrays.append(value)
            return f"/variable_{len(arrays) - 1:04d}"
        return value

    with h5py.File(path, "w") as file:
        text = json.dumps(_mapped({**document(model), **(beside or {})}, name))
        for k, array in enumerate(arrays):
            file.create_dataset(f"variable_{k:04d}", data=array)
        file.attrs["json"] = text
    return path


def write_yaml(path: Path, model: dict[str, Any]) -> Path:
    """Writes YAML: arrays as tagged mappings with nested lists."""
    import yaml

    path.write_text(yaml.safe_dump(tagged_arrays(document(model))))
    return path


def write_hlo(path: Path, model: dict[str, Any]) -> Path:
    """Writes the HDF5 file of DeePMD-kit's JAX backend: compiled programs stand beside the model."""
    programs = {"stablehlo": np.void(b"ML\xefR" + bytes(60)), "stablehlo_no_ghost": np.void(bytes(64))}
    constants = {"type_map": model["type_map"], "rcut": 5.0, "dim_fparam": 0}
    return write_dp(path, model, {"backend": "JAX", "@variables": programs, "constants": constants})


def tagged_arrays(value: Any) -> Any:
    """A value with arrays as tagged mappings."""

    def tagged(leaf: Any) -> Any:
        if isinstance(leaf, np.ndarray):
            return {"@class": "np.ndarray", "@is_variable": True, "dtype": leaf.dtype.name, "value": leaf.tolist()}
        return leaf

    return _mapped(value, tagged)


def _mapped(value: Any, leaf: Any) -> Any:
    if isinstance(value, dict):
        return {key: _mapped(item, leaf) for key, item in value.items()}
    if isinstance(value, list):
        return [_mapped(item, leaf) for item in value]
    return leaf(value)
