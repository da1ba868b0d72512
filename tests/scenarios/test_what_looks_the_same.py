"""Objects that look like a create's own, and shapes of answers that say less than they seem to."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import anyio
import pytest

from astria_async import AsyncAstria, Prompt, Request, Response, Tune, UnknownOutcomeError
from astria_async.errors import AstriaError, DecodeError, InsufficientBalanceError, ParameterError
from astria_async.testing import FakeAstria, MockTransport, VirtualClock, processed_then, rate_limited

pytestmark = pytest.mark.anyio


class Service:
    """Makes prompts and lists them. Each of `fates` is what becomes of a create, in turn: how long until it is answered,
    and whether it is made; after them, all is well.
    """

    def __init__(self, *fates: tuple[bool, float | None], **shown: Any) -> None:
        self.clock, self.fates, self.shown = VirtualClock(), list(fates), shown
        self.items: list[dict[str, Any]] = []
        self.cut = 0

    async def __call__(self, request: Request) -> Response:
        headers = {"Date": format_datetime(self.clock.now(), usegmt=True)}
        if request.method == "GET":
            page = [{**item, **self.shown} for item in reversed(self.items)]
            return Response.from_json(200, page if "before_id" not in request.query else [], headers)
        is_made, seconds = self.fates.pop(0) if self.fates else (True, 0.0)
        assert request.body is not None
        item = {"id": len(self.items) + 1, "created_at": self.clock.now().isoformat(), "tune_id": 7}
        item |= request.body.tree["prompt"]  # type: ignore[index,call-overload]
        if is_made:
            self.items.append(item)
        await self.clock.sleep(seconds or 0.0)
        if seconds is None:
            return Response(status=504, headers=headers)
        answer = Response.from_json(201, {**item, **self.shown}, headers)
        return Response(status=201, headers=answer.headers, body=answer.body[: len(answer.body) - self.cut])

    def client(self, **more: Any) -> AsyncAstria:
        return AsyncAstria("sd_test", transport=MockTransport(self), clock=self.clock, random=random.Random(5), **more)


LOST_AND_MADE, LOST = (True, None), (False, None)
Outcome = Prompt | AstriaError


async def both(*orders: Callable[[], Any]) -> list[Outcome]:
    found: dict[int, Outcome] = {}

    async def one(number: int, order: Callable[[], Any]) -> None:
        try:
            found[number] = await order()
        except AstriaError as error:
            found[number] = error

    async with anyio.create_task_group() as tasks:
        for number, order in enumerate(orders):
            tasks.start_soon(one, number, order)
    return [found[number] for number in range(len(orders))]


async def test_look_up_does_not_take_what_slow_call_is_making() -> None:
    service = Service(LOST, (True, 25.0))
    astria = service.client()

    async def later() -> Prompt:
        await service.clock.sleep(55.0)
        return await astria.prompts.create(7, text="x", seed=42)

    first, second = await both(lambda: astria.prompts.create(7, text="x", seed=42), later)
    assert isinstance(first, UnknownOutcomeError)
    assert isinstance(second, Prompt)
    assert len(service.items) == 1


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ({}, {"tune_id": "7"}),
        ({"text": "x --controlnet pose"}, {"controlnet": "pose"}),
        ({"input_image": "https://example.com/1.jpg"}, {"image_references": ["https://mp.example/1"]}),
    ],
)
async def test_fields_that_the_service_fills_in_prove_nothing(sent: Any, shown: Any) -> None:
    service = Service(LOST_AND_MADE, **shown)
    (found,) = await both(lambda: service.client().prompts.create(7, **{"text": "x", "seed": 42, **sent}))
    assert isinstance(found, (Prompt, UnknownOutcomeError, DecodeError))  # the last names the object
    assert len(service.items) == 1


async def test_texts_that_speak_of_balance_do_not_mean_it_short() -> None:
    service = Service()
    service.cut = 20
    prompt = await service.client().prompts.create(7, text="a rope dancer with not enough balance")
    assert [prompt.id] == [item["id"] for item in service.items]


async def test_create_cancelled_after_refusal_is_not_said_to_be_made() -> None:
    clock = VirtualClock()
    fake = FakeAstria(clock=clock)
    astria = AsyncAstria("sd_test", transport=MockTransport(fake), clock=clock)
    fake.script("POST /tunes/:id/prompts", rate_limited(100))
    with pytest.raises(TimeoutError) as caught, clock.fail_after(50):
        await astria.prompts.create(690204, text="x")
    told = [*getattr(caught.value, "__notes__", ()), *getattr(caught.value.__context__, "__notes__", ())]
    assert told == []


@pytest.mark.parametrize(
    "order",
    [
        lambda astria: astria.themes.create(theme="x", tunes=[1]),
        lambda astria: astria.packs.run("corporate", tune_ids=[1]),
        lambda astria: astria.account.workspaces.create(title="x"),
    ],
)
@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ({"status": 422, "message": "Not enough balance"}, InsufficientBalanceError),
        ({"status": 422, "error": "no such class", "message": "x"}, UnknownOutcomeError),
    ],
)
async def test_an_error_within_a_200_is_not_done(order: Any, answer: Any, kind: type[Exception]) -> None:
    transport = MockTransport(lambda request: Response.from_json(200, answer))
    with pytest.raises(kind):
        await order(AsyncAstria("sd_test", transport=transport, clock=VirtualClock()))


async def test_another_workspaces_answer_is_not_taken() -> None:
    transport = MockTransport(lambda request: Response.from_json(201, {"id": 5, "title": "Another"}))
    with pytest.raises(UnknownOutcomeError):
        await AsyncAstria("sd_test", transport=transport, clock=VirtualClock()).account.workspaces.create(title="Mine")


async def test_two_sends_of_one_prepared_create_make_one_object() -> None:
    clock = VirtualClock()
    fake = FakeAstria(clock=clock)
    astria = AsyncAstria("sd_test", transport=MockTransport(fake), clock=clock)
    prepared = await astria.prompts.prepare(690204, text="x")
    fake.script("POST /tunes/:id/prompts", processed_then(504))
    first, second = await both(lambda: astria.send(prepared, fresh=False), lambda: astria.send(prepared, fresh=False))
    assert isinstance(first, Prompt)
    assert isinstance(second, Prompt)
    assert first.id == second.id
    assert len(fake.prompts) == 1


@pytest.mark.parametrize(
    ("call", "parameter"),
    [
        (lambda astria: astria.prompts.find(7, seed="42"), "seed"),
        (lambda astria: astria.prompts.find(7, seed=None), "seed"),
        (lambda astria: astria.tunes.find(5), "title"),
        (lambda astria: astria.prompts.duplicate(1, image_index="0"), "image_index"),
        (lambda astria: astria.packs.create(title=5, base_tune_id=1), "title"),
        (lambda astria: astria.request("POST", "/x", json=[1]), "json"),
        (lambda astria: astria.request("POST", "/x", effect="create"), "effect"),
        (lambda astria: astria.request("POST", 5), "path"),
        (lambda astria: astria.prompts.create(8, on=Tune(id=9, created_at=datetime.now(UTC)), text="x"), "on"),
    ],
)
async def test_what_is_of_another_kind_is_refused_unsent(call: Any, parameter: str) -> None:
    def none(request: Request) -> Response:
        raise AssertionError(request.url)

    with pytest.raises(ParameterError, match=rf"^{parameter}: [^\n]*$"):
        await call(AsyncAstria("sd_test", transport=MockTransport(none)))


async def test_callbacks_tune_may_be_an_adapter_whose_prompts_lie_elsewhere() -> None:
    service = Service()
    service.items = [{"id": 1, "tune_id": 1504944, "text": "<lora:9:1> ohwx woman", "seed": 1}]
    tune = Tune(id=9, name="woman", created_at=datetime.now(UTC))
    assert [prompt.id async for prompt in service.client().prompts.list(tune)] == [1]
