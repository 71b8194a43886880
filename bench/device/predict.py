#!/usr/bin/env python3
"""What the GPU backend should reach: python bench/device/predict.py

Computed from counts of its kernels (kernel_counts/) and the ceilings of a device.

These are predictions to compare with measurements: where they differ, either the kernels are worse than they must be,
or the counts are wrong. The ceilings to start from are those of an H200; device_copy and device_gemm measure them.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass

from kernel_counts import Kernel, Step, System, count_step, memory_per_atom
from systems import ATTENTION, OTHER_KINDS, SE_E2_A

SKIN, SKINS = 1.0, (0.5, 1.0, 2.0)
LATENCY_ATOMS = 192
MOST_ATOMS = 1 << 28  # the most that neighbour keys can number
GROUPS = (
    *("moments forward", "angles forward", "features", "rows", "embedding", "attention forward", "attention layers"),
    *("descriptor", "pair table", "fitting", "attention backward", "moments backward", "angles backward", "forces"),
    *("integration, sums", "list", "launches"),
)


@dataclass(frozen=True)
class Device:
    """Ceilings, in SI units, and the shares of them that kernels are assumed to reach."""

    name: str
    fp64: float
    fp32: float
    memory: float
    cache: float
    adds: float
    launch: float
    graph: float
    load: float
    lines: float
    memory_bytes: float
    gemm_share: float
    narrow_share: float
    plain_share: float
    memory_share: float
    cache_share: float

    def seconds(self, kernel: Kernel, real_bytes: int) -> float:
        """Seconds per atom when there are enough atoms: the slowest part hides the rest."""
        nets = self.fp64 if real_bytes == 8 else self.fp32
        arithmetic = kernel.gemm / (self.gemm_share * nets) + kernel.narrow / (self.narrow_share * nets)
        arithmetic += (kernel.nets / nets + kernel.fp64 / self.fp64) / self.plain_share
        return max(
            arithmetic,
            kernel.memory / (self.memory_share * self.memory),
            kernel.cache / (self.cache_share * self.cache),
            kernel.lines / self.lines,
            kernel.adds / self.adds,
        )


def parse() -> Device:
    """The command line."""
    parser = argparse.ArgumentParser(description="predicted times and memory of the GPU backend")
    add = parser.add_argument
    add("--name", default="H200")
    add("--fp64", type=float, default=34, help="TFLOP/s of the plain units")
    add("--fp32", type=float, default=67, help="TFLOP/s of the plain units")
    add("--memory", type=float, default=4.3, help="TB/s of a copy, read and written")
    add("--cache", type=float, default=5.5, help="TB/s from the second-level cache")
    add("--adds", type=float, default=150, help="G/s of 64-bit atomic additions")
    add("--launch", type=float, default=2.5, help="us from one kernel of a stream to the next")
    add("--graph", type=float, default=1.2, help="us from one kernel of a graph to the next")
    add("--load", type=float, default=0.16, help="us of a load from the second-level cache")
    add("--multiprocessors", type=int, default=132)
    add("--clock", type=float, default=1.755, help="GHz")
    add("--memory-bytes", type=float, default=141e9)
    add("--gemm-share", type=float, default=0.6, help="of the peak that wide matrix products reach")
    add("--narrow-share", type=float, default=0.4, help="the same of products in embedding nets")
    add("--plain-share", type=float, default=0.3, help="the same of all other arithmetic")
    add("--memory-share", type=float, default=0.8)
    add("--cache-share", type=float, default=0.7)
    a = parser.parse_args()
    return Device(
        name=a.name,
        fp64=1e12 * a.fp64,
        fp32=1e12 * a.fp32,
        memory=1e12 * a.memory,
        cache=1e12 * a.cache,
        adds=1e9 * a.adds,
        launch=1e-6 * a.launch,
        graph=1e-6 * a.graph,
        load=1e-6 * a.load,
        lines=a.multiprocessors * 1e9 * a.clock,
        memory_bytes=a.memory_bytes,
        gemm_share=a.gemm_share,
        narrow_share=a.narrow_share,
        plain_share=a.plain_share,
        memory_share=a.memory_share,
        cache_share=a.cache_share,
    )


def times(device: Device, system: System, step: Step) -> dict[str, float]:
    """Seconds per atom and step by group of kernels, with the gaps between launches of small tiles last."""
    out: dict[str, float] = {}
    for kernel in step.kernels:
        out[kernel.group] = out.get(kernel.group, 0.0) + device.seconds(kernel, system.real_bytes)
    out["launches"] = step.tile_launches * device.graph / step.tile_atoms
    return out


def latencies(device: Device, system: System, step: Step) -> tuple[float, float]:
    """Seconds of a step of few atoms: for launches alone, and with the dependent loads of each kernel."""
    launches = step.launches * device.graph
    work = (
        max(kernel.chain * device.load, LATENCY_ATOMS * device.seconds(kernel, system.real_bytes))
        for kernel in step.kernels
        if kernel.group != "list"
    )
    return launches, launches + sum(work)


def print_table(head: list[str], rows: list[list[str]]) -> None:
    """Prints a table as Markdown."""
    for row in (head, ["---"] * len(head), *rows):
        print("| " + " | ".join(row) + " |")


def print_times(device: Device, systems: Sequence[System]) -> None:
    """Prints the time of each group of kernels that one of the systems has."""
    print("Time in ns per atom and step of a large system, with a skin of 1 Å:\n")
    found = {system: times(device, system, count_step(system, SKIN)) for system in systems}
    groups = [group for group in GROUPS if any(group in of_system for of_system in found.values())]
    rows = []
    for system, of_system in found.items():
        total = sum(of_system.values())
        cells = [f"{1e9 * of_system[group]:.1f}" if group in of_system else "–" for group in groups]
        rows.append(
            [
                system.name,
                *cells,
                f"**{1e9 * total:.0f}**",
                f"{1e-6 / total:.1f}" if total < 5e-6 else f"{1e-6 / total:.3f}",
            ]
        )
    print_table(["system", *groups, "total", "M atom steps/s"], rows)


def _thousands(value: float) -> str:
    if value == 0:
        return "–"
    return f"{1e-3 * value:,.0f}" if value >= 1e5 else f"{1e-3 * value:.2g}"


def print_sums(systems: Sequence[System]) -> None:
    """Prints what the descriptors' kernels do for an atom."""
    print("\nThe sums per atom, without the fitting net, in thousands:\n")
    rows = []
    for system in systems:
        kernels = count_step(system, SKIN).kernels
        for group in GROUPS[: GROUPS.index("integration, sums")]:
            own = [kernel for kernel in kernels if kernel.group == group != "fitting"]
            sums = [
                sum(k.nets for k in own),
                sum(k.gemm + k.narrow for k in own),
                *(sum(getattr(k, name) for k in own) for name in ("fp64", "memory", "cache", "lines", "adds")),
            ]
            if own:
                rows.append([system.name, group, *(_thousands(value) for value in sums)])
    head = ["operations of nets", "in products", "in double", "bytes of memory", "of the cache", "lines", "additions"]
    print_table(["system", "kernels", *head], rows)


