"""A second model of the same atoms: a committee needs two."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from dpmd.models.spec import ModelSpec
from model_files.parts import fitting_of


def second_model(spec: ModelSpec) -> list[tuple[np.ndarray, np.ndarray]]:
    """Pairs of old and new weights of the fitting nets that turn the first model into a second one, for model
    deviation."""
    changed = [(fitting_of(spec).networks[0].layers[1], 1.03), (fitting_of(spec).networks[1].layers[2], 0.98)]
    return [(layer.weight, layer.weight * factor) for layer, factor in changed]


def write_second_model(source: Path, target: Path) -> Path:
    """The second model as a .dpmd file."""
    spec = ModelSpec.load(source)
    for old, new in second_model(spec):
        old[:] = new
    spec.save(target)
    return target
