"""Fixtures of the tests of structure files."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def structures(root) -> Path:
    """Small files that were once misread."""
    return root / "tests" / "data" / "structure"
