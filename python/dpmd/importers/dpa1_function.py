"""Which of DPA-1's functions a file means, and how a user asks for the other one.

DeePMD-kit computes different energies from the same weights, and nothing in the weights tells which. The file does, by
its format; docs/theory.md has the three functions.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from dpmd.errors import InputError
from dpmd.models.se_atten import DENSE, GRAPH, TENSORFLOW, SeAtten
from dpmd.models.spec import ModelSpec, NetTerm
from dpmd.shown import shown

# What DeePMD-kit computes a function from, by format; some formats are written for two of them.
_FILES = {
    ("torchscript", None): "a .pth file",
    ("dpmodel-hdf5", None): "a file of the model dictionary",
    ("dpmodel-yaml", None): "a file of the model dictionary",
    ("torch-checkpoint", DENSE): "a checkpoint of its PyTorch backend, where weights are called matrix",
    ("torch-checkpoint", GRAPH): "a checkpoint of its exportable PyTorch backend, where weights are called w",
    ("exported-program", DENSE): "an exported program that takes lists of neighbours",
    ("exported-program", GRAPH): "an exported program that takes edges",
}

_FIRST_ATOM = "an empty slot adds what a neighbour of the type of the system's first atom adds, as davg is not 0"


def with_function(spec: ModelSpec, asked: str | None, path: Path) -> ModelSpec:
    """The model with the function that a user asks for, or that of its file, and notes that say which it is.

    Raises:
        InputError: There is no such function, or the model has only one.
    """
    if asked not in (None, DENSE, GRAPH):
        raise InputError(f'{path}: dpa1_function = {shown(asked)} is neither "{DENSE}" nor "{GRAPH}"')
    found = _descriptors(spec)
    if asked and not found:
        raise InputError(
            f"{path}: dpa1_function: only DPA-1 has several functions, and this model has none; leave it out"
        )
    if not found:
        return spec
    notes = [_note(one, asked, spec.source.format) for one in found]
    if asked:
        spec = replace(spec, terms=[_changed(term, asked) for term in spec.terms])
        found = _descriptors(spec)
    if any(one.needs_first_atom for one in found):
        notes.append(_FIRST_ATOM)
    return replace(spec, notes=[*spec.notes, *dict.fromkeys(notes)])


def _descriptors(spec: ModelSpec) -> list[SeAtten]:
    """Those that have functions to choose from; terms of other kinds have no descriptors."""
    return [one for term in spec.terms for one in getattr(term, "descriptors", []) if isinstance(one, SeAtten)]


def _changed(term: NetTerm, asked: str) -> NetTerm:
    if not hasattr(term, "descriptors"):
        return term
    return replace(
        term, descriptors=[one.as_function(asked) if isinstance(one, SeAtten) else one for one in term.descriptors]
    )


def _note(descriptor: SeAtten, asked: str | None, form: str) -> str:
    own = descriptor.function
    if own == TENSORFLOW:
        return "TensorFlow's function of DPA-1, which DeePMD-kit computes from a .pb file"
    file = _FILES.get((form, None)) or _FILES.get((form, own)) or "its file"
    if asked and asked != own:
        return f"the {asked} function of DPA-1, as asked for; DeePMD-kit computes the {own} function from {file}"
    return f"the {own} function of DPA-1, which DeePMD-kit computes from {file}"
