"""What a descriptor se_atten is, in words, from its part of a model's document."""

from __future__ import annotations

from typing import Any

from dpmd.models.typed_network_words import type_embedding_in_words

_FUNCTIONS = {
    "none": "graph: no slots, every neighbour within the cutoff counts",
    "first_atom": "dense: the nearest neighbours find slots, and empty slots count",
    "padding": "TensorFlow's: the nearest neighbours find slots, and empty slots count",
    "section": "TensorFlow's se_e2_a with a type embedding: slots by type, and empty slots count",
}


def described(descriptor: dict[str, Any]) -> dict[str, Any]:
    """Words and numbers by what they are about."""
    layers = descriptor["attention"]
    atoms = "of the neighbour" if descriptor["type_one_side"] else "of both atoms"
    return {
        "function": _FUNCTIONS[descriptor["empty_slots"]],
        "type_embedding": type_embedding_in_words(descriptor, atoms),
        "attention": _attention(layers, descriptor["smooth"]) if layers else "none",
        "degrees": "1" if descriptor["degree_gain"] is None else "1 and higher ones (lmax)",
        "axis_neuron": descriptor["axis_neuron"],
    }


def _attention(layers: list[dict[str, Any]], smooth: bool) -> str:
    first = layers[0]
    words = [f"{len(layers)} layer{'s' if len(layers) > 1 else ''}", "smooth" if smooth else "hard"]
    if first["dot_directions"]:
        words.append("with directions")
    if first["mask_diagonal"]:
        words.append("without the diagonal")
    return ", ".join(words)
