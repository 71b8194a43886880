"""se_e3_tebd in the dictionary that DeePMD-kit's backends exchange."""

from __future__ import annotations

from typing import Any

from dpmd.models.descriptor_tree import statistics_tree, switch_tree
from dpmd.models.network_tree import network_collection, shape_of
from dpmd.models.se_t_tebd import SeTTebd
from dpmd.models.typed_network_tree import check_typed_network, type_embedding_tree

_VERSION = 1


def se_t_tebd_tree(d: SeTTebd, type_map: list[str], precision: str) -> dict[str, Any]:
    """The section of the descriptor; ``InputError`` where the dictionary cannot represent it."""
    check_typed_network(d.type_factors, d.environment)
    e, n_types, n_slots = d.environment, d.n_types, d.environment.normalization
    section = {
        "@class": "Descriptor",
        "type": d.type,
        "@version": _VERSION,
        "rcut": e.cutoff,
        "rcut_smth": e.cutoff_smooth,
        "sel": list(e.sel),
        "ntypes": n_types,
        **shape_of(d.network, d.network.layers),
        "tebd_dim": d.type_embedding.shape[1],
        "tebd_input_mode": d.type_input,
        "set_davg_zero": False,
        "env_protection": e.protection,
        "smooth": d.smooth,
        "concat_output_tebd": d.output_type_embedding,
        "use_econf_tebd": False,
        "type_map": list(type_map),
        "precision": precision,
        "embeddings": network_collection([d.network], 0, n_types, "EmbeddingNetwork", precision),
        "env_mat": switch_tree(e),
        "type_embedding": type_embedding_tree(d.type_embedding, type_map, precision),
        "exclude_types": [list(pair) for pair in e.exclude_types],
        "@variables": statistics_tree(e, n_slots),
        "trainable": True,
    }
    if d.type_network is not None:
        section["embeddings_strip"] = network_collection([d.type_network], 0, n_types, "EmbeddingNetwork", precision)
    return section
