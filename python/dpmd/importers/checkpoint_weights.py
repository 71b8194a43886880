"""The tensors of one model in a checkpoint, by name, in the words of both of DeePMD-kit's PyTorch backends."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from dpmd.errors import InputError
from dpmd.importers.pickle_data import Tensor
from dpmd.importers.torch_archive import TorchArchive
from dpmd.importers.torch_modules import layer_section

_MAX_LAYERS = 1000
# What a compiled model is wrapped in; names inside are those of the model.
_WRAPPINGS = re.compile(r"(?<![^.])(?:compiled_forward_lower|original_model|_orig_mod|_task_[^.]*)\.")


@dataclass(frozen=True)
class Dialect:
    """How a backend names tensors and what holds them."""

    weight: str
    bias: str
    networks: str  # the networks of a collection
    embeddings: str  # the collection of embedding nets
    fittings: str  # the collection of fitting nets


_PYTORCH = Dialect("matrix", "bias", "networks", "filter_layers", "filter_layers")
_EXPORTABLE = Dialect("w", "b", "_networks", "embeddings", "nets")


class CheckpointWeights:
    """The tensors of one head, by the rest of their names.

    Args:
        archive: The file.
        state: Every tensor by its whole name; others than those of the head, such as averages of weights, are not used.
        head: The name of the head.
    """

    def __init__(self, archive: TorchArchive, state: Mapping[Any, Any], head: str):
        self._archive = archive
        prefix = f"model.{head}."
        mine = {
            name.removeprefix(prefix): value
            for name, value in state.items()
            if isinstance(name, str) and name.startswith(prefix) and isinstance(value, Tensor)
        }
        if not mine:
            raise InputError(f"{archive.place}: no tensors named {prefix}…")
        self._tensors = {_WRAPPINGS.sub("", name): value for name, value in mine.items()} | mine
        self.is_exportable = any(name.endswith(".w") for name in self._tensors)
        self.dialect = _EXPORTABLE if self.is_exportable else _PYTORCH

    def holds(self, prefix: str) -> bool:
        """Whether there are tensors below ``prefix``."""
        return any(name.startswith(f"{prefix}.") for name in self._tensors)

    def array(self, *names: str) -> np.ndarray | None:
        """The first of these tensors that there is."""
        for name in names:
            if name in self._tensors:
                return self._archive.array(self._tensors[name], f"{self._archive.place}: {name}")
        return None

    def networks(self, collection: str, activation: Any) -> list[dict[str, Any] | None]:
        """The networks of a collection; None where it has none for a place."""
        prefix = f"{collection}.{self.dialect.networks}"
        pattern = re.compile(rf"{re.escape(prefix)}\.(\d{{1,6}})\.layers\.0\.{self.dialect.weight}")
        found = [int(match[1]) for name in self._tensors if (match := pattern.fullmatch(name))]
        networks: list[dict[str, Any] | None] = [None] * (max(found, default=-1) + 1)
        for k in found:
            networks[k] = {"layers": self._layers(f"{prefix}.{k}.layers", activation)}
        return networks

    def _layers(self, prefix: str, activation: Any) -> list[dict[str, Any]]:
        layers: list[dict[str, Any]] = []
        parts = (self.dialect.weight, self.dialect.bias, "idt")
        while len(layers) < _MAX_LAYERS and f"{prefix}.{len(layers)}.{parts[0]}" in self._tensors:
            place = f"{prefix}.{len(layers)}"
            layers.append(layer_section(*(self.array(f"{place}.{part}") for part in parts), activation, True))
        return layers
