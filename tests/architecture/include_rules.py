"""Rules about includes. Each takes the root of a tree and returns its violations."""

from __future__ import annotations

from pathlib import Path

from architecture.source_tree import NATIVE_SUFFIXES, files, includes, place

# A folder of cpp/src may include itself, the public headers, and these.
MAY_INCLUDE = {
    "core": set(),
    "math": {"core"},
    "io": {"core", "math"},
    "models": {"core", "math", "io"},
    "backend": {"core", "math", "io", "models"},
    "cpu": {"core", "math", "models", "backend"},
    "comm": {"core", "math", "backend"},
    "neighbor": {"core", "math", "io", "backend", "comm"},
    "engine": {"core", "math", "io", "models", "backend", "comm", "neighbor"},
    "md": {"core", "math", "io", "models", "backend", "comm", "neighbor", "engine"},
    "capi": {"core", "math", "models", "backend", "engine"},
}
# The places where the CPU backend is named: it is made, and its instruction sets are asked for.
MAY_NAME_CPU = {
    "backend/registry.cpp": "cpu/cpu_backend.hpp",
    "engine/devices.cpp": "cpu/instruction_set.hpp",
}
# A binding translates the public interface.
BINDING_LIBRARIES = ("pybind11/",)


def include_direction(root: Path) -> list[str]:
    """A file includes its own folder and folders to the left; the public headers stand left of all."""
    source = root / "cpp" / "src"
    found = []
    for path in files(root, "cpp/src", suffixes=NATIVE_SUFFIXES):
        name = path.relative_to(source).as_posix()
        folder = name.split("/")[0]
        for include in includes(path):
            if include.system:
                continue
            where = place(root, path, include.line)
            to = include.target.split("/")[0]
            if folder not in MAY_INCLUDE:
                found.append(f"{where}: the folder {folder}/ is not one of the layers {', '.join(MAY_INCLUDE)}")
            elif to != "dpmd" and to not in MAY_INCLUDE:
                found.append(f'{where}: "{include.target}" is not written as folder/file')
            elif not any((base / include.target).is_file() for base in (source, root / "cpp" / "include")):
                found.append(f'{where}: "{include.target}" is not in the tree')
            elif to not in {folder, "dpmd"} | MAY_INCLUDE[folder] and MAY_NAME_CPU.get(name) != include.target:
                found.append(f'{where}: {folder}/ must not include "{include.target}"')
    return found


def bindings_see_public_headers_only(root: Path) -> list[str]:
    """The Python extension includes its own headers, pybind11, the public headers and the standard library."""
    found = []
    for path in (root / "python").glob("*.?pp"):
        for include in includes(path):
            own = (root / "python" / include.target).is_file()
            library = include.target.startswith(BINDING_LIBRARIES)
            standard = include.system and "/" not in include.target
            if not (own or library or standard or include.target.startswith("dpmd/")):
                found.append(f"{place(root, path, include.line)}: bindings must not include {include.target}")
    return found


def public_headers_stand_alone(root: Path) -> list[str]:
    """A public header includes public headers and the standard library of its language."""
    found = []
    for path in files(root, "cpp/include", suffixes=NATIVE_SUFFIXES):
        for include in includes(path):
            # standard headers have neither folder nor suffix, but for those of C
            in_c = path.suffix == ".h" and include.target in {"stddef.h", "stdint.h"}
            standard = include.system and (in_c or not set("/.") & set(include.target))
            if not (standard or (not include.system and include.target.startswith("dpmd/"))):
                found.append(f"{place(root, path, include.line)}: a public header must not include {include.target}")
    return found


def include_cycles(root: Path) -> list[str]:
    """No header includes itself, directly or through others."""
    bases = (root / "cpp" / "src", root / "cpp" / "include", root / "python")
    graph = {}
    for base in bases:
        for path in base.rglob("*.?pp"):
            targets = {include.target for include in includes(path) if not include.system}
            graph[path.relative_to(base).as_posix()] = sorted(targets)

    found, done, trail = [], set(), []

    def walk(name: str) -> None:
        if name in trail:
            found.append(" -> ".join([*trail[trail.index(name) :], name]))
            return
        if name in done:
            return
        trail.append(name)
        for target in graph.get(name, ()):
            walk(target)
        trail.pop()
        done.add(name)

    for name in sorted(graph):
        walk(name)
    return found
