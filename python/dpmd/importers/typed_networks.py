"""What descriptors with a type embedding have in common in DeePMD-kit's model dictionary: slots that all types share,
and one network for all types.
"""

from __future__ import annotations

import numpy as np

from dpmd.errors import InputError
from dpmd.importers.common import checked_sel, pairs, row_statistics, table
from dpmd.importers.dpmodel_networks import read_network
from dpmd.importers.kind import refuse
from dpmd.importers.section import Section
from dpmd.models.environment import Environment
from dpmd.models.nets import Network
from dpmd.shown import shown

_N_COMPONENTS = 4  # of an environment row


def read_environment(section: Section, n_types: int, is_graph: bool = False) -> Environment:
    """The environment of a descriptor whose neighbours share their slots, or, with ``is_graph``, need none."""
    if "env_mat" in section and section.section("env_mat").flag("use_exp_switch", False):
        raise refuse(section.at("env_mat"), "the exponential switch (use_exp_switch)")
    sel = checked_sel(section.integers("sel"), section.at("sel"))
    n_slots = sum(sel)
    variables = section.section("@variables")
    davg, dstd = (required(variables, name) for name in ("davg", "dstd"))
    place = variables.at("davg, dstd")
    shift, scale, uniform = row_statistics(davg, dstd, [n_slots], _N_COMPONENTS, place, n_types)
    return Environment(
        cutoff=section.number("rcut"),
        cutoff_smooth=section.number("rcut_smth"),
        cutoff_arithmetic="float64",
        sel=[] if is_graph else uniform,
        normalization=n_slots,
        shift=shift,
        scale=scale,
        protection=section.number("env_protection", 0.0),
        exclude_types=pairs(section.list("exclude_types", []), n_types, section.at("exclude_types")),
        excluded_slots="keep",
        overflow_order="unlimited" if is_graph else "mixed",
    )


def read_input_mode(section: Section) -> str:
    """How types enter."""
    mode = section.text("tebd_input_mode", "concat")
    if mode not in ("concat", "strip"):
        raise refuse(section.at("tebd_input_mode"), f"a type embedding that enters as {shown(mode)}")
    return mode


def read_networks(
    section: Section, is_stripped: bool, n_sides: int, n_types: int, three_body: bool = False
) -> tuple[Network, Network | None, np.ndarray | None]:
    """The network for all types, and in strip mode that of types, or the factors that it was compressed to.

    Args:
        section: The section of the descriptor.
        is_stripped: Whether this is strip mode.
        n_sides: The number of types that the factors depend on.
        n_types: The number of types.
        three_body: Whether the network is one of pairs of neighbours. Its tables have coarse steps at both ends, and
            what is compressed has one.
    """
    compress = section.section("compress") if "compress" in section else None
    if compress is None:
        type_network = _only_network(section.section("embeddings_strip")) if is_stripped else None
        return _only_network(section.section("embeddings")), type_network, None
    if not is_stripped:
        raise InputError(f"{compress.place}: tables, but types enter the embedding net (concat), which has none")
    variables = compress.section("@variables")
    has_table = compress.flag("geo_compress", three_body)
    network = _table(variables, three_body) if has_table else _only_network(section.section("embeddings"))
    return network, None, _type_factors(variables, n_sides, n_types, network.n_out)


def _only_network(collection: Section) -> Network:
    found = [net for net in collection.sections("networks") if net is not None]
    if len(found) != 1:
        raise InputError(f"{collection.at('networks')} holds {len(found)} networks, expected one for all types")
    return read_network(found[0])[0]


def _table(variables: Section, symmetric: bool) -> Network:
    rows, infos = variables.list("compress_data"), variables.list("compress_info")
    if len(rows) != 1 or len(infos) != 1:
        raise InputError(f"{variables.place}: {len(rows)} tables with {len(infos)} descriptions, expected one")
    entry = Section({"data": rows[0], "info": infos[0]}, variables.at("compress_data[0]"), variables.budget)
    coefficients, info = required(entry, "data"), required(entry, "info")
    return Network(table=table(coefficients, info.ravel(), entry.place, symmetric))


def _type_factors(variables: Section, n_sides: int, n_types: int, n_channels: int) -> np.ndarray:
    """Factors by the types that count; the last of each is that of an empty slot."""
    values = required(variables, "type_embd_data")
    n_rows = n_types + 1
    shape = (1 if n_sides == 1 else n_rows, n_rows, n_channels)
    if values.size != shape[0] * shape[1] * shape[2]:
        raise InputError(f"{variables.at('type_embd_data')} has shape {values.shape}, its numbers must fill {shape}")
    return values.reshape(shape)


def required(section: Section, name: str) -> np.ndarray:
    """An array that must be there."""
    values = section.array(name)
    if values is None:
        raise InputError(f"{section.at(name)} is missing")
    return values
