"""Key, base URL and workspace: from the arguments, the environment, or the vendor's configuration file.

An argument always counts. The rest comes from one account: the first of these that has a key.

1. The file of the profile that the argument `profile` names. The environment is not asked then.
2. The environment. A file adds to it what it leaves open, unless the file has a key of its own: then it is another
   account's, whose base URL must not see this key.
3. The file of the profile that ASTRIA_PROFILE names. Nothing of the environment is mixed in.
4. The file without a profile. The environment's base URL and workspace come before the file's.

A file is read only if something is missing. `_account_of` says what an argument `api_key` changes.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

from attrs import field, frozen

from ._values.numbers import shown_value, whole_or_none
from ._values.urls import host_of, is_loopback, web_url
from .errors import ConfigurationError

BASE_URL = "https://api.astria.ai"  # [D]

_KEYS = ("ASTRIA_API_KEY", "ASTRIA_AUTH_TOKEN")  # the vendor's names, in its order [V]
_BASE_URLS = ("ASTRIA_BASE_URL",)  # [V]
_WORKSPACES = ("ASTRIA_WORKSPACE_ID", "WORKSPACE_ID")  # [V]
_QUOTES = "\"'`\u2018\u2019\u201c\u201d"

Values: TypeAlias = Mapping[str, Any]


@frozen(kw_only=True)
class Settings:
    """What a client needs to know about the account. The key shows in no repr."""

    api_key: str = field(repr=False)
    base_url: str = BASE_URL
    workspace_id: int | str | None = None


def settings_from(
    api_key: Any,
    base_url: Any,
    workspace_id: Any,
    profile: Any,
    *,
    allow_http: bool = False,
    environ: Mapping[str, str] = os.environ,
) -> Settings:
    """The settings, of the kinds that they have to be; None leaves one to the environment and the file.

    Raises ConfigurationError without a key, for a value of another kind, and for a base URL that would send the key over
    an open line.
    """
    given: dict[str, Any] = {
        "api_key": None if api_key is None else _key(api_key, "api_key"),
        "base_url": None if base_url is None else _base_url(base_url, "base_url", allow_http),
        "workspace_id": None if workspace_id is None else workspace_of(workspace_id),
    }
    name = None if profile is None else _profile(profile, "profile")
    account = _account_of(given, name, environ, workspace_is_given=workspace_id is not None)
    key, url, workspace = (account.get(part) for part in ("api_key", "base_url", "workspace_id"))
    return Settings(
        api_key=_key(key, "the API key"),
        base_url=given["base_url"] or _base_url(url or BASE_URL, "base_url", allow_http),
        workspace_id=given["workspace_id"] if workspace_id is not None else workspace_of(workspace or "personal"),
    )


def workspace_of(value: Any) -> int | str | None:
    """A workspace as its header names it; None for "personal", which means no header [V]. Raises ConfigurationError."""
    if isinstance(value, str):
        text = value.strip()
        if text == "personal":
            return None
        if _is_word(text):
            return text
    elif (number := whole_or_none(value)) is not None and number > 0:
        return number
    shown = repr(value[:40]) if isinstance(value, str) else type(value).__name__
    if isinstance(value, int) and not isinstance(value, bool):
        shown = shown_value(value, 40)
    remedy = "give the number of a workspace, 'all', or 'personal'"
    raise ConfigurationError(f"workspace_id: {shown} is not a workspace; {remedy}")


def _account_of(given: Values, profile: str | None, environ: Mapping[str, str], *, workspace_is_given: bool) -> Values:
    """Key, base URL and workspace of one account, beside what was given as arguments."""
    key = given["api_key"]
    if profile is not None:
        file = _read(_path(profile, environ), profile)
        if key is not None and file.get("api_key") not in (None, "", key):
            raise ConfigurationError(
                f"api_key: profile {profile!r} has a key of its own; pass api_key or profile, not both"
            )
        return _with_key(file, key, f"profile {profile!r} has no api_key: add it to {_path(profile, environ)}")
    own = {
        "api_key": key or _first(environ, _KEYS),
        "base_url": given["base_url"] or _first(environ, _BASE_URLS),
        "workspace_id": "given" if workspace_is_given else _first(environ, _WORKSPACES),
    }
    named = environ.get("ASTRIA_PROFILE") or None
    if all(own.values()):
        return own
    path = _path(None if named is None else _profile(named, "ASTRIA_PROFILE"), environ)
    if own["api_key"] is None:
        remedy = "the API key is missing: pass api_key=..., or set ASTRIA_API_KEY"
        file = _with_key(_read(path, named), None, remedy)
        return file if named is not None else {**file, **{part: value for part, value in own.items() if value}}
    file = _read(path, named, is_needed=False)
    if file.get("api_key") in (None, "", own["api_key"]):  # else it is another account's
        return {**file, **{part: value for part, value in own.items() if value}}
    return own


def _with_key(file: Values, key: str | None, remedy: str) -> Values:
    if key is None and file.get("api_key") in (None, ""):
        raise ConfigurationError(remedy)
    return file if key is None else {**file, "api_key": key}


def _key(value: Any, label: str) -> str:
    """A key that can stand in a header. It is never part of a message."""
    secret = getattr(value, "get_secret_value", None)  # pydantic's SecretStr
    key = secret() if callable(secret) else value
    if not isinstance(key, str):
        kind, remedy = type(key).__name__, "; decode it" if isinstance(key, bytes) else "; pass the key as a str"
        raise ConfigurationError(f"{label}: {kind} is not a str{remedy}")
    key = str.__str__(key).strip()  # read from a file, it ends in a newline
    if not key:
        raise ConfigurationError("the API key is missing: pass api_key=..., or set ASTRIA_API_KEY")
    if key[0] in _QUOTES and key[-1] in _QUOTES:
        raise ConfigurationError(f"{label}: it is in quotes, as a Docker env file keeps them; remove the quotes")
    if key[:7].lower() == "bearer ":
        raise ConfigurationError(f"{label}: it begins with 'Bearer'; remove that, the SDK adds it")
    if not _is_word(key):
        problem = "the API key has characters that no key has: copy it again from the API settings"
        raise ConfigurationError(problem)
    return key


def _is_word(text: str) -> bool:
    """True if it can stand in a header: ASCII, without blanks and control characters."""
    return bool(text) and text.isascii() and text.isprintable() and " " not in text


def _first(environ: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    return next((environ[name] for name in names if environ.get(name, "").strip()), None)


def _profile(value: Any, label: str) -> str:
    """A profile's name: a part of a file's name, and not a path."""
    if not isinstance(value, str):
        raise ConfigurationError(f"{label}: {type(value).__name__} is not a str; give the name of a profile")
    name = value.strip()
    if not name or not name.isprintable() or not {*"/\\"}.isdisjoint(name):
        remedy = "give 'work' for config.work.json, or leave it out"
        raise ConfigurationError(f"{label}: {name[:40]!r} is not the name of a profile; {remedy}")
    return name


def _path(profile: str | None, environ: Mapping[str, str]) -> Path:
    try:
        folder = Path(environ.get("ASTRIA_CONFIG_DIR") or Path.home() / ".astria").expanduser()
    except RuntimeError:  # without a home directory, as a user without a name in a container
        folder = Path(os.devnull)
    return folder / (f"config.{profile}.json" if profile else "config.json")


def _read(path: Path, profile: str | None, *, is_needed: bool = True) -> Values:
    """The file's content. Empty if it does not exist, or may not be read and is not needed: that of another user."""
    problem: str
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except (FileNotFoundError, NotADirectoryError):
        if profile is None:
            return {}
        problem = f"the profile {profile!r} does not exist: {path} is missing"
    except PermissionError as error:
        if not is_needed:
            return {}
        problem = f"{path} cannot be read: {error.strerror}; pass api_key=..., or set ASTRIA_API_KEY"
    except (OSError, ValueError, RecursionError) as error:
        problem = f"{path} cannot be read: {error}"
    else:
        if isinstance(data, dict):
            return data
        problem = f"{path} is not a JSON object"
    raise ConfigurationError(problem)


def _base_url(value: Any, label: str, allow_http: bool) -> str:
    if not isinstance(value, str):
        remedy = (
            "pass str(...) of it" if type(value).__name__.lower().endswith("url") else f"give one such as {BASE_URL}"
        )
        raise ConfigurationError(f"{label}: {type(value).__name__} is not a base URL; {remedy}")
    text = value.strip()
    if "@" in text:
        raise ConfigurationError(f"{label}: it contains a user name or password; leave them out")
    try:
        if not {*" ?#\\"}.isdisjoint(text):
            raise ValueError("it contains a blank, '?', '#' or backslash")
        url = web_url(text)
    except ValueError as error:
        raise ConfigurationError(f"{label}: {text[:60]!r} is not a base URL, such as {BASE_URL}: {error}") from None
    if url[:5].lower() == "http:" and not allow_http and not is_loopback(host_of(url)):
        remedy = "use https, or allow_http=True"
        raise ConfigurationError(f"{label}: {url[:60]!r} would send the key unencrypted; {remedy}")
    return url.rstrip("/")
