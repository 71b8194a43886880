"""The energy fitting nets of DeePMD-kit's model dictionary."""

from __future__ import annotations

import numpy as np

from dpmd.errors import InputError
from dpmd.importers.common import sized
from dpmd.importers.dpmodel_networks import read_network
from dpmd.importers.kind import refuse
from dpmd.importers.section import Section, as_number, check_version
from dpmd.models.fitting import Fitting

_VERSION = 4  # the highest whose meaning is known


def read_fitting(section: Section, n_types: int, excluded_atoms: list[int]) -> tuple[Fitting, str]:
    """The energy fitting nets and their precision."""
    check_version(section, _VERSION)
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
    n_nets = 1 if mixed else n_types
    if len(networks) != n_nets:
        raise InputError(f"{collection.at('networks')} holds {len(networks)} fitting nets, expected {n_nets}")
    variables = section.section("@variables")
    bias = variables.array("bias_atom_e")
    place = variables.at("bias_atom_e")
    assigned = section.list("atom_ener", [])
    # one net for all types is taken without its vacuum for all of them, or for none
    given = [value is not None for value in assigned]
    vacuum = [any(given)] * n_types if mixed else [k < len(given) and given[k] for k in range(n_types)]
    n_fparam, n_aparam = section.integer("numb_fparam", 0), section.integer("numb_aparam", 0)
    case = variables.array("case_embd") if section.integer("dim_case_embd", 0) else None
    return Fitting(
        networks=networks,
        energy_shift=np.zeros(n_types) if bias is None else sized(bias, n_types, place).copy(),
        subtract_vacuum=vacuum,
        n_fparam=n_fparam,
        n_aparam=n_aparam,
        fparam_shift=_statistic(variables, "fparam_avg", n_fparam),
        fparam_scale=_statistic(variables, "fparam_inv_std", n_fparam),
        aparam_shift=_statistic(variables, "aparam_avg", n_aparam),
        aparam_scale=_statistic(variables, "aparam_inv_std", n_aparam),
        default_fparam=_default_fparam(section) if n_fparam else None,
        case_embedding=None if case is None or not case.size else case.ravel(),
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


def _statistic(variables: Section, name: str, size: int) -> np.ndarray | None:
    if size == 0:
        return None
    values = variables.array(name)
    if values is None:
        raise InputError(f"{variables.at(name)} is missing")
    return sized(values, size, variables.at(name))
