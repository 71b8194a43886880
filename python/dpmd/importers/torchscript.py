"""Reads DeePMD-kit's TorchScript models (``.pth``): attributes of the modules, never code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from dpmd.errors import InputError
from dpmd.importers.common import checked_sel, json_document, source_of
from dpmd.importers.descriptors import READERS
from dpmd.importers.dpmodel_model import spec_from_model
from dpmd.importers.kind import kind_of, refuse, refuse_other_kinds
from dpmd.importers.limits import Budget
from dpmd.importers.section import Section
from dpmd.importers.torch_archive import TorchArchive
from dpmd.importers.torch_module import TorchModule, exclusion_mask, module_networks
from dpmd.importers.torch_modules import collection, excluded_atoms, excluded_pairs, joined
from dpmd.models.spec import ModelSpec
from dpmd.shown import shown

FORMAT = "torchscript"
_COMBINATIONS = {"LinearEnergyAtomicModel": "linear", "DPZBLLinearEnergyAtomicModel": "zbl"}


def read(path: Path, content: bytes) -> ModelSpec:
    budget = Budget(len(content))
    archive = TorchArchive(path, content, budget)
    root = TorchModule(archive.root, "model", archive)
    text = root.get("model_def_script")
    # combinations that were never trained hold an empty text
    script = json_document(text, f"{path}: model_def_script") if isinstance(text, str) and text else None
    script = script if isinstance(script, dict) else {}
    refuse_other_kinds(kind_of(script), str(path))
    model = _model(root, script)
    source = source_of(path, content, FORMAT, "")
    section = Section(model, f"{path}: model", budget)
    return spec_from_model(section, source, _scalar(root.get("min_nbor_dist")), script or None)


def _model(root: TorchModule, script: dict[str, Any]) -> dict[str, Any]:
    if root.optional("atomic_model") is None:
        raise refuse(f"{root.place} ({root.class_name})", "a model without one atomic model")
    return _atomic_model(root.module("atomic_model"), script)


def _atomic_model(atomic: TorchModule, script: dict[str, Any], is_member: bool = False) -> dict[str, Any]:
    """The dictionary of a model, or of a member of a combination."""
    if not is_member and atomic.class_name in _COMBINATIONS:
        section = _combination(atomic, script)
    elif atomic.class_name == "PairTabAtomicModel":
        section = _pair_table(atomic)
    else:
        section = _single(atomic, script)
    type_map = atomic.get("type_map")
    n_types = len(type_map) if isinstance(type_map, list) else 0
    pair_mask, atom_mask = exclusion_mask(atomic, "pair_excl"), exclusion_mask(atomic, "atom_excl")
    return {
        **section,
        "type_map": type_map,
        "pair_exclude_types": [] if pair_mask is None else excluded_pairs(pair_mask, n_types),
        "atom_exclude_types": [] if atom_mask is None else excluded_atoms(atom_mask[:n_types]),
        "@variables": {"out_bias": atomic.get("out_bias"), "out_std": atomic.get("out_std")},
    }


def _single(atomic: TorchModule, script: dict[str, Any]) -> dict[str, Any]:
    descriptors = _descriptors(atomic, script)
    n_types = descriptors[0].get("ntypes", len(descriptors[0]["sel"]))
    return {"type": "standard", "descriptor": joined(descriptors), "fitting": _fitting(atomic, script, n_types)}


def _combination(atomic: TorchModule, script: dict[str, Any]) -> dict[str, Any]:
    members = atomic.module("models").numbered()
    scripts = script.get("models")
    scripts = scripts if isinstance(scripts, list) and len(scripts) == len(members) else [script] * len(members)
    return {
        "type": _COMBINATIONS[atomic.class_name],
        "models": [
            None if member is None else _atomic_model(member, one if isinstance(one, dict) else {}, is_member=True)
            for member, one in zip(members, scripts, strict=True)
        ],
        **{name: atomic.get(name) for name in ("weights", "sw_rmin", "sw_rmax", "smin_alpha")},
    }


def _pair_table(atomic: TorchModule) -> dict[str, Any]:
    table = {name: atomic.get(name) for name in ("tab_info", "tab_data")}
    return {
        "type": "pairtab",
        "rcut": atomic.get("rcut"),
        "sel": atomic.get("sel"),
        "tab": {"ntypes": atomic.get("ntypes"), "@variables": table},
    }


def _descriptors(atomic: TorchModule, script: dict[str, Any]) -> list[dict[str, Any]]:
    """The parts of a hybrid in order; any other descriptor is a hybrid of one."""
    module, scripted = atomic.module("descriptor"), script.get("descriptor")
    if module.class_name != "DescrptHybrid":
        return [_descriptor(module, scripted)]
    parts = [part for part in module.module("descrpt_list").numbered() if part is not None]
    if not parts:
        raise InputError(f"{module.place}.descrpt_list holds no descriptor")
    return [_descriptor(part, None) for part in parts]


def _descriptor(module: TorchModule, scripted: Any) -> dict[str, Any]:
    reader = next((one for one in READERS if one.torch_class == module.class_name), None)
    if reader and reader.module_section:
        return reader.module_section(module)
    block = module.optional(reader.torch_block) if reader and reader.torch_block else module
    if reader is None or block is None:
        kind = scripted.get("type") if isinstance(scripted, dict) else None
        raise refuse(module.place, f"the descriptor {shown(kind or module.class_name)}")
    sel = block.get("sel")
    if not isinstance(sel, list) or not all(isinstance(n, int) for n in sel):
        raise InputError(f"{block.place}.sel is not a list of counts")
    checked_sel(sel, f"{block.place}.sel")
    n_types, one_side = len(sel), block.get("type_one_side")
    if one_side is None:
        one_side = block.module("filter_layers").get("ndim") == 1
    mask = exclusion_mask(block, "emask")
    section = {
        "type": reader.name,
        "rcut": block.get("rcut"),
        "rcut_smth": block.get("rcut_smth"),
        "sel": sel,
        "type_one_side": one_side,
        "exclude_types": [] if mask is None else excluded_pairs(mask, n_types),
        "env_protection": block.get("env_protection"),
        "env_mat": {"use_exp_switch": block.get("use_exp_switch")},
        "@variables": {"davg": block.get("mean"), "dstd": block.get("stddev")},
        **{name: block.get(name) for name in reader.torch_settings},
    }
    if block.get("compress"):
        section["compress"] = {"@variables": _tables(block)}
    else:
        networks = module_networks(block.module("filter_layers"))
        section["embeddings"] = collection(networks, 1 if one_side else 2, n_types)
    return section


def _tables(block: TorchModule) -> dict[str, Any]:
    return {name: block.module(name).numbered_arrays() for name in ("compress_data", "compress_info")}


def _fitting(atomic: TorchModule, script: dict[str, Any], n_types: int) -> dict[str, Any]:
    module = atomic.module("fitting_net")
    if module.class_name not in ("EnergyFittingNet", "EnergyFittingNetDirect", "InvarFitting"):
        raise refuse(module.place, f"the fitting net {shown(module.class_name)}")
    scripted = script.get("fitting_net")
    kind = scripted.get("type", "ener") if isinstance(scripted, dict) else "ener"
    if module.class_name == "EnergyFittingNetDirect":
        kind = "direct_force_ener"
    mask = exclusion_mask(module, "emask")
    vacuum = module.get("remove_vaccum_contribution")
    mixed = bool(module.get("mixed_types"))
    names = ("bias_atom_e", "fparam_avg", "fparam_inv_std", "aparam_avg", "aparam_inv_std")
    default = module.get("default_fparam")
    return {
        "type": kind,
        "mixed_types": mixed,
        "numb_fparam": module.get("numb_fparam"),
        "numb_aparam": module.get("numb_aparam"),
        "dim_case_embd": module.get("dim_case_embd"),
        "default_fparam": default if isinstance(default, (list, tuple)) else None,
        "use_aparam_as_mask": module.get("use_aparam_as_mask"),
        "exclude_types": [] if mask is None else excluded_atoms(mask[:n_types]),
        "atom_ener": [True if flag else None for flag in vacuum] if vacuum else [],
        "precision": module.get("precision"),
        "nets": collection(module_networks(module.module("filter_layers")), 0 if mixed else 1, n_types),
        "@variables": {name: module.get(name) for name in (*names, "case_embd")},
    }


def _scalar(value: Any) -> Any:
    return float(value.ravel()[0]) if isinstance(value, np.ndarray) and value.size == 1 else value
