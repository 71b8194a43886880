"""Reads DeePMD-kit's PyTorch checkpoints (``.pt``): tensors by name beside the model's settings.

A checkpoint does not say which layers have residuals; the classes that wrote it do: every layer but
the last of a net has one where its widths allow.
"""

from __future__ import annotations

import re
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from dpmd.errors import InputError
from dpmd.importers.common import checked_sel, source_of
from dpmd.importers.descriptors import reader_of
from dpmd.importers.dpmodel_model import spec_from_model
from dpmd.importers.dpmodel_terms import single_descriptor
from dpmd.importers.kind import LINEAR, kind_of, refuse, refuse_other_kinds
from dpmd.importers.limits import Budget
from dpmd.importers.pickle_data import Tensor
from dpmd.importers.section import Section
from dpmd.importers.torch_archive import TorchArchive
from dpmd.importers.torch_modules import (
    collection,
    excluded_atoms,
    excluded_pairs,
    layer_section,
)
from dpmd.models.spec import ModelSpec

FORMAT = "torch-checkpoint"
_MAX_LAYERS = 1000


def read(path: Path, content: bytes) -> ModelSpec:
    budget = Budget(len(content))
    archive = TorchArchive(path, content, budget)
    root = archive.root
    state = root.get("model", root) if isinstance(root, dict) else root
    extra = state.get("_extra_state") if isinstance(state, dict) else None
    if not isinstance(extra, dict) or not isinstance(extra.get("model_params"), dict):
        raise InputError(f"{path}: no '_extra_state.model_params' in it; is it a DeePMD-kit checkpoint?")
    params = extra["model_params"]
    branch, params = _branch(params, str(path))
    refuse_other_kinds(kind_of(params), str(path))
    weights = _Weights(archive, state, f"model.{branch}.")
    model = _model(weights, Section(params, f"{path}: model_params", budget))
    distance = weights.array("min_nbor_dist")
    source = source_of(path, content, FORMAT, "")
    section = Section(model, f"{path}: model", budget)
    return spec_from_model(section, source, None if distance is None else distance.ravel()[0], params)


def _branch(params: dict[str, Any], place: str) -> tuple[str, dict[str, Any]]:
    """The name and the settings of the only branch."""
    branches = params.get("model_dict")
    if branches is None:
        return "Default", params
    if not isinstance(branches, dict) or len(branches) != 1:
        names = ", ".join(str(name)[:80] for name in islice(branches, 8)) if isinstance(branches, dict) else "?"
        refused = {kind_of(branch).unsupported() for branch in branches.values()} if names != "?" else {""}
        if "" not in refused:
            raise refuse(place, f"{', '.join(sorted(refused))}, in every branch ({names}),")
        raise refuse(
            place,
            f"a checkpoint with several branches ({names})",
            "freeze one: dp --pt freeze --head BRANCH",
        )
    return next(iter(branches.items()))


class _Weights:
    """Tensors of one branch by the rest of their name."""

    def __init__(self, archive: TorchArchive, state: dict[str, Any], prefix: str):
        self._archive = archive
        self._tensors = {
            name.removeprefix(prefix): value
            for name, value in state.items()
            if isinstance(name, str) and name.startswith(prefix) and isinstance(value, Tensor)
        }
        if not self._tensors:
            raise InputError(f"{archive.place}: no tensors named {prefix}…")

    def __iter__(self):
        return iter(self._tensors)

    def array(self, name: str) -> np.ndarray | None:
        tensor = self._tensors.get(name)
        return None if tensor is None else self._archive.array(tensor, f"{self._archive.place}: {name}")

    def arrays(self, prefix: str) -> list[np.ndarray | None]:
        """The tensors prefix.0, prefix.1, …"""
        items = []
        while f"{prefix}.{len(items)}" in self._tensors:
            items.append(self.array(f"{prefix}.{len(items)}"))
        return items

    def networks(self, prefix: str, activation: Any) -> list[dict[str, Any] | None]:
        """The collection at ``prefix.networks``."""
        pattern = re.compile(rf"{re.escape(prefix)}\.networks\.(\d{{1,6}})\.layers\.0\.matrix")
        found = [int(match[1]) for name in self if (match := pattern.fullmatch(name))]
        networks: list[dict[str, Any] | None] = [None] * (max(found, default=-1) + 1)
        for k in found:
            networks[k] = {"layers": self._layers(f"{prefix}.networks.{k}.layers", activation)}
        return networks

    def _layers(self, prefix: str, activation: Any) -> list[dict[str, Any]]:
        layers: list[dict[str, Any]] = []
        while len(layers) < _MAX_LAYERS and f"{prefix}.{len(layers)}.matrix" in self._tensors:
            parts = (f"{prefix}.{len(layers)}.{part}" for part in ("matrix", "bias", "idt"))
            layers.append(layer_section(*(self.array(part) for part in parts), activation, True))
        return layers


def _model(weights: _Weights, params: Section, prefix: str = "atomic_model") -> dict[str, Any]:
    """The dictionary of the model at ``prefix``, or of a member of a combination."""
    is_member = prefix != "atomic_model"
    if not is_member and "use_srtab" in params:
        section = _bridged(weights, params)
    elif not is_member and params.text("type", "standard") in LINEAR:
        section = _linear(weights, params)
    elif params.text("type", "standard") == "pairtab":
        section = _pair_table(weights, params, prefix)
    else:
        section = _single(weights, params, prefix)
    return {
        **section,
        "type_map": params.list("type_map", []),
        "pair_exclude_types": params.list("pair_exclude_types", []),
        "atom_exclude_types": params.list("atom_exclude_types", []),
        "@variables": {name: weights.array(f"{prefix}.{name}") for name in ("out_bias", "out_std")},
    }


