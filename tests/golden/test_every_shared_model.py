"""Every shared model either gives DeePMD-kit's numbers or is refused by its kind, in words that say what it is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import dpmd
from conftest import SHARED
from dpmd.importers import import_model
from golden.oracles import DEVICE, TOLERANCES, deviation, systems

FOLDERS = ("local", "dpa", "dpa23", "published")
SUFFIXES = {".pb", ".pth", ".pt", ".pt2", ".dp", ".yaml"}
# What runs, and the tolerance: mixed precision was evaluated by DeePMD-kit in single.
RUNS = {
    r"hybrid-se_a\.": "double",
    r"se_e2_a-case\.": "double",
    r"se_e2_a-fparam-": "double",
    "se_e2_r": "double",
    "mixedprec": "single",
}
OWN_TEST = "loc_frame|cu_v2_11"  # test_local_frame.py: DeePMD-kit's forces are not always right
KINDS = {
    "spin_dpa3": r"a spin model with the descriptor dpa3 \(DPA-3\)",
    "spin_se_e2_a": "a spin model is",
    "dpa4c_spin": "a spin model with the descriptor dpa4c",
    "dpa4c": "the descriptor dpa4c",
    "dpa4": r"the descriptor dpa4 \(DPA-4\)",
    "dpa1_multitask": r"\(DPA-1\), in every head \('bulk', 'mol'\)",
    "dpa1__dipole": r"a dipole model with the descriptor se_atten \(DPA-1\)",
    "dpa1__polar": r"a polarizability model \(polar\) with the descriptor se_atten",
    "dpa1__property": "a property model with the descriptor se_atten",
    "dpa1|v2_30": r"the descriptor se_atten(_v2)? \(DPA-1\)",
    "dpa2": r"the descriptor dpa2 \(DPA-2\)",
    "dpa3": r"the descriptor dpa3 \(DPA-3\)",
    "hybrid__dipole": r"a dipole model with the descriptor hybrid \(se_e2_a, se_e2_a\)",
    "hybrid__polar": r"a polarizability model \(polar\) with the descriptor hybrid",
    "hybrid__dos": r"a density-of-states model \(dos\) with the descriptor hybrid",
    "hybrid__property": "a property model with the descriptor hybrid",
    "hybrid-se_a-se_a": r"the descriptor hybrid \(se_e2_a, se_e2_a\)",
    "hybrid|cu_v2_16": r"the descriptor hybrid \(se_e2_a, se_e2_r\)",
    r"se_e2_a__dipole|dipole\.": "a dipole model is",
    r"se_e2_a__dos|dos\.": r"a density-of-states model \(dos\) is",
    "se_e2_a__property": "a property model is",
    "se_e3_tebd": "the descriptor se_e3_tebd",
    "se_e3": "the descriptor se_e3",
    "linear_pairtab": r"a linear combination of models \(se_atten \(DPA-1\), pair table\)",
    r"se_e2_a\+tebd": "a type embedding",
    "srtab": "a short-range pair table",
}


def shared_models() -> list[Path]:
    """All of them; HDF5 files take a process each, and one of each kind in these folders is enough."""
    found, kinds = [], set()
    for path in sorted(p for folder in FOLDERS for p in (SHARED / "models" / folder).glob("*") if p.suffix in SUFFIXES):
        kind = re.match(r"[a-z0-9]+(_e\d_tebd)?", path.name)[0]
        if re.match(OWN_TEST, path.name):
            continue
        if path.suffix == ".dp" and path.parent.name != "local" and kind in kinds:
            continue
        if path.suffix == ".dp":
            kinds.add(kind)
        found.append(path)
    return found


def first_match(name: str, table: dict[str, str]) -> str | None:
    return next((value for pattern, value in table.items() if re.match(pattern, name)), None)


def oracle_of(model: Path) -> Path:
    """TensorFlow's own numbers where there are some."""
    folder = SHARED / "oracle" / model.parent.name
    own = folder / f"{model.stem}_pb.npz"
    return own if model.suffix == ".pb" and own.exists() else folder / f"{model.stem}.npz"


@pytest.mark.parametrize("model", shared_models(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_it_runs_or_is_refused_by_its_kind(model: Path) -> None:
    tolerance = first_match(model.name, RUNS)
    if tolerance is None:
        kind = first_match(model.name, KINDS)
        with pytest.raises(dpmd.InputError, match=rf"{kind}.* not supported; dpmd runs se_e2_a, se_e2_r and "):
            import_model(model)
        return
    potential = dpmd.Potential(model, device=DEVICE)

    found = {name: deviation(potential, system) for name, system in systems(oracle_of(model)).items()}

    assert found
    assert not {name: d for name, d in found.items() if not d.within(TOLERANCES[tolerance])}
