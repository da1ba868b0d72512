"""Leaf: URLs, checked as a whole and written as they go out. Pure."""

from __future__ import annotations

import re
from ipaddress import IPv6Address, ip_address
from urllib.parse import quote, urlsplit

_WEB = re.compile(r"(https?)://([^/?#\\]*)(.*)", re.IGNORECASE | re.DOTALL)
#: What nearly all URLs look like: they go out byte for byte, as a signed URL has to.
_PLAIN = re.compile(
    r"https?://(?:[a-z0-9_-]{1,63}\.){0,9}[a-z0-9_-]{1,63}(?::[1-9][0-9]{0,3})?"
    r"(?:[/?#](?:[a-z0-9/:?#\[\]@!$&'()*+,;=~._-]|%[0-9a-f]{2})*)?",
    re.IGNORECASE | re.ASCII,
)
_HOST = re.compile(r"(?:[a-z0-9_-]+\.)*[a-z0-9_-]+\.?", re.IGNORECASE | re.ASCII)
#: RFC 1035, 2.3.4.
_LONGEST_HOST, _LONGEST_LABEL = 254, 63  # the last dot included
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
#: What a URL may contain as it is (RFC 3986). The rest, such as spaces and non-ASCII letters, is percent-encoded.
_SAFE = "%/:?#[]@!$&'()*+,;=~-._"
_SAFE_USER = "%:!$&'()*+,;=-._~"
#: IDNA 2003, which Python has, and IDNA 2008, which browsers use, write these in two ways (RFC 5894, section 7.2).
_AMBIGUOUS = frozenset("\u00df\u03c2\u200c\u200d")


def web_url(text: str) -> str:
    """An http(s) URL as it is sent: stripped, the host in punycode, the rest percent-encoded; else as it was.

    Raises ValueError, which says what is wrong and does not show the URL: its query may be a signature.
    """
    text = text.strip().strip("\ufeff")  # a line of a file ends in a newline, and the first may begin with a BOM
    if _PLAIN.fullmatch(text):
        return text
    if _CONTROL.search(text):
        raise ValueError("it contains a control character, such as a newline; take it out")
    match = _WEB.match(text)
    if match is None:
        raise ValueError("begin it with https://")
    scheme, authority, rest = match.groups()
    user, at, host_and_port = authority.rpartition("@")
    if "@" in user or rest.startswith("\\"):  # browsers and libraries read another host in it
        raise ValueError("its host can be read in two ways; take the '@' or the backslash out")
    return f"{scheme}://{_encoded(user, _SAFE_USER)}{at}{_host_and_port(host_and_port)}{_encoded(rest)}"


def host_of(url: str) -> str:
    """The host of a URL in lower case, without brackets; "" if it has none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:  # brackets that do not hold an IPv6 address
        return ""


def is_loopback(host: str) -> bool:
    """True if a host is this machine, by its name or address."""
    host = host.rstrip(".").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def shown_url(text: str) -> str:
    """A URL for a message, in quotes: without user name and query, which may be secret, and at most 60 characters."""
    head, *rest = re.split(r"[?#]", text[:400], maxsplit=1)
    head = re.sub(r"//[^/]*@", "//", head)
    head += "?…" if rest else ""
    return repr(head if len(head) <= 60 else head[:59] + "…")


def _encoded(text: str, safe: str = _SAFE) -> str:
    try:
        return quote(_STRAY_PERCENT.sub("%25", text), safe=safe)
    except UnicodeEncodeError:
        problem = "it contains half of a surrogate pair, as text does that was decoded wrongly"
    raise ValueError(problem)


def _host_and_port(text: str) -> str:
    host, colon, port = text.rpartition(":")
    if not colon or text.endswith("]"):  # the colons in the brackets of an IPv6 address are not followed by a port
        host, colon, port = text, "", ""
    if not host:
        raise ValueError("it does not name a host")
    if port and not (port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65536):
        raise ValueError("its port is not a number from 1 to 65535")
    return f"{_host(host)}{colon}{port}"


def _host(host: str) -> str:
    if host.startswith("["):
        try:
            if IPv6Address(host[1:-1] if host.endswith("]") else "").scope_id is not None:
                raise ValueError
        except ValueError:
            raise ValueError("what is in brackets is not an IPv6 address") from None
        return host
    if not host.isascii():
        if not _AMBIGUOUS.isdisjoint(host):
            raise ValueError("its host contains a letter with two spellings; write the host in punycode (xn--...)")
        try:
            host = host.encode("idna").decode()
        except UnicodeError:
            raise ValueError("its host is not valid; write it in punycode (xn--...)") from None
    if not _HOST.fullmatch(host) or len(host) > _LONGEST_HOST or max(map(len, host.split("."))) > _LONGEST_LABEL:
        raise ValueError("its host is not valid; it contains letters, digits, dots and hyphens")
    return host
