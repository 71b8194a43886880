"""CMakePresets.json can be read by the oldest CMake that the project admits, and sets options that exist."""

from __future__ import annotations

import json
import re
import shutil
import subprocess

import pytest


@pytest.fixture
def presets(root) -> dict:
    return json.loads((root / "CMakePresets.json").read_text())


def test_the_format_is_one_that_the_oldest_cmake_reads(root, presets) -> None:
    oldest = re.search(r"cmake_minimum_required\(VERSION (\d+)\.(\d+)", (root / "CMakeLists.txt").read_text())

    assert presets["version"] == 3  # since CMake 3.21
    assert presets["cmakeMinimumRequired"] == {"major": int(oldest[1]), "minor": int(oldest[2]), "patch": 0}


def test_every_option_that_a_preset_sets_is_one_of_the_project(root, presets) -> None:
    known = set(re.findall(r"^(?:option|set)\((DPMD_\w+)", (root / "CMakeLists.txt").read_text(), re.MULTILINE))
    used = {name for preset in presets["configurePresets"] for name in preset.get("cacheVariables", {})}

    assert {name for name in used if name.startswith("DPMD_")} <= known


def test_every_preset_can_be_built(presets) -> None:
    configured = {preset["name"] for preset in presets["configurePresets"] if not preset.get("hidden")}

    assert {preset["configurePreset"] for preset in presets["buildPresets"]} == configured


def test_documents_and_stages_name_presets_that_exist(root, presets) -> None:
    known = {kind: {preset["name"] for preset in presets[f"{kind}Presets"]} for kind in ("configure", "build", "test")}
    kinds = {"cmake": "configure", "cmake --build": "build", "ctest": "test"}
    named = [
        (kinds[command], name)
        for path in [*root.glob("*.md"), *root.glob("*/*.md"), root / ".ci" / "common.sh"]
        if path.is_file()
        for command, name in re.findall(r"\b(cmake --build|cmake|ctest) --preset ([\w-]+)", path.read_text())
    ]

    assert len(named) > 5
    assert [(kind, name) for kind, name in named if name not in known[kind]] == []


@pytest.mark.skipif(not shutil.which("cmake"), reason="needs cmake")
def test_cmake_reads_the_presets(root, presets) -> None:
    done = subprocess.run(["cmake", "--list-presets=all"], cwd=root, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    for kind in ("configurePresets", "testPresets"):
        for preset in presets[kind]:
            assert preset.get("hidden") or f'"{preset["name"]}"' in done.stdout
