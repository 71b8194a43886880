"""Rules about how sources compile. Each takes the root of a tree and returns its violations."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from architecture.source_tree import files

COMPILER = os.environ.get("CXX", "g++")
_LANGUAGE = ("-std=c++20", "-Wall", "-Wextra")
_INSTRUCTION_SET = re.compile(r"\b(\w+):(16|32|64):([-\w,=]*)")
_TILE_FOLDER = "cpp/src/cpu/tile"
_TILE_SOURCE = "cpp/src/cpu/tile/evaluate_tile.cpp"
# The folder whose CMakeLists.txt (with the *.cmake next to it) lists the sources. tests/embed/ has its own project.
_LISTED_IN = {
    "cpp/src": "cpp",
    "cpp/deepmd": "cpp/deepmd",
    "cpp/lammps": "cpp/lammps",
    "cuda": "cuda",
    "python": "python",
    "bench": "bench",
}


def unlisted_sources(root: Path) -> list[str]:
    """Every source is named in the CMakeLists.txt of its target, and none is globbed."""
    found = []
    listed = dict(_LISTED_IN)
    for lists in files(root, "tests", suffixes={".txt"}):
        folder = lists.parent.relative_to(root).as_posix()
        if lists.name == "CMakeLists.txt" and "/embed" not in folder:
            listed[folder] = folder
    listed["tests/support"] = "tests"  # used by the targets of several folders, as ../support/FILE

    def nearest(source: Path) -> str:
        """The innermost of the listed folders that holds the source."""
        return max((f for f in listed if source.is_relative_to(root / f)), key=len)

    for folder, listed_in in listed.items():
        base = root / listed_in
        pattern = "*/CMakeLists.txt" if folder == "tests/support" else "CMakeLists.txt"
        lists = "".join(path.read_text() for path in [*base.glob(pattern), *base.glob("*.cmake")])
        lists = lists.replace("../", "")
        for source in files(root, folder, suffixes={".cpp", ".cu"}):
            if folder != nearest(source) or "tests/embed" in source.as_posix():
                continue
            name = source.relative_to(base).as_posix()
            if not re.search(rf"(?<![\w/.]){re.escape(name)}(?![\w.])", lists):
                found.append(f"{source.relative_to(root).as_posix()} is not named in {listed_in}/CMakeLists.txt")
    for path in files(root, suffixes={".txt", ".cmake"}):
        if re.search(r"\bfile\s*\(\s*GLOB", path.read_text(), re.IGNORECASE):
            found.append(f"{path.relative_to(root).as_posix()} lists files by a pattern")
    return found


def headers(root: Path) -> list[str]:
    """Every header of the library, as `cpp/...` from the root; those of the plug-in need LAMMPS'."""
    found = (path.relative_to(root).as_posix() for path in files(root, "cpp", suffixes={".hpp", ".h"}))
    return [name for name in found if not name.startswith("cpp/lammps/")]


def headers_that_need_others(root: Path, names: Iterable[str] | None = None) -> list[str]:
    """Every header compiles alone, and twice in a row; a public one without access to the sources, and C also as
    C11."""

    def compiled(name: str) -> str | None:
        public = name.startswith(("cpp/include/", "cpp/deepmd/include/"))
        flags = ["-I", str(root / "cpp/include")]
        if not public and name.startswith("cpp/deepmd/"):
            flags += ["-I", str(root / "cpp/deepmd"), "-I", str(root / "cpp/deepmd/include")]
        elif not public:
            flags += ["-I", str(root / "cpp/src"), '-DDPMD_VERSION="alone"']
        if name.startswith(_TILE_FOLDER):
            flags += ["-DDPMD_ISA=alone", "-DDPMD_VECTOR_BYTES=16"]
        include = f'#include "{root / name}"\n'
        languages = [[*_LANGUAGE, "-x", "c++"]]
        if name.endswith(".h"):
            languages.append(["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-x", "c"])
        for language in languages:
            command = [COMPILER, *language, *flags, "-fsyntax-only", "-"]
            done = subprocess.run(command, input=2 * include, text=True, capture_output=True, check=False)
            if done.returncode:
                errors = [line for line in done.stderr.splitlines() if "error:" in line]
                return f"{name} does not compile alone: {(errors or [done.stderr])[0]}"
        return None

    with ThreadPoolExecutor(2) as pool:
        results = pool.map(compiled, headers(root) if names is None else names)
        return [result for result in results if result]


def instruction_sets(root: Path) -> dict[str, tuple[str, list[str]]]:
    """The (vector bytes, compiler flags) by name that cpp/CMakeLists.txt uses for this machine's architecture."""
    text = (root / "cpp/CMakeLists.txt").read_text()
    known = {name: (size, flags.split(",") if flags else []) for name, size, flags in _INSTRUCTION_SET.findall(text)}
    machine = platform.machine().lower()
    if machine in ("x86_64", "amd64"):
        names = ["sse2", "avx2", "avx512"]
    else:
        names = ["neon"] if machine in ("aarch64", "arm64") else ["generic"]
    return {name: known[name] for name in names}


def leaked_tile_symbols(root: Path, name: str, optimization: str, scratch: Path) -> list[str]:
    """The object of an instruction set defines nothing outside its own namespace.

    A function outside it would be compiled with that set's instructions, and the linker, which keeps one of several
    equal definitions, could keep that one for the whole library: an illegal instruction on a smaller CPU.
    """
    size, flags = instruction_sets(root)[name]
    out = scratch / f"{name}{optimization}.o"
    include = ["-I", str(root / "cpp/include"), "-I", str(root / "cpp/src")]
    defines = [f"-DDPMD_ISA={name}", f"-DDPMD_VECTOR_BYTES={size}"]
    options = [*flags, "-fno-math-errno", "-fPIC", "-fvisibility=hidden", "-fvisibility-inlines-hidden", optimization]
    command = [COMPILER, "-std=c++20", *options, *defines, *include, "-c", str(root / _TILE_SOURCE), "-o", str(out)]
    subprocess.run(command, check=True, capture_output=True, text=True)
    return _defined_outside(out, f"dpmd::cpu::{name}::", f"{name} at {optimization}")


def leaked_half_symbols(root: Path, source: str, optimization: str, scratch: Path) -> list[str]:
    """The same for the units that multiply bfloat16: each defines its table of functions and nothing else."""
    name = Path(source).stem
    out = scratch / f"{name}{optimization}.o"
    include = ["-I", str(root / "cpp/include"), "-I", str(root / "cpp/src")]
    flags = ["-mavx512f", "-mavx512bf16", "-mamx-tile", "-mamx-bf16", "-fPIC", "-fvisibility=hidden", optimization]
    command = [COMPILER, "-std=c++20", *flags, *include, "-c", str(root / "cpp/src/cpu/tile" / source), "-o", str(out)]
    subprocess.run(command, check=True, capture_output=True, text=True)
    return _defined_outside(out, f"dpmd::cpu::{name}", f"{name} at {optimization}")


def _defined_outside(out: Path, inside: str, where: str) -> list[str]:
    """Symbols that an object gives to the linker, except those whose name begins with `inside`."""
    listing = subprocess.run(["nm", "--demangle", "--defined-only", out], check=True, capture_output=True, text=True)
    found = []
    for line in listing.stdout.splitlines():
        _, kind, symbol = line.split(maxsplit=2)
        outside = inside not in symbol and not symbol.startswith("DW.ref.")
        # lower-case kinds are local to the object; u is a unique global, V and W are weak
        if outside and (kind.isupper() or kind == "u"):
            found.append(f"{where} defines {symbol}")
    return found
