"""How long `import astria_async` takes, beside `import httpx`, which it is built on.

    python tests/benchmarks/import_time.py

Each import is timed in a fresh process, in turn, and the median is shown. Nothing is judged here.
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


def main() -> None:
    """Measure and print."""
    for module in MODULES:
        milliseconds(module)  # compiles what was not yet compiled
    measured: dict[str, list[float]] = {module: [] for module in MODULES}
    for _ in range(RUNS):
        for module in MODULES:
            measured[module].append(milliseconds(module))
    httpx, ours = (statistics.median(measured[module]) for module in MODULES)
    print(f"import httpx         {httpx:6.1f} ms, median of {RUNS}")
    print(f"import astria_async  {ours:6.1f} ms: {ours / httpx:.2f} times as long, {ours - httpx:+.1f} ms")


if __name__ == "__main__":
    main()
