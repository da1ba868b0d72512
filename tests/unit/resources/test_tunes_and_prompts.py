"""What each method sends, and what it makes of the answer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from astria_async import (
    GenerationFailedError,
    ParameterError,
    PromptParams,
    PromptState,
    Response,
    Tune,
    TuneParams,
    TuneState,
    ValidationError,
    WaitTimeoutError,
)
from astria_async.testing import VirtualClock

pytestmark = pytest.mark.anyio
TRAINED = "2026-01-01T12:00:00.000Z"


async def test_a_tune_is_created_from_keywords_or_from_params(client: Any, answers: Any) -> None:
    service = answers({"id": 3, "name": "woman"})
    astria = client(service)
    tune = await astria.tunes.create(name="woman", image_urls=["https://x.y/1 ü.jpg"])
    await astria.tunes.create(TuneParams(name="woman", images=[b"\x89PNG\r\n\x1a\n"], title="t"))
    assert isinstance(tune, Tune)
    first, second = (request.body.tree["tune"] for request in service.requests if request.body)
    assert UUID(first.pop("title")).version == 4
    assert first == {"name": "woman", "image_urls": ["https://x.y/1%20%C3%BC.jpg"]}
    assert second["title"] == "t"
    assert second["images"][0].content_type == "image/png"


async def test_each_call_carries_key_and_names_itself(client: Any, answers: Any) -> None:
    service = answers({"id": 3})
    await client(service, workspace_id=77).tunes.retrieve(3)
    headers = service.requests[0].headers
    assert headers["authorization"] == "Bearer sd_test"
    assert headers["x-workspace-id"] == "77"
    assert headers["accept"] == "application/json"
    assert headers["user-agent"].startswith("astria-async/")
    assert service.requests[0].operation == "tunes.retrieve"


async def test_prompt_belongs_to_a_tune_given_as_object_or_id(client: Any, answers: Any) -> None:
    service = answers([{"id": 5}])
    astria = client(service)
    assert (await astria.prompts.create(Tune(id=3), text="x", num_images=4)).id == 5
    await astria.prompts.create(3, PromptParams(text="y", seed=1))
    assert service.sent == ["POST /tunes/3/prompts"] * 2


async def test_retrieve_and_delete_have_path_with_and_without_tune(client: Any, answers: Any) -> None:
    service = answers({"id": 5})
    astria = client(service)
    await astria.prompts.retrieve(5)
    await astria.prompts.retrieve(5, tune=3)
    await astria.prompts.delete(5)
    await astria.prompts.delete(5, tune=Tune(id=3))
    await astria.tunes.delete(3)
    assert service.sent == [
        "GET /prompts/5", "GET /tunes/3/prompts/5", "DELETE /prompts/5", "DELETE /tunes/3/prompts/5", "DELETE /tunes/3",
    ]  # fmt: skip


@pytest.mark.parametrize("answer", [Response(status=204), Response.from_json(200, {"message": "deleted"})])
async def test_a_delete_is_done_whatever_the_body(answer: Response, client: Any, answers: Any) -> None:
    assert await client(answers(answer)).tunes.delete(3) is None


async def test_what_the_service_refused_is_raised_and_sent_once(client: Any, answers: Any) -> None:
    service = answers(Response.from_json(422, {"text": ["must include <lora:3:1>"]}))
    with pytest.raises(ValidationError, match="422 on POST /tunes/3/prompts: text must include") as caught:
        await client(service).prompts.create(3, text="x")
    assert caught.value.outcome == "rejected"
    assert len(service.requests) == 1


@pytest.mark.parametrize("bad", [0, -1, True, "3", None, 1.0])
async def test_id_no_positive_int_is_refused_before_anything_is_sent(bad: Any, client: Any, answers: Any) -> None:
    service = answers({"id": 1})
    astria = client(service)
    calls: list[tuple[str, Callable[[], Any]]] = [
        ("tune", lambda: astria.tunes.retrieve(bad)),
        ("tune", lambda: astria.tunes.wait(bad)),
        ("tune", lambda: astria.prompts.create(bad, text="x")),
        ("prompt", lambda: astria.prompts.delete(bad)),
    ]
    for name, call in calls:
        with pytest.raises(ParameterError, match=f"^{name}: .* is not an id; pass a {name.title()} or its id"):
            await call()
    assert service.requests == []


async def test_an_unknown_keyword_is_a_type_error(client: Any, answers: Any) -> None:
    with pytest.raises(TypeError, match="titel"):
        await client(answers({})).tunes.create(name="woman", image_urls=["https://x.y/1"], titel="x")


@pytest.mark.parametrize(
    ("given", "parameter"),
    [
        ({"name": " ", "image_urls": ["https://x.y/1"]}, "name"),
        ({"name": "woman"}, "images"),
        ({"name": "woman", "images": []}, "images"),
    ],
)
async def test_tune_without_name_or_images_is_refused_unsent(
    given: Any, parameter: str, client: Any, answers: Any
) -> None:
    service = answers({"id": 1})
    with pytest.raises(ParameterError, match=f"^{parameter}: "):
        await client(service).tunes.create(**given)
    assert service.requests == []


# --- Lists.


def numbers(*ids: int) -> list[dict[str, int]]:
    return [{"id": number} for number in ids]


async def test_a_list_is_read_page_by_page_to_its_end(client: Any, answers: Any) -> None:
    service = answers(numbers(9, 8), numbers(6, 5), numbers(2), [])
    assert [tune.id async for tune in client(service).tunes.list(page_size=2)] == [9, 8, 6, 5, 2]
    assert [request.query for request in service.requests] == [
        {"limit": "2"}, {"limit": "2", "before_id": "8"}, {"limit": "2", "before_id": "5"},
        {"limit": "2", "before_id": "2"},
    ]  # fmt: skip


async def test_page_that_service_cut_short_does_not_end_list(client: Any, answers: Any) -> None:
    service = answers(numbers(9), numbers(8), numbers(7, 6), [])
    assert [tune.id async for tune in client(service).tunes.list(page_size=2)] == [9, 8, 7, 6]


async def test_a_list_that_does_not_move_ends(client: Any, answers: Any) -> None:
    service = answers(numbers(9, 8))
    assert [tune.id async for tune in client(service).tunes.list(page_size=2)] == [9, 8]
    assert len(service.requests) == 2


async def test_pages_come_whole_and_never_empty(client: Any, answers: Any) -> None:
    service = answers(numbers(9, 8), [])
    assert [[p.id for p in page] async for page in client(service).prompts.list(page_size=2).pages()] == [[9, 8]]


async def test_a_limit_ends_a_list_without_a_further_request(client: Any, answers: Any) -> None:
    service = answers(numbers(9, 8), numbers(7))
    listing = client(service).prompts.list(3, page_size=2, limit=3)
    assert [prompt.id async for prompt in listing] == [9, 8, 7]
    assert [request.query["limit"] for request in service.requests] == ["2", "1"]
    assert [prompt async for prompt in client(service).prompts.list(limit=0)] == []
    assert service.sent == ["GET /tunes/3/prompts"] * 2


async def test_nothing_comes_twice_when_a_page_overlaps(client: Any, answers: Any) -> None:
    service = answers(numbers(9, 8), numbers(8, 7), numbers(3))
    assert [tune.id async for tune in client(service).tunes.list(page_size=2)] == [9, 8, 7, 3]


async def test_a_server_that_gives_more_than_asked_for_is_cut(client: Any, answers: Any) -> None:
    listing = client(answers(numbers(9, 8, 7))).tunes.list(page_size=2, limit=2)
    assert [tune.id async for tune in listing] == [9, 8]


async def test_each_loop_over_a_list_begins_anew(client: Any, answers: Any) -> None:
    listing = client(answers(numbers(9))).tunes.list()
    assert [t.id async for t in listing] == [t.id async for t in listing] == [9]


@pytest.mark.parametrize(
    "bad", [{"page_size": 0}, {"page_size": 121}, {"page_size": True}, {"limit": -1}, {"limit": 1.5}]
)
async def test_list_of_a_size_that_makes_no_sense_is_refused(bad: Any, client: Any, answers: Any) -> None:
    with pytest.raises(ParameterError, match=next(iter(bad))):
        client(answers([])).tunes.list(**bad)


# --- Waiting.


async def test_waiting_for_a_tune_reads_it_until_it_is_trained(client: Any, answers: Any, clock: VirtualClock) -> None:
    service = answers({"id": 3}, {"id": 3, "started_training_at": TRAINED}, {"id": 3, "trained_at": TRAINED})
    tune = await client(service).tunes.wait(3, interval=10)
    assert tune.state is TuneState.TRAINED
    assert clock.monotonic() == 20
    assert len(service.requests) == 3


async def test_what_is_done_already_is_not_read_again(client: Any, answers: Any) -> None:
    service = answers({"id": 3, "trained_at": TRAINED})
    astria = client(service)
    tune = await astria.tunes.wait(await astria.tunes.retrieve(3))
    assert tune.state is TuneState.TRAINED
    assert len(service.requests) == 1


async def test_waiting_asks_often_at_first_and_seldom_later(client: Any, answers: Any, clock: VirtualClock) -> None:
    service = answers({"id": 3})
    with pytest.raises(WaitTimeoutError, match="tune 3 was not done within 600 s; last seen: <Tune 3") as caught:
        await client(service).tunes.wait(3, timeout=600)
    assert clock.monotonic() == 600
    assert 55 <= len(service.requests) <= 65
    assert caught.value.last == Tune(id=3)


async def test_waiting_may_have_no_end_or_no_time_at_all(client: Any, answers: Any) -> None:
    assert (await client(answers({"id": 3}, {"id": 3, "trained_at": TRAINED})).tunes.wait(3, timeout=None)).id == 3
    with pytest.raises(WaitTimeoutError, match="never read"):
        await client(answers({"id": 3})).tunes.wait(3, timeout=0)


@pytest.mark.parametrize("bad", [{"timeout": -1}, {"interval": -1}, {"timeout": float("nan")}])
async def test_a_wait_that_makes_no_sense_is_refused(bad: Any, client: Any, answers: Any) -> None:
    with pytest.raises(ParameterError, match=next(iter(bad))):
        await client(answers({"id": 3})).tunes.wait(3, **bad)


async def test_a_prompt_has_succeeded_with_its_pictures(client: Any, answers: Any) -> None:
    service = answers(
        {"id": 5, "images": ["https://x.y/1"]}, {"id": 5, "trained_at": TRAINED, "images": ["https://x.y/1"]}
    )
    prompt = await client(service).prompts.wait(5)
    assert prompt.state is PromptState.SUCCEEDED
    assert len(service.requests) == 2


async def test_a_prompt_that_failed_says_why(client: Any, answers: Any) -> None:
    with pytest.raises(GenerationFailedError, match="prompt 5 failed: no face") as caught:
        await client(answers({"id": 5, "user_error": "no face", "trained_at": TRAINED})).prompts.wait(5)
    assert caught.value.prompt.user_error == "no face"


async def test_a_prompt_that_ended_without_pictures_is_read_once_more(client: Any, answers: Any) -> None:
    empty = {"id": 5, "trained_at": TRAINED, "images": []}
    service = answers(empty, {**empty, "images": ["https://x.y/1"]})
    assert (await client(service).prompts.wait(5)).images == ("https://x.y/1",)
    service = answers(empty)
    with pytest.raises(GenerationFailedError, match="ended without images"):
        await client(service).prompts.wait(5)
    assert len(service.requests) == 2


# --- What stands beside the pictures, and what is logged.


async def test_captions_beside_the_pictures_go_along_when_asked_for(client: Any, answers: Any, tmp_path: Path) -> None:
    for name, content in {"1.jpg": b"\xff\xd8\xff1", "1.txt": b"a woman", "2.jpg": b"\xff\xd8\xff2"}.items():
        (tmp_path / name).write_bytes(content)
    images = sorted(tmp_path.glob("*.jpg"))
    service = answers({"id": 3})
    await client(service).tunes.create(name="woman", images=images, captions=True)
    await client(service).tunes.create(TuneParams(name="woman", images=[*images, "https://x.y/1"]))
    with_captions, without = ([part.name for part in request.body.files()] for request in service.requests)
    assert with_captions == ["1.jpg", "1.txt", "2.jpg"]
    assert without == ["1.jpg", "2.jpg"]
    assert service.requests[0].body.files()[1].content_type == "text/plain"


async def test_an_empty_caption_is_refused_by_its_picture(client: Any, answers: Any, tmp_path: Path) -> None:
    (tmp_path / "1.jpg").write_bytes(b"\xff\xd8\xff1")
    (tmp_path / "1.txt").write_bytes(b"")
    with pytest.raises(ParameterError, match=r"images\[0\]'s caption: 1\.txt is empty"):
        await client(answers({"id": 3})).tunes.create(name="woman", images=[tmp_path / "1.jpg"], captions=True)


async def test_a_422_is_logged_once_with_its_body(client: Any, answers: Any, caplog: pytest.LogCaptureFixture) -> None:
    service = answers(Response.from_json(422, {"text": ["must include <lora:3:1>"]}))
    with pytest.raises(ValidationError):
        await client(service).prompts.create(3, text="x")
    (record,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert '{"text": ["must include <lora:3:1>"]}' in record.getMessage()
    assert "sd_test" not in record.getMessage()
