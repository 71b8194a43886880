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
# What runs, and the tolerance: single is what DeePMD-kit evaluated in it.
RUNS = {
    "hybrid-": "double",
    "cu_v2_16": "single",
    r"se_e2_a-case\.": "double",
    r"se_e2_a-fparam-": "double",
    "se_e2_r": "double",
    r"se_e3\.": "double",
    "mixedprec": "single",
    "srtab": "pair_table",
}
SE_ATTEN = re.compile(r"dpa1_(?!_)|v2_30|se_e2_a\+tebd")  # test_se_atten.py
# test_local_frame.py, as DeePMD-kit's forces are not always right; test_linear_combination.py, as it has no numbers;
# test_se_t_tebd.py
OWN_TEST = "loc_frame|cu_v2_11|linear_pairtab|se_e3_tebd"
KINDS = {
    "spin_dpa3": r"a spin model with the descriptor dpa3 \(DPA-3\)",
    "spin_se_e2_a": "a spin model is",
    "dpa4c_spin": "a spin model with the descriptor dpa4c",
    "dpa4c": "the descriptor dpa4c",
    "dpa4": r"the descriptor dpa4 \(DPA-4\)",
    "dpa1__dipole": "a dipole model is",
    "dpa1__polar": r"a polarizability model \(polar\) is",
    "dpa1__property": "a property model is",
    "dpa2": r"the descriptor dpa2 \(DPA-2\)",
    "dpa3": r"the descriptor dpa3 \(DPA-3\)",
    r"(hybrid|se_e2_a)__dipole|dipole\.": "a dipole model is",
    "hybrid__polar": r"a polarizability model \(polar\) is",
    r"(hybrid|se_e2_a)__dos|dos\.": r"a density-of-states model \(dos\) is",
    "(hybrid|se_e2_a)__property": "a property model is",
}


def shared_models() -> list[Path]:
    """All of them; HDF5 files take a process each, and one of each kind in these folders is enough."""
    found, kinds = [], set()
    every = [p for folder in FOLDERS for p in (SHARED / "models" / folder).glob("*") if p.suffix in SUFFIXES]
    for path in sorted(path for path in every if not SE_ATTEN.match(path.name)):
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
        with pytest.raises(
            dpmd.InputError, match=rf"{kind}.* not supported; dpmd runs se_e2_a, se_e2_r, se_e3, se_atten, "
        ):
            import_model(model)
        return
    potential = dpmd.Potential(model, device=DEVICE)

    found = {name: deviation(potential, system) for name, system in systems(oracle_of(model)).items()}

    assert found
    assert not {name: d for name, d in found.items() if not d.within(TOLERANCES[tolerance])}
