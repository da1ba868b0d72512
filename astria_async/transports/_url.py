"""Where a request goes: the URL as every transport sends it, whatever its library would make of it."""

from __future__ import annotations

import functools
import ipaddress
import re
from urllib.parse import SplitResult, quote, urlsplit

from attrs import frozen

from ..errors import TransportError

_DEFAULT_PORTS = {"http": 80, "https": 443}
#: Letters, digits, hyphens as in host names, and the underscore that people use nevertheless.
_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
#: What stays as it is; all else is percent-encoded. Escapes that are there already stay too, as signed URLs need it.
#: Source: WHATWG URL, path and special-query percent-encode sets: what pyreqwest does, and cannot be kept from.
_KEPT_IN_PATH = "!$%&'()*+,-./:;=@[]_|~"
_KEPT_IN_QUERY = "!$%&()*+,-./:;=@[]_|~?\\^`{}"
_DOT = re.compile(r"%2e", re.IGNORECASE)


@frozen
class Target:
    """A URL taken apart. `url` is all of it, `origin` is `scheme://host:port`, `netloc` goes into the Host header, and
    `path` is what stands behind, query included.
    """

    url: str
    origin: str
    scheme: str
    host: str
    port: int
    netloc: str
    path: str


@functools.lru_cache(maxsize=256)
def target_of(url: str) -> Target:
    """A URL as it goes out: the host in punycode, what a URL may not hold percent-encoded, all else as it is.

    Raises TransportError, not sent, for what is not an http or https URL.
    """
    try:
        return _target(url)
    except ValueError as error:  # UnicodeError, which idna raises, is one
        problem = str(error)
    raise TransportError(f"{_shown(url)!r} is not a URL: {problem}", request_was_sent=False)


def _target(url: str) -> Target:
    if not url.isprintable():
        raise ValueError("it has control characters")
    parts = urlsplit(url)
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        raise ValueError("it has to begin with http:// or https:// and a host")
    if "@" in parts.netloc:
        raise ValueError("a user name or password cannot stand in it")
    host, port = host_of(parts), parts.port or _DEFAULT_PORTS[parts.scheme]
    if parts.port == 0:
        raise ValueError("port 0 does not exist")
    netloc = f"[{host}]" if ":" in host else host
    if port != _DEFAULT_PORTS[parts.scheme]:
        netloc = f"{netloc}:{port}"
    path = _without_dots(quote(parts.path, safe=_KEPT_IN_PATH) or "/")
    if parts.query or url.partition("#")[0].endswith("?"):
        path += "?" + quote(parts.query, safe=_KEPT_IN_QUERY)
    origin = f"{parts.scheme}://{netloc}"
    return Target(origin + path, origin, parts.scheme, host, port, netloc, path)


def host_of(parts: SplitResult) -> str:
    """The host, in punycode. Raises ValueError for what is not one."""
    host = parts.hostname or ""
    if ":" in host:
        if not parts.netloc.startswith("["):
            raise ValueError(f"{parts.netloc!r} is not a host and a port")
        return str(ipaddress.IPv6Address(host))
    if not host.isascii():
        import idna  # anyio and httpx bring it; few need its tables

        host = idna.encode(host, uts46=True).decode("ascii")
    if len(host) > 253 or not all(map(_LABEL.fullmatch, host.removesuffix(".").split("."))):
        raise ValueError(f"{host!r} is not a host name")
    return host


def _without_dots(path: str) -> str:
    """A path without `.` and `..` (RFC 3986, 5.2.4)."""
    if "/." not in path and "%2" not in path:
        return path
    kept: list[str] = []
    segments = path.split("/")
    for number, segment in enumerate(segments):
        plain = _DOT.sub(".", segment)
        is_last = number == len(segments) - 1
        if plain == "..":
            kept = kept[:1] + kept[1:][:-1]
        elif plain != ".":
            kept.append(segment)
            continue
        if is_last:
            kept.append("")
    return "/".join(kept) if len(kept) > 1 else "/"


def _shown(url: str) -> str:
    """The beginning of what may not be a URL, without the password in it."""
    return re.sub(r"//[^/@\s]*@", "//", url)[:200]
