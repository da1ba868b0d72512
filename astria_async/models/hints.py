"""What is only probably wrong: worth a warning, not a refusal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from ipaddress import ip_address
from urllib.parse import urlsplit

from .families import drawing_hints
from .params import Params, PromptParams, given_in
from .tune import Tune

_PRIVATE_NAMES = re.compile(r"(^|\.)(localhost|local|internal|lan|test|example)$", re.IGNORECASE)


def hints_of(
    params: Params, tune: Tune | int | None = None, now: datetime | None = None, *, on: Tune | int | None = None
) -> Iterator[str]:
    """Each as "parameter: what is probably wrong, and the remedy". `tune` and `on` are the prompt's, if it has them."""
    for spec, value in given_in(params):
        if spec.metadata.get("callback") and isinstance(value, str):
            yield from _callback(spec.name, value)
    if tune is not None and isinstance(params, PromptParams):
        yield from drawing_hints(params, tune, on, now)


def _callback(name: str, url: str) -> Iterator[str]:
    try:
        scheme, host = urlsplit(url).scheme, urlsplit(url).hostname or ""
    except ValueError:  # brackets that hold no IPv6 address
        scheme = host = ""
    if scheme != "https":
        yield f"{name}: {url!r} is not https, and may never be called; use a public https URL"
    elif _is_private(host):
        yield f"{name}: {host!r} cannot be reached from outside; use a public host, or a tunnel"


def _is_private(host: str) -> bool:
    try:
        return not ip_address(host).is_global
    except ValueError:
        return "." not in host or _PRIVATE_NAMES.search(host) is not None
