"""Nothing that was paid for is lost, and nothing is paid for twice; the same key is the same order."""

from __future__ import annotations

import warnings
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from astria_async import (
    AsyncAstria,
    DecodeError,
    InsufficientBalanceError,
    ParameterError,
    RedirectError,
    Request,
    Response,
    UnknownOutcomeError,
)

pytestmark = pytest.mark.anyio
PICTURE = "https://example.com/1.jpg"


async def make(astria: AsyncAstria, **more: Any) -> int:
    return (await astria.tunes.create(name="woman", image_urls=[PICTURE], **more)).id


@pytest.mark.parametrize("given", [{}, {"workspace_id": 5}])
async def test_warning_made_error_does_not_lose_what_was_paid_for(given: Any, client: Any, shelf: Any) -> None:
    service = shelf()
    service.put(title="Jane Doe", workspace_id=8, age=3600)

    def existing(request: Request) -> Response:
        return Response.from_json(200, service.items[0], {"Date": format_datetime(service.clock.now(), usegmt=True)})

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert await make(client(existing, **given), title="Jane Doe") == 1
        run = await client(existing, **given).packs.run(7, name="woman", image_urls=[PICTURE], title="Jane Doe")
    assert run.tune.id == 1


async def test_an_answer_of_another_shape_names_what_was_made(client: Any, answers: Any) -> None:
    with pytest.raises(DecodeError) as caught:
        await make(client(answers(Response.from_json(201, {"id": 5, "steps": "many"}))))
    assert caught.value.__notes__ == ["The tune 5 was made: do not send the create again."]
    assert caught.value.outcome == "unknown"


async def test_account_that_cannot_pay_is_said_so_whatever_the_status(client: Any, answers: Any) -> None:
    for status in (200, 402, 403, 422, 429, 500, 503):
        service = answers(Response.from_json(status, {"base": ["Not enough balance"]}))
        with pytest.raises(InsufficientBalanceError) as caught:
            await make(client(service))
        assert (len(service.requests), caught.value.outcome) == (1, "rejected")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_named_and_nothing_is_sent_again(status: int, client: Any, shelf: Any) -> None:
    service = shelf()

    def elsewhere(request: Request) -> Response:
        if request.method == "GET":
            answer: Response = service(request)
            return answer
        service.calls.append(f"POST {request.path}")
        return Response(status=status, headers={"Location": "https://astria.ai/tunes"})

    with pytest.raises(RedirectError, match="redirected to https://astria.ai/tunes"):
        await make(client(elsewhere))
    assert service.calls.count("POST /tunes") == 1


async def test_key_makes_title_of_tune_and_of_packs_run(client: Any, shelf: Any) -> None:
    service = shelf()
    astria = client(service)
    for key in ("k", "k", "other"):
        await make(astria, idempotency_key=key)
    for _ in range(2):
        await astria.packs.run(7, name="woman", image_urls=[PICTURE], idempotency_key="k")
    first, again, other, run, run_again = (item["title"] for item in service.items)
    assert first == again
    assert run == run_again
    assert len({first, other, run}) == 3
    for wrong in ("", " ", 5):
        with pytest.raises(ParameterError, match="idempotency_key: "):
            await make(astria, idempotency_key=wrong)
    with pytest.raises(ParameterError, match="idempotency_key: it makes the title; give one or the other"):
        await make(astria, idempotency_key="k", title="t")
    with pytest.raises(ParameterError, match="idempotency_key: it makes the title of a new tune"):
        await astria.packs.run(7, tune_ids=[1], idempotency_key="k")


async def test_an_answer_about_another_object_is_never_returned(client: Any, answers: Any, tmp_path: Path) -> None:
    astria = client(answers({"id": 9, "images": ["https://x.y/1"]}))
    for call in (
        lambda: astria.tunes.retrieve(3),
        lambda: astria.tunes.update(3, title="x"),
        lambda: astria.prompts.retrieve(3),
        lambda: astria.prompts.retrieve(3, tune=9),
        lambda: astria.prompts.update(3, pack_id=1),
        lambda: astria.prompts.download(3, tmp_path),
    ):
        with pytest.raises(DecodeError, match="id: the answer is not about 3") as caught:
            await call()
        assert len(caught.value.attempts) > 1
    assert [*tmp_path.iterdir()] == []


async def test_an_answer_of_another_request_is_asked_for_again(client: Any, answers: Any) -> None:
    service = answers({"id": 9}, {"id": 3})
    assert (await client(service).tunes.retrieve(3)).id == 3
    assert len(service.requests) == 2


@pytest.mark.parametrize("body", [{}, {"error": "x"}, {"status": 201}, {"id": None}, {"id": 4}, []])
async def test_answers_that_say_nothing_of_the_run_are_none(body: Any, client: Any, answers: Any) -> None:
    service = answers(Response.from_json(201, body), Response(status=403))
    with pytest.raises(UnknownOutcomeError):
        await client(service).packs.run(7, tune_ids=[1])
    assert service.sent.count("POST /p/7/tunes") == 1
