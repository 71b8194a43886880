"""DeePMD-kit's backend-independent model dictionary, turned into a ``ModelSpec``.

``.dp``, ``.yaml`` and ``.pt2`` files hold this dictionary as it is; the importers of ``.pth`` and ``.pt`` build it from
their modules. Networks come in collections whose first key runs fastest: centre i and neighbour j stand
at i + n_types j.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from dpmd.importers.common import positive_or_none
from dpmd.importers.dpmodel_terms import read_terms
from dpmd.importers.section import Section
from dpmd.models.spec import ModelSpec, Source


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
    read = read_terms(model, lower_input)
    return ModelSpec(
        type_map=read.type_map,
        terms=read.terms,
        precision=read.precision,
        blend=read.blend,
        min_neighbor_distance=positive_or_none(min_neighbor_distance),
        source=source,
        training_script=script,
        notes=list(_notes(model)),
    )


def _notes(model: Section) -> Iterator[str]:
    """What the dictionary holds and DeePMD-kit does not use when it evaluates the model."""
    spread = model.section("@variables").array("out_std") if "@variables" in model else None
    if spread is not None and (spread != 1.0).any():
        yield (
            "the spread of the training energies, out_std, does not scale energies, as in DeePMD-kit; in a .pb file "
            "that DeePMD-kit makes of this model it does"
        )
    elif "models" in model:
        yield from dict.fromkeys(note for one in model.sections("models") if one is not None for note in _notes(one))