def _single(weights: _Weights, params: Section, prefix: str) -> dict[str, Any]:
    section, place = params.section("descriptor"), f"{prefix}.descriptor"
    descriptor = single_descriptor(section)
    if descriptor is not section:
        place += ".descrpt_list.0"
    sel = checked_sel(descriptor.integers("sel"), descriptor.at("sel"))
    return {
        "type": "standard",
        "descriptor": _descriptor(weights, descriptor, sel, place),
        "fitting": _fitting(weights, params.section("fitting_net"), len(sel), f"{prefix}.fitting_net"),
    }


def _linear(weights: _Weights, params: Section) -> dict[str, Any]:
    members = list(params.sections("models"))
    if None in members:
        raise InputError(f"{params.at('models')}: a member is null")
    for member in members:
        member.value.setdefault("type_map", params.list("type_map", []))
    models = [_model(weights, one, f"atomic_model.models.{k}") for k, one in enumerate(members)]
    return {"type": "linear", "models": models, "weights": params.get("weights", "mean")}


def _bridged(weights: _Weights, params: Section) -> dict[str, Any]:
    """DP-ZBL has the settings of the model with nets and a few more; the table sees what the descriptor does."""

    def member(settings: dict[str, Any]) -> Section:
        return Section({"type_map": params.list("type_map", []), **settings}, params.place, params.budget)

    sight = params.section("descriptor")
    net = member({key: params.get(key) for key in ("descriptor", "fitting_net")})
    table = member({"type": "pairtab", "rcut": sight.get("rcut"), "sel": sight.get("sel")})
    return {
        "type": "zbl",
        "models": [_model(weights, one, f"atomic_model.models.{k}") for k, one in enumerate((net, table))],
        **{name: params.get(name, None) for name in ("sw_rmin", "sw_rmax", "smin_alpha")},
    }


def _pair_table(weights: _Weights, params: Section, prefix: str) -> dict[str, Any]:
    info = weights.array(f"{prefix}.tab_info")
    if info is None or info.size != 4:
        raise InputError(f"{params.place}: no table at {prefix}.tab_info")
    table = {"tab_info": info, "tab_data": weights.array(f"{prefix}.tab_data")}
    return {
        "type": "pairtab",
        "rcut": params.get("rcut"),
        "sel": params.get("sel"),
        "tab": {"ntypes": int(info.ravel()[3]), "@variables": table},
    }


def _descriptor(weights: _Weights, params: Section, sel: list[int], prefix: str) -> dict[str, Any]:
    reader = reader_of(params.text("type"))
    block = f"{prefix}.{reader.torch_block}" if reader.torch_block else prefix
    n_types = len(sel)
    networks = weights.networks(f"{block}.filter_layers", params.get("activation_function", "tanh"))
    one_side = len(networks) == n_types if n_types > 1 else params.flag("type_one_side", False)
    mask = weights.array(f"{block}.emask.type_mask")
    excluded = params.list("exclude_types", [])
    return {
        "type": reader.name,
        "rcut": params.number("rcut"),
        "rcut_smth": params.number("rcut_smth"),
        "sel": sel,
        "type_one_side": one_side,
        "exclude_types": excluded if mask is None else excluded_pairs(mask, n_types),
        "env_protection": params.number("env_protection", 0.0),
        "spin": params.get("spin", None),
        "embeddings": collection(networks, 1 if one_side else 2, n_types),
        "@variables": {"davg": weights.array(f"{block}.mean"), "dstd": weights.array(f"{block}.stddev")},
        **{name: params.get(name, value) for name, value in reader.torch_settings.items()},
    }


def _fitting(weights: _Weights, params: Section, n_types: int, prefix: str) -> dict[str, Any]:
    networks = weights.networks(f"{prefix}.filter_layers", params.get("activation_function", "tanh"))
    for network in networks:
        if network is not None:
            network["layers"][-1].update(activation_function="none", resnet=False)
    mixed = n_types > 1 and len(networks) == 1
    mask = weights.array(f"{prefix}.emask.type_mask")
    names = ("bias_atom_e", "fparam_avg", "fparam_inv_std", "aparam_avg", "aparam_inv_std")
    section = {
        "type": params.text("type", "ener"),
        "mixed_types": mixed,
        "numb_fparam": params.integer("numb_fparam", 0),
        "numb_aparam": params.integer("numb_aparam", 0),
        "dim_case_embd": params.integer("dim_case_embd", 0),
        "use_aparam_as_mask": params.flag("use_aparam_as_mask", False),
        "tot_ener_zero": params.flag("tot_ener_zero", False),
        "exclude_types": [] if mask is None else excluded_atoms(mask[:n_types]),
        "nets": collection(networks, 0 if mixed else 1, n_types),
        "@variables": {name: weights.array(f"{prefix}.{name}") for name in (*names, "case_embd")},
    }
    for name in ("default_fparam", "atom_ener", "precision"):
        section[name] = params.get(name, None)
    return section
