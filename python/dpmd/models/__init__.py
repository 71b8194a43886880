"""Trained models as plain data, and their files (docs/model-format.md)."""

from dpmd.models.spec import ModelSpec

__all__ = ["ModelSpec"]
