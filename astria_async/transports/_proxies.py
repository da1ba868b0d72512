"""The environment's proxies: which one an origin is reached through, and whether a transport can speak to it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from attrs import field, frozen

from ..errors import ConfigurationError
from ._url import Target, host_of

_PORTS = {"http": 80, "https": 443}
_SOCKS_PORT = 1080


@frozen
class Proxy:
    """A proxy. `url` holds its password, `shown` does not; `variable` names the setting that it comes from."""

    url: str = field(repr=False)
    shown: str
    variable: str
    scheme: str
    host: str
    port: int
    auth: tuple[str, str] | None = field(default=None, repr=False)

    def __str__(self) -> str:
        return f"the proxy {self.shown} ({self.variable})"


class Proxies:
    """The environment's proxies, as the standard library reads them: HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY.

    A URL without a scheme is one of http. `speaks` are the schemes that a transport can use besides http and https, and
    `remedy` what to do about others. Raises ConfigurationError for a setting that is not the URL of a proxy.
    """

    def __init__(self, speaks: Iterable[str] = (), *, remedy: str) -> None:
        self._speaks = frozenset({"http", "https", *speaks})
        self._remedy = remedy
        self._by_scheme = {
            scheme: _parse(url, f"{scheme.upper()}_PROXY")
            for scheme, url in getproxies().items()
            if scheme in ("http", "https", "all") and url
        }

    def for_target(self, target: Target) -> Proxy | None:
        """The proxy for a target; None if it is reached directly. Raises ConfigurationError, before anything is sent,
        if this transport cannot use it.
        """
        if not self._by_scheme:
            return None
        proxy = self._by_scheme.get(target.scheme) or self._by_scheme.get("all")
        if proxy is None or proxy_bypass(target.netloc):
            return None
        if proxy.scheme not in self._speaks:
            raise ConfigurationError(f"{proxy.variable}: {proxy.shown} cannot be used: {self._remedy}")
        return proxy


def _parse(url: str, variable: str) -> Proxy:
    problem = "give http://host:port, https://host:port or socks5://host:port"
    try:
        parts = urlsplit(url.strip() if "://" in url else f"http://{url.strip()}")
        scheme = "socks5" if parts.scheme == "socks" else parts.scheme  # what GNOME writes
        host, port = host_of(parts) if parts.hostname else "", parts.port or _PORTS.get(scheme, _SOCKS_PORT)
    except ValueError:  # UnicodeError, which idna raises, is one
        parts, host, scheme, port = urlsplit(""), "", "", 0
    is_known = scheme in _PORTS or scheme in ("socks4", "socks4a", "socks5", "socks5h")
    if not is_known or not host:
        name = variable if variable in os.environ else variable.lower()
        raise ConfigurationError(f"{name}: it is not the URL of a proxy; {problem}, or unset it")
    netloc = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    auth = None if parts.username is None else (unquote(parts.username), unquote(parts.password or ""))
    shown = f"{scheme}://{netloc}"
    return Proxy(_with_auth(scheme, netloc, parts), shown, variable, scheme, host, port, auth)


def _with_auth(scheme: str, netloc: str, parts: SplitResult) -> str:
    user, at, _ = parts.netloc.rpartition("@")
    return f"{scheme}://{user}{at}{netloc}"
