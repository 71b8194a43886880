"""Hybrids in DeePMD-kit's model dictionary: several descriptors, whose features stand one behind the other.

All of them see one neighbour list. It reaches to the largest of their cutoffs and has the largest sel of each type.
"""

from __future__ import annotations

from dpmd.errors import InputError
from dpmd.importers.descriptors import reader_of
from dpmd.importers.kind import refuse
from dpmd.importers.section import Section, check_version
from dpmd.models.environment import Environment
from dpmd.models.se_atten import SeAtten
from dpmd.models.spec import Descriptor
from dpmd.shown import shown

_VERSION = 1  # the highest whose meaning is known
_LOWER_INPUTS = {"dpa1_canonical": "graph"}  # other names for what a program takes


def is_hybrid(section: Section) -> bool:
    return section.text("type") == "hybrid"


def descriptor_sections(section: Section) -> list[Section]:
    """The descriptors of a hybrid in the order of their features; any other descriptor is a hybrid of one."""
    if not is_hybrid(section):
        return [section]
    check_version(section, _VERSION)
    parts = [part for part in section.sections("list") if part is not None]
    if not parts:
        raise InputError(f"{section.at('list')} holds no descriptor")
    return parts


def read_descriptors(section: Section, lower_input: str) -> list[Descriptor]:
    """The descriptors of a model, all for the same number of types.

    Args:
        section: That of the descriptor.
        lower_input: As for ``spec_from_model``.
    """
    parts = descriptor_sections(section)
    descriptors = [_read(part, lower_input) for part in parts]
    counts = [one.environment.shift.shape[0] for one in descriptors]
    if len(set(counts)) > 1:
        raise InputError(f"{section.place}: its parts are for {shown(counts)} types, must be for the same")
    reach = max(one.environment.cutoff for one in descriptors)
    for part, one in zip(parts, descriptors, strict=True):
        _check_far_neighbours(part, one, reach)
    _share_list([one.environment for one in descriptors])
    return descriptors


def _share_list(environments: list[Environment]) -> None:
    """Settle which neighbours the parts with slots by type find in the list: the nearest of each type, unless the list
    is as long as their own slots.
    """
    by_type = [e for e in environments if e.overflow_order == "all_types"]
    widest = [max(slots) for slots in zip(*(e.sel for e in by_type), strict=True)]
    shared = max((sum(e.sel) for e in environments if e.overflow_order == "mixed"), default=0)
    for e in by_type:
        if e.sel != widest or sum(e.sel) < shared:
            e.overflow_order = "by_type"


def _read(section: Section, lower_input: str) -> Descriptor:
    """A descriptor, whose section is to say what programs of it take."""
    reader, kind = reader_of(section.text("type")), _LOWER_INPUTS.get(lower_input, lower_input)
    if kind not in reader.lower_inputs:
        raise refuse(section.place, f"a program that takes {shown(lower_input)} (lower_input_kind) for {reader.name}")
    return reader.from_section(Section({**section.value, "lower_input_kind": kind}, section.place, section.budget))


def _check_far_neighbours(part: Section, descriptor: Descriptor, reach: float) -> None:
    """Neighbours beyond the cutoff of a part are in the list. They are to be what an empty slot is, or the energy
    depends on them.
    """
    e = descriptor.environment
    if e.cutoff >= reach:
        return
    where = f"in a part of a hybrid whose cutoff is {e.cutoff:g} Å where another part has {reach:g} Å"
    if any(e.shift[list(pair)].any() for pair in e.exclude_types):
        raise refuse(
            part.place,
            f"exclude_types {where}",
            "in such a model excluded neighbours beyond the cutoff change the energy, unless it was trained with "
            "set_davg_zero or without exclude_types in this part",
        )
    if isinstance(descriptor, SeAtten) and (descriptor.needs_first_atom or descriptor.has_hard_attention):
        raise refuse(
            part.place,
            f"{part.text('type')} {where}",
            "in such a model neighbours beyond the cutoff change the energy, unless it was trained with set_davg_zero "
            "and without attention that is not smooth",
        )
