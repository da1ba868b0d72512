"""What the fake holds, as a file: it is kept while the mock runs, and restored when the mock starts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import frozen

from ..._runtime.files import write_atomically
from .._errors import CommandError
from .._exit_codes import MISUSED

if TYPE_CHECKING:
    from ...testing import FakeAstria


@frozen
class SavedState:
    """What was read from a file, and what time it was for the fake when it was written."""

    path: Path
    now: datetime
    data: Mapping[str, Any]

    def restore(self, fake: FakeAstria) -> None:
        """Put it into a fake that is new. Raises CommandError if it is not what a fake wrote; the file stays as it is."""
        try:
            fake.restore(self.data)
        except ValueError as error:
            raise _refused(self.path, str(error)) from None


def read_state(path: Path) -> SavedState | None:
    """Read the file; None if the file does not exist. Raises CommandError if it holds something else; the file stays as it is."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CommandError(f"--state {path}: {error.strerror}", MISUSED) from None
    except (ValueError, RecursionError) as error:
        raise _refused(path, f"this is not valid JSON: {error}") from None
    if not isinstance(data, dict):
        raise _refused(path, "this is not a JSON object")
    try:
        now = datetime.fromisoformat(str(data.get("now")))
    except ValueError:
        now = datetime.min
    if now.tzinfo is None:  # the fake's own check would come too late: its clock starts at this time
        raise _refused(path, "this is not a state that `astria-async mock` wrote")
    return SavedState(path, now, data)


def write_state(path: Path, data: Mapping[str, Any]) -> None:
    """Write what `FakeAstria.dump()` gave. Only the owner can read the file: it holds the keys that made the objects.

    Raises OSError.
    """
    write_atomically(path, json.dumps(data, separators=(",", ":")) + "\n", private=True)


def _refused(path: Path, problem: str) -> CommandError:
    return CommandError(f"--state {path}: {problem}; the file was left as it is, choose another one", MISUSED)
