"""The modules of a TorchScript model: their attributes, and the parts that all of them have in common."""

from __future__ import annotations

from typing import Any

import numpy as np

from dpmd.errors import InputError
from dpmd.importers.pickle_data import Instance, Tensor
from dpmd.importers.torch_archive import TorchArchive
from dpmd.importers.torch_modules import layer_section


class TorchModule:
    """An object of the TorchScript pickle: attributes by name, tensors as arrays."""

    def __init__(self, value: Any, place: str, archive: TorchArchive):
        if not isinstance(value, Instance):
            raise InputError(f"{archive.place}: {place} is not a module of a TorchScript model")
        self.place = place
        self.name = value.name
        self._state = value.state
        self._archive = archive

    def get(self, name: str) -> Any:
        place = f"{self._archive.place}: {self.place}.{name}"
        return self._archive.resolve(self._state.get(name), place)

    def array(self, name: str) -> np.ndarray | None:
        value = self.get(name)
        return value if isinstance(value, np.ndarray) else None

    def module(self, name: str) -> TorchModule:
        return TorchModule(self._state.get(name), f"{self.place}.{name}", self._archive)

    def optional(self, name: str) -> TorchModule | None:
        return self.module(name) if isinstance(self._state.get(name), Instance) else None

    def numbered(self) -> list[TorchModule | None]:
        """The items of a ModuleList, in order."""
        items = []
        while str(len(items)) in self._state:
            name = str(len(items))
            items.append(self.optional(name))
        return items

    def numbered_arrays(self) -> list[np.ndarray | None]:
        """The items of a ParameterList, in order."""
        items = []
        while isinstance(self._state.get(str(len(items))), Tensor):
            items.append(self.array(str(len(items))))
        return items

    @property
    def class_name(self) -> str:
        return self.name.rpartition(".")[2]


def exclusion_mask(owner: TorchModule, name: str) -> np.ndarray | None:
    mask = owner.optional(name)
    return None if mask is None else mask.array("type_mask")


def module_networks(container: TorchModule) -> list[dict[str, Any] | None]:
    networks: list[dict[str, Any] | None] = []
    for network in container.module("networks").numbered():
        layers = [] if network is None else network.module("layers").numbered()
        networks.append({"layers": [module_layer(layer) for layer in layers]} if layers else None)
    return networks


def module_layer(layer: TorchModule | None) -> dict[str, Any] | None:
    if layer is None:
        return None
    weight, bias, timestep = (layer.get(name) for name in ("matrix", "bias", "idt"))
    section = layer_section(weight, bias, timestep, layer.get("activate_name"), layer.get("resnet"))
    section["precision"] = layer.get("precision")
    return section
