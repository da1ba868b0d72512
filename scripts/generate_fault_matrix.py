"""Writes docs/faults.md: what is on the server and what the caller was told, whatever goes wrong with a call.

python scripts/generate_fault_matrix.py           # writes it
python scripts/generate_fault_matrix.py --check   # exits 1 if it is not what would be written

Every cell is played by the same functions as in the tests. Nothing is written where one breaks a promise.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "docs" / "faults.md"

sys.path.insert(0, str(ROOT))  # before the import that needs it

from tests.faults.table import play, rendered


def main() -> int:
    logging.disable()  # what the client has to say of so many faults
    matrix = play()
    broken = [f"{place}: {cell.complaints}" for place, cell in matrix.items() if cell.complaints]
    if broken:
        print("\n".join(broken), file=sys.stderr)
        return 1
    page = rendered(matrix)
    if "--check" not in sys.argv:
        TARGET.write_text(page, encoding="utf-8")
        return 0
    if TARGET.exists() and TARGET.read_text(encoding="utf-8") == page:
        return 0
    print(f"{TARGET.name} is out of date: run python scripts/{Path(__file__).name}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
