"""Parts of descriptors with a type embedding, from TorchScript models and checkpoints, as sections of the model
dictionary.
"""

from __future__ import annotations

from typing import Any

from dpmd.importers.checkpoint_weights import CheckpointWeights
from dpmd.importers.section import Section
from dpmd.importers.torch_module import TorchModule, module_layer
from dpmd.importers.torch_modules import layer_section

_MOST_LAYERS = 1000


def type_embedding_of_module(module: TorchModule) -> dict[str, Any]:
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


def type_embedding_of_checkpoint(weights: CheckpointWeights, params: Section, prefix: str) -> dict[str, Any]:
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
