"""The pytest plugin: a client on a fake, for any async test, whichever plugin runs it.

    @pytest.mark.astria(account_idempotency=True)
    async def test_an_order_is_not_paid_twice(astria, fake_astria, virtual_clock): ...

It is there once the package is installed; `-p no:astria_async` turns it off. Its fixtures are plain functions, so that they
need no plugin for async ones, and belong to no event loop: the clock adopts the one that the test runs on. By itself it
imports nothing but pytest until a fixture is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .._client import AsyncAstria
    from ..callbacks import CallbackApp, CallbackSigner
    from .clock._virtual import VirtualClock
    from .fake import FakeAstria

#: The key of the client that `astria` is: `fake_astria.account(KEY)` is what it owns.
KEY = "sd_test"
#: What `astria_signer` signs for.
RECEIVER = "https://receiver.example.com"

_MARK = (
    "astria(**settings): what `fake_astria` is made with, such as balance_mc=0, timings=Timings(...), callback_receiver=...; "
    "account_idempotency=True is told to the client as well"
)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line("markers", _MARK)


def _settings(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What the test's markers say; of a name that is given twice, the nearest one's value."""
    settings: dict[str, Any] = {}
    for mark in request.node.iter_markers("astria"):
        if mark.args:
            raise pytest.UsageError(f"{request.node.nodeid}: mark.astria takes settings by name, such as balance_mc=0")
        settings = {**mark.kwargs, **settings}
    return settings


@pytest.fixture
def virtual_clock() -> VirtualClock:
    """Time that passes only when every task waits: `astria` and `fake_astria` go by it."""
    from .clock._virtual import VirtualClock

    return VirtualClock()


@pytest.fixture
def fake_astria(request: pytest.FixtureRequest, virtual_clock: VirtualClock) -> FakeAstria:
    """The fake, new for each test, with the settings of `@pytest.mark.astria(...)`."""
    from .fake import FakeAstria

    try:
        return FakeAstria(clock=virtual_clock, **_settings(request))
    except TypeError as error:
        problem = f"{request.node.nodeid}: mark.astria: {error}"
    raise pytest.UsageError(problem)


@pytest.fixture
def astria(request: pytest.FixtureRequest, fake_astria: FakeAstria, virtual_clock: VirtualClock) -> AsyncAstria:
    """A client on `fake_astria` and `virtual_clock`, with the same random numbers in each run.

    It has no connections, so that it need not be closed.
    """
    from random import Random

    from .._client import AsyncAstria
    from .transport import MockTransport

    return AsyncAstria(
        KEY,
        base_url="https://api.astria.ai",
        workspace_id="personal",
        transport=MockTransport(fake_astria),
        clock=virtual_clock,
        random=Random(0),
        account_idempotency=_settings(request).get("account_idempotency", False),
    )


@pytest.fixture
def astria_signer() -> CallbackSigner:
    """Signs the callback URLs of a test: `callback=astria_signer.url("/astria", order=17)`."""
    from ..callbacks import CallbackSigner

    return CallbackSigner("the secret of a test", RECEIVER)


@pytest.fixture
def astria_callbacks(
    astria: AsyncAstria, astria_signer: CallbackSigner, fake_astria: FakeAstria, virtual_clock: VirtualClock
) -> CallbackApp:
    """A `CallbackApp` of `astria` that `fake_astria` calls without a socket. Its inbox is in memory.

    `await fake_astria.deliver_callbacks()` makes the calls that are due, and `await astria_callbacks.handle_due()` runs the
    handlers. `fake_astria.callbacks.arrange` loses calls, doubles them, or turns them around.
    """
    from ..callbacks import CallbackApp
    from .receivers import asgi_receiver

    app = CallbackApp(astria, astria_signer, clock=virtual_clock)
    fake_astria.callbacks.receiver = asgi_receiver(app)
    return app
