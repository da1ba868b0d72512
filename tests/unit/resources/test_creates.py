"""A create whose answer was lost ends with exactly one object, known to the caller; or with what to look for."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import anyio
import pytest

from astria_async import (
    AsyncAstria,
    Limits,
    Request,
    Response,
    Tune,
    UnknownOutcomeError,
    idempotency_title,
)
from astria_async.middleware.recovery.known_list import MAX_PAGES
from astria_async.resources.listing import MAX_PAGE
from astria_async.testing import VirtualClock

pytestmark = pytest.mark.anyio
PICTURE = "https://example.com/1.jpg"


async def make(astria: AsyncAstria, **more: Any) -> int:
    return (await astria.tunes.create(name="woman", image_urls=[PICTURE], **more)).id


async def test_tune_made_before_its_answer_was_lost_is_found(client: Any, shelf: Any, clock: VirtualClock) -> None:
    service = shelf("made, lost")
    service.put(title="another's", age=3600)
    assert await make(client(service)) == 2
    assert len(service.items) == 2
    assert clock.monotonic() == 60
    assert service.calls == ["POST /tunes", "GET /tunes", "GET /tunes"]


async def test_a_tune_that_was_not_made_is_made_once(client: Any, shelf: Any) -> None:
    service = shelf("lost", "lost", "made, lost")
    await make(client(service))
    assert len(service.items) == 1
    assert service.calls.count("POST /tunes") == 3


async def test_prompt_is_found_by_its_drawn_seed_though_rewritten(client: Any, shelf: Any) -> None:
    service = shelf("made, lost", root="prompt")
    service.put(text="other", seed=5, age=3600)

    def rewriting(request: Request) -> Response:
        answer: Response = service(request)
        service.items[-1]["text"] = "rewritten"
        return answer

    prompt = await client(rewriting).prompts.create(9, text="a garden")
    assert prompt.id == 2
    assert service.calls == ["POST /tunes/9/prompts", "GET /prompts", "GET /prompts"]


async def test_seed_of_callers_tells_prompt_only_together_with_its_text(client: Any, shelf: Any) -> None:
    service = shelf("made, lost", root="prompt")
    assert (await client(service).prompts.create(9, text="a garden", seed=42)).id == 1

    service = shelf("lost", root="prompt")
    service.put(text="a lake", seed=42)
    assert (await client(service).prompts.create(9, text="a garden", seed=42)).id == 2

    service = shelf("lost", root="prompt")
    service.put(text="a garden", input_image="https://x.y/1", seed=42)
    with pytest.raises(UnknownOutcomeError, match="as 1, which could be another's") as caught:
        await client(service).prompts.create(9, text="a garden", input_image=b"\x89PNG\r\n\x1a\n", seed=42)
    assert caught.value.looked_for == {"tune_id": 9, "seed": 42}


async def test_a_title_without_a_uuid_could_be_anothers(client: Any, shelf: Any) -> None:
    service = shelf("made, lost")
    with pytest.raises(UnknownOutcomeError, match="could be another's") as caught:
        await make(client(service), title="Jane Doe")
    assert caught.value.looked_for == {"title": "Jane Doe"}
    assert service.calls.count("POST /tunes") == 1


async def test_with_the_accounts_idempotency_an_ambiguous_title_is_sent_again(client: Any, shelf: Any) -> None:
    service = shelf("made, lost", "made")
    service.put(title="old", age=3600)
    await make(client(service, account_idempotency=True), title="Jane Doe")
    assert service.calls == ["POST /tunes", *["GET /tunes"] * 4, "POST /tunes"]


async def test_older_tune_of_the_same_title_is_not_taken(client: Any, shelf: Any) -> None:
    service, title = shelf("lost"), idempotency_title("order", 1)
    service.put(title=title, age=3600)
    assert await make(client(service), title=title) == 2


@pytest.mark.parametrize("hours", [-5, 5])
async def test_the_servers_clock_counts_and_not_ours(hours: int, client: Any, shelf: Any) -> None:
    service, title = shelf("made, lost"), idempotency_title("order", 1)
    service.skew = timedelta(hours=hours)
    service.put(title=title, age=3600)
    assert await make(client(service), title=title) == 2
    assert len(service.items) == 2


async def test_it_looks_no_further_back_than_the_first_attempt(client: Any, shelf: Any) -> None:
    service = shelf("lost")
    for _ in range(300):
        service.put(title="old", age=3600)
    await make(client(service))
    assert service.calls == ["POST /tunes", "GET /tunes", "GET /tunes", "POST /tunes"]


async def test_pages_are_read_while_newer_than_the_first_attempt(client: Any, shelf: Any) -> None:
    service = shelf("made, lost")
    service.put(title="old", age=3600)

    def busy(request: Request) -> Response:
        answer: Response = service(request)
        if request.method == "POST":
            for _ in range(239):
                service.put(title="another's")
        return answer

    assert await make(client(busy)) == 2
    assert service.calls == ["POST /tunes", "GET /tunes", "GET /tunes", "GET /tunes"]


async def test_it_gives_up_after_a_bounded_number_of_pages(client: Any, shelf: Any) -> None:
    service = shelf("lost")
    for _ in range(MAX_PAGES * MAX_PAGE + 1):
        service.put(title="another's")
    with pytest.raises(UnknownOutcomeError, match="not among the newest 12000"):
        await make(client(service))
    assert service.calls.count("GET /tunes") == MAX_PAGES


async def test_a_look_up_that_is_refused_leaves_the_outcome_unknown(client: Any, shelf: Any) -> None:
    service = shelf("made, lost")
    service.list_status = 403
    with pytest.raises(UnknownOutcomeError, match="looking for it failed: 403"):
        await make(client(service))


@pytest.mark.parametrize("body", [b"{}", b'[{"title": "no id"}]', b"no json"])
async def test_look_up_that_gives_no_list_leaves_the_outcome_unknown(body: bytes, client: Any, shelf: Any) -> None:
    service = shelf("made, lost")

    def garbled(request: Request) -> Response:
        answer: Response = service(request)
        return Response(status=200, body=body) if request.method == "GET" else answer

    with pytest.raises(UnknownOutcomeError):
        await make(client(garbled))


async def test_a_half_answer_to_a_create_is_looked_up(client: Any, shelf: Any) -> None:
    service = shelf("made")
    service.put(title="old", age=3600)

    def halved(request: Request) -> Response:
        answer: Response = service(request)
        return Response(status=201, body=answer.body[:9]) if request.method == "POST" else answer

    assert await make(client(halved)) == 2
    assert service.calls == ["POST /tunes", "GET /tunes", "GET /tunes"]


async def test_without_a_date_or_times_every_page_is_looked_through(client: Any, shelf: Any) -> None:
    service = shelf("lost")
    service.put(title="a", created_at="yesterday")
    service.put(title="b", created_at="2026-01-01T00:00:00")

    def undated(request: Request) -> Response:
        answer: Response = service(request)
        return Response(status=answer.status, body=answer.body)

    await make(client(undated))
    assert service.calls == ["POST /tunes", *["GET /tunes"] * 4, "POST /tunes"]  # two readings, each to an empty page


# --- Prompts: in which list, and in which workspace.


async def test_prompt_is_looked_for_in_workspace_that_pays_for_it(client: Any, shelf: Any) -> None:
    seen: list[tuple[str, str | None]] = []
    service = shelf("made, lost", root="prompt")

    def noting(request: Request) -> Response:
        seen.append((request.method, request.headers.get("x-workspace-id")))
        answer: Response = service(request)
        return answer

    await client(noting, workspace_id=5).prompts.create(9, text="a garden", workspace_id=77)
    assert seen == [("POST", "5"), ("GET", "77"), ("GET", "77")]


async def test_prompt_of_an_adapter_is_found_among_the_accounts_prompts(client: Any, shelf: Any) -> None:
    service = shelf("made, lost", root="prompt")
    tune = Tune(id=7, name="woman", model_type="lora", branch="flux1", base_tune_id=1504944)
    prompt = await client(service).prompts.create(tune, text=f"{tune.mention()} in a garden")
    assert (prompt.id, prompt.tune_id) == (1, 1504944)
    assert service.calls[:2] == ["POST /tunes/1504944/prompts", "GET /prompts"]


async def test_unknown_prompt_is_named_by_its_model_and_seed(client: Any, shelf: Any) -> None:
    service = shelf("made, lost", root="prompt")
    service.list_status = 403
    with pytest.raises(UnknownOutcomeError) as caught:
        await client(service).prompts.create(9, text="<lora:9:1> a garden", on=4)
    assert caught.value.looked_for == {"tune_id": 4, "seed": service.items[0]["seed"]}
    assert str(service.items[0]["seed"]) in str(caught.value)


async def test_many_lost_creates_are_all_known_to_their_callers(client: Any, shelf: Any, clock: VirtualClock) -> None:
    service = shelf(*["made, lost"] * 200, root="prompt")
    astria = client(service, random=random.Random(1), limits=Limits(start=64, max_in_flight=256))
    found: list[int] = []

    async def one(number: int) -> None:
        found.append((await astria.prompts.create(9, text=f"a garden {number}")).id)

    async with anyio.create_task_group() as tasks:
        for number in range(200):
            tasks.start_soon(one, number)
    assert sorted(found) == [*range(1, 201)]
    assert len(service.items) == 200
    assert service.calls.count("GET /prompts") <= 30
    assert clock.monotonic() <= 300
