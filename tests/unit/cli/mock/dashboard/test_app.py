"""What the page's buttons do, and who may press them."""

from __future__ import annotations

import re
from typing import Any

import anyio
import pytest

from astria_async.cli.mock.dashboard.html import FAULTS, PATTERNS
from astria_async.cli.mock.fault_file import Rule
from astria_async.cli.mock.fault_words import parse_fault
from astria_async.testing import fail

pytestmark = pytest.mark.anyio


async def test_fault_hits_the_next_request_and_the_page_shows_it(desk: Any) -> None:
    answer = await desk.press("fault", fault="processed_then 504", pattern="POST /tunes", times="1")
    assert (answer.status, answer.headers["location"]) == (303, "/")
    assert "<code>POST /tunes</code> processed_then(504)" in await desk.page()
    request = {"authorization": "Bearer sd_x", "content-type": "application/json"}, b'{"tune":{"name":"a"}}'
    assert (await desk.ask("POST", "/tunes", *request)).status == 504
    page = await desk.page()
    assert "No fault is planned" in page
    assert '<span class="fault">processed_then(504)</span></td><td class="bad">504</td>' in page


async def test_faults_come_three_times_or_always_until_they_are_cleared(desk: Any) -> None:
    await desk.press("fault", fault="fail 500", pattern="GET /tunes", times="3")
    await desk.press("fault", fault="rate_limited", pattern="GET /tunes", times="always")
    assert (await desk.page()).count("fail(500)") == 3
    statuses = [(await desk.ask("GET", "/tunes", {"authorization": "Bearer sd_x"})).status for _ in range(6)]
    assert statuses == [500, 500, 500, 429, 429, 429]
    assert "rate_limited, always" in await desk.page()
    await desk.press("clear")
    assert "No fault is planned" in await desk.page()
    assert (await desk.ask("GET", "/tunes", {"authorization": "Bearer sd_x"})).status == 200


@pytest.mark.parametrize("words", [words for _, _, words in FAULTS])
@pytest.mark.parametrize("pattern", [pattern for pattern, _ in PATTERNS])
async def test_each_button_works_with_each_choice(desk: Any, words: str, pattern: str) -> None:
    assert (await desk.press("fault", fault=words, pattern=pattern, times="1")).status == 303
    assert desk.fake.faults_left == {pattern: [parse_fault(words)]}


async def test_faults_of_start_are_shown_and_long_plans_are_cut(make_desk: Any) -> None:
    desk = make_desk(rules=[("* *", Rule(fail(500), 0.1, 7))])
    desk.fake.script("GET *", *[fail(500)] * 20)
    assert "and 9 more" in await desk.page()
    desk.fake.clear_faults()
    assert "<code>* *</code> fail(500), 10% of them" in await desk.page()


async def test_the_idempotency_setting_is_turned_on_and_off(desk: Any) -> None:
    assert "Turn on" in await desk.page()
    await desk.press("idempotency", idempotency="on")
    assert desk.fake.account_idempotency
    assert await desk.tune(title="same") == await desk.tune(title="same")
    assert "Turn off" in await desk.page()
    await desk.press("idempotency", idempotency="off")
    assert not desk.fake.account_idempotency


async def test_the_clock_is_put_forward(desk: Any) -> None:
    before = desk.clock.now()
    changes = desk.changes
    await desk.press("advance", seconds="600")
    assert (desk.clock.now() - before).total_seconds() == 600
    assert desk.changes == changes + 1


@pytest.mark.parametrize(
    ("action", "fields"),
    [
        ("fault", {"fault": "explode", "pattern": "* *", "times": "1"}),
        ("fault", {"fault": "ok", "pattern": "nothing", "times": "1"}),
        ("fault", {"fault": "ok", "pattern": "* *", "times": "2"}),
        ("fault", {"fault": "ok", "pattern": "* *"}),
        ("advance", {"seconds": "-1"}),
        ("advance", {"seconds": "nan"}),
        ("advance", {"seconds": "soon"}),
        ("advance", {"seconds": "1e12"}),
        ("idempotency", {}),
    ],
)
async def test_form_that_makes_no_sense_is_refused_with_a_reason(
    desk: Any, action: str, fields: dict[str, str]
) -> None:
    answer = await desk.press(action, **fields)
    assert answer.status == 400
    assert len(answer.body) > 5


@pytest.mark.parametrize("origin", [None, "null", "http://evil.example", "http://localhost:8787", "https://127.0.0.1:8787"])  # fmt: skip
async def test_a_page_elsewhere_cannot_press_a_button(desk: Any, origin: str | None) -> None:
    assert (await desk.press("idempotency", origin, idempotency="on")).status == 403
    assert not desk.fake.account_idempotency


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:8787", "", "10.0.0.1:8787", "[::1"])
async def test_a_foreign_name_that_leads_here_shows_nothing(desk: Any, host: str) -> None:
    for method, path in (("GET", "/"), ("GET", "/_mock/parts"), ("POST", "/_mock/clear")):
        assert (await desk.ask(method, path, host=host)).status == 403
    assert (await desk.ask("GET", "/tunes", host=host)).status == 401


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8787", "[::1]:8787"])
async def test_every_name_of_this_machine_shows_the_page(desk: Any, host: str) -> None:
    assert (await desk.ask("GET", "/", host=host)).status == 200


async def test_a_form_that_is_too_long_is_refused(desk: Any) -> None:
    assert (await desk.press("advance", seconds="1" * 20_000)).status == 400


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/_mock/nothing"), ("GET", "/_mock/clear"), ("POST", "/_mock/nothing"), ("DELETE", "/_mock/clear")],
)
async def test_other_paths_below_its_prefix_are_404(desk: Any, method: str, path: str) -> None:
    assert (await desk.ask(method, path, {"origin": "http://127.0.0.1:8787"})).status == 404


