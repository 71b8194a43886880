"""Reads DeePMD-kit's backend-independent files: ``.dp``, ``.hlo`` and ``.jax`` (HDF5), ``.yaml``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from dpmd.errors import InputError
from dpmd.importers.common import source_of
from dpmd.importers.dpmodel_model import spec_from_model
from dpmd.importers.hdf5_file import hdf5_document
from dpmd.importers.kind import kind_of, refuse_other_kinds
from dpmd.importers.limits import Budget
from dpmd.importers.section import Section, as_array
from dpmd.importers.yaml_document import yaml_document
from dpmd.models.spec import ModelSpec

_HDF5_MAGIC = b"\x89HDF"


def read(path: Path, content: bytes) -> ModelSpec:
    budget = Budget(len(content))
    if content.startswith(_HDF5_MAGIC):
        document, form = hdf5_document(path, len(content), budget), "dpmodel-hdf5"
    else:
        document, form = yaml_document(content, str(path)), "dpmodel-yaml"
    if not isinstance(document, dict):
        raise InputError(f"{path}: no DeePMD-kit model: expected a mapping with 'model', found other text")
    return spec_from_document(Section(document, str(path), budget), path, content, form)


def spec_from_document(root: Section, path: Path, content: bytes, form: str, lower_input: str = "nlist") -> ModelSpec:
    """The model of a document: the model dictionary and what stands beside it.

    Args:
        root: The document.
        path: The file.
        content: What it holds.
        form: The name of its format.
        lower_input: What the program that was made of the model takes, as ``spec_from_model``.
    """
    if "model" not in root:
        raise InputError(f"{path}: no 'model' section; is it a DeePMD-kit model?")
    if "training" in root:
        raise InputError(f"{path}: an input of dp train, not a model; what dp freeze writes is one")
    refuse_other_kinds(kind_of(root.get("model")), str(path))
    distance = None
    if "@variables" in root:
        distance = _scalar(root.section("@variables").get("min_nbor_dist", None), root.budget)
    source = source_of(path, content, form, root.get("version", ""))
    script = root.get("model_def_script", None)
    return spec_from_model(root.section("model"), source, distance, script, lower_input)


def _scalar(value: Any, budget: Budget) -> Any:
    """A number that may be stored as an array."""
    if not isinstance(value, (np.ndarray, dict, list)):
        return value
    values = as_array(value, "min_nbor_dist", budget)
    return values.ravel()[0] if values.size == 1 else None
