"""The mock's callbacks: delivered beside the server, on this machine only, once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import anyio
import pytest

from astria_async import Request, Response, TransportError
from astria_async.cli.mock.callback_queue import DELAY, REMEMBERED, CallbackQueue
from astria_async.cli.mock.loopback import is_loopback_url
from astria_async.testing import Callback, FakeAstria, HttpRequest, MockTransport, VirtualClock

pytestmark = pytest.mark.anyio

FORM = {"authorization": "Bearer sd_x", "content-type": "application/x-www-form-urlencoded"}


def callback(number: int) -> Callback:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    url = f"http://localhost:1/{number}"
    return Callback(kind="tune", url=url, ids=(number,), content_type="application/json", body=b"{}", at=at)


async def deliver(urls: Sequence[str]) -> tuple[list[str], list[tuple[str, str]]]:
    """Let a tune for each of these URLs be trained: (the URLs that were called, the failures that were reported)."""
    called: list[str] = []
    failures: list[tuple[str, str]] = []

    def receiver(request: Request) -> Response:
        called.append(request.url)
        if "refused" in request.url:
            raise TransportError("nobody listens there", request_was_sent=False)
        return Response(status=500 if "broken" in request.url else 200)

    clock = VirtualClock()
    queue = CallbackQueue(MockTransport(receiver), lambda url, reason: failures.append((url, reason)))
    fake = FakeAstria(clock=clock, callback_receiver=queue.receive)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(queue.run)
        for number, url in enumerate(urls):
            body = f"tune[title]={number}&tune[name]=man&tune[branch]=fast&tune[image_urls][]=https://x.y/1"
            body += f"&tune[callback]={url}"
            await fake.handle(HttpRequest.of("POST", "http://x/tunes", FORM, body.encode()))
        await clock.advance(60)
        await fake.deliver_callbacks()
        await clock.advance(1)
        tasks.cancel_scope.cancel()
    return called, failures


async def test_failing_receiver_stops_no_other_callback_and_is_called_once() -> None:
    urls = ["http://localhost:1/refused", "http://localhost:1/broken", "http://127.0.0.1:1/fine?user=1"]
    called, failures = await deliver(urls)
    assert called == urls
    assert failures == [(urls[0], "nobody listens there"), (urls[1], "the receiver answered 500")]


async def test_a_callback_to_another_machine_is_not_sent_and_reported() -> None:
    called, failures = await deliver(["https://me:secret@shop.com/elsewhere?mac=secret", "http://[broken"])
    assert called == []
    assert failures == [
        ("https://shop.com/elsewhere", "the mock calls only addresses on this machine"),
        ("http://[broken", "the mock calls only addresses on this machine"),
    ]


async def test_callbacks_are_lost_doubled_and_delayed_as_planned() -> None:
    called: list[str] = []

    def receiver(request: Request) -> Response:
        called.append(request.url)
        return Response(status=204)

    clock = VirtualClock(auto=False)
    queue = CallbackQueue(MockTransport(receiver), sleep=clock.sleep)
    queue.treatments.extend(["lose", "double", "delay"])
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(queue.run)
        for number in range(4):
            await queue.receive(callback(number))
        await anyio.wait_all_tasks_blocked()
        before = [*called]
        states = [(each.ids, each.state, each.outcome) for each in queue.deliveries]
        await clock.advance(DELAY)
        await anyio.wait_all_tasks_blocked()
        tasks.cancel_scope.cancel()
    doubled, usual, delayed = (f"http://localhost:1/{number}" for number in (1, 3, 2))
    assert (before, called) == ([doubled, doubled, usual], [doubled, doubled, usual, delayed])
    assert states == [
        ((0,), "lost", ""),
        ((1,), "answered", "204"),
        ((1,), "answered", "204"),
        ((2,), "delayed", ""),
        ((3,), "answered", "204"),
    ]
    assert not queue.treatments


async def test_the_last_deliveries_are_remembered() -> None:
    queue = CallbackQueue(MockTransport(lambda _: Response(status=204)))
    for number in range(REMEMBERED + 5):
        await queue.receive(callback(number))
    assert [each.number for each in queue.deliveries] == [*range(6, REMEMBERED + 6)]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://localhost/x", True),
        ("http://LOCALHOST:80/x", True),
        ("https://127.8.8.8", True),
        ("http://[::1]:80/x", True),
        ("http://0.0.0.0/x", False),
        ("http://localhost.evil.example/", False),
        ("http://127.0.0.1@evil.example/", False),
        ("http://[::1/", False),
        ("localhost", False),
    ],
)
async def test_loopback_is_told_from_the_rest(url: str, expected: bool) -> None:
    assert is_loopback_url(url) is expected
