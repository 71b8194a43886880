"""The models of se_atten beside the repository, with DeePMD-kit's numbers for them, and who evaluates them here."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from conftest import ROOT, SHARED
from dpmd.errors import InputError
from dpmd.importers import import_model
from dpmd.models.file import check_model, model_bytes

FOLDER = ROOT / "tests/data/oracle"
_PREFIXES = (
    "attention_",
    "stripped",
    "types_",
    "pt_attention",
    "pt_stripped",
    "pt_degrees",
    "pt_electrons",
    "pt_edges",
)
_SUFFIXES = {".pb", ".pth", ".pt", ".dp", ".yaml"}
_OUTSIDE = {"dpa1_multitask.pt"}  # needs the name of a head
_ENERGIES_ONLY = "_dict"  # the program of the model dictionary has no forces


def is_se_atten(path: Path) -> bool:
    """Whether an oracle model of the project is of this kind."""
    return path.name.startswith(_PREFIXES)


def project_models() -> list[Path]:
    return sorted(p for p in FOLDER.iterdir() if p.suffix in _SUFFIXES and is_se_atten(p))


def shared_models() -> list[Path]:
    """One file of each name, since the formats of one name must give one model."""
    found = {}
    for path in sorted((SHARED / "models/dpa").glob("dpa1_*"), key=lambda path: (path.stem, path.suffix == ".dp")):
        if path.suffix in _SUFFIXES and path.name not in _OUTSIDE:
            found.setdefault(oracle_of(path), path)
    tensorflow = SHARED / "models/local/se_e2_a+tebd.pb"
    return [*found.values(), *([tensorflow] if tensorflow.exists() else [])]


def oracle_of(model: Path) -> Path:
    """DeePMD-kit's numbers: beside a model of the project; TensorFlow's own where there are some."""
    if model.parent == FOLDER:
        return model.with_suffix(".npz")
    folder = SHARED / "oracle" / model.parent.name
    own = folder / f"{model.stem}_pb.npz"
    return own if model.suffix == ".pb" and own.exists() else folder / f"{model.stem}.npz"


@cache
def core_runs_se_atten() -> bool:
    """Whether the core reads such models; until it does, the NumPy reference stands for it."""
    try:
        check_model(model_bytes(import_model(FOLDER / "stripped_hard.pb")), "model")
    except InputError as error:
        return "cannot be run" not in str(error)
    return True
