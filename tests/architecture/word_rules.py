"""Rules about words that some files must not contain. Each takes the root of a tree and returns its violations."""

from __future__ import annotations

import re
from pathlib import Path

from architecture.source_tree import NATIVE_SUFFIXES, code_of, files, line_of, native_files, place

_VENDOR = re.compile(
    r"\b(?:cuda|cublas|cublasLt|cusolver|cusparse|cufft|curand|cub|nccl|nvtx|nvrtc"
    r"|hip|hipblas|hipcub|hiprand|hiprtc|roc|rocblas|rocprim|rccl)(?:[A-Z_]\w*|::\w+)"
    r"|\b__(?:shfl|ballot|any|all|activemask|syncwarp)(?:_\w+)?\s*\(|\b__(?:CUDA|HIP|AMDGCN|NVCC)\w*"
    r"|#\s*include\s*<(?:cuda|cub|nccl|nvtx|thrust|hip|roc|rccl)[\w.]*[/>]"
)
# The one header of the core that a vendor's compiler reads as its own.
_SPELLS_HOST_DEVICE = "cpp/src/math/hd.hpp"

_FOREIGN = re.compile(
    r"protobuf|hdf5|h5cpp|pickle|pybind11|Python\.h|numpy|tensorflow|\btorch\b|libtorch|onnx|GraphDef", re.IGNORECASE
)
_PRINTS_OR_ENDS = re.compile(
    r"(?<![\w.>])(?<!void )(?<!void Communicator::)"
    r"(?:v?printf|puts|putchar|perror|abort|exit|_Exit|_exit|quick_exit|terminate)\s*\("
    r"|\b(?:cout|cerr|clog|stdout|stderr)\b|#\s*include\s*<iostream>"
)
# Stands between host codes and the library, and tells what such hosts never ask for.
_PRINTS_FOR_HOSTS = "cpp/deepmd/printed.cpp"
_MACHINE_PATH = re.compile(r"(?<![\w.$}/])/(?:root|home|work|tmp|mnt|scratch|Users|usr/local|opt)/\w")
# Split up, so that this file obeys its own rule.
_UNFINISHED = re.compile(r"\b(?:" + "|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"]) + r")\b")
_ESCAPED = re.compile("&" + r"(?:lt|gt|amp|quot|apos|#\d+);")

# The spellings of each descriptor; names of files use the first one.
_DESCRIPTORS = {
    "se_a": re.compile(r"(?<![A-Za-z])(?:se|SE)_(?:[eE]2_)?[aA](?![A-Za-z])|SeA(?![a-z])"),
    "se_r": re.compile(r"(?<![A-Za-z])(?:se|SE)_(?:[eE]2_)?[rR](?![A-Za-z])|SeR(?![a-z])"),
    "se_t": re.compile(r"(?<![A-Za-z])(?:se|SE)_(?:[tT]|[eE]3|at|a_3be)(?![A-Za-z_])|SeT(?![a-z])"),
}
_DISPATCHES_DESCRIPTORS = {
    "cpp/src/models/local/descriptors.hpp",
    "cpp/src/cpu/local/packed_descriptor.hpp",
    "cpp/src/cpu/tile/descriptors.hpp",
    "cuda/local/descriptors.cu",
    # the readers of foreign files, which have other names for them
    "cpp/src/importers/kind.cpp",
    "cpp/src/importers/kind.hpp",
    "cpp/src/importers/dpmodel/descriptors.cpp",
    "cpp/src/importers/dpmodel/descriptors.hpp",
    "cpp/src/importers/tensorflow/graph_descriptors.cpp",
    "cpp/src/importers/tensorflow/graph_descriptors.hpp",
    "cpp/src/importers/tensorflow/graph_kind.cpp",
    "cpp/src/importers/tensorflow/pair_nets.cpp",
    "cpp/src/importers/tensorflow/typed_nets.cpp",
    "cpp/src/importers/torch/descriptor_layouts.cpp",
}
_IMPORTERS = "cpp/src/importers/"


def _matches(root: Path, path: Path, text: str, pattern: re.Pattern[str], complaint: str) -> list[str]:
    first_on_line = {}
    for match in pattern.finditer(text):
        first_on_line.setdefault(line_of(text, match.start()), match[0].strip())
    return [f"{place(root, path, line)}: {word!r} {complaint}" for line, word in first_on_line.items()]


def vendor_words(root: Path) -> list[str]:
    """A GPU vendor's names are in `cuda/platform` and `hip/platform` only."""
    found = []
    for path in native_files(root):
        name = path.relative_to(root).as_posix()
        if name.startswith(("cuda/platform/", "hip/platform/")) or name == _SPELLS_HOST_DEVICE:
            continue
        found += _matches(root, path, code_of(path), _VENDOR, "belongs into a platform folder")
    return found


def foreign_formats(root: Path) -> list[str]:
    """Outside of the importers the core knows no Python and no file format of another program; strings count, comments
    do not."""
    found = []
    for path in files(root, "cpp", "cuda", "hip", suffixes=NATIVE_SUFFIXES):
        if path.relative_to(root).as_posix().startswith(_IMPORTERS):
            continue
        text = code_of(path, keep_strings=True)
        found += _matches(root, path, text, _FOREIGN, "is foreign here: it belongs into cpp/src/importers")
    return found


def library_prints_or_ends(root: Path) -> list[str]:
    """A library never prints and never ends the process."""
    found = []
    for path in native_files(root):
        if path.relative_to(root).as_posix() != _PRINTS_FOR_HOSTS:
            found += _matches(root, path, code_of(path), _PRINTS_OR_ENDS, "prints or ends the process: throw instead")
    return found


def machine_paths(root: Path) -> list[str]:
    """No text contains a path of one machine."""
    found = []
    for path in files(root):
        found += _matches(root, path, path.read_text(), _MACHINE_PATH, "is a path of one machine")
    return found


def unfinished_marks(root: Path) -> list[str]:
    """No text contains marks of unfinished work or escaped HTML."""
    found = []
    for path in files(root):
        text = path.read_text()
        found += _matches(root, path, text, _UNFINISHED, "marks unfinished work: write an issue")
        found += _matches(root, path, text, _ESCAPED, "is escaped HTML")
    return found


def descriptors_out_of_place(root: Path) -> list[str]:
    """A descriptor is named only in files named after it, and where descriptors are dispatched. Strings and comments
    count."""
    found = []
    for path in files(root, "cpp", "cuda", "hip", suffixes=NATIVE_SUFFIXES):
        for name, spellings in _DESCRIPTORS.items():
            if name in path.name or path.relative_to(root).as_posix() in _DISPATCHES_DESCRIPTORS:
                continue
            found += _matches(root, path, path.read_text(), spellings, f"belongs into a file named {name}")
    return found
