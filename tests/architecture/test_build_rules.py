"""Sources are listed, headers are self-contained; each rule finds a planted violation."""

from __future__ import annotations

import shutil

import pytest

from architecture.build_rules import (
    COMPILER,
    headers_left_to_compile,
    headers_that_need_others,
    unlisted_sources,
)

needs_compiler = pytest.mark.skipif(shutil.which(COMPILER) is None, reason=f"needs a C++ compiler ({COMPILER})")


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


@pytest.mark.parametrize(("guard", "source"), [("#pragma once\n", ""), ("", '#include "core/planted.hpp"\n')])
def test_a_header_without_a_guard_or_a_source_is_left_to_compile(guard, source, plant):
    plant("cpp/src/core/planted.cpp", source)
    assert "cpp/src/core/planted.hpp" in headers_left_to_compile(plant("cpp/src/core/planted.hpp", guard))


def test_the_source_of_a_guarded_header_shows_that_it_compiles_alone(plant):
    plant("cpp/src/core/planted.cpp", '#include "core/planted.hpp"\n')
    assert "cpp/src/core/planted.hpp" not in headers_left_to_compile(
        plant("cpp/src/core/planted.hpp", "#pragma once\n")
    )


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
    assert path in headers_left_to_compile(tree)
    violations = headers_that_need_others(tree, [path])
    assert len(violations) == 1
    assert violations[0].startswith(path)
