"""The resources that each GPU kernel takes, as the compilers report them.

Reads the output of `nvcc -Xptxas -v` and of `clang++ -x hip -v -Rpass-analysis=kernel-resource-usage`, and prints one
line per kernel and architecture; with --short only for kernels that use scratch memory. Exits with 1 when a hot kernel
spills registers to memory, or is missing.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

# Kernels whose time matters, by their name in the source, which includes every instance of a template.
HOT = frozenset(
    {"moments_forward_kernel", "moments_backward_kernel"}
    | {"radial_sums_forward_kernel", "radial_sums_backward_kernel"}
    | {"angle_features_kernel", "angle_gradient_kernel"}
    | {"frame_features_kernel", "frame_gradient_kernel"}
    | {"attend_kernel", "attend_backward_kernel"}
    | {"layer_on_plain_units", "layer_on_matrix_units"}
)

# Each line is about the kernel last named; groups are fields of Kernel.
_LINES = tuple(
    map(
        re.compile,
        (
            r"Compiling entry function '(?P<kernel>\w+)' for '(?P<architecture>\w+)'",
            r"Function properties for (?P<function>\w+)",
            r"(?P<scratch>\d+) bytes stack frame, (?P<spill>\d+) bytes spill stores",
            r"Used (?P<registers>\d+) registers(?:.*?, (?P<shared>\d+) bytes smem)?",
            r"-target-cpu\"? \"?(?P<architecture>gfx\w+)",
            r"remark: +Function Name: (?P<kernel>\S+)",
            r"remark: +VGPRs: (?P<registers>\d+)",
            r"remark: +AGPRs: (?P<accumulators>\d+)",
            r"remark: +ScratchSize \[bytes/lane\]: (?P<scratch>\d+)",
            r"remark: +Occupancy \[waves/SIMD\]: (?P<occupancy>\d+)",
            r"remark: +VGPRs Spill: (?P<spill>\d+)",
            r"remark: +LDS Size \[bytes/block\]: (?P<shared>\d+)",
        ),
    )
)


@dataclass
class Kernel:
    symbol: str
    architecture: str
    registers: int = 0
    accumulators: int = 0  # of the matrix units, AMD only
    shared: int = 0  # bytes per block, without those that the launch asks for
    scratch: int = 0  # bytes per thread
    spill: int = 0  # NVIDIA: bytes stored, AMD: registers
    occupancy: int = 0  # waves per SIMD, AMD only


def kernels_of(log: str) -> list[Kernel]:
    found: list[Kernel] = []
    architecture, inside = "", False
    for line in log.splitlines():
        match = next(filter(None, (pattern.search(line) for pattern in _LINES)), None)
        said = {name: text for name, text in match.groupdict().items() if text} if match else {}
        architecture = said.pop("architecture", architecture)
        if symbol := said.pop("kernel", None):
            found.append(Kernel(symbol, architecture))
            inside = True
        elif function := said.pop("function", None):  # a function that a kernel calls is not a kernel
            inside = bool(found) and function == found[-1].symbol
        elif inside:
            for name, text in said.items():
                setattr(found[-1], name, int(text))
    return found


def readable(symbols: list[str]) -> list[str]:
    """Names without result, parameters and namespaces: `embed<float, 32>`."""
    done = subprocess.run(["c++filt"], input="\n".join(symbols), text=True, capture_output=True, check=True)
    names = []
    for name in done.stdout.splitlines():
        name = re.sub(r"^void |\(anonymous namespace\)::|\b(?:dpmd|gpu)::", "", name)
        names.append(re.sub(r"\((?!\w+\)\d).*", "", name))  # but not a cast inside <>: embed<(Precision)1>
    return names


def source_name(name: str) -> str:
    """The name without namespaces and template arguments."""
    return name.split("<")[0].split("::")[-1]


def main(paths: list[str], short: bool) -> int:
    kernels = [kernel for path in paths for kernel in kernels_of(Path(path).read_text(errors="replace"))]
    names = readable([kernel.symbol for kernel in kernels])
    width = max(map(len, names), default=0)
    failed = [
        f"no kernel is called {name}, which is said to be hot" for name in sorted(HOT - set(map(source_name, names)))
    ]
    if not kernels:
        failed.append("no kernel at all")
    print(f"{'kernel':{width}}  {'arch':7} {'registers':>9} {'shared':>7} {'scratch':>7} {'spill':>6} waves")
    for name, kernel in sorted(zip(names, kernels, strict=True), key=lambda pair: (pair[0], pair[1].architecture)):
        registers = f"{kernel.registers}+{kernel.accumulators}" if kernel.accumulators else str(kernel.registers)
        line = f"{name:{width}}  {kernel.architecture:7} {registers:>9} {kernel.shared:>7} {kernel.scratch:>7}"
        if not short or kernel.scratch or kernel.spill:
            print(f"{line} {kernel.spill:>6} {kernel.occupancy or '':>5}".rstrip())
        if kernel.spill and source_name(name) in HOT:
            failed.append(f"{name} is hot and spills on {kernel.architecture}")
    print(f"{len(kernels)} kernels on {len({kernel.architecture for kernel in kernels})} architectures")
    for failure in failed:
        print(failure)
    return 1 if failed else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--short", action="store_true", help="only kernels that keep something in memory of their own")
    parser.add_argument("logs", nargs="+", metavar="LOG")
    arguments = parser.parse_args()
    sys.exit(main(arguments.logs, arguments.short))
