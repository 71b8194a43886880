"""The cost of a step on one rank: a model of few parameters, and its fit to measurements of bench_scaling.

A rank with n atoms and g ghosts, among P ranks, with a list that serves K steps:

    t = imbalance (t0 + a n) + b g + (c n + d g + e P) / K          arithmetic, ghosts, list
      + exchange out, less what inner tiles hide, + exchange back
      + n_collectives log2(P) latency of a collective

    exchange = latency + (messages - 1) overhead + bytes / bandwidth, 24 bytes per ghost each way

Measured: t0, a, b, c, d of one rank alone (steps that keep and that build the list, at several sizes); latency,
overhead and bandwidth of messages, time of a sum, on this machine; e, from the dry run (finding wanted copies); how
many collectives a step makes; imbalance and messages where a run reports them.

Assumed:
 - ghosts are ((L + 2h)^3 - L^3) of a cube with edge L; messages go to 26 ranks while L > h, otherwise to all within h
 - inner tiles are those of atoms farther than h from all faces; they hide latency and bytes of the exchange out, never
   its overheads, and nothing in steps that build the list; the exchange back is not hidden
 - a sum over P ranks takes log2(P) times as long as over two
 - the imbalance of water follows from its compressibility, that of copper from its lattice planes (imbalance_of), both
   up to the limit of 1.05 at which the box is divided anew; that division is not counted, nor are trajectories and logs
 - no rank is ever late for reasons of its own, and the network has no contention
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

BYTES_PER_GHOST = 24  # a position out, a force back
MOST_IMBALANCE = 1.05  # RankOptions::most_imbalance
STEPS_PER_LIST = 40


@dataclass(frozen=True)
class System:
    """A system of atoms, as far as ghosts are concerned."""

    name: str
    density: float
    """1/Å³."""
    reach: float
    """Cutoff and skin, Å."""

    def edge(self, n: float) -> float:
        """The edge of a cube of n atoms, Å."""
        return (n / self.density) ** (1 / 3)

    def ghosts(self, n: float) -> float:
        """The number of ghosts of a cube of n atoms."""
        edge = self.edge(n)
        return ((edge + 2 * self.reach) ** 3 - edge**3) * self.density

    def inner(self, n: float) -> float:
        """The share of a cube's atoms that have no neighbour elsewhere."""
        return max(0.0, 1 - 2 * self.reach / self.edge(n)) ** 3

    def peers(self, n: float, n_ranks: int) -> int:
        """The number of ranks within reach, on a grid of cubes."""
        across = 2 * math.ceil(self.reach / self.edge(n)) + 1
        return min(across**3, n_ranks) - 1


SYSTEMS = {"water": System("water", 0.098, 7.0), "copper_gb": System("copper_gb", 0.085, 10.0)}


@dataclass(frozen=True)
class Compute:
    """Seconds on one rank: t0 + a n + b g in every step, c n + d g + e P when the list is built."""

    t0: float
    a: float
    b: float
    c: float
    d: float
    e: float = 0.0

    def kept(self, n: float, ghosts: float) -> float:
        """The cost of a step that keeps the list."""
        return self.t0 + self.a * n + self.b * ghosts

    def build(self, n: float, ghosts: float, n_ranks: int) -> float:
        """The extra cost of building the list."""
        return self.c * n + self.d * ghosts + self.e * n_ranks


@dataclass(frozen=True)
class Transport:
    """The costs of messages, seconds and bytes per second."""

    latency: float
    overhead: float
    bandwidth: float
    collective: float
    """Time of a sum over two ranks."""

    def exchange(self, messages: float, n_bytes: float) -> float:
        """The time of all messages of one rank, none of it hidden."""
        if messages == 0:
            return 0.0
        return self.latency + self.overheads(messages) + n_bytes / self.bandwidth

    def staged(self, n_bytes: float) -> float:
        """The time of the same bytes in three exchanges of two messages."""
        return 3 * (self.latency + self.overhead) + n_bytes / self.bandwidth

    def overheads(self, messages: float) -> float:
        """The time that the rank itself spends on the messages after the first."""
        return max(messages - 1, 0) * self.overhead

    def collectives(self, n_ranks: int) -> float:
        """The time of one collective."""
        return self.collective * math.log2(n_ranks) if n_ranks > 1 else 0.0


@dataclass(frozen=True)
class Load:
    """The load of the busiest rank."""

    n: float
    ghosts: float
    sent: float
    messages: float
    inner: float
    imbalance: float
    n_collectives: float


def step_time(
    compute: Compute, transport: Transport, load: Load, n_ranks: int, steps_per_list: float = STEPS_PER_LIST
) -> float:
    """Seconds per step, by the model in the docstring of this module."""
    arithmetic = load.imbalance * (compute.t0 + compute.a * load.n) + compute.b * load.ghosts
    build = compute.build(load.n, load.ghosts, n_ranks) / steps_per_list
    if n_ranks == 1:
        return arithmetic + build
    n_bytes = BYTES_PER_GHOST * load.sent
    out = transport.exchange(load.messages, n_bytes)
    hidden = min(out - transport.overheads(load.messages), load.inner * compute.a * load.n)
    hidden *= 1 - 1 / steps_per_list
    back = transport.exchange(load.messages, n_bytes)
    return arithmetic + build + out - hidden + back + load.n_collectives * transport.collectives(n_ranks)


