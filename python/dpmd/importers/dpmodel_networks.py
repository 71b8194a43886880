"""Networks of DeePMD-kit's model dictionary."""

from __future__ import annotations

from dpmd.errors import InputError
from dpmd.importers.common import activation, skip_by_width
from dpmd.importers.section import Section
from dpmd.models.nets import Layer, Network


def read_network(section: Section) -> tuple[Network, str]:
    """A network and its precision."""
    layers, precision = [], section.text("precision", "float64")
    for layer in section.sections("layers"):
        if layer is None:
            raise InputError(f"{section.at('layers')}: a layer is null")
        layers.append(_layer(layer))
        precision = layer.text("precision", precision)
    return Network(layers=layers), precision


def _layer(section: Section) -> Layer:
    variables = section.section("@variables")
    weight = variables.array("w")
    if weight is None or weight.ndim != 2:
        raise InputError(f"{variables.at('w')}: expected a matrix")
    bias = variables.array("b") if section.flag("bias", True) else None
    timestep = variables.array("idt") if section.flag("use_timestep", True) else None
    return Layer(
        weight=weight,
        bias=None if bias is None else bias.ravel(),
        timestep=None if timestep is None else timestep.ravel(),
        activation=activation(section.get("activation_function", None), section.place),
        skip=skip_by_width(*weight.shape) if section.flag("resnet", False) else "none",
    )
