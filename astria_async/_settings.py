"""Key, base URL and workspace: argument, else environment, else the vendor's configuration file."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from attrs import field, frozen

from .errors import ConfigurationError

BASE_URL = "https://api.astria.ai"  # [D]

_KEYS = ("ASTRIA_API_KEY", "ASTRIA_AUTH_TOKEN")  # the vendor's names, in its order [V]
_WORKSPACES = ("ASTRIA_WORKSPACE_ID", "WORKSPACE_ID")  # [V]


@frozen(kw_only=True)
class Settings:
    """What a client needs to know about the account. The key shows in no repr."""

    api_key: str = field(repr=False)
    base_url: str = BASE_URL
    workspace_id: int | str | None = None


def settings_from(
    api_key: str | None,
    base_url: str | None,
    workspace_id: int | str | None,
    profile: str | None,
    *,
    allow_http: bool = False,
    environ: Mapping[str, str] = os.environ,
) -> Settings:
    """Argument > environment > `config.json` (`config.<profile>.json`) in ASTRIA_CONFIG_DIR or `~/.astria` [V].

    Raises ConfigurationError without a key, or with a base URL that would send the key over an open line.
    """
    file = _config_file(profile, environ)
    key = api_key or _first(environ, _KEYS) or file.get("api_key")
    key = key.strip() if isinstance(key, str) else key  # read from a file, it ends in a newline
    if not key:
        raise ConfigurationError("there is no API key: pass api_key=..., or set ASTRIA_API_KEY")
    if not _is_word(key):
        raise ConfigurationError("the API key has characters that no key has: copy it again from the API settings")
    workspace = workspace_id if workspace_id is not None else _first(environ, _WORKSPACES) or file.get("workspace_id")
    workspace = workspace.strip() if isinstance(workspace, str) else workspace
    if workspace in (None, "", "personal"):  # `personal` means no header [V]
        workspace = None
    elif isinstance(workspace, bool) or not (isinstance(workspace, int) or _is_word(workspace)):
        raise ConfigurationError(f"workspace_id={workspace!r} is no workspace; give its number, or `all`")
    return Settings(
        api_key=key,
        base_url=_checked_url(
            base_url or environ.get("ASTRIA_BASE_URL") or file.get("base_url") or BASE_URL, allow_http
        ),
        workspace_id=workspace,
    )


def _is_word(text: object) -> bool:
    """Whether it can stand in a header: ASCII, with no blank or control character."""
    return isinstance(text, str) and text.isascii() and text.isprintable() and " " not in text


def _first(environ: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    return next((environ[name] for name in names if environ.get(name)), None)


def _config_file(profile: str | None, environ: Mapping[str, str]) -> dict[str, Any]:
    chosen = profile or environ.get("ASTRIA_PROFILE")
    try:
        folder = Path(environ.get("ASTRIA_CONFIG_DIR") or Path.home() / ".astria")
    except RuntimeError:  # no home directory, as for a user without a name in a container
        folder = Path(os.devnull)
    path = folder / (f"config.{chosen}.json" if chosen else "config.json")
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        if chosen:
            raise ConfigurationError(f"there is no profile {chosen!r}: {path} does not exist") from None
        return {}
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}") from None
    if not isinstance(data, dict):
        raise ConfigurationError(f"{path} is no JSON object")
    return data


def _checked_url(url: object, allow_http: bool) -> str:
    text = url.strip() if isinstance(url, str) else repr(url)
    if "@" in text:
        raise ConfigurationError("base_url holds a user name or password: leave them out")
    scheme, host = _scheme_and_host(text)
    if scheme not in ("http", "https") or not host or not text.isprintable() or not {*" ?#"}.isdisjoint(text):
        raise ConfigurationError(f"base_url={text!r} is no base URL, such as {BASE_URL}")
    if scheme == "http" and not allow_http and not is_loopback(host):
        raise ConfigurationError(f"base_url={text!r} would send the key unencrypted: use https, or allow_http=True")
    return text.rstrip("/")


def _scheme_and_host(url: str) -> tuple[str, str | None]:
    try:
        parts = urlsplit(url)
        return ("", None) if parts.port == 0 else (parts.scheme, parts.hostname)
    except ValueError:  # a port or an IPv6 address that is none
        return "", None


def is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
