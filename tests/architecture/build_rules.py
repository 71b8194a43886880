"""Rules about how sources compile. Each takes the root of a tree and returns its violations."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from architecture.source_tree import files, includes

COMPILER = os.environ.get("CXX", "g++")
_LANGUAGE = ("-std=c++20", "-Wall", "-Wextra")
_TILE_FOLDER = "cpp/src/cpu/tile"
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
    """The headers of the library, as `cpp/...` from the root; those of the plug-in need LAMMPS'."""
    found = (path.relative_to(root).as_posix() for path in files(root, "cpp", suffixes={".hpp", ".h"}))
    return [name for name in found if not name.startswith("cpp/lammps/")]


def headers_left_to_compile(root: Path) -> list[str]:
    """The headers of which the build does not show that they compile alone and twice in a row: all but those of the
    sources that have a `#pragma once` and that a source includes before anything else."""
    first = set()
    for source in files(root, "cpp", suffixes={".cpp"}):
        if named := includes(source)[:1]:
            first.add(named[0].target)

    def shown(name: str) -> bool:
        within = name.removeprefix("cpp/src/")
        return within != name and within in first and "#pragma once" in (root / name).read_text()

    return [name for name in headers(root) if not shown(name)]


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
        results = pool.map(compiled, headers_left_to_compile(root) if names is None else names)
        return [result for result in results if result]