async def test_every_other_request_is_for_the_fake(desk: Any) -> None:
    assert (await desk.ask("POST", "/")).status == 404
    assert (await desk.ask("GET", "/tunes")).body == b"HTTP Token: Access denied.\n"
    assert await desk.call("GET", "/tunes") == []
    assert len(desk.fake.requests) == 3


async def test_the_page_leaves_no_trace_and_meets_no_fault(desk: Any) -> None:
    id_ = await desk.prompt()
    desk.clock.advance(30)
    desk.fake.rule("* *", fail(500))
    desk.fake.requests.clear()
    changes = desk.changes
    for path in ("/", "/_mock/parts", f"/_mock/images/p{id_}-0"):
        assert (await desk.ask("GET", path)).status == 200
    assert not desk.fake.requests
    assert desk.changes == changes


async def test_image_may_be_cached_and_a_missing_one_may_not(desk: Any) -> None:
    id_ = await desk.prompt()
    missing = await desk.ask("GET", f"/_mock/images/p{id_}-0")
    assert (missing.status, "cache-control" in missing.headers) == (404, False)
    desk.clock.advance(30)
    image = await desk.ask("GET", f"/_mock/images/p{id_}-0")
    assert (image.headers["content-type"], image.body[:4]) == ("image/png", b"\x89PNG")
    assert "max-age" in image.headers["cache-control"]


async def test_a_pending_request_shows_its_fault_and_later_its_duration(desk: Any) -> None:
    await desk.press("fault", fault="delayed 5", pattern="GET *", times="1")

    def row(page: str) -> str:
        return re.findall(r'<tr id="r[-\d]+">.*?</tr>', page, re.DOTALL)[0]

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(desk.call, "GET", "/tunes")
        await desk.real.advance(2)
        assert '<td class="pending">…</td><td></td>' in row(await desk.page())
        assert "ok after 5 s" in row(await desk.page())
        await desk.real.advance(3)
    assert '<td class="good">200</td><td>5.00 s</td>' in row(await desk.page())


async def test_a_dropped_answer_has_no_status(desk: Any) -> None:
    await desk.press("fault", fault="drop", pattern="* *", times="1")
    assert (await desk.ask("GET", "/tunes")).status == 0
    assert '<td class="bad">none</td>' in await desk.page()


async def test_on_change_follows_each_request_that_can_change_something(desk: Any) -> None:
    await desk.call("GET", "/tunes")
    assert desk.changes == 0
    await desk.tune()
    assert desk.changes == 1


async def test_a_servers_start_and_end_are_the_fakes(desk: Any) -> None:
    """While it is served, the fake delivers callbacks by itself."""
    events = iter(["lifespan.startup", "lifespan.shutdown"])
    sent: list[str] = []

    async def receive() -> dict[str, Any]:
        return {"type": next(events)}

    async def send(message: Any) -> None:
        sent.append(message["type"])

    await desk.dashboard({"type": "lifespan"}, receive, send)
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


async def test_callbacks_are_shown_from_due_to_answered(desk: Any) -> None:
    assert "No callback yet" in await desk.page()
    for name in ("fine", "broken"):
        await desk.prompt(callback=f"http://me:secret@localhost:9/{name}?mac=0123456789")
    page = await desk.page()
    assert page.count('<td class="pending">due</td>') == 2
    assert "http://localhost:9/fine" in page
    assert "secret" not in page
    assert "mac=" not in page.partition('<section id="requests">')[0]
    desk.clock.advance(60)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(desk.queue.run)
        await desk.fake.deliver_callbacks()
        await anyio.wait_all_tasks_blocked()
        tasks.cancel_scope.cancel()
    page = await desk.page()
    assert '<td class="good">answered 204</td>' in page
    assert '<span class="fault">the receiver answered 500</span></td><td class="bad">failed</td>' in page
    assert len(desk.called) == 2


@pytest.mark.parametrize(("button", "hint"), [("lose", "never sent"), ("double", "twice"), ("delay", "60 s later")])
async def test_the_next_callback_is_treated_as_a_button_says(desk: Any, button: str, hint: str) -> None:
    assert (await desk.press("callback", next=button)).status == 303
    assert f"{hint}</li>" in await desk.page()
    assert [*desk.queue.treatments] == [button]
    await desk.press("callback", next="none")
    assert not desk.queue.treatments


async def test_an_unknown_treatment_of_callbacks_is_refused(desk: Any) -> None:
    answer = await desk.press("callback", next="eat")
    assert (answer.status, answer.body) == (400, b"next='eat': give lose, double, delay or none\n")
