"""Checks release wheels: check_wheel.py WHEEL... prints sizes by part, and exits with 1 when something is wrong.

A wheel must be one file for everyone: small, with all parts, and with every library once, each finding the others
relative to its place.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath

LARGEST_WHEEL = 20_000_000  # bytes
PARTS = {
    "the extension": r"dpmd/_core\.[^/]+\.so",
    "the engine": r"dpmd/lib/libdpmd\.so\.[\d.]+",
    "the CUDA module": r"dpmd/lib/libdpmd_cuda\.so",
    "the MPI module": r"dpmd/lib/libdpmd_mpi\.so",
    "the plug-in for LAMMPS": r"dpmd/lib/dpmdplugin\.so",
    "the C interface of DeePMD-kit": r"dpmd/lib/deepmd/libdeepmd_c\.so",
    "the C header": r"dpmd/include/dpmd/dpmd\.h",
    "the C header of DeePMD-kit's interface": r"dpmd/include/deepmd/c_api\.h",
    "the CMake package": r"dpmd/lib/cmake/dpmd/dpmdConfig\.cmake",
    "the CMake package DeePMD": r"dpmd/lib/cmake/DeePMD/DeePMDConfig\.cmake",
    "the licence": r"dpmd-[^/]+\.dist-info/licenses/LICENSE",
}
# Libraries that every Linux has (PEP 600), and those that may be included because some systems lack them.
SYSTEM = re.compile(r"lib(?:c|m|dl|rt|pthread|gcc_s|stdc\+\+)\.so\.\d+|ld-linux[\w-]*\.so\.\d+")
BROUGHT = {"libgomp"}
_FOLDERS = re.compile(r"dpmd/|dpmd\.libs/|dpmd-[^/]+\.dist-info/")
_LIBRARY = re.compile(r"\.so(?:\.[\d.]+)?$")
_DYNAMIC = re.compile(r"\((NEEDED|RPATH|RUNPATH|SONAME)\).*\[(.*)\]")


@dataclass
class Library:
    needed: list[str]
    folders: list[str]  # where it looks; $ORIGIN is its own folder


def problems(wheel: Path, largest: int = LARGEST_WHEEL) -> list[str]:
    """What is wrong with a wheel, one line each."""
    with zipfile.ZipFile(wheel) as archive, tempfile.TemporaryDirectory() as scratch:
        archive.extractall(scratch)
        names = sorted(name for name in archive.namelist() if not name.endswith("/"))
        libraries = {name: dynamic_section(Path(scratch, name)) for name in names if _LIBRARY.search(name)}
        contents = {name: sha256(Path(scratch, name).read_bytes()).hexdigest() for name in libraries}
    found = []
    if wheel.stat().st_size > largest:
        found.append(f"{wheel.stat().st_size} bytes, and {largest} are the limit")
    if "-manylinux_" not in wheel.name:
        found.append(f"{wheel.name} is not for manylinux: auditwheel has not repaired it")
    for part, pattern in PARTS.items():
        if not any(re.fullmatch(pattern, name) for name in names):
            found.append(f"{part} is missing: no file is {pattern}")
    found += [f"{name} does not belong to dpmd" for name in names if not _FOLDERS.match(name)]
    found += [
        f"{name} is in there twice"
        for name, times in Counter(_plain_name(name) for name in libraries).items()
        if times > 1
    ]
    for digest, times in Counter(contents.values()).items():
        if times > 1:
            found.append(f"one file several times: {' '.join(n for n in contents if contents[n] == digest)}")
    for name in libraries:
        if name.startswith("dpmd.libs/") and _plain_name(name) not in BROUGHT:
            found.append(f"{name} was brought in and should not be")
    for name, library in libraries.items():
        found += [f"{name} {complaint}" for complaint in _unresolved(name, library, set(libraries))]
    return found


def _unresolved(name: str, library: Library, libraries: set[str]) -> Iterator[str]:
    """Libraries that the loader would not find, or only on the machine that built the wheel."""
    for folder in library.folders:
        if not re.match(r"\$ORIGIN(?:/|$)", folder):
            yield f"looks for libraries in {folder!r}, which is not relative to its own folder"
    own = PurePosixPath(name).parent
    reached = {_normal(own / folder.removeprefix("$ORIGIN").lstrip("/")) for folder in library.folders}
    for needed in library.needed:
        inside = any(f"{folder}/{needed}" in libraries for folder in reached)
        if not inside and not SYSTEM.fullmatch(needed):
            yield f"needs {needed}, which is not where it looks"


def _normal(path: PurePosixPath) -> str:
    parts: list[str] = []
    for part in path.parts:
        if part == ".." and parts:
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)


def _plain_name(name: str) -> str:
    """`dpmd.libs/libgomp-f9a9ad78.so.1.0.0` to `libgomp`."""
    return re.sub(r"-[0-9a-f]{8}$", "", PurePosixPath(name).name.split(".so")[0])


def dynamic_section(path: Path) -> Library:
    """The dynamic section of a library."""
    done = subprocess.run(["readelf", "-dW", path], check=True, capture_output=True, text=True)
    said: dict[str, list[str]] = {}
    for line in done.stdout.splitlines():
        if match := _DYNAMIC.search(line):
            said.setdefault(match[1], []).append(match[2])
    paths = said.get("RUNPATH", []) + said.get("RPATH", [])
    return Library(said.get("NEEDED", []), [folder for path in paths for folder in path.split(":") if folder])


def sizes(wheel: Path) -> Iterator[tuple[str, int, int]]:
    """Part, bytes in the wheel, bytes installed; the largest first. Python and headers are one part each."""
    parts: dict[str, list[int]] = {}
    with zipfile.ZipFile(wheel) as archive:
        for entry in archive.infolist():
            name = entry.filename
            if not _LIBRARY.search(name):
                name = next((folder for folder in ("dpmd/include/", "dpmd/lib/cmake/") if folder in name), "the rest")
            size = parts.setdefault(name, [0, 0])
            size[0] += entry.compress_size
            size[1] += entry.file_size
    for name, (packed, installed) in sorted(parts.items(), key=lambda part: -part[1][0]):
        yield name, packed, installed


def main(wheels: list[str]) -> int:
    if not wheels:
        print(__doc__, file=sys.stderr)
        return 2
    failed = False
    for wheel in map(Path, wheels):
        print(f"{wheel.name}: {wheel.stat().st_size / 1e6:.2f} MB")
        for name, packed, installed in sizes(wheel):
            print(f"  {packed / 1e6:6.2f} MB, installed {installed / 1e6:6.2f} MB  {name}")
        for problem in problems(wheel):
            failed = True
            print(f"  wrong: {problem}")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
