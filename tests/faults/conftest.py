"""The matrix as it is in memory, played once for all tests that compare something with it."""

from __future__ import annotations

import pytest

from .table import Matrix, play


@pytest.fixture(scope="session")
def matrix() -> Matrix:
    return play()


@pytest.fixture
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loopback is reached directly, whatever this machine's settings are."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
