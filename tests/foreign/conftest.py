"""`astria-async mock` in a process of its own, for clients that know nothing of ours."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parents[2] / "astria_async" / "cli" / "samples"


@pytest.fixture(scope="session")
def base_url() -> Iterator[str]:
    """Where it listens. Training and rendering take no time."""
    command = [sys.executable, "-m", "astria_async", "mock", "--port", "0", "--fast", "1e9"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().split("listens on ")[1].split(",")[0]
        process.terminate()


@pytest.fixture(scope="session")
def pictures() -> list[Path]:
    """Two pictures on disk."""
    return sorted(SAMPLES.glob("*.jpg"))[:2]
