"""DeePMD-kit's backend-independent model dictionary, turned into a ``ModelSpec``.

``.dp`` and ``.yaml`` files hold this dictionary as it is; the PyTorch importers build it from their
modules. Networks come in collections whose first key runs fastest: centre i and neighbour j stand
at i + n_types j.
"""

from __future__ import annotations

from typing import Any

from dpmd.importers.common import positive_or_none
from dpmd.importers.dpmodel_terms import read_terms
from dpmd.importers.section import Section
from dpmd.models.spec import ModelSpec, Source


def spec_from_model(model: Section, source: Source, min_neighbor_distance: Any, script: Any) -> ModelSpec:
    """``model`` is the dictionary's ``model`` section."""
    read = read_terms(model)
    return ModelSpec(
        type_map=read.type_map,
        terms=read.terms,
        precision=read.precision,
        blend=read.blend,
        min_neighbor_distance=positive_or_none(min_neighbor_distance),
        source=source,
        training_script=script,
    )
