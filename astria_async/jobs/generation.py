"""A job: a prompt that is written down, and how far it has come. Small, JSON, the same wherever it is read."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from attrs import field, frozen

from ..errors import ParameterError
from ..models import Prompt
from ..resources import Prepared

#: The format of the JSON. A reader refuses what is newer.
VERSION = 1


@frozen(kw_only=True)
class Generation:
    """A prompt to be created, waited for, and fetched.

    Args:
        key: The user's name of it, such as "order-1234-3".
        prepared: The create, with its identity.
        folder: Where its images go; None fetches none.
        template: Their names, as in `prompts.download`; None is the usual one.
        prompt: The prompt's id, once it is known.
        attempted_at: When the last attempt began that may have made it, by the service's clock. None: certainly nothing
            was made.
        is_doubtful: Somebody else may have sent it, and it was not looked for yet.
        absent_at: When it was looked for after that, and was not there.
        suspect_at: Since when the prompt shows an error that may go away, in seconds since 1970.
        failures: How many steps in a row failed for a passing reason.
    """

    key: str
    prepared: Prepared[Prompt] = field(repr=False)
    folder: str | None = None
    template: str | None = None
    prompt: int | None = None
    attempted_at: datetime | None = None
    is_doubtful: bool = False
    absent_at: datetime | None = None
    suspect_at: float | None = None
    failures: int = 0

    def to_json(self) -> str:
        """The whole as JSON, without a key and without a file's bytes."""
        return json.dumps(
            {
                "version": VERSION,
                "key": self.key,
                "prepared": self.prepared.to_json(),
                "folder": self.folder,
                "template": self.template,
                "prompt": self.prompt,
                "attempted_at": None if self.attempted_at is None else self.attempted_at.isoformat(),
                "is_doubtful": self.is_doubtful,
                "absent_at": None if self.absent_at is None else self.absent_at.isoformat(),
                "suspect_at": self.suspect_at,
                "failures": self.failures,
            },
            ensure_ascii=False,
        )

    @classmethod
    def from_json(cls, text: str | bytes) -> Generation:
        """Read what `to_json` wrote. Raises ParameterError for anything else, in one line.

        Args:
            text: The JSON.
        """
        try:
            data = json.loads(text)
            if not isinstance(data, dict):
                raise TypeError("it is not an object")
            version = data.pop("version", None)
            if version != VERSION:
                raise ValueError(f"its format is {version!r}, and this version of the SDK reads {VERSION}")
            for name in ("attempted_at", "absent_at"):
                data[name] = _time(data.get(name))
            return cls(**{**data, "prepared": Prepared.from_json(data["prepared"])})
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            problem = f"job: this is not what Generation.to_json() wrote ({error}); send the job anew"
        raise ParameterError(problem)


def _time(value: Any) -> datetime | None:
    if value is None:
        return None
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError("a time without a time zone")
    return moment
