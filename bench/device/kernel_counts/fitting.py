"""The fitting net (cuda/local/fitting.cu, cuda/nets)."""

from __future__ import annotations

from .counts import PER_ACTIVATION, Kernel, padded


def count_fitting(widths: tuple[int, ...], n_in: int, size: int) -> list[Kernel]:
    """The layers forwards (y and slope are written) and backwards (dy and slope are read)."""
    kernels, before = [], n_in
    for n_out in widths:
        moved = (2 * padded(before) + 4 * padded(n_out)) * size
        # one slice of 16 at a time
        chain = 1.5 * (before + n_out) / 16
        kernels.append(
            Kernel("fitting", 2, nets=PER_ACTIVATION * n_out, gemm=4.0 * before * n_out, memory=moved, chain=chain)
        )
        before = n_out
    kernels.append(Kernel("fitting", 1, nets=4 * before, memory=2 * before * size, adds=0.1, chain=4))
    return kernels


def fitting_bytes(widths: tuple[int, ...], n_in: int, size: int) -> float:
    """Scratch of an atom: input and gradient, outputs and slopes, two gradients on their way, the energy without
    neighbours."""
    return (2 * padded(n_in) + sum(2 * padded(w) for w in widths) + 2 * max(padded(n_in), *widths)) * size + 8
