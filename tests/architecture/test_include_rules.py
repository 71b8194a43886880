"""Includes point left; each rule finds a planted violation."""

from __future__ import annotations

import pytest

from architecture.include_rules import (
    GPU_MAY_INCLUDE,
    MAY_INCLUDE,
    bindings_see_public_headers_only,
    gpu_headers_stand_beside_their_sources,
    gpu_include_direction,
    include_cycles,
    include_direction,
    libraries_for_hosts_use_the_c_interface,
    public_headers_stand_alone,
)

RULES = [
    include_direction,
    gpu_include_direction,
    gpu_headers_stand_beside_their_sources,
    bindings_see_public_headers_only,
    public_headers_stand_alone,
    libraries_for_hosts_use_the_c_interface,
    include_cycles,
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_tree_obeys(rule, root):
    assert rule(root) == []


@pytest.mark.parametrize("layers", [MAY_INCLUDE, GPU_MAY_INCLUDE], ids=["cpp", "cuda"])
def test_layers_are_ordered(layers):
    order = list(layers)
    for folder, others in layers.items():
        assert all(order.index(other) < order.index(folder) for other in others), folder


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("cpp/src/core/planted.hpp", "math/hd.hpp"),
        ("cpp/src/math/planted.hpp", "backend/evaluate.hpp"),
        ("cpp/src/backend/planted.hpp", "engine/force_engine.hpp"),
        ("cpp/src/cpu/planted.hpp", "neighbor/lattice.hpp"),
        ("cpp/src/cpu/tile/planted.hpp", "io/json.hpp"),
        ("cpp/src/neighbor/planted.hpp", "cpu/cell_grid.hpp"),
        ("cpp/src/md/planted.hpp", "cpu/items.hpp"),
        # what one file may name its neighbour must not, and no file may name more
        ("cpp/src/engine/planted.cpp", "cpu/instruction_set.hpp"),
        ("cpp/src/engine/devices.cpp", "cpu/cpu_backend.hpp"),
        ("cpp/src/backend/registry.cpp", "cpu/instruction_set.hpp"),
    ],
)
def test_an_include_to_the_right_is_found(path, target, found_after):
    violations = found_after(include_direction, path, f'#include "{target}"\n')
    assert len(violations) == 1
    assert path in violations[0]
    assert target in violations[0]


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("cuda/queue.hpp", "nets/layers.hpp"),
        ("cuda/platform/planted.hpp", "queue.hpp"),
        ("cuda/platform/planted.hpp", "nets/layers.hpp"),
        ("cuda/units/planted.hpp", "gpu_platform.hpp"),
        ("cuda/nets/planted.hpp", "local/environment.hpp"),
        ("cuda/nets/planted.hpp", "lists/scan.hpp"),
        ("cuda/lists/planted.cu", "motion/measures.hpp"),
        ("cuda/local/planted.cu", "gpu_backend.hpp"),
        # what a backend must not include from cpp/src
        ("cuda/local/planted.cu", "engine/force_engine.hpp"),
        ("cuda/local/planted.cu", "cpu/cpu_backend.hpp"),
        ("cuda/local/planted.cu", "environment.hpp"),
    ],
)
def test_an_include_to_the_right_is_found_in_cuda(path, target, found_after):
    violations = found_after(gpu_include_direction, path, f'#include "{target}"\n')
    assert len(violations) == 1
    assert path in violations[0]
    assert target in violations[0]


@pytest.mark.parametrize("target", ["gpu_platform.hpp", "queue.hpp", "nets/layers.hpp", "models/model_data.hpp"])
def test_an_include_to_the_left_is_allowed_in_cuda(target, found_after):
    assert found_after(gpu_include_direction, "cuda/local/planted.cu", f'#include "{target}"\n') == []


def test_a_folder_of_cuda_outside_the_scheme_is_found(found_after):
    violations = found_after(gpu_include_direction, "cuda/kernels/planted.cu", '#include "queue.hpp"\n')
    assert len(violations) == 1
    assert "not one of units, platform, nets, lists, motion, local" in violations[0]


def test_a_header_of_cuda_away_from_its_source_is_found(plant):
    plant("cuda/planted.hpp", "")
    violations = gpu_headers_stand_beside_their_sources(plant("cuda/local/planted.cu", ""))
    assert violations == ["cuda/local/planted.cu: its header stands in cuda/"]


def test_an_include_to_the_left_is_allowed(found_after):
    assert found_after(include_direction, "cpp/src/md/planted.hpp", '#include "core/array.hpp"\n') == []


def test_an_include_in_a_comment_is_none(found_after):
    assert found_after(include_direction, "cpp/src/core/planted.hpp", '/*\n#include "md/state.hpp"\n*/\n') == []


@pytest.mark.parametrize(
    ("path", "target", "complaint"),
    [
        ("cpp/src/cpu/planted.hpp", "verbs.hpp", "not written as folder/file"),
        ("cpp/src/cpu/planted.hpp", "../core/array.hpp", "not written as folder/file"),
        ("cpp/src/cpu/planted.hpp", "core/no_such_file.hpp", "not in the tree"),
        ("cpp/src/utils/planted.hpp", "core/array.hpp", "not one of the layers"),
    ],
)
def test_an_include_outside_the_scheme_is_found(path, target, complaint, found_after):
    violations = found_after(include_direction, path, f'#include "{target}"\n')
    assert len(violations) == 1
    assert complaint in violations[0]


@pytest.mark.parametrize("line", ['#include "core/array.hpp"', "#include <omp.h>", "#include <unistd.h>"])
def test_a_public_header_that_includes_more_is_found(line, found_after):
    violations = found_after(public_headers_stand_alone, "cpp/include/dpmd/planted.hpp", f"#include <vector>\n{line}\n")
    assert len(violations) == 1
    assert "cpp/include/dpmd/planted.hpp:2" in violations[0]


@pytest.mark.parametrize("target", ["core/text.hpp", "dpmd/potential.hpp"])
@pytest.mark.parametrize("library", ["cpp/deepmd", "cpp/lammps"])
def test_a_library_for_hosts_that_reaches_inside_is_found(library, target, found_after):
    path = f"{library}/planted.cpp"
    violations = found_after(libraries_for_hosts_use_the_c_interface, path, f'#include "{target}"\n')
    assert violations == [f'{path}:1: {library}/ must not include "{target}"']


def test_a_binding_that_reaches_inside_is_found(found_after):
    violations = found_after(
        bindings_see_public_headers_only, "python/planted.cpp", '#include "model/force_engine.hpp"\n'
    )
    assert len(violations) == 1
    assert "python/planted.cpp:1" in violations[0]


def test_a_cycle_is_found(found_after):
    found_after(include_cycles, "cpp/src/core/first.hpp", '#include "core/second.hpp"\n')
    violations = found_after(include_cycles, "cpp/src/core/second.hpp", '#include "core/first.hpp"\n')
    assert violations == ["core/first.hpp -> core/second.hpp -> core/first.hpp"]


def test_a_cycle_is_found_in_cuda(found_after):
    found_after(include_cycles, "cuda/nets/first.hpp", '#include "nets/second.hpp"\n')
    violations = found_after(include_cycles, "cuda/nets/second.hpp", '#include "nets/first.hpp"\n')
    assert violations == ["nets/first.hpp -> nets/second.hpp -> nets/first.hpp"]
