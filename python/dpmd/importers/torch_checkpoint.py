"""Reads DeePMD-kit's PyTorch checkpoints (``.pt``): tensors by name beside the model's settings.

A checkpoint does not say which layers have residuals; the classes that wrote it do: every layer but
the last of a net has one where its widths allow. Settings that it leaves out have DeePMD-kit's defaults.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dpmd.errors import InputError
from dpmd.importers.checkpoint_weights import CheckpointWeights
from dpmd.importers.common import checked_sel, source_of
from dpmd.importers.descriptors import reader_of
from dpmd.importers.dpmodel_hybrid import descriptor_sections, is_hybrid
from dpmd.importers.dpmodel_model import spec_from_model
from dpmd.importers.heads import chosen_head
from dpmd.importers.kind import LINEAR, kind_of, refuse_other_kinds
from dpmd.importers.limits import Budget
from dpmd.importers.section import Section
from dpmd.importers.torch_archive import TorchArchive
from dpmd.importers.torch_modules import (
    collection,
    excluded_atoms,
    excluded_pairs,
    joined,
)
from dpmd.models.spec import ModelSpec

FORMAT = "torch-checkpoint"

_ATOMIC = "atomic_model"
_CUTOFF, _CUTOFF_SMOOTH, _ACTIVATION = 6.0, 0.5, "tanh"  # DeePMD-kit's defaults
_DEFAULT_PRECISION = "float64"  # what "default" stands for


def read(path: Path, content: bytes, head: str | None = None) -> ModelSpec:
    budget = Budget(len(content))
    archive = TorchArchive(path, content, budget)
    root = archive.root
    state = root.get("model", root) if isinstance(root, dict) else root
    extra = state.get("_extra_state") if isinstance(state, dict) else None
    if not isinstance(extra, dict) or not isinstance(extra.get("model_params"), dict):
        raise InputError(f"{path}: no '_extra_state.model_params' in it; is it a DeePMD-kit checkpoint?")
    head, settings, notes = chosen_head(extra["model_params"], head, path)
    refuse_other_kinds(kind_of(settings), str(path))
    weights = CheckpointWeights(archive, state, head)
    params = Section(settings, f"{path}: model_params", budget)
    model = Section(_model(weights, params), f"{path}: model", budget)
    distance = weights.array("min_nbor_dist", "_min_nbor_dist")
    source = source_of(path, content, FORMAT, "")
    found = None if distance is None or not distance.size else distance.ravel()[0]
    spec = spec_from_model(model, source, found, settings, _lower_input(weights, params))
    spec.notes[:0] = notes
    return spec


def _lower_input(weights: CheckpointWeights, params: Section) -> str:
    """What the model that the checkpoint belongs to takes: edges, where its backend and its descriptor can. A hybrid
    and a combination of models take padded lists in every backend.
    """
    if "descriptor" not in params or "use_srtab" in params:
        return "nlist"
    section = params.section("descriptor")
    if not weights.is_exportable or is_hybrid(section) or "graph" not in reader_of(section.text("type")).lower_inputs:
        return "nlist"
    disabled = weights.array(f"{_ATOMIC}.descriptor.graph_lower_disabled")
    return "graph" if disabled is None or not disabled.any() else "nlist"


def _model(weights: CheckpointWeights, params: Section, prefix: str = _ATOMIC) -> dict[str, Any]:
    """The dictionary of the model at ``prefix``, or of a member of a combination."""
    is_member = prefix != _ATOMIC
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


def _single(weights: CheckpointWeights, params: Section, prefix: str) -> dict[str, Any]:
    section, type_map = params.section("descriptor"), params.list("type_map", [])
    place, hybrid = f"{prefix}.descriptor", is_hybrid(section)
    descriptors = [
        _descriptor(weights, part, f"{place}.descrpt_list.{k}" if hybrid else place, type_map)
        for k, part in enumerate(descriptor_sections(section))
    ]
    n_types = descriptors[0].get("ntypes", len(descriptors[0]["sel"]))
    return {
        "type": "standard",
        "descriptor": joined(descriptors),
        "fitting": _fitting(weights, params.section("fitting_net"), n_types, f"{prefix}.fitting_net"),
    }


def _linear(weights: CheckpointWeights, params: Section) -> dict[str, Any]:
    members = list(params.sections("models"))
    if None in members:
        raise InputError(f"{params.at('models')}: a member is null")
    for member in members:
        member.value.setdefault("type_map", params.list("type_map", []))
    models = [_model(weights, one, f"{_ATOMIC}.models.{k}") for k, one in enumerate(members)]
    return {"type": "linear", "models": models, "weights": params.get("weights", "mean")}


def _bridged(weights: CheckpointWeights, params: Section) -> dict[str, Any]:
    """DP-ZBL has the settings of the model with nets and a few more; the table sees what the descriptor does."""

    def member(settings: dict[str, Any]) -> Section:
        return Section({"type_map": params.list("type_map", []), **settings}, params.place, params.budget)

    sight = params.section("descriptor")
    net = member({key: params.get(key) for key in ("descriptor", "fitting_net")})
    table = member({"type": "pairtab", "rcut": sight.number("rcut", _CUTOFF), "sel": sight.get("sel")})
    return {
        "type": "zbl",
        "models": [_model(weights, one, f"{_ATOMIC}.models.{k}") for k, one in enumerate((net, table))],
        **{name: params.get(name, None) for name in ("sw_rmin", "sw_rmax", "smin_alpha")},
    }


def _pair_table(weights: CheckpointWeights, params: Section, prefix: str) -> dict[str, Any]:
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


def _descriptor(weights: CheckpointWeights, params: Section, prefix: str, type_map: list[str]) -> dict[str, Any]:
    reader = reader_of(params.text("type"))
    if reader.checkpoint_section:
        return reader.checkpoint_section(weights, params, prefix, type_map)
    sel = checked_sel(params.integers("sel"), params.at("sel"))
    block = f"{prefix}.{reader.torch_block}"
    block = block if weights.holds(block) else prefix
    n_types = len(sel)
    networks = weights.networks(f"{block}.{weights.dialect.embeddings}", params.get("activation_function", _ACTIVATION))
    one_side = len(networks) == n_types if n_types > 1 else params.flag("type_one_side", False)
    mask = weights.array(f"{block}.emask.type_mask")
    excluded = params.list("exclude_types", [])
    return {
        "type": reader.name,
        "rcut": params.number("rcut", _CUTOFF),
        "rcut_smth": params.number("rcut_smth", _CUTOFF_SMOOTH),
        "sel": sel,
        "type_one_side": one_side,
        "exclude_types": excluded if mask is None else excluded_pairs(mask, n_types),
        "env_protection": params.number("env_protection", 0.0),
        "spin": params.get("spin", None),
        "embeddings": collection(networks, 1 if one_side else 2, n_types),
        "@variables": {
            "davg": weights.array(f"{block}.mean", f"{block}.davg"),
            "dstd": weights.array(f"{block}.stddev", f"{block}.dstd"),
        },
        **{name: params.get(name, value) for name, value in reader.torch_settings.items()},
    }


def _fitting(weights: CheckpointWeights, params: Section, n_types: int, prefix: str) -> dict[str, Any]:
    networks = weights.networks(f"{prefix}.{weights.dialect.fittings}", params.get("activation_function", _ACTIVATION))
    for network in networks:
        if network is not None:
            network["layers"][-1].update(activation_function="none", resnet=False)
    mixed = n_types > 1 and len(networks) == 1
    mask = weights.array(f"{prefix}.emask.type_mask")
    names = ("bias_atom_e", "fparam_avg", "fparam_inv_std", "aparam_avg", "aparam_inv_std")
    precision = params.text("precision", "default")
    section = {
        "type": params.text("type", "ener"),
        "mixed_types": mixed,
        "numb_fparam": params.integer("numb_fparam", 0),
        "numb_aparam": params.integer("numb_aparam", 0),
        "dim_case_embd": params.integer("dim_case_embd", 0),
        "use_aparam_as_mask": params.flag("use_aparam_as_mask", False),
        "tot_ener_zero": params.flag("tot_ener_zero", False),
        "exclude_types": [] if mask is None else excluded_atoms(mask[:n_types]),
        "precision": _DEFAULT_PRECISION if precision == "default" else precision,
        "nets": collection(networks, 0 if mixed else 1, n_types),
        "@variables": {name: weights.array(f"{prefix}.{name}") for name in (*names, "case_embd")},
    }
    for name in ("default_fparam", "atom_ener"):
        section[name] = params.get(name, None)
    return section
