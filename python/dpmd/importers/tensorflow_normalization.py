"""N of the mean over neighbours, as a frozen TensorFlow graph shows it."""

from __future__ import annotations

from dpmd.errors import InputError
from dpmd.importers.tensorflow_scope import DescriptorScope


def normalization_of(scope: DescriptorScope) -> int:
    """N of 1/N: the sum of the original sel, which is also a constant of the contraction."""
    graph = scope.graph
    divisors = {_count(graph.number(n.name)) for _, n in graph.matching(f"{scope.filters}/truediv/y")}
    if not divisors:
        factors = [graph.number(n.name) for _, n in graph.matching(f"{scope.filters}/mul/y")]
        divisors = {_count(1.0 / factor) for factor in factors if factor > 0.0}
    divisors.discard(None)
    stored = f"{scope.attributes}/original_sel"
    if graph.has(stored):
        divisors.add(sum(graph.integers(stored)))
    if len(divisors) > 1:
        raise InputError(f"{graph.place}: the graph normalises by {sorted(divisors)}, one expected")
    return divisors.pop() if divisors else sum(scope.sel)


def _count(value: float) -> int | None:
    """The whole number that ``value`` is in single precision; None where it is not one."""
    whole = round(value)
    return whole if whole > 0 and abs(value - whole) < 1e-5 * whole else None
