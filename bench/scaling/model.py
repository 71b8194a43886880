#!/usr/bin/env python3
"""How dpmd should scale: python bench/scaling/model.py RESULTS.json... [--plot FILE.png]

Reads what bench_scaling wrote, fits the costs of one rank and of messages (step_cost.py says how, and what is assumed),
compares that with measured runs of several ranks, which were not fitted, and predicts weak and strong scaling on other
machines. Assumptions about those machines:
 - CPU: cores like these that do not slow each other; threads of a rank share its atoms perfectly (measured here: 2.0
   with two); a network of 25 GB/s and 1.5 us, whose bandwidth the ranks of a node share, and which every message takes
 - GPU: what it costs per atom is itself a prediction (bench/README.md); see gpu_node
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from step_cost import (
    BYTES_PER_GHOST,
    SYSTEMS,
    Compute,
    System,
    Transport,
    core_lost,
    expected_load,
    fit_compute,
    fit_transport,
    measured_load,
    step_time,
)

HALO_SIZES = (100, 1000, 10_000, 100_000)
COLLECTIVES = 5.0  # per step, where no run of several ranks is given

# arXiv 2201.01446 and its artifact: 48 cores of A64FX per node, doubles, compressed
FUGAKU_STRONG = {
    "copper_gb": (
        2_177_280,
        {20: 1.0, 40: 0.98, 75: 0.93, 150: 0.92, 285: 0.85, 570: 0.78, 1140: 0.51, 2280: 0.43, 4560: 0.33},
    ),
    "water": (8_294_400, {50: 1.0, 572: 0.85, 4560: 0.41}),
}
FUGAKU_WEAK = {"copper_gb": (108_864, 155, 9936, 0.968), "water": (156_672, 155, 9936, 0.997)}


@dataclass(frozen=True)
class Machine:
    """A machine whose nodes have `ranks_per_node` ranks."""

    name: str
    ranks_per_node: int
    compute: Compute
    transport: Transport

    def step(self, system: System, atoms: float, nodes: int, n_collectives: float) -> float:
        """Seconds per step of `atoms` atoms on `nodes` nodes."""
        n_ranks = nodes * self.ranks_per_node
        load = expected_load(system, atoms / n_ranks, n_ranks, n_collectives)
        return step_time(self.compute, self.transport, load, n_ranks)


def cpu_node(measured: Compute, local: Transport, cores: int = 48, threads: int = 3) -> Machine:
    """A node with `cores` of this machine's cores, `threads` to a rank; a network of 25 GB/s and 1.5 µs."""
    ranks = cores // threads
    per_rank = replace(
        measured,
        **{name: getattr(measured, name) / threads for name in ("a", "b", "c", "d")},  # not the costs per rank
    )
    network = Transport(1.5e-6, local.overhead, 25e9 / ranks, 1.5e-6 + local.overhead)
    return Machine(f"{cores} cores like these, {ranks} ranks of {threads} threads", ranks, per_rank, network)


GPU_ATOM = {  # s per atom and step, launches: bench/README.md, predicted
    ("water", "double"): (183e-9, 38),
    ("water", "mix32"): (99e-9, 38),
    ("copper_gb", "double"): (99e-9, 28),
    ("copper_gb", "mix32"): (68e-9, 28),
}


def gpu_node(system: str, precision: str, e: float) -> Machine:
    """Four H200 with a rank each; a network of 50 GB/s and 2 µs.

    Assumed: 2.5 µs per launch, as graphs do not span ranks; ten waits of the host for the device of 10 µs; 0.5 ns per
    ghost; messages pass through the host's memory at 25 GB/s each way. The list is in the time per atom.
    """
    per_atom, launches = GPU_ATOM[system, precision]
    compute = Compute(launches * 2.5e-6 + 10 * 10e-6, per_atom, 0.5e-9, 0.0, 0.0, e)
    bandwidth = 1 / (4 / 50e9 + 2 / 25e9)  # shared by the ranks of a node; from and to the device
    return Machine("4 x H200", 4, compute, Transport(2e-6, 0.3e-6, bandwidth, 2.3e-6))


def efficiencies(step: Callable[[int], float], nodes: Sequence[int], is_weak: bool) -> list[float]:
    """Efficiencies relative to the first number of nodes."""
    first = step(nodes[0])
    return [first / step(k) * (1 if is_weak else nodes[0] / k) for k in nodes]


