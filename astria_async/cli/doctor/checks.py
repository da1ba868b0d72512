"""The checks that only read."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from attrs import frozen

from ..._values.urls import host_of, is_loopback
from ..._wire import Body, Effect
from ...errors import AstriaError
from .._shared.text import count_of, rough_duration

if TYPE_CHECKING:
    from ... import AsyncAstria, RawResponse, User

#: Seconds that this machine's clock may differ from the service's.
SKEW = 30.0
#: USD below which the balance is worth a word.
LITTLE = Decimal(1)
#: What expires in this time is named; tunes that are looked at, and tunes that are named.
SOON, LOOKED_AT, NAMED = timedelta(days=7), 1200, 5


@frozen
class Check:
    """What was found, and what to do about it; `remedy` is empty if nothing is to be done."""

    name: str
    status: Literal["ok", "warning", "failed", "unknown"]
    found: str
    remedy: str = ""


async def examine(astria: AsyncAstria, callback: str | None) -> list[Check]:
    """All checks that only read. Raises what the first request raises: without it nothing can be said.

    Args:
        astria: The client.
        callback: A callback URL to be called without a signature; None for none.
    """
    raw = await astria.with_raw_response.account.me()
    return [
        Check("key", "ok", f"it is of account {raw.parsed.id}"),
        _service(astria),
        await _workspace(astria),
        _balance(raw.parsed),
        _clock(astria, raw),
        _proxy(astria),
        await _expiring(astria),
        await _callback(astria, callback),
    ]


def _service(astria: AsyncAstria) -> Check:
    return Check("service", "ok", f"{astria._core.base_url} answers")


async def _workspace(astria: AsyncAstria) -> Check:
    wanted = astria._core.workspace_id
    if wanted in (None, "all"):
        return Check("workspace", "ok", "all" if wanted else "the personal one")
    known = [workspace.id for workspace in await astria.account.workspaces.list()]
    if wanted in known:
        return Check("workspace", "ok", str(wanted))
    return Check(
        "workspace", "failed", f"{wanted} is not among this key's, so the personal one is used without a word",
        "correct ASTRIA_WORKSPACE_ID, or ask its owner for access",
    )  # fmt: skip


def _balance(user: User) -> Check:
    if user.balance is None:
        return Check("balance", "unknown", "the service did not say")
    if user.balance < LITTLE and not user.top_off_amount:
        return Check("balance", "warning", f"{user.balance:.2f} USD", "add credits, or turn on the automatic top-off")
    return Check("balance", "ok", f"{user.balance:.2f} USD")


def _clock(astria: AsyncAstria, raw: RawResponse[User]) -> Check:
    try:
        told = parsedate_to_datetime(raw.headers["date"])
        skew = (astria.clock.now() - told).total_seconds()
    except (KeyError, TypeError, ValueError):
        return Check("clock", "unknown", "the service did not tell its time")
    if abs(skew) <= SKEW:
        return Check("clock", "ok", "as the service's")
    way = "ahead of" if skew > 0 else "behind"
    return Check("clock", "warning", f"{rough_duration(abs(skew))} {way} the service's", "set this machine's clock")


def _proxy(astria: AsyncAstria) -> Check:
    parts = urlsplit(astria._core.base_url)
    proxies = getproxies()
    url = proxies.get(parts.scheme) or proxies.get("all")
    if not url or proxy_bypass(parts.hostname or ""):
        return Check("proxy", "ok", "none is used")
    host = urlsplit(url if "://" in url else f"http://{url}").hostname or "one that cannot be read"
    return Check("proxy", "ok", f"requests go through {host}")


async def _expiring(astria: AsyncAstria) -> Check:
    now = await astria.service_time()
    tunes = astria.tunes.list(limit=LOOKED_AT)
    soon = [tune async for tune in tunes if tune.expires_at and now < tune.expires_at <= now + SOON]
    if not soon:
        return Check("tunes", "ok", "none expires within a week")
    soon.sort(key=lambda tune: str(tune.expires_at))
    names = ", ".join(f"{tune.id} on {tune.expires_at:%Y-%m-%d}" for tune in soon[:NAMED])
    more = f", and {len(soon) - NAMED} more" if len(soon) > NAMED else ""
    return Check(
        "tunes", "warning", f"{count_of(len(soon), 'tune')} will expire within a week: {names}{more}",
        "download what you need, or extend them",
    )  # fmt: skip


async def _callback(astria: AsyncAstria, url: str | None) -> Check:
    if url is None:
        return Check("callback", "unknown", "not checked", "give --callback URL")
    core = astria._core
    parts = urlsplit(url)
    if parts.scheme != "https" and not is_loopback(host_of(core.base_url)):
        return Check("callback", "failed", "it is not https, so it is not called", "give it an https URL")
    request = core.elsewhere("POST", url, operation="doctor.callback", effect=Effect.READ, headers={}, body=Body({}))
    try:
        response = await core.send(request)
    except AstriaError as error:
        return Check("callback", "failed", f"it is not reached from here: {error}", "open it to the internet")
    if response.status in range(300, 400):
        return Check(
            "callback", "failed", f"it redirects ({response.status}), which is not followed", "give the target"
        )
    if response.status < 300:
        text = f"it takes a call that is not signed ({response.status}): anybody can call it"
        return Check("callback", "warning", text, "check the signature: astria_async.callbacks.CallbackApp does")
    if response.status >= 500 or response.status == 404:
        return Check("callback", "failed", f"it answers {response.status}", "check its path, and its log")
    return Check("callback", "ok", f"it is reached, and refuses what is not signed ({response.status})")
