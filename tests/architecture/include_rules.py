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
    "importers": {"core", "math", "io", "models"},
    "backend": {"core", "math", "io", "models"},
    "cpu": {"core", "math", "models", "backend"},
    "comm": {"core", "math", "backend"},
    "neighbor": {"core", "math", "io", "backend", "comm"},
    "engine": {"core", "math", "io", "models", "importers", "backend", "comm", "neighbor"},
    "md": {"core", "math", "io", "models", "backend", "comm", "neighbor", "engine"},
    "capi": {"core", "math", "models", "backend", "engine"},
}
# The places that may name the CPU backend, to make it and to ask for its instruction sets.
MAY_NAME_CPU = {
    "backend/registry.cpp": "cpu/cpu_backend.hpp",
    "engine/devices.cpp": "cpu/instruction_set.hpp",
}
# A folder of cuda/ may include itself, the headers of cuda/ itself, its vendor's platform headers, whatever the CPU
# backend may include from cpp/src, and these.
GPU_MAY_INCLUDE = {
    "units": set(),
    "platform": {"units"},
    "": {"platform"},
    "nets": {"units", "platform", ""},
    "lists": {"platform", ""},
    "motion": {"platform", ""},
    "local": {"platform", "", "nets"},
}
# The backend itself includes them all, and nothing includes it.
GPU_BACKEND = ("gpu_backend.hpp", "gpu_backend.cu", "module.cu")
# A binding translates the public interface.
BINDING_LIBRARIES = ("pybind11/",)


def include_direction(root: Path) -> list[str]:
    """A file includes its own folder and folders to the left; the public headers are left of all."""
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


def gpu_include_direction(root: Path) -> list[str]:
    """A file of cuda/ includes its own folder and folders to the left; the backend itself is right of all."""
    source = root / "cuda"
    core = {"dpmd"} | MAY_INCLUDE["cpu"]
    found = []
    for path in files(root, "cuda", suffixes=NATIVE_SUFFIXES):
        name = path.relative_to(source).as_posix()
        folder = _gpu_folder(name)
        for include in includes(path):
            if include.system or include.target.split("/")[0] in core:
                continue
            where = place(root, path, include.line)
            target = include.target
            if (source / "platform" / target).is_file():
                target = f"platform/{target}"
            to = _gpu_folder(target)
            if folder not in GPU_MAY_INCLUDE:
                known = ", ".join(filter(None, GPU_MAY_INCLUDE))
                found.append(f"{where}: the folder cuda/{folder}/ is not one of {known}")
            elif not (source / target).is_file():
                found.append(f'{where}: "{include.target}" is not in cuda/, nor in what the backend may include')
            elif name in GPU_BACKEND:
                continue
            elif target in GPU_BACKEND or to not in {folder} | GPU_MAY_INCLUDE[folder]:
                found.append(f'{where}: cuda/{folder} must not include "{include.target}"')
    return found


def _gpu_folder(name: str) -> str:
    return name.split("/")[0] if "/" in name else ""


def gpu_headers_stand_beside_their_sources(root: Path) -> list[str]:
    """A source of cuda/ whose header has the same name has it in its own folder."""
    source = root / "cuda"
    headers: dict[str, set[Path]] = {}
    for path in files(root, "cuda", suffixes={".hpp"}):
        headers.setdefault(path.stem, set()).add(path.parent)
    return [
        f"{path.relative_to(root).as_posix()}: its header stands in {folder.relative_to(source.parent).as_posix()}/"
        for path in files(root, "cuda", suffixes={".cu"})
        for folder in sorted(headers.get(path.stem, ()))
        if path.parent not in headers[path.stem]
    ]


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
            # standard headers have neither folder nor suffix, except those of C
            in_c = path.suffix == ".h" and include.target in {"stddef.h", "stdint.h"}
            standard = include.system and (in_c or not set("/.") & set(include.target))
            if not (standard or (not include.system and include.target.startswith("dpmd/"))):
                found.append(f"{place(root, path, include.line)}: a public header must not include {include.target}")
    return found


def libraries_for_hosts_use_the_c_interface(root: Path) -> list[str]:
    """A library for host codes includes its own headers, `dpmd/dpmd.h`, and those of the host and the system in <>."""
    found = []
    for library in ("cpp/deepmd", "cpp/lammps"):
        own = (root / library, root / library / "include")
        for path in files(root, library, suffixes=NATIVE_SUFFIXES):
            for include in includes(path):
                of_others = include.system and not include.target.startswith("dpmd/")
                is_own = any((base / include.target).is_file() for base in own)
                if include.target != "dpmd/dpmd.h" and not of_others and not is_own:
                    found.append(f'{place(root, path, include.line)}: {library}/ must not include "{include.target}"')
    return found


def include_cycles(root: Path) -> list[str]:
    """No header includes itself, directly or through others."""
    cuda = root / "cuda"
    bases = (root / "cpp" / "src", root / "cpp" / "include", root / "python", cuda, cuda / "platform")
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
