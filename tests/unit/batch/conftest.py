"""What the tests of batches share."""

from __future__ import annotations

from pathlib import Path

import pytest

from ...support.batches import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A service, and an empty folder."""
    return World(tmp_path)
