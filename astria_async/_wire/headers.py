"""Headers that cannot be changed, and whose secrets are not shown; and what each request says of its client."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from typing import Any, NoReturn

from .._version import __version__
from ..errors import ImmutableError

#: The User-Agent of each request.
USER_AGENT = f"astria-async/{__version__} python/{platform.python_version()}"
#: Headers whose values are in no repr, and so in no traceback that shows local variables.
_SECRET_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie"})


class Headers(dict[str, str]):
    """Headers that cannot be changed, whose names are lower case already: requests and answers share them.

    Raises ImmutableError, a TypeError, for every change in place. Pass on a copy instead:
    `request.replace(headers={**request.headers, "x-name": "value"})`.
    """

    __slots__ = ()

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise ImmutableError(
            "headers cannot be changed in place: pass on request.replace(headers={**request.headers, 'x-name': 'value'})"
        )

    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = _refuse
    setdefault = update = _refuse  # pyright: ignore[reportAssignmentType]

    def __repr__(self) -> str:
        return repr({name: "***" if name in _SECRET_HEADERS else value for name, value in self.items()})

    def __reduce__(self) -> tuple[Any, ...]:
        return Headers, (dict(self),)


def lower_case_names(headers: Mapping[str, str]) -> Headers:
    """As `Headers`; those that are already are taken as they are."""
    if type(headers) is Headers:
        return headers
    return Headers({name.lower(): value for name, value in headers.items()})


def parameter_of(value: str, name: str) -> str | None:
    """A parameter of a header's value, such as `charset` of "text/html; charset=utf-8"; None if it has none."""
    for part in value.split(";")[1:]:
        key, _, text = part.partition("=")
        if key.strip().lower() == name:
            return text.strip().strip("\"'") or None
    return None
