"""Packs and the gallery: what is sent, and the three answers of a run as one type."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from astria_async import (
    DecodeError,
    Pack,
    PackRunParams,
    ParameterError,
    PromptParams,
    Response,
    UnknownOutcomeError,
    idempotency_title,
)

pytestmark = pytest.mark.anyio
PICTURE = "https://x.y/1.jpg"


async def test_packs_are_paged_by_offset(client: Any, answers: Any) -> None:
    service = answers([{"id": 3}, {"id": 9}], [{"id": 5}], [])
    listing = client(service).packs.list(public=True, page_size=2)
    assert [pack.id async for pack in listing] == [3, 9, 5]
    assert [request.query for request in service.requests] == [
        {"public": "true", "limit": "2"},
        {"public": "true", "limit": "2", "offset": "2"},
        {"public": "true", "limit": "2", "offset": "3"},
    ]


async def test_list_paged_by_offset_ends_if_service_knows_no_offset(client: Any, answers: Any) -> None:
    service = answers([{"id": 3}, {"id": 9}])
    assert [pack.id async for pack in client(service).packs.list()] == [3, 9]
    assert len(service.requests) == 2


async def test_the_gallery_has_tunes_and_packs(client: Any, answers: Any) -> None:
    service = answers([{"id": 3}], [], [{"id": 3}], [])
    astria = client(service)
    assert [tune.id async for tune in astria.gallery.tunes(name=["woman", "man"], branch="flux1")] == [3]
    assert [pack.id async for pack in astria.gallery.packs(listed=True)] == [3]
    assert service.sent == ["GET /gallery/tunes"] * 2 + ["GET /gallery/packs"] * 2
    assert service.requests[0].url.endswith("?name%5B%5D=woman&name%5B%5D=man&branch=flux1&limit=120")


@pytest.mark.parametrize(
    ("given", "path"), [(7, "/p/7"), (Pack(id=7), "/p/7"), ("corporate-headshots", "/p/corporate-headshots")]
)
async def test_a_pack_is_read_by_id_object_or_slug(given: Any, path: str, client: Any, answers: Any) -> None:
    service = answers({"id": 7, "cost_mc_hash": {"woman": 200000}})
    pack = await client(service).packs.retrieve(given)
    assert pack.cost_for("woman") == Decimal(2)
    assert pack.cost_for("man") is None
    assert service.sent == [f"GET {path}"]


@pytest.mark.parametrize("bad", ["", " a", "a/b", 0, None])
async def test_what_is_no_pack_is_refused(bad: Any, client: Any, answers: Any) -> None:
    with pytest.raises(ParameterError, match="pack: "):
        await client(answers({})).packs.retrieve(bad)


async def test_a_pack_is_created(client: Any, answers: Any) -> None:
    service = answers({"id": 7})
    await client(service).packs.create(title="Headshots", base_tune_id=1504944)
    assert service.requests[0].body.tree == {"pack": {"title": "Headshots", "base_tune_id": 1504944}}
    with pytest.raises(ParameterError, match="title"):
        await client(service).packs.create(title=" ", base_tune_id=1)


async def test_a_lost_pack_create_is_not_sent_again(client: Any, answers: Any) -> None:
    service = answers(Response(status=504))
    with pytest.raises(UnknownOutcomeError):
        await client(service).packs.create(title="Headshots", base_tune_id=1504944)
    assert len(service.requests) == 1


async def test_a_run_over_pictures_gives_the_tune(client: Any, answers: Any) -> None:
    service = answers({"id": 5})
    run = await client(service).packs.run(
        "headshots", name="woman", image_urls=[PICTURE], prompt_ids=[1, 2], prompt_attributes=PromptParams(num_images=2)
    )
    assert run.tune.id == 5
    assert run.order is None
    tree = service.requests[0].body.tree["tune"]
    assert tree.pop("title")
    assert tree == {
        "name": "woman", "image_urls": [PICTURE], "prompt_ids": [1, 2], "prompt_attributes": {"num_images": 2},
    }  # fmt: skip


async def test_a_run_over_tunes_gives_a_message_or_an_order(client: Any, answers: Any) -> None:
    order = {"status": 201, "order": {"id": 3, "tune_ids": [1], "total_cost_mc": 50000}, "prompt_ids": [8, 9]}
    service = answers({"status": 201, "message": "Prompts created"}, order)
    astria = client(service)
    first = await astria.packs.run(7, PackRunParams(tune_ids=[1]))
    assert (first.message, first.tune, first.prompt_ids) == ("Prompts created", None, ())
    second = await astria.packs.run(7, tune_ids=[1])
    assert (second.order.cost, second.prompt_ids) == (Decimal("0.5"), (8, 9))
    assert service.requests[0].body.tree == {"tune": {"tune_ids": [1]}}


async def test_lost_run_over_images_is_found_by_its_tunes_title(client: Any, shelf: Any) -> None:
    service = shelf("made, lost")
    run = await client(service).packs.run(7, name="woman", image_urls=[PICTURE])
    assert run.tune.id == 1
    assert service.calls[:2] == ["POST /p/7/tunes", "GET /tunes"]
    assert service.calls.count("POST /p/7/tunes") == 1


@pytest.mark.parametrize("pack", [7, "headshots"])
async def test_lost_run_that_cannot_be_told_is_not_resent(pack: Any, client: Any, answers: Any) -> None:
    service = answers(Response(status=504))
    with pytest.raises(UnknownOutcomeError, match=rf"packs\.run /p/{pack}/tunes may have taken place"):
        await client(service, account_idempotency=True).packs.run(pack, tune_ids=[1])
    assert service.sent.count(f"POST /p/{pack}/tunes") == 1


@pytest.mark.parametrize("body", [b"[]", b'{"status": 201, "ord'])
async def test_half_answer_to_run_is_as_good_as_none(body: bytes, client: Any, answers: Any) -> None:
    service = answers(Response(status=201, body=body), Response(status=403))
    with pytest.raises(UnknownOutcomeError, match="looking for it failed: 403"):
        await client(service).packs.run(7, tune_ids=[1])
    assert service.sent == ["POST /p/7/tunes", "GET /prompts"]


async def test_a_run_of_an_unknown_shape_names_the_field(client: Any, answers: Any) -> None:
    with pytest.raises(DecodeError, match="order.id: expected int"):
        await client(answers({"order": {"id": "x"}})).packs.run(7, tune_ids=[1])


@pytest.mark.parametrize(
    ("given", "parameter"),
    [
        ({}, "images"),
        ({"tune_ids": [1], "image_urls": [PICTURE]}, "tune_ids"),
        ({"image_urls": [PICTURE]}, "name"),
        ({"tune_ids": [1], "title": " "}, "title"),
        ({"tune_ids": [1], "prompt_attributes": PromptParams(num_images=9)}, r"prompt_attributes\.num_images"),
    ],
)
async def test_a_run_that_cannot_be_meant_is_refused(given: Any, parameter: str, client: Any, answers: Any) -> None:
    service = answers({})
    with pytest.raises(ParameterError, match=f"{parameter}: "):
        await client(service).packs.run(7, **given)
    assert service.requests == []


async def test_a_title_makes_a_run_findable_after_a_restart(client: Any, answers: Any) -> None:
    service = answers({"id": 5})
    title = idempotency_title("order", 9)
    await client(service).packs.run(7, name="woman", image_urls=[PICTURE], title=title)
    assert service.requests[0].body.get(("tune", "title")) == title
