"""docs/faults.md is what the matrix is."""

from __future__ import annotations

from pathlib import Path

from .operations import OPERATIONS
from .script import ROWS
from .table import Matrix, rendered

PAGE = Path(__file__).parent.parent.parent / "docs" / "faults.md"


def test_the_page_is_up_to_date(matrix: Matrix) -> None:
    """If not: `python scripts/generate_fault_matrix.py`."""
    assert PAGE.read_text(encoding="utf-8") == rendered(matrix)


def test_no_two_rows_and_no_two_columns_have_one_name() -> None:
    for names in ([row.name for row in ROWS], [operation.name for operation in OPERATIONS]):
        assert len(set(names)) == len(names)


def test_a_create_is_told_as_made_once_and_never_twice(matrix: Matrix) -> None:
    """The promise, read off the page's own cells."""
    for operation in OPERATIONS:
        cells = [cell for (_, name, _), cell in matrix.items() if name == operation.name]
        assert {cell.objects for cell in cells} <= ({None} if operation.count is None else {0, 1})
        if operation.makes:
            mixed = {"another request's answer, not processed"} if operation.is_mute else set()  # it cannot be told
            done = {row: cell for (row, name, _), cell in matrix.items() if name == operation.name}
            assert {cell.objects for row, cell in done.items() if cell.got in ("ok", "found") and row not in mixed} == {
                1
            }
            told_of_none = {cell.objects for cell in cells if not cell.got.startswith(("ok", "found", "un"))}
            assert told_of_none == {0}


def test_findable_creates_are_never_left_unknown_while_looking_works(matrix: Matrix) -> None:
    findable = [operation.name for operation in OPERATIONS if operation.looked_for]
    unknown = {row for (row, name, _), cell in matrix.items() if name in findable and cell.got.startswith("unknown")}
    assert unknown
    assert {row for row in unknown if "look-up" not in row} == set()
