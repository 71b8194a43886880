"""The terms of DeePMD-kit's model dictionary: one model, a pair table, a weighted sum of models, or DP-ZBL.

The dictionary of a combination holds the dictionaries of its members. The biases and exclusions of a member belong to
it, as in PyTorch; DeePMD-kit's NumPy backend, which runs ``.dp`` files, ignores them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from dpmd.errors import InputError
from dpmd.importers.common import pairs, sized, type_names
from dpmd.importers.dpmodel_fitting import read_fitting
from dpmd.importers.dpmodel_hybrid import read_descriptors
from dpmd.importers.kind import LINEAR
from dpmd.importers.pair_table import read_pair_table
from dpmd.importers.section import Section, as_number, check_version
from dpmd.models.pair_table import LEAST_SUM, Bridge, PairTable
from dpmd.models.spec import NetTerm, Sum, Term
from dpmd.models.weighting import weighted

_VERSION = 2  # the highest whose meaning is known, of a single model and of DP-ZBL
_LINEAR_VERSION = 3


@dataclass
class Terms:
    """What the energy of a model is made of."""

    terms: list[Term]
    type_map: list[str]
    precision: str
    blend: Sum | Bridge = field(default_factory=Sum)


def read_terms(model: Section, lower_input: str) -> Terms:
    """``model`` is the section of a model in the dictionary; ``lower_input`` as for ``spec_from_model``."""
    kind = model.text("type", "standard")
    if kind == "pairtab":
        return _pair_table(model)
    if kind in LINEAR:
        return _linear(model, lower_input)
    if kind == "zbl":
        return _bridged(model, lower_input)
    return _net(model, lower_input)


def _net(model: Section, lower_input: str) -> Terms:
    check_version(model, _VERSION)
    descriptors = read_descriptors(model.section("descriptor"), lower_input)
    n_types = descriptors[0].environment.shift.shape[0]
    fitting, precision = read_fitting(model.section("fitting"), n_types, model.integers("atom_exclude_types", []))
    term = NetTerm(descriptors, fitting)
    return _finished(model, n_types, [term], precision)


def _pair_table(model: Section) -> Terms:
    check_version(model, _VERSION)
    tab = model.section("tab")
    variables = tab.section("@variables")
    info, data = variables.array("tab_info"), variables.array("tab_data")
    if info is None or data is None:
        raise InputError(f"{variables.place}: no tab_info and tab_data")
    n_types = tab.integer("ntypes")
    sel = model.get("sel")
    sel = model.integers("sel") if isinstance(sel, (list, tuple)) and len(sel) > 1 else _single(model, "sel")
    table = read_pair_table(info, data, n_types, model.number("rcut"), sel, tab.place)
    return _finished(model, n_types, [table], "float64")


def _single(model: Section, key: str) -> int:
    """An integer that may stand alone in a list."""
    return model.integers(key)[0] if isinstance(model.get(key), (list, tuple)) else model.integer(key)


def _linear(model: Section, lower_input: str) -> Terms:
    check_version(model, _LINEAR_VERSION)
    members = _members(model, lower_input)
    factors = weights_of(model.get("weights", "mean"), len(members), model.at("weights"))
    terms = [weighted(term, w) for member, w in zip(members, factors, strict=True) for term in member.terms]
    return _combined(model, members, terms, Sum())


def weights_of(weights: object, n: int, place: str) -> list[float]:
    """The weights of the members of a linear combination."""
    if weights in ("mean", "sum"):
        return [1.0 / n if weights == "mean" else 1.0] * n
    if not isinstance(weights, (list, tuple)) or len(weights) != n:
        raise InputError(f"{place}: expected 'mean', 'sum' or {n} numbers, found {weights!r}"[:500])
    return [as_number(weight, f"{place}[{k}]") for k, weight in enumerate(weights)]


def _bridged(model: Section, lower_input: str) -> Terms:
    check_version(model, _LINEAR_VERSION)
    members = _members(model, lower_input)
    terms = [term for member in members for term in member.terms]
    if len(terms) != 2 or not isinstance(terms[0], NetTerm) or not isinstance(terms[1], PairTable):
        raise InputError(f"{model.at('models')}: a zbl model is one model with networks and one pair table")
    table = terms[1]
    sights = [one.environment for one in terms[0].descriptors]
    if any(s.cutoff > table.cutoff for s in sights):
        raise InputError(f"{model.at('models')}: the pair table ends at {table.cutoff:g} Å, before the descriptor")
    if table.pair_exclude_types or any(term.atom_exclude_types for term in terms):
        raise InputError(f"{model.at('models')}: the members of a zbl model have exclusions of their own")
    bridge = Bridge(
        model.number("smin_alpha", 0.1), model.number("sw_rmin"), model.number("sw_rmax"), least_sum=LEAST_SUM
    )
    return _combined(model, members, terms, bridge)


def _members(model: Section, lower_input: str) -> list[Terms]:
    members = []
    for section in model.sections("models"):
        if section is None or section.text("type", "standard") in (*LINEAR, "zbl"):
            raise InputError(f"{model.at('models')}: a member is no model by itself")
        members.append(read_terms(section, lower_input))
    if not members:
        raise InputError(f"{model.at('models')}: a combination of no models")
    return members


def _combined(model: Section, members: list[Terms], terms: list[Term], blend: Sum | Bridge) -> Terms:
    type_map = members[0].type_map
    if any(member.type_map != type_map for member in members):
        maps = "; ".join(" ".join(member.type_map) for member in members)
        raise InputError(f"{model.at('models')}: the members have different type maps: {maps}"[:500])
    if "type_map" in model and model.list("type_map") != type_map:
        raise InputError(f"{model.at('type_map')}: not the type map of the members, {' '.join(type_map)}")
    out = _finished(model, len(type_map), terms, members[0].precision)
    return Terms(out.terms, type_map, out.precision, blend)


def _finished(model: Section, n_types: int, terms: list[Term], precision: str) -> Terms:
    """The terms of a model with its exclusions and output bias.

    The bias is no part of the weights of a combination: it goes to one term, or to both that a bridge joins.
    """
    excluded_pairs = pairs(model.list("pair_exclude_types", []), n_types, model.at("pair_exclude_types"))
    excluded_atoms = model.integers("atom_exclude_types", [])
    for term in terms:
        term.pair_exclude_types = sorted({*term.pair_exclude_types, *excluded_pairs})
        term.atom_exclude_types = sorted({*term.atom_exclude_types, *excluded_atoms})
    bias = _output_bias(model, n_types)
    bridged = model.text("type", "standard") == "zbl"
    for t in range(n_types):
        heard = [term for term in terms if t not in term.atom_exclude_types]
        for term in heard if bridged else heard[:1]:
            target = term.fitting if isinstance(term, NetTerm) else term
            target.energy_shift[t] += bias[t]
    return Terms(terms, type_names(model.list("type_map", []), n_types, model.at("type_map")), precision)


def _output_bias(model: Section, n_types: int) -> np.ndarray:
    """The bias of the output statistics [n_types] eV."""
    if "@variables" not in model:
        return np.zeros(n_types)
    variables = model.section("@variables")
    bias = variables.array("out_bias")
    if bias is None:
        return np.zeros(n_types)
    return sized(bias, n_types, variables.at("out_bias"))
