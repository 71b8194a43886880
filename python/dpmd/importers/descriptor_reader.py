"""What has to be known of a descriptor to read it from every format."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from dpmd.importers.checkpoint_weights import CheckpointWeights
from dpmd.importers.graph import Graph
from dpmd.importers.section import Section
from dpmd.importers.tensorflow_scope import DescriptorScope
from dpmd.importers.torch_module import TorchModule
from dpmd.models.spec import Descriptor


@dataclass(frozen=True)
class DescriptorReader:
    """The functions that make a descriptor, and its names in DeePMD-kit."""

    name: str
    from_section: Callable[[Section], Descriptor]
    """From its section of the model dictionary."""
    graph_sel: Callable[[Graph, Any], list[int]]
    """Slots by neighbour type, from a frozen graph and the operation that makes its environment rows."""
    from_graph: Callable[[DescriptorScope, int], tuple[Descriptor, str]]
    """The descriptor and the precision of its nets, from its place in a frozen graph and the number of features that
    the fitting nets take."""
    torch_class: str  # of its module
    lower_inputs: tuple[str, ...] = ("nlist",)
    """What programs that compute it may take: padded lists of neighbours ("nlist"), edges ("graph"), or both, where
    these are two functions. ``from_section`` finds which one it is in the key ``lower_input_kind``."""
    torch_block: str = ""  # the module inside that holds its parts; empty: itself
    torch_settings: dict[str, Any] = field(default_factory=dict)
    """Its settings beside those that all descriptors share, with the values that hold where none are given."""
    module_section: Callable[[TorchModule], dict[str, Any]] | None = None
    """Its section of the model dictionary, from its module in a TorchScript model; None where it has the layout that
    most descriptors have."""
    checkpoint_section: Callable[[CheckpointWeights, Section, str, list[str]], dict[str, Any]] | None = None
    """The same from the tensors of a checkpoint, its settings there, the prefix of its tensors and the type map."""
