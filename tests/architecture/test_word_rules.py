"""Words stay where they belong; each rule finds a planted violation."""

from __future__ import annotations

import pytest

from architecture.word_rules import (
    descriptors_out_of_place,
    foreign_formats,
    library_prints_or_ends,
    machine_paths,
    unfinished_marks,
    vendor_words,
)

RULES = [
    vendor_words,
    foreign_formats,
    library_prints_or_ends,
    machine_paths,
    unfinished_marks,
    descriptors_out_of_place,
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_tree_obeys(rule, root):
    assert rule(root) == []


def one_violation(violations: list[str], path: str) -> bool:
    return len(violations) == 1 and violations[0].startswith(path + ":")


@pytest.mark.parametrize("path", ["cpp/src/core/planted.cpp", "cuda/lists/planted.cu", "hip/planted.cpp"])
@pytest.mark.parametrize(
    "line",
    [
        "void* p; cudaMalloc(&p, 8);",
        "hipStream_t stream;",
        "cublasDgemm();",
        "hipblasHandle_t handle;",
        "x += __shfl_down_sync(mask, x, 1);",
        "#if defined(__CUDA_ARCH__)",
        "#include <cuda_runtime.h>",
        "#include <hip/hip_runtime.h>",
    ],
)
def test_a_vendor_word_outside_its_platform_is_found(path, line, found_after):
    assert one_violation(found_after(vendor_words, path, line + "\n"), path)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("cuda/platform/planted.hpp", "cudaMalloc(&p, 8);"),
        ("hip/platform/planted.hpp", "#include <hip/hip_runtime.h>"),
        ("cpp/src/core/planted.cpp", 'throw DeviceError("cudaMalloc failed");  // as cudaGetLastError says'),
    ],
)
def test_a_vendor_word_in_its_place_is_allowed(path, line, found_after):
    assert found_after(vendor_words, path, line + "\n") == []


@pytest.mark.parametrize(
    "line",
    [
        "#include <pybind11/pybind11.h>",
        "#include <Python.h>",
        "#include <hdf5.h>",
        '#include "google/protobuf/message.h"',
        'if (suffix == "pickle") return;',
        "#include <torch/script.h>",
        'const char* node = "tensorflow";',
    ],
)
def test_a_foreign_format_in_the_core_is_found(line, found_after):
    assert one_violation(found_after(foreign_formats, "cpp/src/io/planted.cpp", line + "\n"), "cpp/src/io/planted.cpp")


def test_a_foreign_word_is_allowed_among_the_importers(found_after):
    assert found_after(foreign_formats, "cpp/src/importers/torch/planted.cpp", 'auto x = "pickle";\n') == []


def test_a_foreign_word_in_a_comment_is_allowed(found_after):
    assert found_after(foreign_formats, "cpp/src/io/planted.cpp", "// as TensorFlow rounds it\nint x;\n") == []


@pytest.mark.parametrize(
    "line",
    [
        'std::printf("%d", 1);',
        'std::cout << "done";',
        "std::cerr << error.what();",
        'fprintf(stderr, "failed");',
        "if (failed) std::exit(1);",
        "std::abort();",
        "std::terminate();",
        'puts("done");',
    ],
)
@pytest.mark.parametrize("path", ["cpp/src/core/planted.cpp", "python/planted.cpp"])
def test_a_library_that_prints_or_ends_the_process_is_found(path, line, found_after):
    assert one_violation(found_after(library_prints_or_ends, path, line + "\n"), path)


@pytest.mark.parametrize(
    "line",
    ['std::snprintf(text, 8, "%d", 1);', "// never calls exit()", "x = trap.exit(1);", "void Communicator::abort() {}"],
)
def test_what_only_looks_like_printing_is_allowed(line, found_after):
    assert found_after(library_prints_or_ends, "cpp/src/core/planted.cpp", line + "\n") == []


@pytest.mark.parametrize("path", ["cpp/src/core/planted.cpp", "python/dpmd/planted.py", "docs/planted.md"])
@pytest.mark.parametrize("folder", ["root", "home", "work", "tmp", "usr/local"])
def test_a_path_of_one_machine_is_found(path, folder, found_after):
    assert one_violation(found_after(machine_paths, path, f'see "/{folder}/someone/file"\n'), path)


@pytest.mark.parametrize(
    "text", ["TO" + "DO: later", "FIX" + "ME", "HA" + "CK", "if (a &" + "lt; b)", "a &" + "amp;&" + "amp; b"]
)
@pytest.mark.parametrize("path", ["cpp/src/core/planted.cpp", "python/dpmd/planted.py"])
def test_an_unfinished_mark_or_escaped_text_is_found(path, text, found_after):
    violations = found_after(unfinished_marks, path, f"// {text}\n")
    assert violations
    assert all(violation.startswith(path + ":") for violation in violations)


@pytest.mark.parametrize(
    "path", ["cpp/src/cpu/tile/planted.hpp", "cpp/src/engine/planted.cpp", "cuda/local/planted.cu"]
)
@pytest.mark.parametrize(
    "line",
    [
        "template <class Real> struct PackedSeA;",
        "SeATape tape;",
        '#include "cpu/tile/se_a.hpp"',
        'const char* type = "se_e2_a";',
        "// as SE_A has it",
        "prepare_se_a(model);",
    ],
)
def test_a_descriptor_out_of_its_place_is_found(path, line, found_after):
    assert one_violation(found_after(descriptors_out_of_place, path, line + "\n"), path)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("cpp/src/cpu/tile/se_a_planted.hpp", "struct SeATape {};"),
        ("cpp/src/models/local/descriptors.hpp", "using One = SeA;"),
        ("cpp/src/engine/planted.cpp", "int base_a, close_atoms, SeAttention, research;"),
    ],
)
def test_a_descriptor_in_its_place_is_allowed(path, line, found_after):
    assert found_after(descriptors_out_of_place, path, line + "\n") == []
