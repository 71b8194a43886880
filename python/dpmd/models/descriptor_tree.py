"""What descriptors have in common in the dictionary that DeePMD-kit's backends exchange."""

from __future__ import annotations

from typing import Any

import numpy as np

from dpmd.errors import InputError
from dpmd.models.environment import Environment
from dpmd.models.nets import EmbeddingNets, PairNets
from dpmd.models.network_tree import network_collection, shape_of


def descriptor_tree(
    name: str, environment: Environment, embedding: EmbeddingNets | PairNets, type_map: list[str], precision: str
) -> dict[str, Any]:
    """The section of a descriptor called ``name`` there; ``precision`` is that of its nets.

    Raises:
        InputError: The dictionary cannot represent it.
    """
    e = environment
    if e.exclude_types and e.excluded_slots != "keep":
        raise InputError("the slots of excluded pairs count differently in this model than in DeePMD-kit's dictionary")
    if e.normalization != sum(e.sel):
        raise InputError(f"sums are divided by {e.normalization} and not by the sum of sel, {sum(e.sel)}")
    some = embedding.present()[0]
    return {
        "@class": "Descriptor",
        "type": name,
        "@version": 2,
        "rcut": e.cutoff,
        "rcut_smth": e.cutoff_smooth,
        "sel": list(e.sel),
        **shape_of(some, some.layers),
        "trainable": True,
        "type_one_side": getattr(embedding, "type_one_side", None),
        "exclude_types": [list(pair) for pair in e.exclude_types],
        "env_protection": e.protection,
        "set_davg_zero": False,
        "precision": precision,
        "embeddings": _collection(embedding, precision),
        "env_mat": switch_tree(e),
        "@variables": statistics_tree(e, sum(e.sel)),
        "type_map": list(type_map),
        "spin": None,
    }


def _collection(embedding: EmbeddingNets | PairNets, precision: str) -> dict[str, Any]:
    n_keys, networks = embedding.in_file_order()
    return network_collection(networks, n_keys, len(embedding.networks[0]), "EmbeddingNetwork", precision)


def switch_tree(e: Environment) -> dict[str, Any]:
    """What the dictionary says of the switch function."""
    return {"rcut": e.cutoff, "rcut_smth": e.cutoff_smooth, "protection": e.protection, "use_exp_switch": False}


def statistics_tree(e: Environment, n_slots: int) -> dict[str, np.ndarray]:
    """Shift and scale [n_types, components], repeated for every slot."""
    return {
        name: np.repeat(values[:, None], n_slots, axis=1) for name, values in (("davg", e.shift), ("dstd", e.scale))
    }
