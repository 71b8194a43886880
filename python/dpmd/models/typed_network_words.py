"""What a type embedding does in a descriptor, in words."""

from __future__ import annotations

from typing import Any

_INPUTS = {
    "concat": "enters the embedding net",
    "strip": "multiplies what the embedding net gives",
}


def type_embedding_in_words(descriptor: dict[str, Any], atoms: str) -> str:
    """How the type embedding of these atoms enters, from a descriptor's part of a model's document."""
    words = f"{descriptor['type_input']}: that {atoms} {_INPUTS[descriptor['type_input']]}"
    if descriptor["type_input"] == "strip" and descriptor["smooth"]:
        words += ", less towards the cutoff (smooth)"
    return f"{words}; that of the atom stands in the features" if descriptor["output_type_embedding"] else words
