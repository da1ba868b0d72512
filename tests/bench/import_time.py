"""How long `import astria_async` takes, beside `import httpx`, which it is built on. `bench_own.py` judges it.

Each import is timed in a fresh process, in turn, and the medians are compared.
"""

from __future__ import annotations

import statistics
import subprocess
import sys

RUNS = 15
MODULES = ("httpx", "astria_async")
CODE = "import time; start = time.perf_counter(); import {}; print((time.perf_counter() - start) * 1000)"


def milliseconds(module: str) -> float:
    """One import, in a process of its own."""
    done = subprocess.run([sys.executable, "-c", CODE.format(module)], check=True, capture_output=True, timeout=60)
    return float(done.stdout)


def above_httpx() -> float:
    """How many milliseconds longer ours takes. Prints both."""
    for module in MODULES:
        milliseconds(module)  # compiles what was not yet compiled
    measured: dict[str, list[float]] = {module: [] for module in MODULES}
    for _ in range(RUNS):
        for module in MODULES:
            measured[module].append(milliseconds(module))
    httpx, ours = (statistics.median(measured[module]) for module in MODULES)
    print(f"import httpx {httpx:.1f} ms, import astria_async {ours:.1f} ms, median of {RUNS}")
    return ours - httpx
