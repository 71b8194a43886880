"""Parts of descriptors with a type embedding, from TorchScript models and checkpoints, as sections of the model
dictionary.
"""

from __future__ import annotations

from typing import Any

from dpmd.errors import InputError
from dpmd.importers.checkpoint_weights import CheckpointWeights
from dpmd.importers.section import Section
from dpmd.importers.torch_module import TorchModule, exclusion_mask, module_layer, module_networks
from dpmd.importers.torch_modules import collection, excluded_pairs, layer_section

# DeePMD-kit's defaults of the settings of a checkpoint.
_NUMBERS = {"rcut": 6.0, "rcut_smth": 0.5, "env_protection": 0.0}
_ACTIVATION = "tanh"
_STRIP_COLLECTION = "_strip"  # behind the name of the collection of embedding nets
_MOST_LAYERS = 1000


def typed_module(module: TorchModule, block: TorchModule) -> dict[str, Any]:
    """What the module of any such descriptor holds, with the ``block`` inside that has its networks."""
    n_types, sel, mask = block.get("ntypes"), block.get("sel"), exclusion_mask(block, "emask")
    if not isinstance(n_types, int) or not isinstance(sel, list):
        raise InputError(f"{block.place}: ntypes and sel are not a number and a list")
    section = {
        **{name: block.get(name) for name in ("rcut", "rcut_smth", "tebd_input_mode", "env_protection")},
        "ntypes": n_types,
        "sel": sel,
        "concat_output_tebd": module.get("concat_output_tebd"),
        "type_map": module.get("type_map"),
        "exclude_types": [] if mask is None else excluded_pairs(mask, n_types),
        "type_embedding": _type_embedding_of_module(module.module("type_embedding").module("embedding")),
        "embeddings": collection(module_networks(block.module("filter_layers")), 0, n_types),
        "@variables": {"davg": block.get("mean"), "dstd": block.get("stddev")},
    }
    if block.optional("filter_layers_strip") is not None:
        section["embeddings_strip"] = collection(module_networks(block.module("filter_layers_strip")), 0, n_types)
    return section


def typed_checkpoint(
    weights: CheckpointWeights, params: Section, prefix: str, block: str, mode: str, type_map: list[str]
) -> dict[str, Any]:
    """What a checkpoint holds of any such descriptor: its tensors begin with ``prefix``, those of its networks with
    ``block``. ``mode`` is how types enter.
    """
    davg, dstd = weights.array(f"{block}.mean"), weights.array(f"{block}.stddev")
    if davg is None or davg.ndim != 3:
        raise InputError(f"{params.place}: the checkpoint has no tensor {block}.mean [types, slots, 4]")
    n_types, n_slots = davg.shape[:2]
    mask = weights.array(f"{block}.emask.type_mask")
    collections = f"{block}.{weights.dialect.embeddings}"
    activation = params.get("activation_function", _ACTIVATION)
    section = {
        **{name: params.number(name, value) for name, value in _NUMBERS.items()},
        "ntypes": n_types,
        "sel": [n_slots],
        "tebd_input_mode": mode,
        "concat_output_tebd": params.flag("concat_output_tebd", True),
        "type_map": type_map,
        "exclude_types": params.list("exclude_types", []) if mask is None else excluded_pairs(mask, n_types),
        "type_embedding": _type_embedding_of_checkpoint(weights, params, prefix),
        "embeddings": collection(weights.networks(collections, activation), 0, n_types),
        "@variables": {"davg": davg, "dstd": dstd},
    }
    if mode == "strip":
        networks = weights.networks(f"{collections}{_STRIP_COLLECTION}", activation)
        section["embeddings_strip"] = collection(networks, 0, n_types)
    return section


def _type_embedding_of_module(module: TorchModule) -> dict[str, Any]:
    """The type embedding of a TorchScript model."""
    layers = module.module("embedding_net").module("layers").numbered()
    return {
        "use_econf_tebd": bool(module.get("use_econf_tebd")),
        "embedding": {"layers": [module_layer(layer) for layer in layers]},
    }


def tables_of_module(block: TorchModule) -> dict[str, Any]:
    """What the networks of a TorchScript model were compressed to."""
    return {
        "geo_compress": bool(block.get("geo_compress")),
        "@variables": {
            "type_embd_data": block.get("type_embd_data"),
            **{name: block.module(name).numbered_arrays() for name in ("compress_data", "compress_info")},
        },
    }


def input_mode(params: Section, always_stripped: bool = False) -> str:
    """How types enter by the settings of a checkpoint; an older key goes before the newer one."""
    if always_stripped or params.flag("stripped_type_embedding", False):
        return "strip"
    return "concat" if "stripped_type_embedding" in params else params.text("tebd_input_mode", "concat")


def _type_embedding_of_checkpoint(weights: CheckpointWeights, params: Section, prefix: str) -> dict[str, Any]:
    """The type embedding of the descriptor whose tensors begin with ``prefix``."""
    inside = "" if weights.is_exportable else "embedding."
    names, layers = (weights.dialect.weight, weights.dialect.bias, "idt"), []
    while len(layers) < _MOST_LAYERS:
        place = f"{prefix}.type_embedding.{inside}embedding_net.layers.{len(layers)}"
        weight, bias, timestep = (weights.array(f"{place}.{name}") for name in names)
        if weight is None:
            break
        layers.append(layer_section(weight, bias, timestep, "linear", True))
    return {"use_econf_tebd": params.flag("use_econf_tebd", False), "embedding": {"layers": layers}}
