"""URLs of images: checked as a whole, written in one form only, and shown in errors without what is secret in them."""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import quote, urljoin, urlsplit

from attrs import frozen

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_USER_INFO = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:%-]*")
_HOST = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")
#: What the last part of a host looks like if browsers and resolvers read the host as an IPv4 address [WHATWG URL, 3.5].
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_TO_QUOTE = re.compile(r"[^\x21-\x7e]+")
_AUTHORITY = re.compile(r"//[^/?#@]*@")
_ANY_URL = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s'\"<>]+", re.IGNORECASE)
_SHOWN_LENGTH = 200


class RefusedError(Exception):
    """A URL, or what came from it, is refused for good: no retry helps. The message completes "could not be fetched: "."""


@frozen
class Target:
    """A URL that can be requested. `url` is what is sent, so that a library cannot read another host in it than we did.

    `host` is in lower case and ASCII, without brackets and without a trailing dot. `address` is the host as an IP address
    if it is one.
    """

    url: str
    scheme: str
    host: str
    port: int
    address: IPv4Address | IPv6Address | None


def parse_target(url: str) -> Target:
    """Read an absolute URL. Raises RefusedError if it is not an http or https URL with a valid host."""
    text = url.strip()
    if _CONTROL.search(text):  # urlsplit drops some of them silently
        raise RefusedError("the URL contains control characters")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:  # brackets without an end, a port that is not a number
        problem = str(error)
    else:
        if parts.scheme not in ("http", "https"):
            raise RefusedError("only http and https URLs are fetched")
        host, address = _parse_host(parts.hostname or "")
        user_info, at, _ = parts.netloc.rpartition("@")
        if port == 0 or not _USER_INFO.fullmatch(user_info):
            raise RefusedError("the URL is not valid: its host part cannot be read")
        shown_host = f"[{address}]" if isinstance(address, IPv6Address) else host
        shown_port = "" if port is None else f":{port}"
        rest = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return Target(
            url=f"{parts.scheme}://{user_info}{at}{shown_host}{shown_port}{_quote(rest)}",
            scheme=parts.scheme,
            host=host,
            port=port or (443 if parts.scheme == "https" else 80),
            address=address,
        )
    raise RefusedError(f"the URL is not valid: {problem}")


def parse_redirect(target: Target, location: str) -> Target:
    """Read the Location of a redirect, which may be relative. Raises RefusedError, also if it leaves https."""
    try:
        url = urljoin(target.url, location.strip())
    except ValueError as error:
        problem = str(error)
    else:
        redirected = parse_target(url)
        if target.scheme == "https" and redirected.scheme == "http":
            raise RefusedError("it leads from https to http")
        return redirected
    raise RefusedError(f"the URL is not valid: {problem}")


def show_url(url: str) -> str:
    """The URL for an error: without user name, password, query (it may be signed) and fragment, in one line."""
    text = _AUTHORITY.sub("//", re.split(r"[?#]", url.strip(), maxsplit=1)[0])
    return _CONTROL.sub("?", text)[:_SHOWN_LENGTH]


def hide_secrets(message: str) -> str:
    """A library's message in one line, with each URL in it as `show_url` has it."""
    return _ANY_URL.sub(lambda match: show_url(match[0]), " ".join(message.split()))


def _parse_host(host: str) -> tuple[str, IPv4Address | IPv6Address | None]:
    if ":" in host:
        try:
            address: IPv4Address | IPv6Address = IPv6Address(host)
        except AddressValueError:
            raise RefusedError("the URL is not valid: its host is not an IPv6 address") from None
        if "%" in host:  # a zone: only a link-local address has one
            raise RefusedError("its host is an address of this machine's own network")
        return str(address), address
    try:
        # Also turns full-width digits and dots into plain ones, as browsers do.
        name = host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        name = ""
    name = name.lower().removesuffix(".")
    if len(name) > 253 or not _HOST.fullmatch(name):
        raise RefusedError("the URL is not valid: its host is not a name or an address")
    if not _NUMBER.fullmatch(name.rpartition(".")[2]):
        return name, None
    try:
        return name, IPv4Address(name)
    except AddressValueError:  # 2130706433, 0x7f.1, 0177.0.0.1: read differently by different libraries
        raise RefusedError("its host is an IPv4 address that is not written as four decimal numbers") from None


def _quote(rest: str) -> str:
    """Path and query with blanks and non-ASCII characters escaped. All else stays: it may be signed."""
    return _TO_QUOTE.sub(lambda match: quote(match[0]), rest)
