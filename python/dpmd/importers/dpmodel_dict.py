"""DeePMD-kit's backend-independent model dictionary, turned into a ``ModelSpec``.

``.dp`` and ``.yaml`` files hold this dictionary as it is; the PyTorch importers build it from their
modules. Networks come in collections whose first key runs fastest: centre i and neighbour j stand
at i + n_types j.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from dpmd.errors import InputError
from dpmd.importers.common import (
    activation,
    checked_sel,
    pairs,
    positive_or_none,
    row_statistics,
    skip_by_width,
    table,
    type_names,
)
from dpmd.importers.kind import refuse
from dpmd.importers.section import Section, as_number
from dpmd.model_spec import DescriptorSpec, FittingSpec, Layer, ModelSpec, Network, Source

# Highest version of each part whose meaning is known.
_VERSIONS = {"Model": 2, "Descriptor": 3, "Fitting": 4}


def spec_from_model(model: Section, source: Source, min_neighbor_distance: Any, script: Any) -> ModelSpec:
    """``model`` is the dictionary's ``model`` section."""
    _check_version(model, "Model")
    section = single_descriptor(model.section("descriptor"))
    descriptor = read_descriptor(section)
    n_types = len(descriptor.sel)
    excluded_atoms = model.integers("atom_exclude_types", [])
    fitting, precision = read_fitting(model.section("fitting"), n_types, excluded_atoms)
    fitting.energy_shift += _output_bias(model, n_types)
    return ModelSpec(
        type_map=type_names(model.list("type_map", []), n_types, model.at("type_map")),
        descriptor=descriptor,
        fitting=fitting,
        precision=precision,
        pair_exclude_types=pairs(model.list("pair_exclude_types", []), n_types, model.at("pair_exclude_types")),
        atom_exclude_types=sorted(set(excluded_atoms)),
        min_neighbor_distance=positive_or_none(min_neighbor_distance),
        source=source,
        training_script=script,
    )


def _check_version(part: Section, name: str) -> None:
    version = part.integer("@version", 1)
    if not 1 <= version <= _VERSIONS[name]:
        raise refuse(part.place, f"version {version} of {name} (known: 1 to {_VERSIONS[name]})")


def single_descriptor(section: Section) -> Section:
    """The descriptor; a hybrid of one is that one."""
    if section.text("type") != "hybrid":
        return section
    parts = [part for part in section.sections("list") if part is not None]
    if len(parts) != 1:
        raise InputError(f"{section.at('list')} holds {len(parts)} descriptors, expected one")
    return parts[0]


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
    return _sized(bias, n_types, variables.at("out_bias"))


def read_descriptor(section: Section) -> DescriptorSpec:
    """The se_e2_a descriptor."""
    _check_version(section, "Descriptor")
    if "env_mat" in section and section.section("env_mat").flag("use_exp_switch", False):
        raise refuse(section.at("env_mat"), "the exponential switch (use_exp_switch)")
    sel = checked_sel(section.integers("sel"), section.at("sel"))
    n_types, one_side = len(sel), section.flag("type_one_side", False)
    variables = section.section("@variables")
    davg, dstd = variables.array("davg"), variables.array("dstd")
    if davg is None or dstd is None:
        raise InputError(f"{variables.at('davg' if davg is None else 'dstd')} is missing")
    davg, dstd, uniform_sel = row_statistics(davg, dstd, sel, variables.at("davg, dstd"))
    excluded = pairs(section.list("exclude_types", []), n_types, section.at("exclude_types"))
    if "compress" in section:
        found = _tables(section.section("compress"))
    else:
        found = _embedding_nets(section.section("embeddings"), one_side, n_types)
    return DescriptorSpec(
        cutoff=section.number("rcut"),
        cutoff_smooth=section.number("rcut_smth"),
        cutoff_arithmetic="float64",
        sel=uniform_sel,
        normalization=sum(sel),
        axis_neuron=section.integer("axis_neuron"),
        type_one_side=one_side,
        networks=_rows(found, one_side, sel, excluded, section.place),
        env_protection=section.number("env_protection", 0.0),
        exclude_types=excluded,
        excluded_padding="keep",
        overflow_order="all_types",
        davg=davg,
        dstd=dstd,
    )


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


def _embedding_nets(collection: Section, one_side: bool, n_types: int) -> list[Network | None]:
    n_keys = 1 if one_side else 2
    if collection.integer("ndim") != n_keys or collection.integer("ntypes") != n_types:
        raise InputError(f"{collection.place}: expected {n_keys} type keys over {n_types} types")
    networks = collection.sections("networks")
    return [None if network is None else read_network(network)[0] for network in networks]


