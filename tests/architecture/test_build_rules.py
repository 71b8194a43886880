"""Sources are listed, headers are self-contained, instruction sets stay apart; each rule finds a planted violation."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from architecture.build_rules import (
    COMPILER,
    headers,
    headers_that_need_others,
    instruction_sets,
    leaked_half_symbols,
    leaked_tile_symbols,
    unlisted_sources,
)

needs_compiler = pytest.mark.skipif(shutil.which(COMPILER) is None, reason=f"needs a C++ compiler ({COMPILER})")
needs_nm = pytest.mark.skipif(shutil.which("nm") is None, reason="needs nm (binutils)")


def test_every_source_is_listed(root):
    assert unlisted_sources(root) == []


@pytest.mark.parametrize(
    "path",
    ["cpp/src/core/planted.cpp", "python/planted.cpp", "bench/bench_planted.cpp", "tests/unit/core/test_planted.cpp"],
)
def test_a_source_that_is_not_listed_is_found(path, found_after):
    assert [violation.split(" ")[0] for violation in found_after(unlisted_sources, path, "int planted;\n")] == [path]


def test_a_listed_name_does_not_cover_a_part_of_it(found_after):
    violations = found_after(unlisted_sources, "cpp/src/core/errors.cp.cpp", "int planted;\n")
    assert violations == ["cpp/src/core/errors.cp.cpp is not named in cpp/CMakeLists.txt"]


def test_a_globbed_list_is_found(found_after):
    violations = found_after(unlisted_sources, "cpp/CMakeLists.txt", "file(GLOB sources src/*.cpp)\n")
    assert violations == ["cpp/CMakeLists.txt lists files by a pattern"]


@needs_compiler
def test_every_header_compiles_alone(root):
    assert headers_that_need_others(root) == []


@needs_compiler
@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("cpp/src/core/planted.hpp", "#pragma once\nnamespace dpmd { std::string planted(); }\n"),
        ("cpp/src/core/planted.hpp", "struct Planted {};\n"),  # twice in a row
        ("cpp/include/dpmd/planted.hpp", '#pragma once\n#include "core/array.hpp"\n'),
        ("cpp/include/dpmd/planted.h", "#ifndef PLANTED\n#define PLANTED\nbool planted();\n#endif\n"),
        ("cpp/src/cpu/tile/planted.hpp", "#pragma once\nusing Four = dpmd::cpu::DPMD_ISA::Vector<double>;\n"),
    ],
    ids=["needs_string", "no_guard", "public_includes_inside", "not_c", "tile_needs_vector"],
)
def test_a_header_that_does_not_compile_alone_is_found(path, text, plant):
    tree = plant(path, text)
    assert path in headers(tree)
    violations = headers_that_need_others(tree, [path])
    assert len(violations) == 1
    assert violations[0].startswith(path)


def test_instruction_sets_are_read_from_the_build(root):
    sets = instruction_sets(root)
    assert sets
    assert all(int(size) >= 16 for size, _ in sets.values())
    if "avx512" in sets:
        assert sets["avx512"][0] == "64"
        assert "-mavx512f" in sets["avx512"][1]


@needs_compiler
@needs_nm
@pytest.mark.parametrize("optimization", ["-O2", "-O3"])
def test_an_instruction_set_defines_no_symbol_outside_its_namespace(optimization, root, tmp_path):
    for name in instruction_sets(root):
        assert leaked_tile_symbols(root, name, optimization, tmp_path) == []


@needs_compiler
@needs_nm
@pytest.mark.skipif("avx512" not in instruction_sets(Path(__file__).parents[2]), reason="needs an x86-64 compiler")
@pytest.mark.parametrize("source", ["half_avx512_bf16.cpp", "half_amx.cpp"])
def test_a_unit_for_bfloat16_defines_no_symbol_but_its_own(source, root, tmp_path):
    assert leaked_half_symbols(root, source, "-O2", tmp_path) == []


@needs_compiler
@needs_nm
def test_a_leaked_symbol_is_found(plant, tmp_path):
    formula = "namespace dpmd { [[gnu::noinline]] inline double planted(double x) { return x * x; } }\n"
    use = "namespace dpmd::cpu::DPMD_ISA { double used(double x) { return planted(x); } }\n"
    tree = plant("cpp/src/cpu/tile/evaluate_tile.cpp", formula + use)
    name = list(instruction_sets(tree))[-1]
    violations = leaked_tile_symbols(tree, name, "-O2", tmp_path)
    assert violations == [f"{name} at -O2 defines dpmd::planted(double)"]
