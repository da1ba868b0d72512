"""The client's options, each checked for its kind when the client or a view is made, and not at its first call.

What can only mean one thing is taken: `timeout=30`, `limits=10`, an `httpx.AsyncClient` as transport. Everything else
raises ConfigurationError: one line with the option and the remedy.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from inspect import iscoroutinefunction
from typing import Any, NoReturn, Protocol, cast

from attrs import evolve

from ._values.numbers import number_or_none, shown_value, whole_or_none
from ._wire import Clock, Middleware, Observer, RandomSource, Timeout, Transport, Waits
from .errors import ConfigurationError
from .middleware import Limits, RetryPolicy
from .middleware.compose import checked
from .telemetry import listener
from .transports import is_user_client, transport_named

_NAMES = "'httpx', 'aiohttp', 'pyreqwest'"
#: The client's policy if none is given. It is known by its identity: an equal one that is passed counts as given.
DEFAULT_RETRY = RetryPolicy()


class UserClient(Protocol):
    """An `AsyncClient` of httpx, httpx2 or httpx-aiohttp, told by what it has: this file names no HTTP library."""

    @property
    def build_request(self) -> Any: ...
    @property
    def aclose(self) -> Any: ...


def timeout_of(value: object) -> Timeout:
    """A `Timeout`; a number of seconds is its `total`."""
    if isinstance(value, Timeout):
        return value
    remedy = "pass seconds, or astria_async.Timeout(total=30, attempt=60, connect=10)"
    if isinstance(value, timedelta):
        remedy = f"pass {value.total_seconds():g}, its total_seconds()"
    if number_or_none(value) is None and not isinstance(value, float):  # nan and inf are Timeout's own to refuse
        _refuse("timeout", value, "a number of seconds", remedy)
    return Timeout(total=cast(float, value))


def limits_of(value: object) -> Limits:
    """A `Limits`; a whole number is its `max_in_flight`."""
    if isinstance(value, Limits):
        return value
    remedy = "pass a whole number for max_in_flight, or astria_async.Limits(max_in_flight=10)"
    number = whole_or_none(value)
    if number is None:
        _refuse("limits", value, "a number of attempts", remedy)
    return Limits(max_in_flight=number)


def retry_of(value: object, max_retries: object = None, *, base: RetryPolicy = DEFAULT_RETRY) -> RetryPolicy:
    """A `RetryPolicy`; or `base`, which stands for no policy given, with `max_retries` in place of its attempts."""
    if not isinstance(value, RetryPolicy):
        remedy = "pass max_retries=3, or RetryPolicy(max_attempts=4), which counts the first attempt"
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1000:
            remedy = f"pass max_retries={value}, or RetryPolicy(max_attempts={value + 1})"
        elif value is None or value is False:
            remedy = "pass max_retries=0 for no retries, or leave it out"
        _refuse("retry", value, "a RetryPolicy", remedy)
    if max_retries is None:
        return value
    number = whole_or_none(max_retries)
    if number is None or number < 0:
        _refuse("max_retries", max_retries, "a number of retries", "pass a whole number such as 3, or 0 for no retries")
    if value is not base:
        raise ConfigurationError(
            "max_retries: retry is given, too; pass one of them: RetryPolicy(max_attempts=4) has 3 retries"
        )
    return evolve(base, max_attempts=number + 1)


def middleware_of(value: object) -> tuple[Middleware, ...]:
    """The layers, in the order in which they see a request."""
    if callable(value):
        _refuse("middleware", value, "a list", "pass a list: middleware=[...]")
    if not isinstance(value, Iterable) or isinstance(value, (str, bytes, dict, set)) or hasattr(value, "shape"):
        _refuse("middleware", value, "a list of functions", "pass a list: middleware=[...], or leave it out")
    return checked(tuple(value))


def observer_of(value: object) -> Observer | None:
    """A function that is told of events, and fails no call. None listens to nothing."""
    if value is None:
        return None
    if not callable(value) or isinstance(value, type):
        _refuse("on_event", value, "a function", "pass one that takes an event: on_event=print")
    if iscoroutinefunction(value) or iscoroutinefunction(getattr(value, "__call__", None)):  # noqa: B004
        _refuse("on_event", value, "a plain function", "write def, and not async def: it must not wait")
    return listener(cast(Observer, value))


def most_bytes_of(value: object) -> int:
    """The most bytes that an answer may have."""
    number = whole_or_none(value)
    if number is None or number < 1:
        _refuse("max_response_bytes", value, "a number of bytes", "pass a whole number above 0, such as 32 * 1024**2")
    return number


def waits_of(value: object) -> Waits:
    """What a call waits for."""
    try:
        return Waits(value)
    except ValueError:
        _refuse("waits", value, "all, slot or nothing", 'pass waits="nothing" for calls that never wait')


def flag_of(name: str, value: object) -> bool:
    """True or False, and nothing that is only read as one: "no" is true."""
    if not isinstance(value, bool):
        _refuse(name, value, "True or False", f"pass {name}=True, or leave it out")
    return value


def clock_of(value: object) -> Clock:
    """A `Clock`, by its four methods."""
    return cast(Clock, _with_methods("clock", value, ("monotonic", "now", "sleep", "fail_after"), "SystemClock()"))


def random_of(value: object) -> RandomSource:
    """A source of randomness, by its two methods."""
    is_seed = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**20
    remedy = f"random.Random({value})" if is_seed else "random.Random(1)"
    return cast(RandomSource, _with_methods("random", value, ("random", "getrandbits"), remedy))


def transport_of(value: object, clock: Clock, random: RandomSource) -> Transport:
    """The transport that was given, or the one of a name; None means httpx. A client of the user's own is wrapped."""
    if value is None or isinstance(value, str):
        return transport_named("httpx" if value is None else value, clock=clock, random=random)
    if is_user_client(value):
        from .transports import HttpxTransport

        return HttpxTransport(client=value, clock=clock, random=random)
    remedy = f"pass {_NAMES}, an httpx.AsyncClient, or an object with send, stream and aclose"
    if type(value).__name__ == "Client":
        remedy = "pass an httpx.AsyncClient: this one blocks"
    elif type(value).__name__ == "ClientSession":
        remedy = "pass 'aiohttp', or AiohttpTransport()"
    elif hasattr(value, "handle_async_request"):
        remedy = f"pass httpx.AsyncClient(transport={type(value).__name__}(...))"
    return cast(Transport, _with_methods("transport", value, ("send", "stream", "aclose"), "", remedy))


def _with_methods(name: str, value: object, methods: tuple[str, ...], example: str, remedy: str = "") -> object:
    missing = [method for method in methods if not callable(getattr(value, method, None))]
    if isinstance(value, type):
        raise ConfigurationError(f"{name}: {value.__name__} is a class; pass an instance: {value.__name__}()")
    if missing or hasattr(value, "handle_async_request"):
        problem = f"has no {', '.join(missing)}" if missing else "is not a transport of this SDK"
        remedy = remedy or f"pass an object that has {' and '.join(methods)}, such as {example}"
        raise ConfigurationError(f"{name}: {_kind(value)} {problem}; {remedy}")
    return value


def _refuse(name: str, value: object, what: str, remedy: str) -> NoReturn:
    shown = shown_value(value, 40) if isinstance(value, (int, float)) or value is None else _kind(value)
    if isinstance(value, str):
        shown = repr(value[:40])
    raise ConfigurationError(f"{name}: {shown} is not {what}; {remedy}")


def _kind(value: object) -> str:
    """A type with its library, as two libraries have a `Timeout` and a `Limits`."""
    kind = type(value)
    library = kind.__module__.partition(".")[0]
    return kind.__name__ if library in ("builtins", "__main__") else f"{library}.{kind.__name__}"
