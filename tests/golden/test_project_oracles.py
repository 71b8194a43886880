"""Our results equal DeePMD-kit's, for small models that cover one corner of the mathematics each.

``tests/data/oracle/README.md`` says what each model is for. These files are part of the repository: every user runs
these tests.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import dpmd
from golden.oracles import DEVICE, TOLERANCES, deviation, systems
from golden.se_atten_models import is_se_atten
from model_files.release_0_12 import as_release_0_12

FOLDER = Path(__file__).resolve().parents[1] / "data" / "oracle"
MODELS = sorted(
    p for p in FOLDER.iterdir() if p.suffix in {".pb", ".pth", ".pt", ".dp", ".yaml"} and not is_se_atten(p)
)
# Evaluated by DeePMD-kit in float32; everything else in double.
SINGLE = {"single"}


def tolerance_of(model: Path) -> str:
    if model.stem.startswith("srtab"):
        return "pair_table"
    return "single" if model.stem in SINGLE else "double"


@pytest.mark.parametrize("model", MODELS, ids=lambda path: path.name)
def test_every_system_equals_deepmd_kit(model: Path) -> None:
    overflow = "keep_nearest" if "overflow" in model.stem else "error"
    potential = dpmd.Potential(model, overflow=overflow, device=DEVICE)
    tolerance = TOLERANCES[tolerance_of(model)]

    found = {name: deviation(potential, system) for name, system in systems(model.with_suffix(".npz")).items()}

    assert found
    assert not {name: d for name, d in found.items() if not d.within(tolerance)}


@pytest.mark.parametrize("model", MODELS, ids=lambda path: path.name)
def test_converting_changes_no_bit(model: Path, tmp_path: Path) -> None:
    from dpmd.importers import import_model

    import_model(model).save(tmp_path / "model.dpmd")
    name, system = next(iter(systems(model.with_suffix(".npz")).items()))
    frame = (system["positions"], system["types"], system.get("cell"))
    parameters = {key: system[key] for key in ("fparam", "aparam") if key in system}

    direct, converted = (
        dpmd.Potential(path, overflow="keep_nearest", device=DEVICE).compute(*frame, **parameters)
        for path in (model, tmp_path / "model.dpmd")
    )

    assert direct.energy == converted.energy, name
    assert (direct.forces == converted.forces).all(), name


def test_a_graph_of_release_0_12_equals_deepmd_kit(tmp_path: Path) -> None:
    from support.graph_messages import graph_class

    graph = graph_class().FromString((FOLDER / "gelu_pairs.pb").read_bytes())
    as_release_0_12(graph)
    (tmp_path / "old.pb").write_bytes(graph.SerializeToString())
    potential = dpmd.Potential(tmp_path / "old.pb", device=DEVICE)

    found = {name: deviation(potential, system) for name, system in systems(FOLDER / "gelu_pairs.npz").items()}

    assert found
    assert not {name: d for name, d in found.items() if not d.within(TOLERANCES["double"])}
