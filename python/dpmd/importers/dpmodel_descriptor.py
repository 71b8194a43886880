"""What descriptors have in common in DeePMD-kit's model dictionary: the environment and the embedding nets."""

from __future__ import annotations

from dpmd.errors import InputError
from dpmd.importers.common import checked_sel, pairs, row_statistics, table
from dpmd.importers.dpmodel_networks import read_network
from dpmd.importers.kind import refuse
from dpmd.importers.section import Section, check_version
from dpmd.models.environment import Environment
from dpmd.models.nets import EmbeddingNets, Network

_VERSION = 3  # the highest whose meaning is known


def read_environment(section: Section, n_components: int) -> Environment:
    """The environment of a descriptor whose rows have ``n_components``."""
    check_version(section, _VERSION)
    if "env_mat" in section and section.section("env_mat").flag("use_exp_switch", False):
        raise refuse(section.at("env_mat"), "the exponential switch (use_exp_switch)")
    sel = checked_sel(section.integers("sel"), section.at("sel"))
    variables = section.section("@variables")
    davg, dstd = variables.array("davg"), variables.array("dstd")
    if davg is None or dstd is None:
        raise InputError(f"{variables.at('davg' if davg is None else 'dstd')} is missing")
    shift, scale, uniform_sel = row_statistics(davg, dstd, sel, n_components, variables.at("davg, dstd"))
    return Environment(
        cutoff=section.number("rcut"),
        cutoff_smooth=section.number("rcut_smth"),
        cutoff_arithmetic="float64",
        sel=uniform_sel,
        normalization=sum(sel),
        shift=shift,
        scale=scale,
        protection=section.number("env_protection", 0.0),
        exclude_types=pairs(section.list("exclude_types", []), len(sel), section.at("exclude_types")),
        excluded_slots="keep",
        overflow_order="all_types",
    )


def read_embedding(section: Section, environment: Environment) -> EmbeddingNets:
    """The embedding nets, or the tables in place of them."""
    one_side = section.flag("type_one_side", False)
    sel = section.integers("sel")
    found = read_collection(section, 1 if one_side else 2, len(sel))
    return EmbeddingNets(one_side, _rows(found, one_side, sel, environment.exclude_types, section.place))


def read_collection(
    section: Section, n_keys: int, n_types: int, symmetric_tables: bool = False
) -> list[Network | None]:
    """The nets of a descriptor in file order, or the tables in place of them.

    Args:
        section: The section of the descriptor.
        n_keys: The number of types that a net depends on.
        n_types: The number of types.
        symmetric_tables: Whether tables have coarse steps at both ends.
    """
    if "compress" in section:
        return _tables(section.section("compress"), symmetric_tables)
    return _embedding_nets(section.section("embeddings"), n_keys, n_types)


def _rows(
    found: list[Network | None],
    one_side: bool,
    sel: list[int],
    excluded: list[tuple[int, int]],
    place: str,
) -> list[list[Network | None]]:
    """Networks as [centre][neighbour] from a collection in file order."""
    n_types = len(sel)
    n_rows = 1 if one_side else n_types
    if len(found) != n_rows * n_types:
        raise InputError(f"{place}: {len(found)} embedding nets, expected {n_rows * n_types}")
    rows = [[found[i + n_rows * j] for j in range(n_types)] for i in range(n_rows)]
    for i, row in enumerate(rows):
        for j, network in enumerate(row):
            optional = sel[j] == 0 or (not one_side and (min(i, j), max(i, j)) in excluded)
            if network is None and not optional:
                raise InputError(f"{place}: no embedding net for centre {i} and neighbour {j}")
    return rows


def _embedding_nets(collection: Section, n_keys: int, n_types: int) -> list[Network | None]:
    if collection.integer("ndim") != n_keys or collection.integer("ntypes") != n_types:
        raise InputError(f"{collection.place}: expected {n_keys} type keys over {n_types} types")
    networks = collection.sections("networks")
    return [None if network is None else read_network(network)[0] for network in networks]


def _tables(compress: Section, symmetric: bool) -> list[Network | None]:
    """Compression tables in the order of the networks that they replace."""
    variables = compress.section("@variables")
    rows, infos = variables.list("compress_data"), variables.list("compress_info")
    if len(rows) != len(infos):
        raise InputError(f"{variables.place}: {len(rows)} tables with {len(infos)} descriptions")
    networks: list[Network | None] = []
    for k, (data, info_values) in enumerate(zip(rows, infos, strict=True)):
        place = f"{variables.place}[{k}]"
        entry = Section({"data": data, "info": info_values}, place, compress.budget)
        coefficients, info = entry.array("data"), entry.array("info")
        if coefficients is None or info is None or coefficients.size == 0:
            networks.append(None)
        else:
            networks.append(Network(table=table(coefficients, info.ravel(), entry.place, symmetric)))
    return networks