# -- output


def halo_times(transport: Transport, system: System, n: float) -> str:
    """Times of a direct and of a staged exchange, µs."""
    n_bytes = BYTES_PER_GHOST * system.ghosts(n)
    return f"{1e6 * transport.exchange(26, n_bytes):.3g} / {1e6 * transport.staged(n_bytes):.3g}"


def print_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Prints a table as Markdown."""
    for row in (head, ["---"] * len(head), *rows):
        print("| " + " | ".join(row) + " |")


def read(paths: Sequence[str]) -> list[dict[str, Any]]:
    """All records of all files."""
    return [record for path in paths for record in json.loads(Path(path).read_text(encoding="utf-8"))]


def per_rank_of_a_build(records: Iterable[dict[str, Any]]) -> float:
    """e: seconds that a rank spends, per rank of the job, on finding the copies it needs, from the largest plan."""
    plans = [record for record in records if record["kind"] == "plan"]
    if not plans:
        return 0.0
    largest = max(plans, key=lambda record: record["n_ranks"])
    return largest["seconds_of_wanted_copies"] / largest["n_ranks"]


def collectives_per_step(runs: Iterable[dict[str, Any]]) -> float:
    """The number of collectives in steps that mostly keep the list."""
    counts = [run["ranks"][0]["n_collectives"] for run in runs if run["n_ranks"] > 1]
    return min(counts) if counts else COLLECTIVES


def validate(runs: Sequence[dict[str, Any]], compute: Compute, transports: dict[str, Transport]) -> list[list[str]]:
    """Rows: runs of several ranks, measured and predicted from one rank and from messages."""
    rows = []
    for run in runs:
        transport = transports.get(run["transport"])
        if run["n_ranks"] == 1 or transport is None:
            continue
        steps_per_list = run["steps"] / run["n_builds"] if run["n_builds"] else math.inf
        predicted = step_time(compute, transport, measured_load(run), run["n_ranks"], steps_per_list)
        measured = run["step_seconds"]
        rows.append([run["model"], run["precision"], run["transport"], f"{run['n_ranks']}", f"{run['n_atoms']:,}"])
        rows[-1] += [f"{1e3 * measured:.3g}", f"{1e3 * predicted:.3g}", f"{100 * core_lost(run):.0f}"]
        rows[-1] += [f"{measured / predicted:.2f}"]
    return rows


def predict(machine: Machine, system: System, n_collectives: float) -> dict[str, list[list[str]]]:
    """Rows of the weak and of the strong table."""
    weak, strong = [], []
    if system.name in FUGAKU_WEAK:
        per_node, first, last, published = FUGAKU_WEAK[system.name]
        nodes = [first, 1000, last]
        found = efficiencies(lambda k: machine.step(system, per_node * k, k, n_collectives), nodes, is_weak=True)
        weak = [
            [
                f"{k:,}",
                f"{1e3 * machine.step(system, per_node * k, k, n_collectives):.3g}",
                f"{100 * e:.1f}",
                {first: "100", last: f"{100 * published:.1f}"}.get(k, ""),
            ]
            for k, e in zip(nodes, found, strict=True)
        ]
    if system.name in FUGAKU_STRONG:
        total, published_curve = FUGAKU_STRONG[system.name]
        nodes = sorted({*published_curve, 10_000})
        found = efficiencies(lambda k: machine.step(system, total, k, n_collectives), nodes, is_weak=False)
        strong = [
            [
                f"{k:,}",
                f"{total / k / machine.ranks_per_node:,.0f}",
                f"{1e3 * machine.step(system, total, k, n_collectives):.3g}",
                f"{100 * e:.0f}",
                f"{100 * published_curve[k]:.0f}" if k in published_curve else "",
            ]
            for k, e in zip(nodes, found, strict=True)
        ]
    return {"weak": weak, "strong": strong}


def plot(path: str, curves: dict[str, tuple[list[int], list[float]]]) -> None:
    """Efficiency over nodes."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4.5), constrained_layout=True)
    for name, (nodes, found) in curves.items():
        axes.semilogx(nodes, [100 * e for e in found], "o-" if name.startswith("Fugaku") else "-", label=name)
    axes.set(xlabel="nodes", ylabel="efficiency, %", ylim=(0, 105), title="strong scaling, predicted")
    axes.legend(fontsize=7)
    figure.savefig(path, dpi=150)


