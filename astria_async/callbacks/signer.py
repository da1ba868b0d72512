"""URLs for `callback=` that carry a context, signed so that nobody else can call them.

The callback is part of Astria's idempotency key [D], so a URL has no nonce and no time in it: the same path and the same
context give the same URL, in every process and after every restart.
"""

from __future__ import annotations

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import NoReturn
from urllib.parse import quote, unquote, urlsplit

from .._values.numbers import shown_value, whole_or_none
from .._values.urls import is_loopback, shown_url, web_url
from ..errors import CallbackError, ConfigurationError, ParameterError

#: The most bytes of a URL [I]: proxies and servers cut at 2,048 or more.
LONGEST = 2_000
#: The fewest bytes of a secret: 128 bits, as HMAC-SHA256 is no stronger than its key.
SHORTEST_SECRET = 16
#: What is signed begins with this, so that a signature is good for nothing else, and for no other version.
_VERSION = b"astria-async callback 1"
_KEY_LABEL = b"astria-async callback key id 1"
#: The names that the signer adds to the context.
_KEY, _SIGNATURE = "_key", "_signature"
_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]*)+")
#: The digits of an int that cannot fit into a URL are not even written.
_MOST_BITS = 8 * LONGEST


class CallbackSigner:
    """Makes and verifies the URLs that Astria calls.

    Args:
        secret: 16 bytes or more that only your servers know, such as `secrets.token_urlsafe(32)`. Text counts as UTF-8.
        base_url: Where Astria reaches your server: https, or http on this machine. A path in it stands before each path.
        previous: Secrets that were used before. URLs that were signed with them are verified, too.

    Raises ConfigurationError for a secret that is too short, and for a base URL that is not one.
    """

    def __init__(self, secret: str | bytes, base_url: str, previous: Sequence[str | bytes] = ()) -> None:
        if isinstance(previous, (str, bytes)):
            raise ConfigurationError("previous: one secret was given; give a list of them, such as [old_secret]")
        secrets = [_secret(secret, "secret"), *(_secret(old, f"previous[{n}]") for n, old in enumerate(previous))]
        self._key_id = _key_id_of(secrets[0])
        self._secrets: Mapping[str, bytes] = {_key_id_of(one): one for one in reversed(secrets)}
        self._base = _base(base_url)

    def url(self, path: str, **context: str | int | None) -> str:
        """A URL for `callback=` or `prompts_callback=`: the same for the same path and context.

        Args:
            path: The path below the base URL, such as "/astria": letters, digits and `-._~` between slashes.
            **context: Texts and whole numbers that `verify` gives back as text, such as `order=17`. None is left out.

        Raises ParameterError for another path, for a value of another kind, and for a URL of more than 2,000 bytes.
        """
        if not isinstance(path, str) or not _PATH.fullmatch(path) or ".." in path.split("/"):
            raise ParameterError(f"path: {shown_value(path)} is not a path; give one such as '/astria'")
        texts = {name: _text(name, value) for name, value in context.items() if value is not None}
        url = f"{self._base}{path}?{_signed(path, texts, self._key_id, self._secrets[self._key_id])}"
        if len(url) > LONGEST:
            longest = max(texts, key=lambda name: len(texts[name]), default="path")
            raise ParameterError(
                f"{longest}: the URL has {len(url):,} bytes, at most {LONGEST:,} are sent; put a short id into the context"
            )
        return url

    def verify(self, url: str) -> dict[str, str]:
        """The context of a URL that was called, if it is one that `url` made. Takes the same time whatever is wrong with
        a signature.

        Args:
            url: The URL, or its path and query. Scheme and host are not looked at: a proxy may have changed them.

        Raises CallbackError for every other URL: an unknown secret, a name that is missing, extra or there twice, another
        spelling of the same.
        """
        if not isinstance(url, str) or len(url) > 2 * LONGEST or not url.isascii():
            raise CallbackError("url: it is not a URL of this signer")
        try:
            parts = urlsplit(url)
        except ValueError:
            raise CallbackError("url: it is not a URL") from None
        if parts.fragment or "#" in url:
            raise CallbackError("url: a fragment stands at its end, which no server is sent")
        names = _names_in(parts.query)
        key_id, signature = names.pop(_KEY, None), names.pop(_SIGNATURE, None)
        if key_id is None or signature is None:
            raise CallbackError("url: it is not signed")
        secret = self._secrets.get(key_id)
        if secret is None:
            raise CallbackError("url: it was signed with a secret that is not known here; is it missing in previous=?")
        path = self._below_base(parts.path)
        expected = _signed(path, names, key_id, secret)
        if not hmac.compare_digest(expected.encode(), parts.query.encode()):
            raise CallbackError("url: its signature does not fit")
        return names

    def is_same(self, callback: str, called: str) -> bool:
        """Whether a tune's or prompt's `callback` is the URL that was called: its base URL, path and query.

        Args:
            callback: The whole URL, as the service keeps it.
            called: The path and query that was called, with the base URL's path or without it.
        """
        try:
            own, other = urlsplit(callback), urlsplit(called)
        except ValueError:
            return False
        is_below = callback.startswith(f"{self._base}/")
        return is_below and (self._below_base(own.path), own.query) == (self._below_base(other.path), other.query)

    def called_at(self, callback: str) -> str | None:
        """The path and query at which a `callback` calls; None if it is not below the base URL."""
        if not callback.startswith(f"{self._base}/"):
            return None
        parts = urlsplit(callback)
        return f"{parts.path}?{parts.query}"

    def _below_base(self, path: str) -> str:
        """A path without the base URL's: a proxy may have cut that off."""
        return path.removeprefix(urlsplit(self._base).path)

    def __repr__(self) -> str:
        return f"<CallbackSigner for {self._base}>"

    def __reduce_ex__(self, protocol: object, /) -> NoReturn:
        raise TypeError(
            "a CallbackSigner cannot be pickled or copied, since it holds a secret; make one in each process"
        )


