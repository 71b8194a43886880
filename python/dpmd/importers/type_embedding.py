"""Type embeddings: a net turns each type into numbers. Its values are all that a model needs of it."""

from __future__ import annotations

import numpy as np

from dpmd.errors import InputError
from dpmd.importers.dpmodel_networks import read_network
from dpmd.importers.electron_configurations import configuration_rows
from dpmd.importers.section import Section
from dpmd.models.nets import Network
from dpmd.models.network_values import network_values
from dpmd.shown import shown


def read_type_embedding(section: Section, n_types: int, type_map: list[str]) -> np.ndarray:
    """The values of DeePMD-kit's type embedding [n_types + 1, width]; the last row is that of an empty slot.

    The net takes a type as a one in a row of zeros, or as the electron configuration of its element.
    """
    network, _ = read_network(section.section("embedding"))
    if not section.flag("use_econf_tebd", False):
        return folded(network, np.eye(n_types), section.place)
    if len(type_map) != n_types:
        raise InputError(
            f"{section.place}: use_econf_tebd needs the elements of {n_types} types, found {shown(type_map)}"
        )
    return folded(network, configuration_rows(type_map, section.place), section.place)


def folded(network: Network, inputs: np.ndarray, place: str) -> np.ndarray:
    """The values of a net for all types, and a row of zeros for an empty slot."""
    if not network.layers or network.n_in != inputs.shape[1]:
        raise InputError(f"{place}: the net of the type embedding does not take {inputs.shape[1]} numbers")
    values = network_values(network, inputs)
    return np.vstack([values, np.zeros((1, values.shape[1]))])
