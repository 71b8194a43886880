"""Our results for se_e3_tebd equal DeePMD-kit's, in every format; test_descriptors.py has more about its models."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import dpmd
from dpmd.importers import import_model
from dpmd.models.file import model_bytes
from dpmd.models.spec import Source
from golden.oracles import DEVICE, TOLERANCES, deviation, systems
from golden.se_t_tebd_models import oracle_of, shared_models


@pytest.mark.parametrize("model", shared_models(), ids=lambda path: path.name)
def test_every_system_equals_deepmd_kit(model: Path) -> None:
    potential = dpmd.Potential(model, device=DEVICE)

    found = {name: deviation(potential, one) for name, one in systems(oracle_of(model)).items()}

    assert found
    assert not {name: d for name, d in found.items() if not d.within(TOLERANCES["double"])}


@pytest.mark.parametrize("suffix", [".pth", ".yaml", "_ptexpt.pt"])
def test_formats_of_one_name_are_one_model(shared: Path, suffix: str) -> None:
    def bare(name: str) -> bytes:
        spec = import_model(shared / "models/dpa23" / name)
        return model_bytes(replace(spec, source=Source("x"), training_script=None, min_neighbor_distance=None))

    assert bare(f"se_e3_tebd_concat{suffix}") == bare("se_e3_tebd_concat.dp")
