"""What is only probably wrong: worth a warning, not a refusal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from ipaddress import ip_address
from urllib.parse import urlsplit

from .params import Params, PromptParams, given_in
from .tune import Tune

_PRIVATE_NAMES = re.compile(r"(^|\.)(localhost|local|internal|lan|test|example)$", re.IGNORECASE)


def hints_of(params: Params, tune: Tune | None = None, now: datetime | None = None) -> Iterator[str]:
    """Each as "parameter: what is probably wrong, and the remedy". `tune` is the prompt's, where it is known."""
    for spec, value in given_in(params):
        if spec.metadata.get("callback") and isinstance(value, str):
            yield from _callback(spec.name, value)
    if tune is None or not isinstance(params, PromptParams):
        return
    if tune.expires_at is not None and now is not None and tune.expires_at <= now:
        yield f"tune: {tune.id} expired on {tune.expires_at:%Y-%m-%d}, 30 days after its training [D]; train it again"
    token = tune.token or "ohwx"
    if tune.branch == "flux1" and tune.model_type == "lora" and params.text and token not in str(params.text):
        yield f"text: of a Flux tune it has to say '{token} {tune.name or 'woman'}' [R]"


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
