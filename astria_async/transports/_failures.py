"""What went wrong, in our words: one line, with the remedy, and without a secret."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterable, Iterator

from .._wire import Headers
from ..errors import ConfigurationError, NameResolutionError, RequestTimeoutError, TransportError
from ._proxies import Proxy
from ._url import Target

#: A proxy's password would end in a log.
_USER_INFO = re.compile(r"//[^/@\s]*@")
#: What the C libraries say if a name is not known: glibc and musl, macOS, Windows (getaddrinfo(3), EAI_*).
_NOT_RESOLVED = re.compile(
    "name or service not known|name does not resolve|temporary failure in name resolution|no address associated"
    "|nodename nor servname|getaddrinfo failed|try again",
    re.IGNORECASE,
)
#: Characters of a library's own text that are shown.
_SHOWN = 300


def raise_if_closed(is_closed: bool) -> None:
    """Raise ConfigurationError if a transport is closed."""
    if is_closed:
        raise ConfigurationError("the transport is closed: make a new client, or keep this one open for longer")


def no_answer(
    target: Target,
    error: BaseException,
    *,
    was_sent: bool,
    is_timeout: bool,
    said: str = "",
    proxy: Proxy | None = None,
) -> TransportError:
    """The TransportError for a library's own error; it holds no reference to that, as it may hold the request.

    `said` is what the library says of it, if its text alone says too little. `is_timeout`: a time limit of ours ended it.
    """
    said = said or str(error)
    what = f"{type(error).__name__}: {said}" if said else type(error).__name__
    what = " ".join(_USER_INFO.sub("//", what).split())
    if len(what) > _SHOWN:
        what = what[:_SHOWN] + "..."
    texts = [said, type(error).__name__, *map(str, _causes(error))]
    remedy = _remedy(" ".join(texts).lower().replace(target.host.lower(), ""), proxy)
    through = "" if proxy is None else f" through {proxy}"
    kind = RequestTimeoutError if is_timeout else TransportError
    if not is_timeout and not was_sent and _NOT_RESOLVED.search(" ".join(texts)):
        kind = NameResolutionError
    return kind(f"{target.origin} gave no answer{through}: {what}{remedy}", request_was_sent=was_sent)


def _remedy(whole: str, proxy: Proxy | None) -> str:
    if _NOT_RESOLVED.search(whole):
        return " (check the host's name in base_url, the network, and the proxy: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY)"
    if "certificate" in whole:
        return " (its certificate is not trusted; for a certificate authority of your own set SSL_CERT_FILE)"
    if proxy is not None or "proxy" in whole or "tunnel" in whole:
        return " (check the proxy: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY; hosts in NO_PROXY are reached directly)"
    return ""


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    for _ in range(8):
        seen = (seen.__cause__ or seen.__context__) if seen is not None else None
        if seen is None:
            return
        if isinstance(seen, (OSError, ssl.SSLError)):
            yield seen


def joined(pairs: Iterable[tuple[str, str]]) -> Headers:
    """Headers with lower case names; what stands there several times is joined with commas (RFC 9110, 5.3).

    The same Content-Length several times is one (RFC 9110, 8.6); beside chunks there is none (RFC 9112, 6.3).
    """
    lower = [(name.lower(), value) for name, value in pairs]
    headers = dict(lower)
    if len(headers) < len(lower):
        seen: dict[str, list[str]] = {}
        for name, value in lower:
            seen.setdefault(name, []).append(value)
        headers = {name: ", ".join(values) for name, values in seen.items()}
        if "content-length" in seen:
            headers["content-length"] = ", ".join(dict.fromkeys(seen["content-length"]))
    if "transfer-encoding" in headers:
        headers.pop("content-length", None)
    return Headers(headers)


def header_text(value: bytes) -> str:
    """A header's value: UTF-8, as services send it, else each byte as a character (RFC 9110, 5.5)."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")
