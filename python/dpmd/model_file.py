"""Reading and writing ``.dpmd`` files: safetensors with a JSON document (docs/model-format.md)."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from dpmd.errors import InputError
from dpmd.foreign import DEFECTS, fail, reading
from dpmd.importers.limits import check_values
from dpmd.lfs_pointer import refuse_lfs_pointer
from dpmd.model_spec import (
    FORMAT_VERSION,
    DescriptorSpec,
    FittingSpec,
    Layer,
    ModelSpec,
    Network,
    Source,
    Table,
)
from dpmd.output_files import OutputFiles
from dpmd.regular_file import MAX_MODEL_BYTES, open_regular, require_regular
from dpmd.shown import shown

_TABLE_NUMBERS = ("lower", "upper", "max", "stride0", "stride1")
_FITTING_TENSORS = ("energy_shift", "fparam_avg", "fparam_inv_std", "aparam_avg", "aparam_inv_std")


def model_bytes(spec: ModelSpec) -> bytes:
    """Validate ``spec`` and return it as the content of a ``.dpmd`` file."""
    from safetensors.numpy import save

    spec.validate()
    tensors: dict[str, np.ndarray] = {}
    document = json.dumps(_document(spec, tensors), ensure_ascii=False, allow_nan=False)
    document = document.encode("utf-8", "replace").decode("utf-8")  # lone surrogates cannot be stored
    return _ordered(save(tensors, metadata={"format": "dpmd", "dpmd": document}))


def write_model(spec: ModelSpec, path: Path) -> None:
    """Validate ``spec`` and write it to ``path``, where it appears whole or not at all."""
    content = model_bytes(spec)
    with OutputFiles() as files:
        files.open(path, binary=True).write(content)


def read_model(path: Path) -> ModelSpec:
    """Read and validate a ``.dpmd`` file."""
    refuse_lfs_pointer(path)
    metadata, tensors = _stored(path)
    try:
        if metadata.get("format") != "dpmd" or "dpmd" not in metadata:
            raise InputError("a safetensors file, but not a .dpmd model (no dpmd metadata)")
        document = json.loads(metadata["dpmd"])
        check_values(document, len(metadata["dpmd"]), "its document")
        spec = _spec(document, tensors)
        if tensors:
            raise InputError(f"unexpected tensor {shown(min(tensors))}")
        return spec.validate()
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    except DEFECTS:
        raise
    except KeyError as error:
        raise InputError(f"{path}: {error.args[0]!r} is missing") from error
    # The document is foreign data: whatever type or value trips the reader is the file's fault.
    except BaseException as error:
        fail(path, "malformed document", error)


def _stored(path: Path) -> tuple[dict[str, str], dict[str, np.ndarray]]:
    """Metadata and arrays of a safetensors file."""
    from safetensors import safe_open

    size = require_regular(path)
    if size > MAX_MODEL_BYTES:
        raise InputError(f"{path}: has {size} bytes, more than the {MAX_MODEL_BYTES} of any model")
    open_regular(path).close()  # it can be
    with reading(path, "not a readable .dpmd file"), safe_open(path, framework="np") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        return file.metadata() or {}, tensors


def _ordered(content: bytes) -> bytes:
    """The same file with its metadata in a fixed order: one model is always the same bytes."""
    end = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:end])
    metadata = header.pop("__metadata__")
    header = {"__metadata__": {name: metadata[name] for name in ("format", "dpmd")}, **header}
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    text += b" " * (-len(text) % 8)  # the arrays stay aligned
    return len(text).to_bytes(8, "little") + text + content[end:]


def _document(spec: ModelSpec, tensors: dict[str, np.ndarray]) -> dict[str, Any]:
    """The JSON document of ``spec``; its arrays go into ``tensors``."""
    d, f = spec.descriptor, spec.fitting
    tensors["descriptor.davg"], tensors["descriptor.dstd"] = d.davg, d.dstd
    for name in _FITTING_TENSORS:
        tensors[f"fitting.{name}"] = getattr(f, name)
    if f.case_embedding.size:
        tensors["fitting.case_embedding"] = f.case_embedding
    descriptor = {
        "type": d.type,
        "cutoff": d.cutoff,
        "cutoff_smooth": d.cutoff_smooth,
        "cutoff_arithmetic": d.cutoff_arithmetic,
        "env_protection": d.env_protection,
        "sel": d.sel,
        "normalization": d.normalization,
        "axis_neuron": d.axis_neuron,
        "type_one_side": d.type_one_side,
        "exclude_types": [list(pair) for pair in d.exclude_types],
        "excluded_padding": d.excluded_padding,
        "overflow_order": d.overflow_order,
        "networks": [
            [_network_document(net, f"embedding.{i}.{j}", tensors) for j, net in enumerate(row)]
            for i, row in enumerate(d.networks)
        ],
    }
    fitting = {
        "networks": [_network_document(net, f"fitting.{t}", tensors) for t, net in enumerate(f.networks)],
        "n_fparam": f.n_fparam,
        "n_aparam": f.n_aparam,
        "default_fparam": f.default_fparam,
        "subtract_vacuum": f.subtract_vacuum,
    }
    return {
        "format_version": FORMAT_VERSION,
        "model_type": "energy",
        "type_map": spec.type_map,
        "precision": spec.precision,
        "descriptor": descriptor,
        "fitting": fitting,
        "pair_exclude_types": [list(pair) for pair in spec.pair_exclude_types],
        "atom_exclude_types": spec.atom_exclude_types,
        "min_neighbor_distance": spec.min_neighbor_distance,
        "source": asdict(spec.source),
        "training_script": json_safe(spec.training_script),
    }


def _network_document(network: Network | None, place: str, tensors: dict[str, np.ndarray]) -> dict[str, Any] | None:
    if network is None:
        return None
    if network.table is not None:
        tensors[f"{place}.table"] = np.ascontiguousarray(network.table.coefficients)
        numbers = {name: getattr(network.table, name) for name in _TABLE_NUMBERS}
        return {"table": {**numbers, "extrapolation": network.table.extrapolation}}
    layers = []
    for k, layer in enumerate(network.layers):
        tensors[f"{place}.{k}.w"] = np.ascontiguousarray(layer.weight)
        if layer.bias is not None:
            tensors[f"{place}.{k}.b"] = np.ascontiguousarray(layer.bias)
        if layer.timestep is not None:
            tensors[f"{place}.{k}.idt"] = np.ascontiguousarray(layer.timestep)
        layers.append(
            {
                "activation": layer.activation,
                "skip": layer.skip,
                "timestep": layer.timestep is not None,
                "bias": layer.bias is not None,
            }
        )
    return {"layers": layers}


def json_safe(value: Any) -> Any:
    """``value`` with numbers that JSON cannot write turned into text."""
    if isinstance(value, dict):
        return {str(key): json_safe(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [json_safe(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return str(value)


def _spec(document: dict[str, Any], tensors: dict[str, np.ndarray]) -> ModelSpec:
    """Build the spec; takes every tensor it uses out of ``tensors``."""
    if document["format_version"] != FORMAT_VERSION:
        raise InputError(f"format_version is {shown(document['format_version'])}; this dpmd reads {FORMAT_VERSION}")
    if document["model_type"] != "energy":
        raise InputError(f"model_type is {shown(document['model_type'])}; dpmd runs energy models")
    d, f = document["descriptor"], document["fitting"]
    descriptor = DescriptorSpec(
        type=d["type"],
        cutoff=float(d["cutoff"]),
        cutoff_smooth=float(d["cutoff_smooth"]),
        cutoff_arithmetic=d["cutoff_arithmetic"],
        env_protection=float(d["env_protection"]),
        sel=list(d["sel"]),
        normalization=int(d["normalization"]),
        axis_neuron=int(d["axis_neuron"]),
        type_one_side=bool(d["type_one_side"]),
        exclude_types=[tuple(pair) for pair in d["exclude_types"]],
        excluded_padding=d["excluded_padding"],
        overflow_order=d["overflow_order"],
        networks=[
            [_network(net, f"embedding.{i}.{j}", tensors) for j, net in enumerate(row)]
            for i, row in enumerate(d["networks"])
        ],
        davg=tensors.pop("descriptor.davg"),
        dstd=tensors.pop("descriptor.dstd"),
    )
    fitting = FittingSpec(
        networks=[_network(net, f"fitting.{t}", tensors) for t, net in enumerate(f["networks"])],
        n_fparam=int(f["n_fparam"]),
        n_aparam=int(f["n_aparam"]),
        default_fparam=f["default_fparam"],
        subtract_vacuum=[bool(flag) for flag in f["subtract_vacuum"]],
        case_embedding=tensors.pop("fitting.case_embedding", np.zeros(0)),
        **{name: tensors.pop(f"fitting.{name}") for name in _FITTING_TENSORS},
    )
    return ModelSpec(
        type_map=list(document["type_map"]),
        precision=str(document["precision"]),
        descriptor=descriptor,
        fitting=fitting,
        pair_exclude_types=[tuple(pair) for pair in document["pair_exclude_types"]],
        atom_exclude_types=list(document["atom_exclude_types"]),
        min_neighbor_distance=document["min_neighbor_distance"],
        source=Source(**document["source"]),
        training_script=document["training_script"],
    )


def _network(net: Any, place: str, tensors: dict[str, np.ndarray]) -> Network | None:
    if net is None:
        return None
    if "table" in net:
        numbers = {name: float(net["table"][name]) for name in _TABLE_NUMBERS}
        coefficients = tensors.pop(f"{place}.table")
        extrapolation = net["table"]["extrapolation"]
        return Network(table=Table(coefficients, extrapolation=extrapolation, **numbers))
    layers = []
    for k, layer in enumerate(net["layers"]):
        layers.append(
            Layer(
                weight=tensors.pop(f"{place}.{k}.w"),
                bias=tensors.pop(f"{place}.{k}.b") if layer["bias"] else None,
                timestep=tensors.pop(f"{place}.{k}.idt") if layer["timestep"] else None,
                activation=layer["activation"],
                skip=layer["skip"],
            )
        )
    return Network(layers=layers)
