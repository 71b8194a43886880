"""Writes a model dictionary as DeePMD-kit's TorchScript files, byte by byte, without PyTorch."""

from __future__ import annotations

import json
import struct
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

_STORAGES = {"float64": "DoubleStorage", "float32": "FloatStorage", "int32": "IntStorage"}


@dataclass
class Module:
    """An object of a TorchScript class."""

    name: str
    state: dict[Any, Any] = field(default_factory=dict)


class PickleWriter:
    """Writes plain data, modules and tensors like PyTorch (pickle protocol 2)."""

    def __init__(self):
        self.storages: list[bytes] = []

    def dumps(self, value: Any) -> bytes:
        return b"\x80\x02" + self.item(value) + b"."

    def item(self, value: Any) -> bytes:
        if value is None:
            return b"N"
        if isinstance(value, (bool, np.bool_)):
            return b"\x88" if value else b"\x89"
        if isinstance(value, int):
            return b"J" + struct.pack("<i", value)
        if isinstance(value, float):
            return b"G" + struct.pack(">d", value)
        if isinstance(value, str):
            text = value.encode()
            return b"X" + struct.pack("<I", len(text)) + text
        if isinstance(value, tuple):
            return b"(" + b"".join(map(self.item, value)) + b"t"
        if isinstance(value, list):
            return b"](" + b"".join(map(self.item, value)) + b"e"
        if isinstance(value, dict):
            pairs = (self.item(part) for pair in value.items() for part in pair)
            return b"}(" + b"".join(pairs) + b"u"
        if isinstance(value, Module):
            module, _, name = value.name.rpartition(".")
            return global_name(module, name) + b")\x81" + self.item(value.state) + b"b"
        return self._tensor(value)

    def _tensor(self, array: np.ndarray) -> bytes:
        key = str(len(self.storages))
        array = np.asarray(array, order="C")
        self.storages.append(array.tobytes())
        kind = global_name("torch", _STORAGES[array.dtype.name])
        head = self.item("storage") + kind + self.item(key) + self.item("cpu")
        storage = b"(" + head + self.item(array.size) + b"tQ"
        strides = tuple(s // array.itemsize for s in array.strides)
        rest = self.item(0) + self.item(array.shape) + self.item(strides) + b"\x89N"
        return global_name("torch._utils", "_rebuild_tensor_v2") + b"(" + storage + rest + b"tR"


def global_name(module: str, name: str) -> bytes:
    return f"c{module}\n{name}\n".encode()


def write_archive(path: Path, pickle: bytes, storages: list[bytes], script: bool) -> Path:
    """The zip container; ``script`` adds what distinguishes TorchScript from a checkpoint."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("toy/data.pkl", pickle)
        for k, storage in enumerate(storages):
            archive.writestr(f"toy/data/{k}", storage)
        archive.writestr("toy/byteorder", b"little")
        if script:
            archive.writestr("toy/constants.pkl", b"\x80\x02).")
    return path


def write_pth(path: Path, model: dict[str, Any]) -> Path:
    """A TorchScript model."""
    writer = PickleWriter()
    content = writer.dumps(script_module(model))
    return write_archive(path, content, writer.storages, script=True)


def script_module(model: dict[str, Any]) -> Module:
    root = {
        "model_def_script": json.dumps({"type_map": model["type_map"], "descriptor": {}}),
        "min_nbor_dist": 0.9,
        "atomic_model": _atomic(model),
    }
    return Module("__torch__.deepmd.EnergyModel", root)


def _atomic(model: dict[str, Any]) -> Module:
    n_types = len(model["type_map"])
    common = {
        **model["@variables"],
        "type_map": model["type_map"],
        "pair_excl": _mask(pair_mask(model["pair_exclude_types"], n_types)),
        "atom_excl": _mask(atom_mask(model["atom_exclude_types"], n_types)),
    }
    if model["type"] in ("linear", "zbl"):
        members = Module("__torch__.ModuleList", _numbered([_atomic(member) for member in model["models"]]))
        settings = {key: model[key] for key in ("weights", "sw_rmin", "sw_rmax", "smin_alpha") if key in model}
        name = "LinearEnergyAtomicModel" if model["type"] == "linear" else "DPZBLLinearEnergyAtomicModel"
        return Module(f"__torch__.deepmd.{name}", {**common, **settings, "models": members})
    if model["type"] == "pairtab":
        own = {"rcut": model["rcut"], "sel": model["sel"], "ntypes": n_types, **model["tab"]["@variables"]}
        return Module("__torch__.deepmd.PairTabAtomicModel", {**common, **own})
    return Module("__torch__.deepmd.DPEnergyAtomicModel", {**common, **_single(model)})


def _single(model: dict[str, Any]) -> dict[str, Module]:
    fitting, n_types = model["fitting"], len(model["type_map"])
    assigned = fitting["atom_ener"]
    net = {
        **fitting["@variables"],
        "numb_fparam": fitting["numb_fparam"],
        "numb_aparam": fitting["numb_aparam"],
        "dim_case_embd": fitting.get("dim_case_embd", 0),
        "default_fparam": fitting.get("default_fparam"),
        "mixed_types": fitting["mixed_types"],
        "remove_vaccum_contribution": assigned and [e is not None for e in assigned],
        "filter_layers": _networks(fitting["nets"]),
    }
    return {
        "descriptor": _descriptors(model["descriptor"], n_types),
        "fitting_net": Module("__torch__.deepmd.EnergyFittingNet", net),
    }


def _descriptors(descriptor: dict[str, Any], n_types: int) -> Module:
    if descriptor["type"] != "hybrid":
        return _descriptor(descriptor, n_types)
    parts = _numbered([_descriptor(part, n_types) for part in descriptor["list"]])
    return Module("__torch__.deepmd.DescrptHybrid", {"descrpt_list": Module("__torch__.ModuleList", parts)})


def _descriptor(descriptor: dict[str, Any], n_types: int) -> Module:
    keys = ("rcut", "rcut_smth", "sel", "axis_neuron", "type_one_side", "env_protection")
    block = {key: descriptor[key] for key in keys if key in descriptor}
    block["mean"] = descriptor["@variables"]["davg"]
    block["stddev"] = descriptor["@variables"]["dstd"]
    block["emask"] = _mask(pair_mask(descriptor["exclude_types"], n_types))
    block["filter_layers"] = _networks(descriptor["embeddings"])
    if "compress" in descriptor:
        block["compress"] = True
        for key, arrays in descriptor["compress"]["@variables"].items():
            block[key] = Module("__torch__.ParameterList", _numbered(arrays))
    if descriptor["type"] == "se_e2_a":
        return Module("__torch__.deepmd.DescrptSeA", {"sea": Module("__torch__.B", block)})
    return Module("__torch__.deepmd.DescrptSeR", block)


def pair_mask(excluded: list[list[int]], n_types: int) -> np.ndarray:
    mask = np.ones((n_types + 1, n_types + 1), dtype=np.int32)
    for i, j in excluded:
        mask[i, j] = mask[j, i] = 0
    return mask.ravel()


def atom_mask(excluded: list[int], n_types: int) -> np.ndarray:
    return np.array([t not in excluded for t in range(n_types)], dtype=np.int32)


def _mask(values: np.ndarray) -> Module:
    return Module("__torch__.Mask", {"type_mask": values})


def _numbered(items: list[Any]) -> dict[str, Any]:
    return {str(k): item for k, item in enumerate(items)}


def _networks(collection: dict[str, Any]) -> Module:
    networks = []
    for network in collection["networks"]:
        layers = [Module("__torch__.MLPLayer", _layer(layer)) for layer in network["layers"]]
        module_list = Module("__torch__.ModuleList", _numbered(layers))
        networks.append(Module("__torch__.EN", {"layers": module_list}))
    return Module(
        "__torch__.NetworkCollection",
        {"networks": Module("__torch__.ModuleList", _numbered(networks))},
    )


def _layer(layer: dict[str, Any]) -> dict[str, Any]:
    v = layer["@variables"]
    return {
        "matrix": v["w"],
        "bias": v["b"],
        "idt": v["idt"],
        "resnet": layer["resnet"],
        "activate_name": layer["activation_function"],
        "precision": layer["precision"],
    }
