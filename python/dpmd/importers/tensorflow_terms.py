"""The terms of a frozen TensorFlow graph: one model, one joined to a pair table, or a weighted sum of models."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from dpmd.errors import InputError
from dpmd.importers.common import checked_sel, checked_types
from dpmd.importers.graph import Graph
from dpmd.importers.kind import LINEAR, refuse
from dpmd.importers.pair_table import read_pair_table
from dpmd.importers.tensorflow_descriptors import read_descriptors, read_sel
from dpmd.importers.tensorflow_fitting import read_fitting, with_types_folded
from dpmd.importers.tensorflow_kind import MIXED_OPS, descriptor_ops, has_type_net
from dpmd.models.fitting import Fitting
from dpmd.models.pair_table import Bridge, PairTable
from dpmd.models.se_atten import SeAtten
from dpmd.models.spec import Descriptor, NetTerm, Sum, Term
from dpmd.models.weighting import scaled, weighted
from dpmd.shown import shown

_TABLE_INFO, _TABLE_DATA, _TABLE_LIST = 0, 1, 4  # inputs of PairTab


@dataclass
class GraphTerms:
    """What the energy of a graph is made of."""

    terms: list[Term]
    blend: Sum | Bridge
    n_types: int
    precision: str


def read_terms(graph: Graph, model: dict[str, Any]) -> GraphTerms:
    """``model`` is the section of the training script, empty where there is none."""
    tables = graph.with_op("PairTab")
    if any(graph.matching(r"o_energy_model\d+", "Sum")) or model.get("type") in LINEAR:
        if tables:
            raise refuse(graph.place, "a pair table in a linear combination of a TensorFlow graph")
        if has_type_net(graph):
            raise refuse(graph.place, "a type embedding in a linear combination of a TensorFlow graph")
        return _linear(graph, model)
    net, precision = _net(graph, model, None)
    n_types = net.fitting.energy_shift.size
    if not tables:
        return GraphTerms([net], Sum(), n_types, precision)
    return GraphTerms([net, _pair_table(graph, tables, net.fitting)], _bridge(graph), n_types, precision)


def _net(graph: Graph, model: dict[str, Any], suffix: str | None) -> tuple[NetTerm, str]:
    """A model and the precision of its nets; ``suffix`` is that of a member of a linear combination."""
    n_types = _n_types(graph, suffix)
    fitting = read_fitting(graph, model, n_types, suffix)
    _apply_output_statistics(graph, fitting, suffix)
    n_features = fitting.networks[0].n_in - fitting.n_fparam - fitting.n_aparam
    descriptors, precision = read_descriptors(graph, model, n_features, suffix)
    if any(fitting.subtract_vacuum):
        fitting = _types_folded(descriptors, fitting, n_features)
    return NetTerm(descriptors, fitting), precision


def _n_types(graph: Graph, suffix: str | None) -> int:
    """The number of types. A descriptor has slots for each of them, or for all together."""
    ops = descriptor_ops(graph, suffix)
    if not ops:
        raise InputError(f"{graph.place}: no descriptor in the member {shown(suffix)} of a linear combination")
    sels = [read_sel(graph, op) for op in ops]
    n_types = graph.integer("descrpt_attr/ntypes", len(sels[0]))
    for op, sel in zip(ops, sels, strict=True):
        if op.op not in MIXED_OPS and len(sel) != n_types:
            raise InputError(f"{graph.at(op.name)}: its sel {shown(sel)} does not fit the number of types")
    return checked_types(n_types, graph.at("descrpt_attr/ntypes"))


def _types_folded(descriptors: list[Descriptor], fitting: Fitting, n_features: int) -> Fitting:
    """The fitting nets that subtract their vacuum, with a type embedding folded into them, which then is no feature."""
    for one in descriptors:
        if isinstance(one, SeAtten):
            fitting = with_types_folded(fitting, one.type_embedding, n_features - one.type_embedding.shape[1])
            one.output_type_embedding = False
    return fitting


def _linear(graph: Graph, model: dict[str, Any]) -> GraphTerms:
    """A weighted sum: o_energy adds up the products of a constant and the stacked energies of the members."""
    scripts = model.get("models")
    scripts = scripts if isinstance(scripts, list) else []
    weights = _weights(graph)
    terms, precisions = [], []
    for k, weight in enumerate(weights):
        script = scripts[k] if k < len(scripts) and isinstance(scripts[k], dict) else {}
        net, precision = _net(graph, script, f"_model{k}")
        terms.append(weighted(net, weight))
        precisions.append(precision)
    n_types = terms[0].fitting.energy_shift.size
    if any(term.fitting.energy_shift.size != n_types for term in terms):
        raise InputError(f"{graph.place}: the members of the linear combination have different numbers of types")
    return GraphTerms(list(terms), Sum(), n_types, precisions[0])


def _weights(graph: Graph) -> list[float]:
    """By member, from the products that o_energy adds up."""
    place = f"{graph.place}: o_energy of a linear combination"
    if not graph.has("o_energy"):
        raise InputError(f"{place}: there is none")
    total = graph.input(graph.nodes["o_energy"], 0)
    product = graph.input(total, 0) if total.op == "Sum" else None
    factors = graph.input(product, 1) if product is not None and product.op == "Mul" else None
    if factors is not None and factors.op == "StridedSlice":
        factors = graph.input(factors, 0)
    if factors is None or factors.op != "Const":
        raise InputError(f"{place} is not the sum of constants times the energies of its members")
    weights = graph.constant(factors).ravel()
    members = [int(match[1]) for match, _ in graph.matching(r"o_energy_model(\d{1,4})", "Sum")]
    if sorted(members) != list(range(weights.size)) or not np.isfinite(weights).all():
        raise InputError(f"{place} has weights {weights[:8]} for {len(members)} members")
    return [float(weight) for weight in weights]


def _pair_table(graph: Graph, ops: list[Any], fitting: Fitting) -> PairTable:
    """The table, which sees the neighbours of the descriptor."""
    if len(ops) != 1:
        raise refuse(graph.place, f"a graph with {len(ops)} pair tables")
    (op,) = ops
    info, data = (graph.constant(graph.input(op, k)) for k in (_TABLE_INFO, _TABLE_DATA))
    full, radial = (list(graph.attribute(op, key).list.i) for key in ("sel_a", "sel_r"))
    if len(full) != len(radial):
        raise InputError(
            f"{graph.at(op.name)}: sel_a {shown(full)} and sel_r {shown(radial)} are not of the same types"
        )
    sel = checked_sel([a + r for a, r in zip(full, radial, strict=True)], graph.at(op.name))
    table = read_pair_table(
        info, data, fitting.energy_shift.size, graph.number("descrpt_attr/rcut"), sel, graph.at(op.name)
    )
    if any(reader.op in ("Add", "AddV2") for reader in graph.consumers(op)):  # srtab_add_bias
        table.energy_shift = graph.array("fitting_attr/t_bias_atom_e").ravel().copy()
    return table


def _bridge(graph: Graph) -> Bridge:
    ops = graph.with_op("SoftMinSwitch")
    if len(ops) != 1:
        raise refuse(graph.place, f"a pair table with {len(ops)} switches")
    softness, inner, outer = (graph.attribute(ops[0], key).f for key in ("alpha", "rmin", "rmax"))
    return Bridge(softness, inner, outer, arithmetic="float32")


def _apply_output_statistics(graph: Graph, fitting: Fitting, suffix: str | None) -> None:
    """E = t_out_std · (fitting net) + t_out_bias, by type.

    TensorFlow multiplies by the scale, unlike the PyTorch backend, whose models keep one that is not 1 when they are
    converted. It is linear in the last layer, and is multiplied into it here.
    """
    n_types = fitting.energy_shift.size
    scope = "(.*/)?" if suffix is None else f"(.*/)?model_attr{suffix}/"
    scale, bias = (_output_statistic(graph, scope, name, n_types) for name in ("t_out_std", "t_out_bias"))
    if scale is not None and (scale != 1.0).any():
        if len(fitting.networks) == 1 and (scale != scale[0]).any():
            fitting.networks = fitting.networks * n_types
        factors = scale[: len(fitting.networks)]
        pairs = zip(fitting.networks, factors, strict=True)
        fitting.networks = [scaled(network, factor) for network, factor in pairs]
        fitting.energy_shift *= scale
    if bias is not None:
        fitting.energy_shift += bias


def _output_statistic(graph: Graph, scope: str, name: str, n_types: int) -> np.ndarray | None:
    """[n_types]; releases disagree on its scope."""
    found = [graph.constant(node) for _, node in graph.matching(scope + name)]
    if not found:
        return None
    if found[0].size != n_types or any(not np.array_equal(found[0], other) for other in found):
        raise InputError(f"{graph.place}: {name} must be one set of {n_types} numbers")
    return found[0].ravel()
