"""What descriptors have in common in the dictionary that DeePMD-kit's backends exchange."""

from __future__ import annotations

from typing import Any

import numpy as np

from dpmd.errors import InputError
from dpmd.models.environment import Environment
from dpmd.models.nets import EmbeddingNets
from dpmd.models.network_tree import network_collection, shape_of
from dpmd.models.spec import ModelSpec


def descriptor_tree(name: str, environment: Environment, embedding: EmbeddingNets, spec: ModelSpec) -> dict[str, Any]:
    """The section of a descriptor called ``name`` there.

    Raises:
        InputError: The dictionary cannot represent it.
    """
    e = environment
    if e.exclude_types and e.excluded_padding != "keep":
        raise InputError("empty slots of excluded pairs do not count in this model; in DeePMD-kit's dictionary they do")
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
        "type_one_side": embedding.type_one_side,
        "exclude_types": [list(pair) for pair in e.exclude_types],
        "env_protection": e.protection,
        "set_davg_zero": False,
        "precision": spec.precision,
        "embeddings": _collection(embedding, spec),
        "env_mat": {
            "rcut": e.cutoff,
            "rcut_smth": e.cutoff_smooth,
            "protection": e.protection,
            "use_exp_switch": False,
        },
        "@variables": {"davg": _by_slot(e.shift, e), "dstd": _by_slot(e.scale, e)},
        "type_map": list(spec.type_map),
        "spin": None,
    }


def _collection(embedding: EmbeddingNets, spec: ModelSpec) -> dict[str, Any]:
    rows = embedding.networks
    networks = [row[j] for j in range(spec.n_types) for row in rows]  # the index of the centre varies fastest
    n_keys = 1 if embedding.type_one_side else 2
    return network_collection(networks, n_keys, spec.n_types, "EmbeddingNetwork", spec.precision)


def _by_slot(values: np.ndarray, environment: Environment) -> np.ndarray:
    """[n_types, components] repeated for every slot."""
    n_types, n_components = values.shape
    return np.broadcast_to(values[:, None], (n_types, sum(environment.sel), n_components)).copy()
