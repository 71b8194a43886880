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
from dpmd.importers.pickle_data import Instance, Tensor
from dpmd.importers.section import Section
from dpmd.importers.torch_archive import TorchArchive
from dpmd.importers.torch_modules import (
    collection,
    excluded_atoms,
    excluded_pairs,
    layer_section,
)
from dpmd.models.spec import ModelSpec
from dpmd.shown import shown

FORMAT = "torchscript"
_COMBINATIONS = {"LinearEnergyAtomicModel": "linear", "DPZBLLinearEnergyAtomicModel": "zbl"}


def read(path: Path, content: bytes) -> ModelSpec:
    budget = Budget(len(content))
    archive = TorchArchive(path, content, budget)
    root = _Module(archive.root, "model", archive)
    text = root.get("model_def_script")
    # combinations that were never trained hold an empty text
    script = json_document(text, f"{path}: model_def_script") if isinstance(text, str) and text else None
    script = script if isinstance(script, dict) else {}
    refuse_other_kinds(kind_of(script), str(path))
    model = _model(root, script)
    source = source_of(path, content, FORMAT, "")
    section = Section(model, f"{path}: model", budget)
    return spec_from_model(section, source, _scalar(root.get("min_nbor_dist")), script or None)


class _Module:
    """An object of the TorchScript pickle: attributes by name, tensors as arrays."""

    def __init__(self, value: Any, place: str, archive: TorchArchive):
        if not isinstance(value, Instance):
            raise InputError(f"{archive.place}: {place} is not a module of a TorchScript model")
        self.place = place
        self.name = value.name
        self._state = value.state
        self._archive = archive

    def get(self, name: str) -> Any:
        place = f"{self._archive.place}: {self.place}.{name}"
        return self._archive.resolve(self._state.get(name), place)

    def array(self, name: str) -> np.ndarray | None:
        value = self.get(name)
        return value if isinstance(value, np.ndarray) else None

    def module(self, name: str) -> _Module:
        return _Module(self._state.get(name), f"{self.place}.{name}", self._archive)

    def optional(self, name: str) -> _Module | None:
        return self.module(name) if isinstance(self._state.get(name), Instance) else None

    def numbered(self) -> list[_Module | None]:
        """The items of a ModuleList, in order."""
        items = []
        while str(len(items)) in self._state:
            name = str(len(items))
            items.append(self.optional(name))
        return items

    def numbered_arrays(self) -> list[np.ndarray | None]:
        """The items of a ParameterList, in order."""
        items = []
        while isinstance(self._state.get(str(len(items))), Tensor):
            items.append(self.array(str(len(items))))
        return items

    @property
    def class_name(self) -> str:
        return self.name.rpartition(".")[2]


def _model(root: _Module, script: dict[str, Any]) -> dict[str, Any]:
    if root.optional("atomic_model") is None:
        raise refuse(f"{root.place} ({root.class_name})", "a model without one atomic model")
    return _atomic_model(root.module("atomic_model"), script)


def _atomic_model(atomic: _Module, script: dict[str, Any], is_member: bool = False) -> dict[str, Any]:
    """The dictionary of a model, or of a member of a combination."""
    if not is_member and atomic.class_name in _COMBINATIONS:
        section = _combination(atomic, script)
    elif atomic.class_name == "PairTabAtomicModel":
        section = _pair_table(atomic)
    else:
        section = {"type": "standard", "descriptor": _descriptor(atomic, script)}
        section["fitting"] = _fitting(atomic, script, len(section["descriptor"]["sel"]))
    type_map = atomic.get("type_map")
    n_types = len(type_map) if isinstance(type_map, list) else 0
    pair_mask, atom_mask = _mask(atomic, "pair_excl"), _mask(atomic, "atom_excl")
    return {
        **section,
        "type_map": type_map,
        "pair_exclude_types": [] if pair_mask is None else excluded_pairs(pair_mask, n_types),
        "atom_exclude_types": [] if atom_mask is None else excluded_atoms(atom_mask[:n_types]),
        "@variables": {"out_bias": atomic.get("out_bias"), "out_std": atomic.get("out_std")},
    }


