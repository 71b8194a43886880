"""What descriptors with one network for all types, and a type embedding that tells these apart, have in common."""

from __future__ import annotations

import numpy as np

from dpmd.models.environment import Environment
from dpmd.models.nets import Network


class TypedNetwork:
    """Not a dataclass: the descriptors say in which order their fields stand."""

    environment: Environment
    type_embedding: np.ndarray  # [n_types + 1, width]; the last row is that of an empty slot
    network: Network
    type_network: Network | None

    @property
    def n_types(self) -> int:
        return self.environment.shift.shape[0]

    @property
    def n_channels(self) -> int:
        """M, the outputs of the network."""
        return self.network.n_out

    def networks(self) -> list[Network]:
        """Those that turn what is seen of neighbours, and their types, into channels."""
        return [net for net in (self.network, self.type_network) if net is not None]
