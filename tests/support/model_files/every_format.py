"""One model dictionary in every format of DeePMD-kit, and the results of the importers."""

from __future__ import annotations

import numpy as np
import pytest

from dpmd.importers import import_model
from model_files.checkpoint_files import write_pt
from model_files.dpmodel_files import write_dp, write_yaml
from model_files.exported_files import write_pt2
from model_files.graph_files import graph_of, write_pb
from model_files.torch_files import write_pth

WRITERS = {
    "tensorflow-graph": lambda folder, model: write_pb(folder / "m.pb", graph_of(model)),
    "torchscript": lambda folder, model: write_pth(folder / "m.pth", model),
    "torch-checkpoint": lambda folder, model: write_pt(folder / "m.pt", model),
    "exported-program": lambda folder, model: write_pt2(folder / "m.pt2", model),
    "dpmodel-hdf5": lambda folder, model: write_dp(folder / "m.dp", model),
    "dpmodel-yaml": lambda folder, model: write_yaml(folder / "m.yaml", model),
}
every_format = pytest.mark.parametrize("form", WRITERS)


def imported(folder, form, model):
    return import_model(WRITERS[form](folder, model))


def from_graph(folder, graph):
    return import_model(write_pb(folder / "m.pb", graph))


def same_networks(left, right):
    if left is None or right is None:
        return left is right
    if left.table is not None:
        return np.array_equal(left.table.coefficients, right.table.coefficients)
    return len(left.layers) == len(right.layers) and all(
        a.activation == b.activation
        and a.skip == b.skip
        and all(
            np.array_equal(getattr(a, name), getattr(b, name))
            if getattr(a, name) is not None
            else getattr(b, name) is None
            for name in ("weight", "bias", "timestep")
        )
        for a, b in zip(left.layers, right.layers, strict=True)
    )