def _secret(secret: object, name: str) -> bytes:
    if not isinstance(secret, (str, bytes)):
        raise ConfigurationError(f"{name}: {type(secret).__name__} is not a secret; give text or bytes")
    raw = secret.encode(errors="surrogatepass") if isinstance(secret, str) else secret
    if len(raw) < SHORTEST_SECRET:
        remedy = "such as secrets.token_urlsafe(32)"
        raise ConfigurationError(f"{name}: it has {len(raw)} bytes; give {SHORTEST_SECRET} or more, {remedy}")
    return raw


def _base(base_url: object) -> str:
    if not isinstance(base_url, str):
        raise ConfigurationError(
            f"base_url: {type(base_url).__name__} is not a URL; give one such as https://shop.example"
        )
    try:
        url = web_url(base_url)
    except ValueError as error:
        problem = str(error)
        raise ConfigurationError(f"base_url: {shown_url(base_url)}: {problem}") from None
    parts = urlsplit(url)
    if parts.query or parts.fragment or parts.username is not None:
        raise ConfigurationError(f"base_url: {shown_url(url)} has more than a host and a path; leave the rest out")
    if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
        raise ConfigurationError(f"base_url: {shown_url(url)} is not https; http is for this machine alone")
    base = url.rstrip("/")
    if parts.path.rstrip("/") and not _PATH.fullmatch(parts.path.rstrip("/")):
        raise ConfigurationError(f"base_url: the path of {shown_url(url)} holds more than letters, digits and -._~")
    return base


def _text(name: str, value: object) -> str:
    """A value of the context as text. Raises ParameterError."""
    if name in (_KEY, _SIGNATURE):
        raise ParameterError(f"{name}: this name is the signer's own; give another one")
    if not isinstance(value, str):
        number = whole_or_none(value)
        if number is None:
            raise ParameterError(f"{name}: {type(value).__name__} is not text or a whole number; give str(...) of it")
        if number.bit_length() > _MOST_BITS:
            raise ParameterError(f"{name}: the number is too long for a URL; put a short id into the context")
        return str(number)
    try:
        value.encode()
        name.encode()
    except UnicodeEncodeError:
        raise ParameterError(
            f"{name}: it contains half of a surrogate pair, as text does that was decoded wrongly"
        ) from None
    return value


def _key_id_of(secret: bytes) -> str:
    """What a secret is called in a URL. It says nothing of the secret."""
    return _base64(hmac.digest(secret, _KEY_LABEL, sha256)[:6])


def _signed(path: str, context: Mapping[str, str], key_id: str, secret: bytes) -> str:
    """The whole query, in the one form in which it is written."""
    items = sorted(context.items())
    message = b"".join(
        map(_with_length, [_VERSION, path.encode(), key_id.encode(), *(t.encode() for i in items for t in i)])
    )
    signature = _base64(hmac.digest(secret, message, sha256))
    return "&".join(
        f"{quote(name, safe='')}={quote(text, safe='')}"
        for name, text in [*items, (_KEY, key_id), (_SIGNATURE, signature)]
    )


def _with_length(part: bytes) -> bytes:
    """Length first, so that no two lists of parts are the same bytes."""
    return b"%d:%b" % (len(part), part)


def _base64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def _names_in(query: str) -> dict[str, str]:
    """Names and values, decoded. Raises CallbackError for a name that stands there twice."""
    names: dict[str, str] = {}
    for piece in query.split("&"):
        name, equals, value = piece.partition("=")
        try:
            name, value = unquote(name, errors="strict"), unquote(value, errors="strict")
        except UnicodeDecodeError:
            raise CallbackError("url: its query is not UTF-8") from None
        if not equals or name in names:
            raise CallbackError("url: a name of its query has no value, or stands there twice")
        names[name] = value
    return names