def print_latencies(device: Device, systems: Sequence[System]) -> None:
    """Prints what a step of few atoms takes."""
    print(f"\nTime in µs of a step of {LATENCY_ATOMS} atoms in a graph:\n")
    rows = []
    for system in systems:
        step = count_step(system, SKIN)
        launches, whole = latencies(device, system, step)
        rows.append([system.name, f"{step.launches:.0f}", f"{1e6 * launches:.0f}", f"{1e6 * whole:.0f}"])
    print_table(["system", "launches", "launches alone", "with chains of loads"], rows)


def print_memory(device: Device, systems: Sequence[System]) -> None:
    """Prints what an atom takes of the device's memory, and how many atoms fit."""
    print("\nBytes per atom, and the number of atoms that fit:\n")
    rows = []
    names = list(memory_per_atom(systems[0], SKIN))
    for system in systems:
        for skin in SKINS:
            memory = memory_per_atom(system, skin)
            total = sum(memory.values())
            most = min((device.memory_bytes - 2e9) / total, MOST_ATOMS)
            cells = [f"{memory[name]:.0f}" for name in names]
            rows.append([system.name.split(",")[0], f"{skin:g}", *cells, f"**{total:.0f}**", f"{most / 1e6:.0f} M"])
    print_table(["system", "skin, Å", *names, "total", f"in {device.memory_bytes / 1e9:.0f} GB"], rows)


def main() -> None:
    """Prints a section for se_e2_a, one for the other compressed models, and one for attention."""
    device = parse()
    print(
        f"For the {device.name} we assume {device.fp64 / 1e12:g} and {device.fp32 / 1e12:g} TFLOP/s (double, single), "
        f"copies at {device.memory / 1e12:g} TB/s, a second-level cache at {device.cache / 1e12:g} TB/s, "
        f"{device.adds / 1e9:g} G atomic additions/s, and {device.lines / 1e9:.0f} G lines/s from the first-level "
        f"caches. The assumed shares are {device.gemm_share:g} in wide and "
        f"{device.narrow_share:g} in narrow products, {device.plain_share:g} in other arithmetic, "
        f"{device.memory_share:g} of memory, and {device.cache_share:g} of the cache.\n"
    )
    print_times(device, SE_E2_A)
    print_latencies(device, SE_E2_A)
    print_memory(device, (SE_E2_A[1], SE_E2_A[3]))
    print("\nWater with other descriptors, compressed.\n")
    print_times(device, OTHER_KINDS)
    print_sums([system for system in OTHER_KINDS if system.real_bytes == 4])
    print_latencies(device, OTHER_KINDS)
    print("\nWater with attention between neighbours, which is not compressed.\n")
    print_times(device, ATTENTION)
    print_sums(ATTENTION[1:])
    print_latencies(device, ATTENTION)


if __name__ == "__main__":
    main()