def imbalance_of(system: System, n: float, n_ranks: int) -> float:
    """Most atoms of a rank over the mean, between two divisions of the box.

    Water: the number of atoms in a volume scatters with a variance of 0.2 n (compressibility), and the fullest of P
    ranks is sqrt(2 ln P) deviations above. Copper: one lattice plane more or less, 3.3 % of 1,000 atoms (dry run of
    "crystal").
    """
    if n_ranks == 1:
        return 1.0
    if system.name.startswith("copper"):
        excess = 0.033 * (1000 / n) ** (1 / 3)
    else:
        excess = math.sqrt(0.2 / n) * math.sqrt(2 * math.log(n_ranks))
    return min(1 + excess, MOST_IMBALANCE)


def expected_load(system: System, n: float, n_ranks: int, n_collectives: float) -> Load:
    """The load of a rank in a bulk system, from geometry."""
    ghosts = system.ghosts(n)
    imbalance = imbalance_of(system, n, n_ranks)
    return Load(n, ghosts, ghosts, system.peers(n, n_ranks), system.inner(n), imbalance, n_collectives)


# -- fits


def fit_nonnegative(columns: Sequence[Sequence[float]], values: Sequence[float]) -> list[float]:
    """Coefficients >= 0 with the least relative squares: the best of the fits that leave columns out."""
    y = np.asarray(values, dtype=float)
    matrix = np.column_stack([np.asarray(column, dtype=float) for column in columns]) / y[:, None]
    best, least = np.zeros(len(columns)), math.inf
    for k in range(1, min(len(columns), len(y)) + 1):
        for chosen in itertools.combinations(range(len(columns)), k):
            part = matrix[:, chosen]
            scale = np.linalg.norm(part, axis=0)
            found = np.linalg.lstsq(part / scale, np.ones(len(y)), rcond=None)[0] / scale
            error = float(np.sum((part @ found - 1) ** 2))
            if np.all(found >= 0) and error < least * (1 - 1e-9):
                best, least = np.zeros(len(columns)), error
                best[list(chosen)] = found
    return best.tolist()


def undisturbed(run: dict[str, Any]) -> float:
    """Share of the time of one rank alone in which it had its core: time taken by other programs does not count."""
    return min(1.0, run["ranks"][0]["cpu"] / run["step_seconds"])


def core_lost(run: dict[str, Any]) -> float:
    """The least share of a run's time in which a rank had work but no core; the largest value over ranks."""
    return max(0.0, *(rank["compute"] + rank["rest"] - rank["cpu"] for rank in run["ranks"])) / run["step_seconds"]


def fit_compute(runs: Iterable[dict[str, Any]], e: float = 0.0) -> Compute:
    """Fits the costs from runs of one rank."""
    alone = [run for run in runs if run["n_ranks"] == 1]
    n = [run["n_atoms"] for run in alone]
    ghosts = [run["ranks"][0]["ghosts_local"] for run in alone]
    kept = [run["kept_seconds"] * undisturbed(run) for run in alone]
    t0, a, b = fit_nonnegative([[1.0] * len(n), n, ghosts], kept)
    built = [k for k, run in enumerate(alone) if run["build_seconds"] and run["build_seconds"] > run["kept_seconds"]]
    c, d = 0.0, 0.0
    if built:
        extra = [alone[k]["build_seconds"] * undisturbed(alone[k]) - kept[k] for k in built]
        c, d = fit_nonnegative([[n[k] for k in built], [ghosts[k] for k in built]], extra)
    return Compute(t0, a, b, c, d, e)


def fit_transport(record: dict[str, Any]) -> Transport:
    """Fits the costs from messages between two ranks. A sum's latency is that of 24 numbers, per doubling of ranks."""
    pings = record["pairs"]["ping_pong"]
    latency, per_byte = fit_nonnegative(
        [[1.0] * len(pings), [ping["bytes"] for ping in pings]], [ping["seconds"] for ping in pings]
    )
    many = record["pairs"]["messages"]
    _, overhead = fit_nonnegative(
        [[1.0] * len(many), [entry["n"] - 1 for entry in many]], [entry["seconds"] for entry in many]
    )
    sums = [entry["seconds"] for entry in record["collectives"] if entry["call"] == "sum" and entry["bytes"] == 192]
    return Transport(latency, overhead, 1 / max(per_byte, 1e-15), sums[0] / math.log2(record["n_ranks"]))


def measured_load(run: dict[str, Any]) -> Load:
    """The load of a run's ranks, with maxima where they matter, per step that keeps the list."""
    ranks = run["ranks"]
    ghosts = max(rank["ghosts_local"] + rank["ghosts_remote"] for rank in ranks)
    widths = [edge / parts for edge, parts in zip(run["box"], run["grid"], strict=True)]
    inner = 1.0
    for width, parts in zip(widths, run["grid"], strict=True):
        if parts > 1:
            inner *= max(0.0, 1 - 2 * run["reach"] / width)
    return Load(
        n=run["n_atoms"] / run["n_ranks"],
        ghosts=ghosts,
        sent=max(rank["sent"] for rank in ranks),
        messages=max(rank["peers"] for rank in ranks),
        inner=inner,
        imbalance=run["imbalance"],
        n_collectives=max(rank["n_collectives"] for rank in ranks),
    )
