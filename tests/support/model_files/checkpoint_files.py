"""Writes model dictionaries as DeePMD-kit's PyTorch checkpoints, in the words of either of its backends."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from model_files.torch_files import PickleWriter, atom_mask, write_archive
from model_files.toy_model import parts_of

_SETTINGS = ("type", "rcut", "rcut_smth", "sel", "axis_neuron", "type_one_side", "exclude_types", "activation_function")
_FITTING_SETTINGS = (
    "type",
    "numb_fparam",
    "numb_aparam",
    "atom_ener",
    "activation_function",
    "dim_case_embd",
    "default_fparam",
)


def write_pt(path: Path, model: dict[str, Any], exportable: bool = False) -> Path:
    """A checkpoint of one model; ``exportable``: of the backend that exports programs."""
    state = named("Default", tensors_of(model, exportable))
    return write_state(path, state, settings_of(model))


def write_multitask(
    path: Path,
    models: Mapping[str, dict[str, Any]],
    exportable: bool = False,
    aliases: Mapping[str, list[str]] | None = None,
) -> Path:
    """A checkpoint of several models, by the names of their heads, which may have ``aliases``."""
    state: dict[str, Any] = {}
    settings = {}
    for head, model in models.items():
        state |= named(head, tensors_of(model, exportable))
        settings[head] = settings_of(model) | {"model_branch_alias": (aliases or {}).get(head, [])}
    return write_state(path, state, {"model_dict": settings})


def write_state(path: Path, state: dict[str, Any], params: dict[str, Any]) -> Path:
    """A checkpoint with these tensors and settings, and with what training leaves beside them."""
    writer = PickleWriter()
    extra = {"model_params": params, "train_infos": {"lr": 0, "step": 7}}
    averages = {name: value + 1.0 for name, value in state.items() if isinstance(value, np.ndarray)}
    root = {"model": {**state, "_extra_state": extra}, "optimizer": {"step": 1}, "model_ema": averages}
    content = writer.dumps(root)
    return write_archive(path, content, writer.storages, script=False)


def named(head: str, tensors: dict[str, Any]) -> dict[str, Any]:
    return {f"model.{head}.{name}": value for name, value in tensors.items()}


def settings_of(model: dict[str, Any]) -> dict[str, Any]:
    """The settings that a model was trained with."""
    common = {key: model[key] for key in ("type_map", "atom_exclude_types", "pair_exclude_types")}
    if model["type"] == "pairtab":
        return common | {"type": "pairtab", "rcut": model["rcut"], "sel": model["sel"]}
    if model["type"] == "linear":
        members = [settings_of(member) for member in model["models"]]
        return common | {"type": "linear_ener", "weights": model["weights"], "models": members}
    if model["type"] == "zbl":
        switch = {key: model[key] for key in ("sw_rmin", "sw_rmax", "smin_alpha")}
        return settings_of(model["models"][0]) | common | switch | {"use_srtab": "table.txt"}
    fitting, is_hybrid = model["fitting"], model["descriptor"]["type"] == "hybrid"
    parts = [{key: part[key] for key in _SETTINGS if key in part} for part in parts_of(model["descriptor"])]
    return common | {
        "descriptor": {"type": "hybrid", "list": parts} if is_hybrid else parts[0],
        "fitting_net": {key: fitting[key] for key in _FITTING_SETTINGS if key in fitting},
    }


def tensors_of(model: dict[str, Any], exportable: bool) -> dict[str, Any]:
    """The tensors of a model by name."""
    tensors = _atomic("atomic_model", model, exportable)
    tensors["_min_nbor_dist" if exportable else "min_nbor_dist"] = np.array(0.9)
    return {name: value for name, value in tensors.items() if value is not None}


def _atomic(place: str, model: dict[str, Any], exportable: bool) -> dict[str, Any]:
    """The tensors of a model, or of a member of a combination, below ``place``."""
    tensors = {f"{place}.{key}": value for key, value in model["@variables"].items()}
    if model["type"] == "pairtab":
        return tensors | {f"{place}.{key}": value for key, value in model["tab"]["@variables"].items()}
    if model["type"] in ("linear", "zbl"):
        for k, member in enumerate(model["models"]):
            tensors |= _atomic(f"{place}.models.{k}", member, exportable)
        return tensors
    fitting, is_hybrid = model["fitting"], model["descriptor"]["type"] == "hybrid"
    descriptor, net = f"{place}.descriptor", f"{place}.fitting_net"
    for k, part in enumerate(parts_of(model["descriptor"])):
        tensors |= _descriptor(f"{descriptor}.descrpt_list.{k}" if is_hybrid else descriptor, part, exportable)
    tensors |= {f"{net}.{key}": value for key, value in fitting["@variables"].items()}
    if exportable:
        tensors[f"{net}.emask.type_mask"] = atom_mask(model["atom_exclude_types"], len(model["type_map"]))
    return tensors | _networks(f"{net}.{'nets' if exportable else 'filter_layers'}", fitting["nets"], exportable)


def _descriptor(block: str, descriptor: dict[str, Any], exportable: bool) -> dict[str, Any]:
    if descriptor["type"] == "se_e2_a" and not exportable:
        block += ".sea"
    shift, scale, embeddings = ("davg", "dstd", "embeddings") if exportable else ("mean", "stddev", "filter_layers")
    return {
        f"{block}.{shift}": descriptor["@variables"]["davg"],
        f"{block}.{scale}": descriptor["@variables"]["dstd"],
        **_networks(f"{block}.{embeddings}", descriptor["embeddings"], exportable),
    }


def _networks(prefix: str, collection: dict[str, Any], exportable: bool) -> dict[str, Any]:
    """Every tensor is there twice, as PyTorch finds the networks in two members."""
    names = ("w", "b", "idt") if exportable else ("matrix", "bias", "idt")
    members = ("_module_networks", "_networks") if exportable else ("networks", "_networks")
    tensors = {}
    for n, network in enumerate(collection["networks"]):
        for k, layer in enumerate(network["layers"]):
            values = (layer["@variables"][key] for key in ("w", "b", "idt"))
            for name, value in zip(names, values, strict=True):
                tensors |= {f"{prefix}.{member}.{n}.layers.{k}.{name}": value for member in members}
    return tensors
