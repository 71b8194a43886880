"""The GPUs of this machine."""

from __future__ import annotations

from dataclasses import dataclass

from dpmd import _core

__all__ = ["Device", "devices"]


@dataclass(frozen=True)
class Device:
    """A GPU, or a kind of GPU of which none can be used."""

    name: str
    """As ``Potential(device=...)`` takes it: ``"cuda:0"``; of a kind without devices ``"cuda"``."""
    product: str
    """``"NVIDIA H200"``."""
    architecture: str
    """``"sm_90"``."""
    memory_bytes: int
    unusable: str
    """Why it cannot be used, and what to do about it; empty: it can."""

    def __str__(self) -> str:
        if self.unusable:
            return f"not usable: {self.unusable}"
        return f"{self.product}, {self.architecture}, {self.memory_bytes / 2**30:.1f} GiB"


def devices() -> list[Device]:
    """The GPUs of this machine, and for each kind (``"cuda"``, ``"hip"``) without one the reason."""
    return [Device(*fields) for fields in _core.devices()]
