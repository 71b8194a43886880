"""DeePMD-kit's backend-independent model dictionary, turned into a ``ModelSpec``.

``.dp``, ``.yaml`` and ``.pt2`` files hold this dictionary as it is; the importers of ``.pth`` and ``.pt`` build it from
their modules. Networks come in collections whose first key runs fastest: centre i and neighbour j stand
at i + n_types j.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from dpmd.importers.common import pairs, positive_or_none, sized, type_names
from dpmd.importers.dpmodel_fitting import read_fitting
from dpmd.importers.dpmodel_hybrid import read_descriptors
from dpmd.importers.section import Section, check_version
from dpmd.models.spec import ModelSpec, NetTerm, Source

_VERSION = 2  # the highest whose meaning is known


def spec_from_model(
    model: Section, source: Source, min_neighbor_distance: Any, script: Any, lower_input: str = "nlist"
) -> ModelSpec:
    """The model of the dictionary's section ``model``.

    Args:
        model: The section.
        source: Where it came from.
        min_neighbor_distance: Å, or what stands in its place.
        script: The settings that it was trained with.
        lower_input: DeePMD-kit's ``lower_input_kind``: whether its programs take padded lists of neighbours (nlist) or
            edges (graph, dpa1_canonical). Some descriptors are two functions of the same weights.
    """
    check_version(model, _VERSION)
    descriptors = read_descriptors(model.section("descriptor"), lower_input)
    n_types = descriptors[0].environment.shift.shape[0]
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
        notes=list(_notes(model)),
    )


def _output_bias(model: Section, n_types: int) -> np.ndarray:
    """The bias of the output statistics [n_types] eV."""
    if "@variables" not in model:
        return np.zeros(n_types)
    variables = model.section("@variables")
    bias = variables.array("out_bias")
    if bias is None:
        return np.zeros(n_types)
    return sized(bias, n_types, variables.at("out_bias"))


def _notes(model: Section) -> Iterator[str]:
    """What the dictionary holds and DeePMD-kit does not use when it evaluates the model."""
    spread = model.section("@variables").array("out_std") if "@variables" in model else None
    if spread is not None and (spread != 1.0).any():
        yield (
            "the spread of the training energies, out_std, does not scale energies, as in DeePMD-kit; in a .pb file "
            "that DeePMD-kit makes of this model it does"
        )
