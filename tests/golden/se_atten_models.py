"""The models of se_atten beside the repository, with DeePMD-kit's numbers for them."""

from __future__ import annotations

from pathlib import Path

from conftest import ROOT, SHARED

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
_SUFFIXES = {".pb", ".pth", ".pt", ".pt2", ".dp", ".yaml"}
MULTITASK = SHARED / "models/dpa/dpa1_multitask.pt"


def is_se_atten(path: Path) -> bool:
    """Whether an oracle model of the project is of this kind."""
    return path.name.startswith(_PREFIXES)


def project_models() -> list[Path]:
    return sorted(p for p in FOLDER.iterdir() if p.suffix in _SUFFIXES and is_se_atten(p))


def shared_models() -> list[Path]:
    """One file of each name, since the formats of one name must give one model."""
    found = {}
    for path in sorted((SHARED / "models/dpa").glob("dpa1_*"), key=lambda path: (path.stem, path.suffix == ".dp")):
        if path.suffix in _SUFFIXES and path != MULTITASK:
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