def main() -> None:
    """Prints fits, their quality, and predictions."""
    parser = argparse.ArgumentParser(description="scaling: fitted here, predicted elsewhere")
    parser.add_argument(
        "results", nargs="+", help="files of bench_scaling --out: runs of one and more ranks, messages, plans"
    )
    parser.add_argument("--plot", metavar="FILE.png", help="the strong curves (needs matplotlib)")
    arguments = parser.parse_args()
    records = read(arguments.results)
    runs = [record for record in records if record["kind"] == "md"]
    e = per_rank_of_a_build(records)
    messages = {r["transport"]: fit_transport(r) for r in records if r["kind"] == "transport" and r["n_ranks"] == 2}

    print("Messages between two ranks of this machine:\n")
    print_table(
        ["ranks", "latency, µs", "further message, µs", "GB/s", "sum of 24 numbers, µs"],
        [
            [
                name,
                f"{1e6 * t.latency:.2g}",
                f"{1e6 * t.overhead:.2g}",
                f"{1e-9 * t.bandwidth:.3g}",
                f"{1e6 * t.collective:.2g}",
            ]
            for name, t in messages.items()
        ],
    )
    print("\nA halo among 26 ranks, µs, none of it hidden; from the above, direct and in three stages:\n")
    print_table(
        ["ranks", "system", *(f"{n:,} atoms per rank" for n in HALO_SIZES)],
        [
            [name, system.name, *(halo_times(transport, system, n) for n in HALO_SIZES)]
            for name, transport in messages.items()
            for system in SYSTEMS.values()
        ],
    )
    groups = sorted({(run["model"], run["precision"]) for run in runs})
    of_group = {group: [run for run in runs if (run["model"], run["precision"]) == group] for group in groups}
    computes = {group: fit_compute(found, e) for group, found in of_group.items()}
    print(
        "\nOne rank: µs per step, ns per atom and ghost; list, ns per atom and ghost when it is built, and per rank:\n"
    )
    print_table(
        ["model", "precision", "t0", "a", "b", "c", "d", "e"],
        [
            [*group, f"{1e6 * f.t0:.3g}", *(f"{1e9 * x:.4g}" for x in (f.a, f.b, f.c, f.d, f.e))]
            for group, f in computes.items()
        ],
    )
    print("\nRuns of several ranks, ms per step; predicted from one rank and messages alone:\n")
    rows = [row for group in groups for row in validate(of_group[group], computes[group], messages)]
    print_table(
        ["model", "precision", "ranks are", "ranks", "atoms", "measured", "predicted", "core lost, %", "ratio"], rows
    )

    local = messages.get("mpi", messages.get("threads", Transport(1e-6, 0.3e-6, 10e9, 1e-6)))
    curves: dict[str, tuple[list[int], list[float]]] = {}
    for group in groups:
        model, precision = group
        if model not in SYSTEMS:
            continue
        system, n_collectives = SYSTEMS[model], collectives_per_step(of_group[group])
        machines = [cpu_node(computes[group], local)]
        if group in GPU_ATOM:
            machines.append(gpu_node(model, precision, e))
        for machine in machines:
            tables = predict(machine, system, n_collectives)
            print(f"\n{model}, {precision}, {machine.name}. Weak, {FUGAKU_WEAK[model][0]:,} atoms per node:\n")
            print_table(["nodes", "ms/step", "efficiency, %", "Fugaku 2022"], tables["weak"])
            print(f"\nStrong, {FUGAKU_STRONG[model][0]:,} atoms:\n")
            print_table(["nodes", "atoms per rank", "ms/step", "efficiency, %", "Fugaku 2022"], tables["strong"])
            total, published = FUGAKU_STRONG[model]
            nodes = sorted({*published, 10_000})
            step = lambda k, m=machine, s=system, t=total, c=n_collectives: m.step(s, t, k, c)  # noqa: E731
            curves[f"{model}, {precision}, {machine.name}"] = (nodes, efficiencies(step, nodes, is_weak=False))
            curves[f"Fugaku 2022, {model}"] = (list(published), list(published.values()))
    if arguments.plot:
        plot(arguments.plot, curves)


if __name__ == "__main__":
    main()
