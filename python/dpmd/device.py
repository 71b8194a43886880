"""The GPUs of this machine."""

from __future__ import annotations

from dataclasses import dataclass

from dpmd import _core

__all__ = ["Device", "devices"]


@dataclass(frozen=True)
class Device:
    """A GPU, or a kind of GPU of which no device can be used."""

    name: str
    """The name for ``Potential(device=...)``: ``"cuda:0"``, or ``"cuda"`` for a kind without devices."""
    product: str
    """Such as ``"NVIDIA H200"``."""
    architecture: str
    """Such as ``"sm_90"``."""
    memory_bytes: int
    unusable: str
    """Why it cannot be used, and what to do about it; empty if it can be used."""

    def __str__(self) -> str:
        if self.unusable:
            return f"not usable: {self.unusable}"
        return f"{self.product}, {self.architecture}, {self.memory_bytes / 2**30:.1f} GiB"


def devices() -> list[Device]:
    """The GPUs of this machine, and the reason for each kind (``"cuda"``, ``"hip"``) that has none."""
    return [Device(*fields) for fields in _core.devices()]
