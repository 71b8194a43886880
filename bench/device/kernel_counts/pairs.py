"""A table of pair energies (cuda/local/pair_table.cu), alone or joined to the nets by a bridge."""

from __future__ import annotations

from dataclasses import dataclass

from .counts import LANES, PER_LISTED, PER_PAIR_FORCE, Gather, Kernel, Part, Surroundings, rounds

# Operations in double: root, place and cubic polynomial; a term of the soft minimum (exponential, quotient, root).
_PER_VALUE, _PER_MINIMUM = 60, 100


@dataclass(frozen=True)
class Pairs:
    """Beside any descriptors, in either form; it has no features."""

    cutoff: float
    is_bridged: bool = False

    on_rows = False
    n_features = 0

    def count(self, seen: Surroundings) -> Part:
        chunks, reads = rounds(seen.listed), 2 if self.is_bridged else 1
        gather = Gather(seen.listed)
        per_round, minimum = LANES * chunks, _PER_MINIMUM if self.is_bridged else 0
        energies = Kernel(
            "pair table",
            1,
            fp64=PER_LISTED * reads * seen.listed + (_PER_VALUE + minimum) * per_round,
            memory=4 * seen.listed + 16,
            cache=reads * gather.cache,
            lines=reads * gather.lines + 4 * seen.n,  # each lane has its own interval of four coefficients
            adds=0.3,
            chain=chunks * (3 * reads + 2),
        )
        forces = Kernel(
            "pair table",
            1,
            fp64=PER_LISTED * seen.listed + (_PER_VALUE + minimum + PER_PAIR_FORCE) * per_round,
            memory=4 * seen.listed + 24,
            cache=gather.cache,
            lines=gather.lines + 4 * seen.n,
            adds=3 * seen.n + 3,
            chain=5 * chunks,
        )
        return Part([energies], [forces], 0.0)