def _tables(compress: Section) -> list[Network | None]:
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
            networks.append(Network(table=table(coefficients, info.ravel(), entry.place)))
    return networks


def read_network(section: Section) -> tuple[Network, str]:
    """A network and its precision."""
    layers, precision = [], section.text("precision", "float64")
    for layer in section.sections("layers"):
        if layer is None:
            raise InputError(f"{section.at('layers')}: a layer is null")
        layers.append(_layer(layer))
        precision = layer.text("precision", precision)
    return Network(layers=layers), precision


def _layer(section: Section) -> Layer:
    variables = section.section("@variables")
    weight = variables.array("w")
    if weight is None or weight.ndim != 2:
        raise InputError(f"{variables.at('w')}: expected a matrix")
    bias = variables.array("b") if section.flag("bias", True) else None
    timestep = variables.array("idt") if section.flag("use_timestep", True) else None
    return Layer(
        weight=weight,
        bias=None if bias is None else bias.ravel(),
        timestep=None if timestep is None else timestep.ravel(),
        activation=activation(section.get("activation_function", None), section.place),
        skip=skip_by_width(*weight.shape) if section.flag("resnet", False) else "none",
    )


def read_fitting(section: Section, n_types: int, excluded_atoms: list[int]) -> tuple[FittingSpec, str]:
    """The energy fitting nets and their precision."""
    _check_version(section, "Fitting")
    _refuse_unsupported_fitting(section, excluded_atoms)
    mixed = section.flag("mixed_types", False)
    collection = section.section("nets")
    if collection.integer("ndim") != (0 if mixed else 1):
        raise InputError(f"{collection.at('ndim')} contradicts mixed_types {mixed}")
    networks, precision = [], section.text("precision", "float64")
    for net in collection.sections("networks"):
        if net is None:
            raise InputError(f"{collection.at('networks')}: a fitting net is null")
        network, precision = read_network(net)
        networks.append(network)
    if mixed:
        networks = networks * n_types if len(networks) == 1 else networks
    variables = section.section("@variables")
    bias = variables.array("bias_atom_e")
    place = variables.at("bias_atom_e")
    assigned = section.list("atom_ener", [])
    vacuum = [k < len(assigned) and assigned[k] is not None for k in range(n_types)]
    n_fparam, n_aparam = section.integer("numb_fparam", 0), section.integer("numb_aparam", 0)
    case = variables.array("case_embd") if section.integer("dim_case_embd", 0) else None
    return FittingSpec(
        networks=networks,
        energy_shift=np.zeros(n_types) if bias is None else _sized(bias, n_types, place).copy(),
        subtract_vacuum=vacuum,
        n_fparam=n_fparam,
        n_aparam=n_aparam,
        fparam_avg=_statistic(variables, "fparam_avg", n_fparam),
        fparam_inv_std=_statistic(variables, "fparam_inv_std", n_fparam),
        aparam_avg=_statistic(variables, "aparam_avg", n_aparam),
        aparam_inv_std=_statistic(variables, "aparam_inv_std", n_aparam),
        default_fparam=_default_fparam(section) if n_fparam else None,
        case_embedding=np.zeros(0) if case is None else case.ravel(),
    ), precision


def _refuse_unsupported_fitting(section: Section, excluded_atoms: list[int]) -> None:
    if section.integer("dim_out", 1) != 1:
        raise refuse(section.at("dim_out"), f"a fitting net with {section.get('dim_out')} outputs")
    if section.flag("use_aparam_as_mask", False):
        raise refuse(section.place, "an atomic parameter used as a mask (use_aparam_as_mask)")
    if section.flag("tot_ener_zero", False):
        raise refuse(section.place, "a mean energy shifted to zero (tot_ener_zero)")
    if not set(section.integers("exclude_types", [])) <= set(excluded_atoms):
        raise refuse(section.at("exclude_types"), "types excluded in the fitting net alone")


def _default_fparam(section: Section) -> list[float] | None:
    values = section.list("default_fparam", [])
    place = section.at("default_fparam")
    return [as_number(v, f"{place}[{k}]") for k, v in enumerate(values)] or None


def _statistic(variables: Section, name: str, size: int) -> np.ndarray:
    if size == 0:
        return np.zeros(0)
    values = variables.array(name)
    if values is None:
        raise InputError(f"{variables.at(name)} is missing")
    return _sized(values, size, variables.at(name))


def _sized(values: np.ndarray, size: int, place: str) -> np.ndarray:
    if values.size != size:
        raise InputError(f"{place} holds {values.size} numbers, expected {size}")
    return values.ravel()
