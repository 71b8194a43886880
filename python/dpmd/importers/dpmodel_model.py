"""DeePMD-kit's backend-independent model dictionary, turned into a ``ModelSpec``.

``.dp`` and ``.yaml`` files hold this dictionary as it is; the PyTorch importers build it from their
modules. Networks come in collections whose first key runs fastest: centre i and neighbour j stand
at i + n_types j.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dpmd.importers.common import pairs, positive_or_none, sized, type_names
from dpmd.importers.dpmodel_fitting import read_fitting
from dpmd.importers.dpmodel_hybrid import read_descriptors
from dpmd.importers.section import Section, check_version
from dpmd.models.spec import ModelSpec, NetTerm, Source

_VERSION = 2  # the highest whose meaning is known


def spec_from_model(model: Section, source: Source, min_neighbor_distance: Any, script: Any) -> ModelSpec:
    """``model`` is the dictionary's ``model`` section."""
    check_version(model, _VERSION)
    descriptors = read_descriptors(model.section("descriptor"))
    n_types = len(descriptors[0].environment.sel)
    excluded_atoms = model.integers("atom_exclude_types", [])
    fitting, precision = read_fitting(model.section("fitting"), n_types, excluded_atoms)
    fitting.energy_shift += _output_bias(model, n_types)
    return ModelSpec(
        type_map=type_names(model.list("type_map", []), n_types, model.at("type_map")),
        terms=[NetTerm(descriptors, fitting)],
        precision=precision,
        pair_exclude_types=pairs(model.list("pair_exclude_types", []), n_types, model.at("pair_exclude_types")),
        atom_exclude_types=sorted(set(excluded_atoms)),
        min_neighbor_distance=positive_or_none(min_neighbor_distance),
        source=source,
        training_script=script,
    )


def _output_bias(model: Section, n_types: int) -> np.ndarray:
    """The bias of the output statistics [n_types] eV.

    These models also store out_std, the spread of the training energies; energies are not scaled by
    it.
    """
    if "@variables" not in model:
        return np.zeros(n_types)
    variables = model.section("@variables")
    bias = variables.array("out_bias")
    if bias is None:
        return np.zeros(n_types)
    return sized(bias, n_types, variables.at("out_bias"))
