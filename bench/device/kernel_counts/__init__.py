"""What the GPU kernels do per atom and step, counted from their sources in cuda/: operations, bytes, launches.

Each module counts the kernels that it names; a new descriptor brings a class with the members of `Descriptor`.
"""

from .angles import Angles
from .attention import AttentionOnRows
from .counts import Kernel
from .moments import Moments, RadialMoments
from .pairs import Pairs
from .rows import MomentsOnRows
from .step import Descriptor, Step, System, count_step, memory_per_atom

__all__ = [
    "Angles",
    "AttentionOnRows",
    "Descriptor",
    "Kernel",
    "Moments",
    "MomentsOnRows",
    "Pairs",
    "RadialMoments",
    "Step",
    "System",
    "count_step",
    "memory_per_atom",
]