def _combination(atomic: _Module, script: dict[str, Any]) -> dict[str, Any]:
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


def _pair_table(atomic: _Module) -> dict[str, Any]:
    table = {name: atomic.get(name) for name in ("tab_info", "tab_data")}
    return {
        "type": "pairtab",
        "rcut": atomic.get("rcut"),
        "sel": atomic.get("sel"),
        "tab": {"ntypes": atomic.get("ntypes"), "@variables": table},
    }


def _mask(owner: _Module, name: str) -> np.ndarray | None:
    mask = owner.optional(name)
    return None if mask is None else mask.array("type_mask")


def _descriptor(atomic: _Module, script: dict[str, Any]) -> dict[str, Any]:
    module = atomic.module("descriptor")
    if module.class_name == "DescrptHybrid":
        parts = module.module("descrpt_list").numbered()
        if len(parts) != 1 or parts[0] is None:
            raise refuse(module.place, f"the descriptor hybrid of {len(parts)}")
        module = parts[0]  # a hybrid of one is that one
    reader = next((one for one in READERS if one.torch_class == module.class_name), None)
    block = module.optional(reader.torch_block) if reader and reader.torch_block else module
    if reader is None or block is None:
        scripted = script.get("descriptor")
        kind = scripted.get("type") if isinstance(scripted, dict) else None
        raise refuse(module.place, f"the descriptor {shown(kind or module.class_name)}")
    sel = block.get("sel")
    if not isinstance(sel, list) or not all(isinstance(n, int) for n in sel):
        raise InputError(f"{block.place}.sel is not a list of counts")
    checked_sel(sel, f"{block.place}.sel")
    n_types, one_side = len(sel), block.get("type_one_side")
    if one_side is None:
        one_side = block.module("filter_layers").get("ndim") == 1
    mask = _mask(block, "emask")
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
        networks = _networks(block.module("filter_layers"))
        section["embeddings"] = collection(networks, 1 if one_side else 2, n_types)
    return section


def _tables(block: _Module) -> dict[str, Any]:
    return {name: block.module(name).numbered_arrays() for name in ("compress_data", "compress_info")}


def _networks(container: _Module) -> list[dict[str, Any] | None]:
    networks: list[dict[str, Any] | None] = []
    for network in container.module("networks").numbered():
        layers = [] if network is None else network.module("layers").numbered()
        networks.append({"layers": [_layer(layer) for layer in layers]} if layers else None)
    return networks


def _layer(layer: _Module | None) -> dict[str, Any] | None:
    if layer is None:
        return None
    weight, bias, timestep = (layer.get(name) for name in ("matrix", "bias", "idt"))
    section = layer_section(weight, bias, timestep, layer.get("activate_name"), layer.get("resnet"))
    section["precision"] = layer.get("precision")
    return section


def _fitting(atomic: _Module, script: dict[str, Any], n_types: int) -> dict[str, Any]:
    module = atomic.module("fitting_net")
    if module.class_name not in ("EnergyFittingNet", "EnergyFittingNetDirect", "InvarFitting"):
        raise refuse(module.place, f"the fitting net {shown(module.class_name)}")
    scripted = script.get("fitting_net")
    kind = scripted.get("type", "ener") if isinstance(scripted, dict) else "ener"
    if module.class_name == "EnergyFittingNetDirect":
        kind = "direct_force_ener"
    mask = _mask(module, "emask")
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
        "nets": collection(_networks(module.module("filter_layers")), 0 if mixed else 1, n_types),
        "@variables": {name: module.get(name) for name in (*names, "case_embd")},
    }


def _scalar(value: Any) -> Any:
    return float(value.ravel()[0]) if isinstance(value, np.ndarray) and value.size == 1 else value
