"""Radial distribution functions of periodic systems, in cells of any shape.

With N_a atoms of species a in the volume V, and n_ab(r) the number of ordered pairs (an atom of a,
another atom or image of b) per frame whose distance lies in the shell [r, r + dr),

    g_ab(r) = < V n_ab(r) > / (N_a (N_b - [a = b]) (4 pi / 3) ((r + dr)^3 - r^3))

so an ideal gas of any finite N has g = 1 within half the box. All periodic images count, so larger
distances are meaningful too, as far as a periodic system can represent them. A species with a single
atom has no g with itself: NaN.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import TYPE_CHECKING

import numpy as np

from dpmd.arguments import as_atoms, as_items, as_number
from dpmd.errors import InputError
from dpmd.potential import neighbor_list

if TYPE_CHECKING:
    from ase import Atoms


@dataclass(frozen=True)
class RadialDistribution:
    """g(r) between two species."""

    species: tuple[str, str]
    r: np.ndarray  # [n_bins] centres of the shells, Å
    g: np.ndarray  # [n_bins]; NaN for the only atom of its species with itself
    coordination: np.ndarray  # [n_bins] mean number of b around an a, within the shell's outer edge


def half_height(atoms: Atoms) -> float:
    """Half the smallest distance between opposite faces of the cell, Å."""
    cell = np.asarray(atoms.cell)
    areas = np.linalg.norm(np.cross(cell[[1, 2, 0]], cell[[2, 0, 1]]), axis=1)
    return float(abs(np.linalg.det(cell)) / areas.max() / 2)


def radial_distributions(
    frames: Iterable[Atoms], r_max: float | None = None, bin_width: float = 0.05
) -> list[RadialDistribution]:
    """g(r) of every pair of species, averaged over the frames.

    Args:
        frames: ASE atoms, periodic in all directions, the same species in each.
        r_max: Å; None: half the smallest height of the first frame's cell.
        bin_width: Å.

    Raises:
        InputError: There are no frames, the system is open, or the species change.
    """
    edges, species, histograms, n_frames = np.zeros(0), np.zeros(0), {}, 0
    for atoms in as_items(frames, "frames", "ASE Atoms"):
        as_atoms(atoms, f"frames[{n_frames}]")
        if not atoms.pbc.all() or atoms.cell.rank < 3:
            raise InputError("a radial distribution needs a system periodic in all directions")
        symbols = np.array(atoms.get_chemical_symbols())
        if not n_frames:
            r_max = half_height(atoms) if r_max is None else as_number(r_max, "r_max")
            edges = _edges(r_max, as_number(bin_width, "bin_width"))
            species = symbols
        elif not np.array_equal(symbols, species):
            raise InputError(f"frame {n_frames} has other atoms than frame 0")
        _add_frame(histograms, atoms, species, edges)
        n_frames += 1
    if not n_frames:
        raise InputError("a radial distribution needs at least one frame")
    return _distributions(histograms, species, edges, n_frames)


def _edges(r_max: float, bin_width: float) -> np.ndarray:
    """[n_bins + 1] shell edges from 0 to the last one within r_max."""
    if not (bin_width > 0 and bin_width <= r_max < 1e7 * bin_width):
        raise InputError(f"r_max = {r_max} Å with bins of {bin_width} Å leaves no bin, or too many")
    return bin_width * np.arange(int(np.floor(r_max / bin_width * (1 + 1e-12))) + 1)


def _add_frame(histograms: dict, atoms: Atoms, species: np.ndarray, edges: np.ndarray) -> None:
    """Add one frame's pair counts: [counts, counts times volume] of each pair of species."""
    i, j, _, d = neighbor_list(atoms.positions, np.asarray(atoms.cell), float(edges[-1]), pbc=True)
    names = list(dict.fromkeys(species.tolist()))  # in the order of the atoms: O-H, not H-O
    code = np.array([names.index(name) for name in species])
    of_i, of_j = code[i], code[j]
    for a, b in combinations_with_replacement(range(len(names)), 2):
        counts, _ = np.histogram(d[(of_i == a) & (of_j == b)], edges)
        sums = histograms.setdefault((names[a], names[b]), np.zeros((2, edges.size - 1)))
        sums += np.stack([counts, counts * atoms.get_volume()])


def _distributions(histograms: dict, species: np.ndarray, edges: np.ndarray, n_frames: int) -> list[RadialDistribution]:
    shells = 4 * np.pi / 3 * np.diff(edges**3)
    centres = (edges[1:] + edges[:-1]) / 2
    result = []
    for (a, b), (counts, counts_volume) in histograms.items():
        n_a, n_b = np.sum(species == a), np.sum(species == b)
        n_pairs = n_a * (n_b - (a == b))
        g = counts_volume / (n_frames * (n_pairs or np.nan) * shells)
        result.append(RadialDistribution((a, b), centres, g, np.cumsum(counts) / (n_frames * n_a)))
    return result
