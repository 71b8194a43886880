"""The shared models of se_e3_tebd, with DeePMD-kit's numbers for them."""

from __future__ import annotations

from pathlib import Path

from conftest import SHARED

_SUFFIXES = {".pth", ".pt", ".dp", ".yaml"}


def shared_models() -> list[Path]:
    """Every file."""
    return sorted(path for path in (SHARED / "models/dpa23").glob("se_e3_tebd*") if path.suffix in _SUFFIXES)


def oracle_of(model: Path) -> Path:
    """All formats of a name are one model."""
    return SHARED / "oracle/dpa23" / f"{model.stem.removesuffix('_ptexpt')}.npz"
