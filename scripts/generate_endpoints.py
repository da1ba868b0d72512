"""Writes docs/endpoints.md: every known endpoint of the service, the method for it, and the test that covers it.

    python scripts/generate_endpoints.py           # writes it
    python scripts/generate_endpoints.py --check   # exits 1 if it is not what would be written

The endpoints and their grades are those of the facts that the SDK is written against; the methods and tests are read
off the marks in tests/contract, each of which is checked to have reached its endpoint when its test runs.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from attrs import frozen

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "docs" / "endpoints.md"
CONTRACT = ROOT / "tests" / "contract"

#: D: documented by the vendor. V: not documented, but the vendor's own clients rely on it. I: inferred.
ENDPOINTS = {
    "POST /tunes": "D",
    "GET /tunes": "D",
    "GET /tunes/:id": "D",
    "PATCH /tunes/:id": "V",
    "DELETE /tunes/:id": "D",
    "POST /tunes/:id/prompts": "D",
    "GET /tunes/:id/prompts": "D",
    "GET /prompts": "D",
    "GET /tunes/:id/prompts/:id": "D",
    "GET /prompts/:id": "V",
    "PATCH /tunes/:id/prompts/:id": "V",
    "POST /prompts/:id/duplicate": "D",
    "DELETE /tunes/:id/prompts/:id": "D",
    "DELETE /prompts/:id": "D",
    "POST /prompts/:id/likes": "D",
    "DELETE /prompts/:id/likes": "I",
    "GET /packs": "D",
    "GET /gallery/packs": "D",
    "GET /p/:id": "D",
    "POST /p/:id/tunes": "D",
    "POST /packs": "V",
    "POST /images/inspect": "D",
    "POST /themes": "D",
    "GET /gallery/tunes": "V",
    "GET /users": "V",
    "GET /workspaces": "V",
    "POST /workspaces": "V",
    "GET /workspaces/:id": "V",
    "PATCH /workspaces/:id": "V",
    "GET /cli/models": "V",
    "POST /images/class_name": "V",
    "POST /images/describe": "V",
    "POST /videos/inspect": "V",
    "GET /videos/inspect/:id": "V",
    "POST /api/direct_uploads": "V",
}

HEAD = """# Endpoints

Written by `scripts/generate_endpoints.py`: do not edit. Grades: **D** documented by the vendor, **V** not documented, but
the vendor's own clients rely on it, **I** inferred and never confirmed. Each test runs against the stand-in in memory,
on asyncio and on trio, and over HTTP. What has no method goes through `astria.request(...)`.

| endpoint | grade | method | test |
|---|---|---|---|
"""


@frozen
class Covered:
    """An endpoint, the method that a test reached it by, and the test."""

    endpoint: str
    method: str
    test: str


def covered() -> Iterator[Covered]:
    """What the marks in tests/contract say."""
    for path in sorted(CONTRACT.glob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.AsyncFunctionDef):
                continue
            for mark in node.decorator_list:
                if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.endpoint":
                    endpoint = ast.literal_eval(mark.args[0])
                    by = ast.literal_eval(mark.keywords[0].value)
                    yield Covered(endpoint, by, f"{path.relative_to(ROOT).as_posix()}::{node.name}")


def rendered() -> str:
    """The text of the page."""
    rows = {endpoint: [one for one in covered() if one.endpoint == endpoint] for endpoint in ENDPOINTS}
    lines = []
    for endpoint, grade in ENDPOINTS.items():
        methods = sorted({f"`{one.method}`" for one in rows[endpoint]})
        tests = [f"`{one.test}`" for one in rows[endpoint]]
        lines.append(f"| `{endpoint}` | {grade} | {' '.join(methods)} | {'<br>'.join(tests)} |\n")
    return HEAD + "".join(lines)


def main() -> int:
    if "--check" not in sys.argv:
        TARGET.write_text(rendered(), encoding="utf-8")
        return 0
    if TARGET.exists() and TARGET.read_text(encoding="utf-8") == rendered():
        return 0
    print(f"{TARGET.name} is out of date: run python scripts/generate_endpoints.py", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
